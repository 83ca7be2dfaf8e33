#include "jobs/instance.h"

#include <signal.h>
#include <string.h>

#include "base/error.h"
#include "digest/mustache.h"
#include "jobs/choices.h"
#include "jobs/departures.h"
#include "jobs/relays.h"
#include "jobs/source.h"
#include "mail/address.h"
#include "store/feeds.h"
#include "store/ledger.h"
#include "store/people.h"
#include "subscriber/roster.h"

/* Whatever a command did, nobody's wish to leave is in the database alone. */
static void
write_departures(Instance *instance)
{
    g_autoptr(GError) error = NULL;
    if (!departures_mirror(instance, &error))
        log_warn(instance->log, "%s", error->message);
}

void
instance_close(Instance *instance)
{
    if (instance == NULL)
        return;
    if (instance->is_changing)
        write_departures(instance);
    store_close(instance->store);
    key_ring_free(instance->keys);
    clock_free(instance->clock);
    log_free(instance->log);
    config_free(instance->config);
    lock_free(instance->lock); /* last: the next run may start now */
    g_free(instance);
}

/* What a newsletter's configuration means */

bool
newsletter_rhythm(const NewsletterConfig *newsletter, Rhythm *rhythm, GError **error)
{
    return rhythm_parse_defaults(rhythm, newsletter->frequency, newsletter->day, newsletter->hour,
                                 newsletter->zone, NULL, error);
}

RhythmFrequency
newsletter_floor(const NewsletterConfig *newsletter)
{
    RhythmFrequency floor = RHYTHM_EACH;
    rhythm_frequency_find(newsletter->min_frequency, &floor);
    return floor;
}

Rhythm
newsletter_slowed(const NewsletterConfig *newsletter, const Rhythm *rhythm)
{
    Rhythm slowed = *rhythm;
    if (rhythm->frequency < newsletter_floor(newsletter))
        rhythm_parse(&slowed, newsletter->min_frequency, newsletter->day, newsletter->hour,
                     newsletter->zone, NULL, NULL);
    return slowed;
}

static char *
list_id_of(const NewsletterConfig *newsletter, const Mailbox *from)
{
    if (newsletter->list_id != NULL)
        return g_strdup(newsletter->list_id);
    return g_strdup_printf("%s.%s", newsletter->name, address_domain(from->address));
}

static bool
add_topics(Settings *settings, const NewsletterConfig *newsletter, GError **error)
{
    for (guint i = 0; i < newsletter->topics->len; i++) {
        const TopicConfig *topic = newsletter->topics->pdata[i];
        const char *title = topic->title != NULL ? topic->title : topic->name;
        if (!settings_add_topic(settings, topic->name, title, topic->filter, error)) {
            g_prefix_error(error, "topic \"%s\": ", topic->name);
            return false;
        }
    }
    return true;
}

static const char *
either(const char *own, const char *general)
{
    return own != NULL ? own : general;
}

/* Who answers: where replies go, without a name. */
static void
set_contact(Settings *settings, const NewsletterConfig *newsletter, const Mailbox *from)
{
    g_autoptr(Mailbox) reply_to =
        newsletter->reply_to != NULL ? mailbox_parse(newsletter->reply_to, NULL) : NULL;
    const Mailbox *mailbox = reply_to != NULL ? reply_to : from;
    settings->contact = g_strdup(address_text(mailbox->address));
}

static void
set_looks(Looks *looks, const NewsletterConfig *newsletter)
{
    *looks = (Looks){
        .background = g_strdup(newsletter->background),
        .text = g_strdup(newsletter->text),
        .accent = g_strdup(newsletter->accent),
        .background_dark = g_strdup(newsletter->background_dark),
        .text_dark = g_strdup(newsletter->text_dark),
        .accent_dark = g_strdup(newsletter->accent_dark),
        .font = g_strdup(newsletter->font),
        .width = newsletter->width,
        .logo = g_strdup(newsletter->logo),
        .logo_width = newsletter->logo_width,
        .logo_height = newsletter->logo_height,
    };
}

static void
add_sponsors(Settings *settings, const NewsletterConfig *newsletter)
{
    for (guint i = 0; i < newsletter->sponsors->len; i++) {
        const SponsorConfig *sponsor = newsletter->sponsors->pdata[i];
        bool below = strcmp(sponsor->place, "below") == 0;
        settings_add_sponsor(settings, sponsor->title, sponsor->text, sponsor->url,
                             below ? SPONSOR_BELOW : SPONSOR_ABOVE);
    }
}

Settings *
newsletter_settings(const Config *config, const NewsletterConfig *newsletter, GError **error)
{
    g_autoptr(Mailbox) from = mailbox_parse(newsletter->from, error);
    if (from == NULL)
        return NULL;
    g_autoptr(Settings) settings = settings_new();
    settings->newsletter = g_strdup(newsletter->name);
    settings->title = g_strdup(newsletter->title);
    settings->comments_on = g_strdup(newsletter->comments_on);
    settings->from = g_strdup(newsletter->from);
    settings->reply_to = g_strdup(newsletter->reply_to);
    settings->list_id = list_id_of(newsletter, from);
    settings->language = g_strdup(newsletter->language);
    settings->zone = g_strdup(newsletter->zone);
    settings->template_name = g_strdup(newsletter->template_name);
    settings->images = g_strdup(newsletter->images);
    settings->subject = g_strdup(newsletter->subject);
    settings->imprint = g_strdup(either(newsletter->imprint, config->imprint));
    settings->postal_address = g_strdup(either(newsletter->postal_address, config->postal_address));
    set_contact(settings, newsletter, from);
    set_looks(&settings->looks, newsletter);
    add_sponsors(settings, newsletter);
    settings->max_articles = newsletter->max_articles;
    settings->welcome_articles = newsletter->welcome_articles;
    settings->min_articles = newsletter->min_articles;
    settings->link_rest = strcmp(newsletter->rest, "link") == 0;
    settings->story_similarity = newsletter->stories ? newsletter->story_similarity : 0;
    for (guint i = 0; i < newsletter->sources->len; i++)
        g_ptr_array_add(settings->sources, g_strdup(newsletter->sources->pdata[i]));
    if (!add_topics(settings, newsletter, error) ||
        (newsletter->filter != NULL && !settings_set_filter(settings, newsletter->filter, error)))
        return NULL;
    return g_steal_pointer(&settings);
}

/* Checking */

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
    set_looks(&looks, newsletter);
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

static bool
load_roster(const Config *config, const NewsletterConfig *newsletter, GPtrArray *problems,
            GPtrArray **choices, GError **error)
{
    Rhythm rhythm;
    guint before = problems->len;
    if (!newsletter_rhythm(newsletter, &rhythm, error))
        return false;
    *choices = roster_load(newsletter->subscribers, &rhythm, problems, error);
    if (*choices == NULL ||
        !choices_settle(*choices, config, newsletter, newsletter->subscribers, problems, error))
        return false;
    if (problems->len == before)
        return true;
    g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, problems->pdata[before]);
    return false;
}

bool
instance_check(const Config *config, GPtrArray *problems)
{
    check_settings(config, problems);
    check_templates(problems, config);
    for (guint i = 0; i < config->newsletters->len; i++) {
        const NewsletterConfig *newsletter = config->newsletters->pdata[i];
        g_autoptr(GPtrArray) choices = NULL;
        g_autoptr(GError) error = NULL;
        guint before = problems->len;
        if (newsletter->subscribers != NULL &&
            !load_roster(config, newsletter, problems, &choices, &error) && problems->len == before)
            note_problem(problems, config, &newsletter->subscribers, &error);
    }
    return problems->len == 0;
}

bool
instance_check_publisher(const Config *config, GError **error)
{
    for (guint i = 0; i < config->newsletters->len; i++) {
        const NewsletterConfig *newsletter = config->newsletters->pdata[i];
        const char *missing = either(newsletter->imprint, config->imprint) == NULL ? "imprint"
                              : either(newsletter->postal_address, config->postal_address) == NULL
                                  ? "postal_address"
                                  : NULL;
        if (missing == NULL)
            continue;
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "%s: nothing is sent without %s: each mail has to say who publishes it",
                    config_place(config, newsletter), missing);
        return false;
    }
    return true;
}

const NewsletterConfig *
instance_newsletter(const Instance *instance, const char *name, GError **error)
{
    const GPtrArray *newsletters = instance->config->newsletters;
    if (name == NULL && newsletters->len == 1)
        return newsletters->pdata[0];
    if (name == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "there are %u newsletters: say which with --newsletter", newsletters->len);
        return NULL;
    }
    const NewsletterConfig *newsletter = config_find_newsletter(instance->config, name);
    if (newsletter == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "there is no newsletter \"%s\"",
                    name);
    return newsletter;
}

/* Opening */

static bool
is_alone(InstanceMode mode)
{
    return mode == INSTANCE_FETCH || mode == INSTANCE_RUN;
}

/* Whoever writes a mail loads the templates then. A run has them checked before it begins; nothing else
 * waits for that, nor is kept from its work by a mistake in them. */
static bool
check_before_opening(const Config *config, InstanceMode mode, GError **error)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    if (mode != INSTANCE_RECEIVE)
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

/* A relay or web server that hangs up must not end the run: with CURLOPT_NOSIGNAL libcurl leaves
 * this to the program, and OpenSSL writes without MSG_NOSIGNAL. */
static void
block_broken_pipes(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool
open_state(Instance *instance, InstanceMode mode, GError **error)
{
    const char *database = instance->config->database;
    if (is_alone(mode)) {
        g_autofree char *path = store_path_beside(database, ".lock");
        instance->lock = lock_take(path, error);
        if (instance->lock == NULL)
            return false;
    }
    instance->store =
        store_open(database, mode == INSTANCE_DRY_RUN ? STORE_DRY_RUN : STORE_READ_WRITE, error);
    if (instance->store == NULL)
        return false;
    if (!is_alone(mode) && mode != INSTANCE_DRY_RUN)
        return true;
    block_broken_pipes();
    /* Whoever held a lease died: we have the lock. On a dry run's copy nobody else works. */
    return ledger_begin_run(instance->store, clock_now(instance->clock), error);
}

Instance *
instance_open(const Config *config, InstanceMode mode, Clock *clock, Log *log, GError **error)
{
    g_autoptr(Instance) instance = g_new0(Instance, 1);
    instance->config = config;
    instance->clock = clock;
    instance->log = log;
    instance->dry_run = mode == INSTANCE_DRY_RUN;
    if (!check_before_opening(config, mode, error))
        return NULL;
    instance->keys = key_ring_open(config->key_file, error);
    if (instance->keys == NULL || !open_state(instance, mode, error))
        return NULL;
    store_use_keys(instance->store, instance->keys);
    instance->is_changing = mode != INSTANCE_READ && mode != INSTANCE_DRY_RUN;
    return g_steal_pointer(&instance);
}

/* Bringing the store up to the files */

static FeedRecord *
record_of(const FeedConfig *config)
{
    FeedRecord *feed = feed_record_new();
    feed->name = g_strdup(config->name);
    feed->url = g_strdup(config->url);
    feed->title = g_strdup(config->title);
    feed->user_agent = g_strdup(config->user_agent);
    feed->allow_file = config->allow_file;
    feed->origin = FEED_FROM_CONFIG;
    feed->state = config->paused ? FEED_PAUSED : FEED_OK;
    return feed;
}

static bool
sync_feeds(Instance *instance, GError **error)
{
    const GPtrArray *configured = instance->config->feeds;
    g_autoptr(GPtrArray) feeds = g_ptr_array_new_with_free_func((GDestroyNotify)feed_record_free);
    for (guint i = 0; i < configured->len; i++)
        g_ptr_array_add(feeds, record_of(configured->pdata[i]));
    return store_feeds_sync(instance->store, feeds, error);
}

/* A newsletter may name feeds that "feed add" brought, so the store has to be asked. */
static bool
warn_of_missing_feeds(const Instance *instance, const NewsletterConfig *newsletter, GError **error)
{
    for (guint i = 0; i < newsletter->feeds->len; i++) {
        const char *name = newsletter->feeds->pdata[i];
        g_autoptr(FeedRecord) feed = NULL;
        if (strcmp(name, "*") == 0)
            continue;
        if (!store_feed_find(instance->store, name, &feed, error))
            return false;
        if (feed == NULL)
            log_warn(instance->log, "%s: there is no feed \"%s\"",
                     config_place(instance->config, &newsletter->feeds), name);
    }
    return true;
}

static void
log_roster_change(const Instance *instance, const NewsletterConfig *newsletter,
                  const PeopleChange *change)
{
    if (change->added + change->changed + change->removed == 0)
        return;
    log_info(instance->log,
             "newsletter \"%s\": roster: %u added, %u changed, %u removed, %u kept out",
             newsletter->name, change->added, change->changed, change->removed, change->kept_out);
}

/* A roster with a mistake in it is left as it was last time, and told at every run until it is
 * mended: nobody loses a digest to another one's typing error. */
static bool
sync_roster(Instance *instance, const NewsletterConfig *newsletter, GError **error)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) choices = NULL;
    g_autoptr(GError) problem = NULL;
    if (!load_roster(instance->config, newsletter, problems, &choices, &problem)) {
        if (problems->len == 0)
            log_warn(instance->log, "%s", problem->message);
        for (guint i = 0; i < problems->len; i++)
            log_warn(instance->log, "%s", (const char *)problems->pdata[i]);
        log_warn(instance->log, "newsletter \"%s\": the roster was not taken over",
                 newsletter->name);
        return true;
    }
    PeopleChange change = { 0 };
    if (!store_roster_reconcile(instance->store, newsletter->name, choices,
                                clock_now(instance->clock), &change, error))
        return false;
    log_roster_change(instance, newsletter, &change);
    return true;
}

static bool
plan_roster(Instance *instance, const NewsletterConfig *newsletter, GPtrArray *plan, GError **error)
{
    g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) choices = NULL;
    PeopleChange change = { .plan = lines };
    if (!load_roster(instance->config, newsletter, problems, &choices, error) ||
        !store_roster_reconcile(instance->store, newsletter->name, choices,
                                clock_now(instance->clock), &change, error))
        return false;
    for (guint i = 0; i < lines->len; i++)
        g_ptr_array_add(plan,
                        g_strdup_printf("%s: %s", newsletter->name, (const char *)lines->pdata[i]));
    return true;
}

/* What it would be is found by doing it, in a transaction that is taken back. */
bool
instance_plan(Instance *instance, GPtrArray *plan, GError **error)
{
    const GPtrArray *newsletters = instance->config->newsletters;
    g_autoptr(StoreBatch) batch = store_batch_begin(instance->store, error);
    for (guint i = 0; batch != NULL && i < newsletters->len; i++) {
        const NewsletterConfig *newsletter = newsletters->pdata[i];
        if (newsletter->subscribers != NULL && !plan_roster(instance, newsletter, plan, error))
            return false;
    }
    return batch != NULL;
}

bool
instance_sync(Instance *instance, GError **error)
{
    if (!sync_feeds(instance, error))
        return false;
    const GPtrArray *newsletters = instance->config->newsletters;
    for (guint i = 0; i < newsletters->len; i++) {
        const NewsletterConfig *newsletter = newsletters->pdata[i];
        if (!warn_of_missing_feeds(instance, newsletter, error))
            return false;
        if (newsletter->subscribers != NULL && !sync_roster(instance, newsletter, error))
            return false;
    }
    return true;
}
