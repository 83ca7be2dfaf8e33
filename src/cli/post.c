#include "cli/command.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/run.h"
#include "digest/front_matter.h"
#include "jobs/compose.h"
#include "jobs/post_pictures.h"
#include "jobs/sync.h"
#include "jobs/tidy.h"

/* A letter, not a book: mail readers cut at 100 kB. */
#define LETTER_BYTES_MAX (256u * 1024)

static char *
letter_read(const char *name, GError **error)
{
    g_autoptr(GBytes) bytes = file_read(name, LETTER_BYTES_MAX, error);
    if (bytes == NULL)
        return NULL;
    size_t size;
    const char *text = g_bytes_get_data(bytes, &size);
    if (size == 0 || !g_utf8_validate_len(text, size, NULL)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot read \"%s\": %s", name,
                    size == 0 ? "it is empty" : "it is not UTF-8 text");
        return NULL;
    }
    return text_repair(text, size);
}

/* What the command line says wins over the letter itself. */
static void
take_options(FrontMatter *matter, const Invocation *invocation)
{
    const struct {
        const char *option;
        char **member;
    } options[] = {
        { "--subject", &matter->subject },
        { "--newsletter", &matter->newsletter },
        { "--language", &matter->language },
        { "--send", &matter->send },
        { "--to", &matter->to },
        { "--filter", &matter->filter },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++) {
        const char *said = invocation_option(invocation, options[i].option);
        if (said == NULL)
            continue;
        g_free(*options[i].member);
        *options[i].member = g_strdup(said);
    }
    const char *const *topics = invocation_options(invocation, "--topic");
    if (topics != NULL)
        g_ptr_array_set_size(matter->topics, 0);
    for (guint i = 0; topics != NULL && topics[i] != NULL; i++)
        g_ptr_array_add(matter->topics, g_strdup(topics[i]));
}

static bool
check_subject(const char *subject, GError **error)
{
    if (subject != NULL && *subject != '\0' && text_is_line(subject) &&
        g_utf8_validate(subject, -1, NULL))
        return true;
    g_set_error_literal(
        error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
        "a letter needs a subject with one line of text: --subject, or \"subject:\" "
        "before its text");
    return false;
}

/* "2026-11-24 06:00" is in the newsletter's zone; with an offset it is what it says. */
static bool
read_time(const char *text, const NewsletterConfig *newsletter, int64_t *time, GError **error)
{
    *time = 0;
    if (text == NULL)
        return true;
    g_autoptr(GTimeZone) zone = time_zone_find(newsletter->zone);
    g_autofree char *iso = g_strdelimit(g_strdup(text), " ", 'T');
    g_autoptr(GDateTime) moment = g_date_time_new_from_iso8601(iso, zone);
    g_autofree char *seconds = moment == NULL ? g_strconcat(iso, ":00", NULL) : NULL;
    if (moment == NULL)
        moment = g_date_time_new_from_iso8601(seconds, zone);
    if (moment == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "a letter is sent at a time like 2026-11-24 06:00, not \"%s\"", text);
        return false;
    }
    *time = g_date_time_to_unix(moment);
    return true;
}

static FrontMatter *
matter_read(const Invocation *invocation, GError **error)
{
    const char *name = invocation_word(invocation, 0);
    g_autofree char *letter = letter_read(name, error);
    g_autoptr(FrontMatter) matter = letter != NULL ? front_matter_parse(letter, error) : NULL;
    if (matter == NULL) {
        if (letter != NULL)
            g_prefix_error(error, "%s: ", name);
        return NULL;
    }
    take_options(matter, invocation);
    return check_subject(matter->subject, error) ? g_steal_pointer(&matter) : NULL;
}

static Post *
letter_new(const FrontMatter *matter)
{
    Post *letter = post_new(matter->subject, matter->body);
    letter->to = g_strdup(matter->to);
    letter->filter = g_strdup(matter->filter);
    letter->language = g_strdup(matter->language);
    for (guint i = 0; i < matter->topics->len; i++)
        g_ptr_array_add(letter->topics, g_strdup(matter->topics->pdata[i]));
    return letter;
}

static bool
post(const Invocation *invocation, GError **error)
{
    g_autoptr(FrontMatter) matter = matter_read(invocation, error);
    g_autoptr(Instance) instance =
        matter != NULL ? invocation_open(invocation, INSTANCE_RUN, error) : NULL;
    if (instance == NULL)
        return false;
    const NewsletterConfig *newsletter = instance_newsletter(instance, matter->newsletter, error);
    if (newsletter == NULL)
        return false;
    for (guint i = 0; i < matter->topics->len; i++)
        if (!topic_check(newsletter, matter->topics->pdata[i], error))
            return false;
    g_autoptr(Post) letter = letter_new(matter);
    g_autofree char *folder = g_path_get_dirname(invocation_word(invocation, 0));
    const PostPictureRules rules = { newsletter->images, folder,
                                     invocation_option(invocation, "--allow-private") != NULL };
    DispatchScope scope = { 0 };
    int64_t send_at;
    if (!read_time(matter->send, newsletter, &send_at, error) || !instance_sync(instance, error) ||
        !post_pictures_gather(instance, &rules, letter, error) ||
        !compose_post(instance, newsletter, letter, send_at, &scope.issue, error))
        return false;
    if (send_at > clock_now(instance->clock)) {
        log_info(instance->log, "the letter will be sent by the first run after %s", matter->send);
        return true;
    }
    return dispatch_and_tell(instance, &scope, error);
}

static const CommandOption options[] = {
    { "--subject", 's', "TEXT", "the subject" },
    { "--newsletter", 0, "NAME", "to the subscribers of NAME; needed when there are several" },
    { "--topic", 0, "NAME", "only to those who chose the topic (any of several), or chose none" },
    { "--to", 0, "ADDRESS", "only to this subscriber" },
    { "--filter", 0, "EXPRESSION", "only to those whom it describes, like \"topic:ai lang:de\"" },
    { "--allow-private", 0, NULL, "pictures to be carried may be on this host or its network" },
    { "--send", 0, "TIME", "not before TIME, like \"2026-11-24 06:00\" where the newsletter is" },
    { "--language", 0, "TAG", "of its text, whatever its readers' is" },
    { NULL },
};

const Command post_commands[] = {
    { "post", "FILE.md", 1, 1, "send a letter written in Markdown to the subscribers, once",
      options, post },
    { NULL },
};
