#include "jobs/compose.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "digest/schedule.h"
#include "store/issues.h"
#include "store/people.h"

#define DAY_SECONDS 86400

/* What every issue of a newsletter freezes now. */
typedef struct {
    GBytes *settings;
    GBytes *templates;
} Frozen;

static void
frozen_clear(Frozen *frozen)
{
    g_clear_pointer(&frozen->settings, g_bytes_unref);
    g_clear_pointer(&frozen->templates, g_bytes_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Frozen, frozen_clear)

static bool
freeze_settings(const Config *config, const Settings *settings, Frozen *frozen, GError **error)
{
    g_autoptr(Templates) templates = templates_load(config->templates, error);
    if (templates == NULL)
        return false;
    g_autoptr(GString) text = g_string_new(NULL);
    settings_write(text, settings);
    frozen->settings = g_string_free_to_bytes(g_steal_pointer(&text));
    text = g_string_new(NULL);
    templates_write(text, templates);
    frozen->templates = g_string_free_to_bytes(g_steal_pointer(&text));
    return true;
}

static bool
freeze(const Config *config, const NewsletterConfig *newsletter, Frozen *frozen, GError **error)
{
    g_autoptr(Settings) settings = newsletter_settings(config, newsletter, error);
    return settings != NULL && freeze_settings(config, settings, frozen, error);
}

/* The names of the newsletter's feeds; NULL: every feed. */
static const GPtrArray *
feeds_of(const NewsletterConfig *newsletter)
{
    if (g_ptr_array_find_with_equal_func(newsletter->feeds, "*", g_str_equal, NULL))
        return NULL;
    return newsletter->feeds;
}

static int64_t
not_after(const NewsletterConfig *newsletter, int64_t now)
{
    return newsletter->not_after_hours == 0 ? 0 : now + newsletter->not_after_hours * 3600;
}

static bool
cut_slot(Instance *instance, const NewsletterConfig *newsletter, const Slot *slot, int64_t due_at,
         const Frozen *frozen, ComposeReport *report, GError **error)
{
    int64_t now = clock_now(instance->clock);
    IssueCut cut = {
        .slot = slot,
        .due_at = due_at,
        .now = now,
        .not_after = not_after(newsletter, now),
        .oldest = now - (int64_t)newsletter->max_age_days * DAY_SECONDS,
        .feeds = feeds_of(newsletter),
        .updates = strcmp(newsletter->updates, "notify") == 0,
        .settings = frozen->settings,
        .templates = frozen->templates,
    };
    g_autoptr(Issue) issue = NULL;
    if (!store_issue_cut(instance->store, &cut, &issue, error))
        return false;
    if (issue == NULL) {
        report->empty++;
        return true;
    }
    report->issues++;
    log_detail(instance->log, "newsletter \"%s\": issue %" G_GINT64_FORMAT " was cut (%s)",
               newsletter->name, issue->number, issue->rhythm);
    return true;
}

static bool
compose_newsletter(Instance *instance, const NewsletterConfig *newsletter, bool due_or_not,
                   ComposeReport *report, GError **error)
{
    g_autoptr(GPtrArray) slots = store_slots_list(instance->store, newsletter->name, error);
    if (slots == NULL)
        return false;
    g_auto(Frozen) frozen = { 0 };
    for (guint i = 0; i < slots->len; i++) {
        const Slot *slot = slots->pdata[i];
        int64_t now = clock_now(instance->clock);
        int64_t due_at =
            due_or_not ? MAX(now, slot->last_at + 1) : schedule_last(&slot->rhythm, now);
        if (due_at <= slot->last_at)
            continue;
        if (frozen.settings == NULL && !freeze(instance->config, newsletter, &frozen, error))
            return false;
        if (!cut_slot(instance, newsletter, slot, due_at, &frozen, report, error))
            return false;
    }
    return true;
}

bool
compose(Instance *instance, ComposeReport *report, GError **error)
{
    const GPtrArray *newsletters = instance->config->newsletters;
    for (guint i = 0; i < newsletters->len; i++) {
        if (!compose_newsletter(instance, newsletters->pdata[i], false, report, error))
            return false;
    }
    return true;
}

bool
compose_now(Instance *instance, const NewsletterConfig *newsletter, ComposeReport *report,
            GError **error)
{
    return compose_newsletter(instance, newsletter, true, report, error);
}

static bool
topic_is_known(const NewsletterConfig *newsletter, const char *topic, GError **error)
{
    for (guint i = 0; i < newsletter->topics->len; i++) {
        const TopicConfig *known = newsletter->topics->pdata[i];
        if (g_str_equal(known->name, topic))
            return true;
    }
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                "newsletter \"%s\" has no topic \"%s\"", newsletter->name, topic);
    return false;
}

/* A letter as issues keep it. */
static GBytes *
letter_snapshot(const char *subject, const char *markdown, const char *topic)
{
    g_autoptr(Value) letter = value_new_map();
    value_set_string(letter, "subject", subject);
    value_set_string(letter, "markdown", markdown);
    value_set_string(letter, "topic", topic);
    g_autoptr(GString) text = g_string_new(NULL);
    json_write(text, letter, 0);
    return g_string_free_to_bytes(g_steal_pointer(&text));
}

bool
compose_post(Instance *instance, const NewsletterConfig *newsletter, const char *subject,
             const char *markdown, const char *topic, int64_t *issue_id, GError **error)
{
    if (topic != NULL && !topic_is_known(newsletter, topic, error))
        return false;
    g_auto(Frozen) frozen = { 0 };
    if (!freeze(instance->config, newsletter, &frozen, error))
        return false;
    g_autoptr(GBytes) letter = letter_snapshot(subject, markdown, topic);
    int64_t now = clock_now(instance->clock);
    PostCut cut = {
        .newsletter = newsletter->name,
        .now = now,
        .not_after = not_after(newsletter, now),
        .settings = frozen.settings,
        .templates = frozen.templates,
        .letter = letter,
    };
    g_autoptr(Issue) issue = NULL;
    if (!store_post_cut(instance->store, &cut, &issue, error))
        return false;
    *issue_id = issue->id;
    return true;
}

/* Letters to the operator */

/* No newsletter of the configuration can be called this. */
#define OPERATOR_NEWSLETTER "(operator)"

/* The operator is its one subscriber; who was it before is not any more. */
static bool
subscribe_operator(Instance *instance, const NewsletterConfig *model, int64_t now, GError **error)
{
    Rhythm rhythm;
    PeopleChange change = { 0 };
    g_autoptr(Address) address = address_parse(instance->config->operator_address, error);
    if (address == NULL || !newsletter_rhythm(model, &rhythm, error))
        return false;
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    g_ptr_array_add(choices, choice_new(address, &rhythm));
    return store_roster_reconcile(instance->store, OPERATOR_NEWSLETTER, choices, now, &change,
                                  error);
}

/* It looks as MODEL does, which has a sender that the relays let pass. */
static Settings *
operator_settings(const Instance *instance, const NewsletterConfig *model, GError **error)
{
    g_autoptr(Settings) settings = newsletter_settings(instance->config, model, error);
    if (settings == NULL)
        return NULL;
    const char *domain = strchr(settings->list_id, '.');
    g_autofree char *list_id = g_strconcat("operator", domain != NULL ? domain : ".depesche", NULL);
    g_free(settings->list_id);
    settings->list_id = g_steal_pointer(&list_id);
    g_free(settings->title);
    settings->title = g_strdup("depesche");
    g_free(settings->newsletter);
    settings->newsletter = g_strdup(OPERATOR_NEWSLETTER);
    g_free(settings->language);
    settings->language = g_strdup("en");
    return g_steal_pointer(&settings);
}

bool
compose_notice(Instance *instance, const char *subject, const char *markdown, const GPtrArray *told,
               GError **error)
{
    const NewsletterConfig *model = instance->config->newsletters->pdata[0];
    int64_t now = clock_now(instance->clock);
    g_auto(Frozen) frozen = { 0 };
    g_autoptr(Settings) settings = operator_settings(instance, model, error);
    if (settings == NULL || !freeze_settings(instance->config, settings, &frozen, error) ||
        !subscribe_operator(instance, model, now, error))
        return false;
    g_autoptr(GBytes) letter = letter_snapshot(subject, markdown, NULL);
    const PostCut cut = {
        .newsletter = OPERATOR_NEWSLETTER,
        .now = now,
        .told = told,
        .settings = frozen.settings,
        .templates = frozen.templates,
        .letter = letter,
    };
    g_autoptr(Issue) issue = NULL;
    return store_post_cut(instance->store, &cut, &issue, error);
}
