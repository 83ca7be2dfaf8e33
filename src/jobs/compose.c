#include "jobs/compose.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "digest/schedule.h"
#include "digest/templates.h"
#include "jobs/comments.h"
#include "jobs/newsletter.h"
#include "store/cut.h"
#include "store/feeds.h"
#include "store/issues.h"
#include "store/people.h"

#define DAY_SECONDS 86400
/* How long a digest waits for feeds that cannot be read: their hour is not given up for longer. */
#define PUT_OFF_SECONDS (2 * 3600)

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

/* A look at the slots of a newsletter. */
typedef struct {
    Instance *instance;
    const NewsletterConfig *newsletter;
    int64_t now;
    bool due_or_not;
    Frozen frozen; /* from the first slot that is cut on */
    ComposeReport *report;
} Round;

/* Whether nobody can say what is new, because no feed of the newsletter could be read at this hour: what
 * the next runs find may still be this digest's. */
static bool
waits_for_feeds(const Round *round, int64_t due_at, bool *waits, GError **error)
{
    *waits = false;
    return round->now - due_at >= PUT_OFF_SECONDS ||
           store_feeds_all_fail(round->instance->store, feeds_of(round->newsletter), waits, error);
}

void
silent_slot_free(SilentSlot *slot)
{
    g_free(slot->newsletter);
    g_free(slot->rhythm);
    g_free(slot);
}

static void
note_silence(const Round *round, const Slot *slot, int64_t due_at, const char *why)
{
    if (round->report->silent == NULL)
        return;
    SilentSlot *silent = g_new0(SilentSlot, 1);
    silent->newsletter = g_strdup(slot->newsletter);
    silent->rhythm = rhythm_text(&slot->rhythm);
    silent->due_at = due_at;
    silent->why = why;
    g_ptr_array_add(round->report->silent, silent);
}

static void
tell_cut(const Round *round, const Issue *issue, bool waits)
{
    round->report->issues += issue != NULL;
    round->report->put_off += issue == NULL && waits;
    round->report->empty += issue == NULL && !waits;
    if (issue != NULL)
        log_detail(round->instance->log,
                   "newsletter \"%s\": issue %" G_GINT64_FORMAT " was cut (%s)",
                   round->newsletter->name, issue->number, issue->rhythm);
    else if (waits)
        log_info(round->instance->log,
                 "newsletter \"%s\": none of its feeds can be read; the digest waits for the next "
                 "run",
                 round->newsletter->name);
}

static bool
cut_slot(Round *round, const Slot *slot, int64_t due_at, GError **error)
{
    const NewsletterConfig *newsletter = round->newsletter;
    bool waits = false;
    if (round->frozen.settings == NULL &&
        !freeze(round->instance->config, newsletter, &round->frozen, error))
        return false;
    if (!waits_for_feeds(round, due_at, &waits, error))
        return false;
    IssueCut cut = {
        .slot = slot,
        .due_at = due_at,
        .now = round->now,
        .not_after = not_after(newsletter, round->now),
        .oldest = round->now - (int64_t)newsletter->max_age_days * DAY_SECONDS,
        .feeds = feeds_of(newsletter),
        .updates = strcmp(newsletter->updates, "notify") == 0,
        .min_articles = newsletter->min_articles,
        .stays_due = waits,
        .settings = round->frozen.settings,
        .templates = round->frozen.templates,
    };
    g_autoptr(Issue) issue = NULL;
    if (!store_issue_cut(round->instance->store, &cut, &issue, error))
        return false;
    tell_cut(round, issue, waits);
    if (issue == NULL)
        note_silence(round, slot, due_at,
                     waits ? "none of its feeds can be read" : "not enough that is new");
    return true;
}

/* A slot that nobody is in is only ticked off; one that was never served stays due for whoever comes. */
static bool
compose_slot(Round *round, const Slot *slot, int64_t due_at, GError **error)
{
    if (due_at <= slot->last_at)
        return true;
    if (slot->subscriptions > 0)
        return cut_slot(round, slot, due_at, error);
    note_silence(round, slot, due_at, "nobody has this rhythm at present");
    return round->due_or_not || slot->last_at == 0 ||
           store_slot_set(round->instance->store, slot, due_at, error);
}

/* A slot that was served in a far future was so by a clock that was wrong: it would keep silent until
 * then. It goes on with the next time it comes round. A clock that is set back by less changes nothing:
 * no slot is served twice. */
static bool
mind_clock(const Round *round, Slot *slot, const Rhythm *rhythm, GError **error)
{
    if (slot->last_at <= schedule_next(rhythm, round->now + DAY_SECONDS))
        return true;
    int64_t last_at = schedule_last(rhythm, round->now);
    g_autofree char *text = time_text(slot->last_at);
    log_warn(
        round->instance->log,
        "newsletter \"%s\": its digest of %s was made when the clock was wrong; it goes on with "
        "the next one",
        round->newsletter->name, text);
    if (!store_slot_set(round->instance->store, slot, last_at, error))
        return false;
    slot->last_at = last_at;
    return true;
}

static bool
compose_slots(Round *round, GError **error)
{
    g_autoptr(GPtrArray) slots =
        store_slots_list(round->instance->store, round->newsletter->name, error);
    if (slots == NULL)
        return false;
    for (guint i = 0; i < slots->len; i++) {
        Slot *slot = slots->pdata[i];
        const Rhythm rhythm = newsletter_slowed(round->newsletter, &slot->rhythm);
        if (!mind_clock(round, slot, &rhythm, error))
            return false;
        int64_t due_at = round->due_or_not ? MAX(round->now, slot->last_at + 1)
                                           : schedule_last(&rhythm, round->now);
        if (!compose_slot(round, slot, due_at, error))
            return false;
    }
    return true;
}

static bool
compose_newsletter(Instance *instance, const NewsletterConfig *newsletter, bool due_or_not,
                   ComposeReport *report, GError **error)
{
    Round round = {
        .instance = instance,
        .newsletter = newsletter,
        .now = clock_now(instance->clock),
        .due_or_not = due_or_not,
        .report = report,
    };
    bool fine = compose_slots(&round, error);
    frozen_clear(&round.frozen);
    return fine;
}

static bool
compose_comments(Instance *instance, ComposeReport *report, GError **error)
{
    g_autoptr(GPtrArray) list = store_comments_list(instance->store, error);
    for (guint i = 0; list != NULL && i < list->len; i++) {
        g_auto(CommentsNewsletter) newsletter = { 0 };
        if (comments_newsletter_init(&newsletter, instance->config, list->pdata[i]) &&
            !compose_newsletter(instance, &newsletter.config, false, report, error))
            return false;
    }
    return list != NULL;
}

bool
compose(Instance *instance, ComposeReport *report, GError **error)
{
    const GPtrArray *newsletters = instance->config->newsletters;
    if (!store_subscriptions_return(instance->store, clock_now(instance->clock), &report->returned,
                                    error) ||
        !comments_settle(instance, error))
        return false;
    for (guint i = 0; i < newsletters->len; i++) {
        if (!compose_newsletter(instance, newsletters->pdata[i], false, report, error))
            return false;
    }
    return compose_comments(instance, report, error);
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

static bool
topics_are_known(const NewsletterConfig *newsletter, const GPtrArray *topics, GError **error)
{
    for (guint i = 0; i < topics->len; i++) {
        if (!topic_is_known(newsletter, topics->pdata[i], error))
            return false;
    }
    return true;
}

/* Makes POST's address what the store knows people by; nothing to do when it is to many. */
static bool
find_recipient(Instance *instance, const NewsletterConfig *newsletter, Post *post, GError **error)
{
    if (post->to == NULL)
        return true;
    g_autoptr(Address) address = address_parse(post->to, error);
    g_autoptr(Subscription) found = NULL;
    if (address == NULL || !store_subscription_find(instance->store, newsletter->name,
                                                    address_key(address), &found, error))
        return false;
    if (found == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "\"%s\" is no subscriber of \"%s\"", post->to, newsletter->name);
        return false;
    }
    g_free(post->to);
    post->to = g_strdup(address_key(address));
    return true;
}

static bool
check_filter(Instance *instance, const NewsletterConfig *newsletter, const char *text,
             GError **error)
{
    if (text == NULL)
        return true;
    g_autoptr(GError) problem = NULL;
    g_autoptr(Settings) settings = newsletter_settings(instance->config, newsletter, error);
    if (settings == NULL)
        return false;
    g_autoptr(Filter) filter = filter_parse(text, &problem);
    if (filter != NULL && settings_check_topics(settings, filter, &problem))
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "filter \"%s\": %s", text,
                problem->message);
    return false;
}

bool
compose_post(Instance *instance, const NewsletterConfig *newsletter, Post *post, int64_t send_at,
             int64_t *issue_id, GError **error)
{
    g_auto(Frozen) frozen = { 0 };
    if (!topics_are_known(newsletter, post->topics, error) ||
        !check_filter(instance, newsletter, post->filter, error) ||
        !find_recipient(instance, newsletter, post, error) ||
        !freeze(instance->config, newsletter, &frozen, error))
        return false;
    g_autoptr(GBytes) letter = post_write(post);
    int64_t now = clock_now(instance->clock);
    int64_t due_at = MAX(now, send_at);
    PostCut cut = {
        .newsletter = newsletter->name,
        .now = now,
        .due_at = due_at,
        .not_after = not_after(newsletter, due_at),
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
    g_autoptr(Post) post = post_new(subject, markdown);
    g_autoptr(GBytes) letter = post_write(post);
    const PostCut cut = {
        .newsletter = OPERATOR_NEWSLETTER,
        .now = now,
        .due_at = now,
        .told = told,
        .settings = frozen.settings,
        .templates = frozen.templates,
        .letter = letter,
    };
    g_autoptr(Issue) issue = NULL;
    return store_post_cut(instance->store, &cut, &issue, error);
}
