#include "jobs/check.h"

#include <string.h>

#include "base/error.h"
#include "base/token.h"
#include "digest/mustache.h"
#include "digest/templates.h"
#include "jobs/choices.h"
#include "jobs/newsletter.h"
#include "jobs/relays.h"
#include "jobs/source.h"
#include "mail/address.h"

/* Adds "PLACE: what ERROR says" and clears it; nothing when there is no error. */
static void
note_problem(GPtrArray *problems, const Config *config, const void *field, GError **error)
{
    if (*error == NULL)
        return;
    g_ptr_array_add(problems,
                    g_strdup_printf("%s: %s", config_place(config, field), (*error)->message));
    g_clear_error(error);
}

/* What stands in every mail must be ASCII: with other letters only those could get it whose servers
 * offer SMTPUTF8, and the rest could not answer. NULL is no address, and has an error already. */
static void
check_own(const Address *address, GError **error)
{
    if (address != NULL && address_needs_utf8(address))
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "\"%s\": an address of your own must be ASCII in front of its @",
                    address_text(address));
}

static void
check_mailbox(GPtrArray *problems, const Config *config, char *const *field)
{
    g_autoptr(GError) error = NULL;
    if (*field == NULL)
        return;
    g_autoptr(Mailbox) mailbox = mailbox_parse(*field, &error);
    check_own(mailbox != NULL ? mailbox->address : NULL, &error);
    note_problem(problems, config, field, &error);
}

/* An address that gets tokens must have room for them in its local part. */
static void
check_token_address(GPtrArray *problems, const Config *config, char *const *field)
{
    g_autoptr(GError) error = NULL;
    if (*field == NULL)
        return;
    g_autofree char *longest = g_strnfill(TOKEN_LENGTH_MAX, 'a');
    g_autoptr(Address) address = address_parse(*field, &error);
    check_own(address, &error);
    if (error == NULL)
        address_free(address_with_detail(address, config->separator[0], longest, &error));
    note_problem(problems, config, field, &error);
}

static void
check_address(GPtrArray *problems, const Config *config, char *const *field)
{
    g_autoptr(GError) error = NULL;
    if (*field != NULL)
        address_free(address_parse(*field, &error));
    note_problem(problems, config, field, &error);
}

static void
check_subject(GPtrArray *problems, const Config *config, const NewsletterConfig *newsletter)
{
    g_autoptr(GError) error = NULL;
    if (newsletter->subject == NULL)
        return;
    mustache_free(mustache_parse("subject.txt.mustache", newsletter->subject, &error));
    note_problem(problems, config, &newsletter->subject, &error);
}

/* Word by word, so that each mistake has its own line. */
static void
check_rhythm(GPtrArray *problems, const Config *config, const NewsletterConfig *newsletter)
{
    g_autoptr(GError) error = NULL;
    Rhythm rhythm;
    rhythm_parse(&rhythm, newsletter->frequency, NULL, NULL, NULL, NULL, &error);
    note_problem(problems, config, &newsletter->frequency, &error);
    rhythm_parse(&rhythm, NULL, newsletter->day, NULL, NULL, NULL, &error);
    note_problem(problems, config, &newsletter->day, &error);
    rhythm_parse(&rhythm, NULL, NULL, newsletter->hour, NULL, NULL, &error);
    note_problem(problems, config, &newsletter->hour, &error);
    rhythm_parse(&rhythm, NULL, NULL, NULL, newsletter->zone, NULL, &error);
    note_problem(problems, config, &newsletter->zone, &error);
    if (newsletter_rhythm(newsletter, &rhythm, NULL))
        rhythm_check_floor(&rhythm, newsletter_floor(newsletter), &error);
    note_problem(problems, config, &newsletter->frequency, &error);
}

typedef struct {
    GPtrArray *problems;
    const Config *config;
} Check;

static void
note_feed_problem(void *user, const void *field, const char *problem)
{
    const Check *check = user;
    g_ptr_array_add(check->problems,
                    g_strdup_printf("%s: %s", config_place(check->config, field), problem));
}

static void
check_feeds(GPtrArray *problems, const Config *config)
{
    Check check = { problems, config };
    for (guint i = 0; i < config->feeds->len; i++)
        source_check(config->feeds->pdata[i], note_feed_problem, &check);
}

static void
check_relays(GPtrArray *problems, const Config *config)
{
    for (guint i = 0; i < config->relays->len; i++) {
        const RelayConfig *relay = config->relays->pdata[i];
        const RelaySettings settings = relay_settings(relay);
        g_autoptr(GError) error = NULL;
        RelayKind kind;
        relay_check(&settings, &kind, &error);
        note_problem(problems, config, &relay->url, &error);
    }
}

/* A key that is used is a key that can be read: better to know before the first mail. */
static void
check_dkim(GPtrArray *problems, const Config *config)
{
    const DkimSettings settings = dkim_settings(config);
    g_autoptr(GError) error = NULL;
    if (settings.domain == NULL)
        return;
    if (settings.selector == NULL || settings.key_file == NULL) {
        g_ptr_array_add(problems,
                        g_strdup_printf("%s: with dkim.domain there must be dkim.selector and "
                                        "dkim.key_file",
                                        config_place(config, &config->dkim_domain)));
        return;
    }
    dkim_free(dkim_open(&settings, &error));
    note_problem(problems, config, &config->dkim_key_file, &error);
}

static void
check_filters(GPtrArray *problems, const Config *config, const NewsletterConfig *newsletter)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = settings_new();
    for (guint i = 0; i < newsletter->topics->len; i++) {
        const TopicConfig *topic = newsletter->topics->pdata[i];
        settings_add_topic(settings, topic->name, topic->name, topic->filter, &error);
        note_problem(problems, config, &topic->filter, &error);
    }
    if (newsletter->filter != NULL)
        settings_set_filter(settings, newsletter->filter, &error);
    note_problem(problems, config, &newsletter->filter, &error);
}

static void
check_looks(GPtrArray *problems, const Config *config, const NewsletterConfig *newsletter)
{
    g_autoptr(GError) error = NULL;
    Looks looks;
    newsletter_looks(newsletter, &looks);
    if (!looks_check(&looks, &error))
        g_prefix_error(&error, "looks.");
    note_problem(problems, config, &newsletter->accent, &error);
    looks_clear(&looks);
}

/* Whoever fills in a form is told beforehand what becomes of it (GDPR, art. 13). */
static void
check_sign_up(GPtrArray *problems, const Config *config, const NewsletterConfig *newsletter)
{
    const char *missing = !newsletter->sign_up          ? NULL
                          : config->web_privacy == NULL ? "web.privacy"
                          : config->base_url == NULL    ? "base_url"
                                                        : NULL;
    if (missing != NULL)
        g_ptr_array_add(problems,
                        g_strdup_printf("%s: with sign_up there must be %s",
                                        config_place(config, &newsletter->sign_up), missing));
}

static void
check_newsletter(GPtrArray *problems, const Config *config, const NewsletterConfig *newsletter)
{
    check_mailbox(problems, config, &newsletter->from);
    check_mailbox(problems, config, &newsletter->reply_to);
    check_subject(problems, config, newsletter);
    check_rhythm(problems, config, newsletter);
    check_sign_up(problems, config, newsletter);
    check_filters(problems, config, newsletter);
    check_looks(problems, config, newsletter);
}

static void
check_templates(GPtrArray *problems, const Config *config)
{
    static const char *const needed[] = { "digest.html.mustache", "digest.txt.mustache",
                                          "post.html.mustache", "post.txt.mustache" };
    g_autoptr(GError) error = NULL;
    g_autoptr(Templates) templates = templates_load(config->templates, &error);
    note_problem(problems, config, &config->templates, &error);
    if (templates == NULL)
        return;
    for (guint i = 0; i < config->newsletters->len; i++) {
        const NewsletterConfig *newsletter = config->newsletters->pdata[i];
        for (guint n = 0; n < G_N_ELEMENTS(needed); n++) {
            g_autofree char *name = g_strconcat(newsletter->template_name, "/", needed[n], NULL);
            if (!templates_has(templates, name))
                g_ptr_array_add(problems,
                                g_strdup_printf("%s: there is no %s in %s",
                                                config_place(config, &newsletter->template_name),
                                                name, config->templates));
        }
    }
}

/* What a run cannot do without; rosters are apart, because a mistake in one must not keep the
 * others' mail from going out. */
static void
check_settings(const Config *config, GPtrArray *problems)
{
    g_autoptr(GError) error = NULL;
    check_address(problems, config, &config->operator_address);
    check_token_address(problems, config, &config->unsubscribe_address);
    check_token_address(problems, config, &config->bounce_address);
    if (config->unsubscribe_address == NULL)
        g_ptr_array_add(problems,
                        g_strdup_printf("%s: inbound.unsubscribe is missing: every mail must name "
                                        "the address that ends it",
                                        config_place(config, &config->unsubscribe_address)));
    key_ring_free(key_ring_open(config->key_file, &error));
    note_problem(problems, config, &config->key_file, &error);
    check_feeds(problems, config);
    check_relays(problems, config);
    check_dkim(problems, config);
    for (guint i = 0; i < config->newsletters->len; i++)
        check_newsletter(problems, config, config->newsletters->pdata[i]);
}

bool
check_config(const Config *config, GPtrArray *problems)
{
    check_settings(config, problems);
    check_templates(problems, config);
    for (guint i = 0; i < config->newsletters->len; i++) {
        const NewsletterConfig *newsletter = config->newsletters->pdata[i];
        g_autoptr(GPtrArray) choices = NULL;
        g_autoptr(GError) error = NULL;
        guint before = problems->len;
        if (newsletter->subscribers != NULL &&
            !choices_load(config, newsletter, problems, &choices, &error) &&
            problems->len == before)
            note_problem(problems, config, &newsletter->subscribers, &error);
    }
    return problems->len == 0;
}

bool
check_publisher(const Config *config, GError **error)
{
    for (guint i = 0; i < config->newsletters->len; i++) {
        const NewsletterConfig *newsletter = config->newsletters->pdata[i];
        bool has_imprint = newsletter->imprint != NULL || config->imprint != NULL;
        bool has_address = newsletter->postal_address != NULL || config->postal_address != NULL;
        const char *missing = !has_imprint ? "imprint" : !has_address ? "postal_address" : NULL;
        if (missing == NULL)
            continue;
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "%s: nothing is sent without %s: each mail has to say who publishes it",
                    config_place(config, newsletter), missing);
        return false;
    }
    return true;
}

/* Whoever writes a mail loads the templates then. A run has them checked before it begins; nothing else
 * waits for that, nor is kept from its work by a mistake in them. */
bool
check_before(const Config *config, InstanceMode mode, GError **error)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    check_settings(config, problems);
    if (mode == INSTANCE_RUN || mode == INSTANCE_DRY_RUN)
        check_templates(problems, config);
    if (problems->len == 0)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "%s%s",
                (const char *)problems->pdata[0],
                problems->len > 1 ? " (and more: see \"depesche config check\")" : "");
    return false;
}
