#include "cli/command.h"

#include "base/error.h"
#include "base/text.h"
#include "cli/run.h"
#include "jobs/compose.h"
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

static bool
post(const Invocation *invocation, GError **error)
{
    const char *subject = invocation_option(invocation, "--subject");
    if (subject == NULL || *subject == '\0' || !text_is_line(subject) ||
        !g_utf8_validate(subject, -1, NULL)) {
        g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                            "a letter needs --subject with one line of text");
        return false;
    }
    g_autofree char *letter = letter_read(invocation_word(invocation, 0), error);
    if (letter == NULL)
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_RUN, error);
    if (instance == NULL)
        return false;
    const char *topic = invocation_option(invocation, "--topic");
    const NewsletterConfig *newsletter =
        instance_newsletter(instance, invocation_option(invocation, "--newsletter"), error);
    if (newsletter == NULL || (topic != NULL && !topic_check(newsletter, topic, error)))
        return false;
    DispatchScope scope = { 0 };
    if (!instance_sync(instance, error) ||
        !compose_post(instance, newsletter, subject, letter, topic, &scope.issue, error))
        return false;
    return dispatch_and_tell(instance, &scope, error);
}

static const CommandOption options[] = {
    { "--subject", 's', "TEXT", "the subject" },
    { "--newsletter", 0, "NAME", "to the subscribers of NAME; needed when there are several" },
    { "--topic", 0, "NAME", "only to those who chose the topic, or chose none" },
    { NULL },
};

const Command post_commands[] = {
    { "post", "FILE.md", 1, 1, "send a letter written in Markdown to the subscribers, once",
      options, post },
    { NULL },
};
