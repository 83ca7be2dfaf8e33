#include "jobs/edition-internal.h"

#include <string.h>

#include "base/error.h"
#include "digest/leftover.h"
#include "digest/post.h"
#include "feed/article.h"
#include "jobs/archive.h"
#include "jobs/pictures.h"
#include "jobs/relays.h"
#include "mail/dkim.h"
#include "mail/message_id.h"
#include "mail/stencil.h"
#include "store/issues.h"

/* What differs from person to person, with what stencil_fill() needs borrowed from it. */
typedef struct {
    Mailbox *to;
    char *message_id;
    Address *unsubscribe_address;
    char *unsubscribe_url;
    char *preferences_url;
    Address *pause_address;
    Address *sender;
    StencilPerson person;
} Envelope;

static void
envelope_clear(Envelope *envelope)
{
    mailbox_free(envelope->to);
    g_free(envelope->message_id);
    address_free(envelope->unsubscribe_address);
    g_free(envelope->unsubscribe_url);
    g_free(envelope->preferences_url);
    address_free(envelope->pause_address);
    address_free(envelope->sender);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Envelope, envelope_clear)

void
edition_close(Edition *edition)
{
    if (edition == NULL)
        return;
    stencil_cache_free(edition->cache);
    shared_lines_free(edition->lines);
    renderer_free(edition->renderer);
    selection_free(edition->selection);
    selector_free(edition->selector);
    corpus_free(edition->corpus);
    g_clear_pointer(&edition->articles, g_ptr_array_unref);
    settings_free(edition->settings);
    templates_free(edition->templates);
    mailbox_free(edition->from);
    mailbox_free(edition->reply_to);
    address_free(edition->unsubscribe);
    address_free(edition->bounce);
    g_clear_pointer(&edition->pictures, g_hash_table_unref);
    g_free(edition->web_url);
    post_free(edition->post);
    filter_free(edition->post_filter);
    dkim_free(edition->dkim);
    g_mutex_clear(&edition->mutex);
    g_free(edition);
}

/* Opening */

static bool
open_addresses(Edition *edition, GError **error)
{
    const Config *config = edition->instance->config;
    edition->from = mailbox_parse(edition->settings->from, error);
    if (edition->from == NULL)
        return false;
    if (edition->settings->reply_to != NULL &&
        (edition->reply_to = mailbox_parse(edition->settings->reply_to, error)) == NULL)
        return false;
    if (config->unsubscribe_address != NULL &&
        (edition->unsubscribe = address_parse(config->unsubscribe_address, error)) == NULL)
        return false;
    if (config->bounce_address != NULL &&
        (edition->bounce = address_parse(config->bounce_address, error)) == NULL)
        return false;
    return true;
}

static bool
open_dkim(Edition *edition, GError **error)
{
    const DkimSettings settings = dkim_settings(edition->instance->config);
    if (settings.domain == NULL)
        return true;
    edition->dkim = dkim_open(&settings, error);
    return edition->dkim != NULL;
}

static void
leave_out_pictures(const GPtrArray *articles)
{
    for (guint i = 0; i < articles->len; i++)
        g_clear_pointer(&((Article *)articles->pdata[i])->image, g_free);
}

static bool
open_digest(Edition *edition, const Issue *issue, GError **error)
{
    Store *store = edition->instance->store;
    edition->articles = store_issue_articles(store, issue->id, error);
    if (edition->articles == NULL)
        return false;
    g_autoptr(GPtrArray) earlier = store_issue_earlier(store, issue->id, error);
    if (earlier == NULL)
        return false;
    g_autoptr(GArray) repeats = store_issue_repeats(store, issue->id, error);
    if (repeats == NULL)
        return false;
    g_ptr_array_extend_and_steal(edition->articles, g_steal_pointer(&earlier));
    articles_rank(edition->articles);
    if (g_strcmp0(edition->settings->images, "none") == 0)
        leave_out_pictures(edition->articles);
    if (g_strcmp0(edition->settings->images, "embed") == 0 && !edition->is_public &&
        (edition->pictures = pictures_load(edition->instance, edition->articles, error)) == NULL)
        return false;
    edition->corpus = corpus_new(edition->articles, edition->settings->language, issue->cut_at);
    edition->selection = selection_new();
    edition->selector = selector_new(edition->settings, edition->corpus, issue->from_seq);
    selector_add_repeats(edition->selector, repeats, issue->to_seq);
    return true;
}

static bool
open_post(Edition *edition, const Issue *issue, GError **error)
{
    g_autoptr(GBytes) bytes =
        store_snapshot_get(edition->instance->store, issue->letter_hash, error);
    edition->post = bytes != NULL ? post_parse(bytes, error) : NULL;
    if (edition->post == NULL)
        return false;
    if (edition->post->filter != NULL &&
        (edition->post_filter = filter_parse(edition->post->filter, error)) == NULL)
        return false;
    if (edition->post->pictures->len > 0)
        edition->pictures = pictures_of_post(edition->post);
    return true;
}

/* A letter to one person, or to those whom a filter describes, is nobody else's. */
static bool
is_private(const Edition *edition)
{
    return edition->post != NULL && (edition->post->to != NULL || edition->post->filter != NULL);
}

static bool
open_snapshots(Edition *edition, const Issue *issue, GError **error)
{
    Store *store = edition->instance->store;
    g_autoptr(GBytes) settings = store_snapshot_get(store, issue->settings_hash, error);
    if (settings == NULL)
        return false;
    g_autoptr(GBytes) templates = store_snapshot_get(store, issue->templates_hash, error);
    if (templates == NULL)
        return false;
    edition->settings = settings_parse(settings, error);
    if (edition->settings == NULL)
        return false;
    edition->templates = templates_parse(templates, error);
    return edition->templates != NULL;
}

/* Comments that somebody follows, and letters to the operator, have neither preferences nor an archive. */
static bool
is_configured(const Edition *edition)
{
    return config_find_newsletter(edition->instance->config, edition->settings->newsletter) != NULL;
}

static bool
open_renderer(Edition *edition, const Issue *issue, GError **error)
{
    RenderContext context = {
        .settings = edition->settings,
        .templates = edition->templates,
        .number = issue->number,
        .time = issue_date(issue),
        .web = edition->instance->config->base_url != NULL,
        .no_preferences = !is_configured(edition),
        .web_url = edition->web_url,
        .is_public = edition->is_public,
    };
    edition->renderer = renderer_new(&context, edition->articles, error);
    return edition->renderer != NULL;
}

static Edition *
open_edition(const Instance *instance, const Issue *issue, bool is_public, GError **error)
{
    g_autoptr(Edition) edition = g_new0(Edition, 1);
    edition->instance = instance;
    edition->is_public = is_public;
    edition->issue_id = issue->id;
    edition->date = issue_date(issue);
    edition->to_seq = issue->to_seq;
    g_mutex_init(&edition->mutex);
    edition->lines = shared_lines_new();
    edition->cache = stencil_cache_new(EDITION_CACHE_BYTES);
    if (!open_snapshots(edition, issue, error) || !open_addresses(edition, error) ||
        !open_dkim(edition, error))
        return NULL;
    bool opened = issue->kind == ISSUE_POST ? open_post(edition, issue, error)
                                            : open_digest(edition, issue, error);
    if (!opened)
        return NULL;
    if (!is_private(edition))
        edition->web_url = archive_issue_url(instance->config, issue);
    if (!open_renderer(edition, issue, error))
        return NULL;
    return g_steal_pointer(&edition);
}

Edition *
edition_open(const Instance *instance, const Issue *issue, GError **error)
{
    return open_edition(instance, issue, false, error);
}

Edition *
edition_open_public(const Instance *instance, const Issue *issue, GError **error)
{
    return open_edition(instance, issue, true, error);
}

/* One person */

static char *
token_text(const Edition *edition, TokenKind kind, const Subscription *subscription)
{
    g_autoptr(GString) text = g_string_new(NULL);
    Token token = {
        .kind = kind,
        .subscription = subscription->reference,
        .issue = kind == TOKEN_BOUNCE ? (uint32_t)(edition->issue_id & 0xffffff) : 0,
    };
    token_write(text, edition->instance->keys, &token);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Where people leave and pause by mail. A page does both better, so where there are pages nobody is told
 * of the second. */
static bool
put_addresses(Envelope *envelope, const Edition *edition, const Subscription *subscription,
              const char *token, GError **error)
{
    const Config *config = edition->instance->config;
    char separator = config->separator[0];
    if (edition->unsubscribe == NULL)
        return true;
    envelope->unsubscribe_address =
        address_with_detail(edition->unsubscribe, separator, token, error);
    if (envelope->unsubscribe_address == NULL || config->base_url != NULL)
        return envelope->unsubscribe_address != NULL;
    g_autofree char *pause = token_text(edition, TOKEN_PAUSE, subscription);
    envelope->pause_address = address_with_detail(edition->unsubscribe, separator, pause, error);
    return envelope->pause_address != NULL;
}

static bool
envelope_init(Envelope *envelope, const Edition *edition, const Subscription *subscription,
              GError **error)
{
    const Config *config = edition->instance->config;
    const Choice *choice = subscription->choice;
    char separator = config->separator[0];
    g_autofree char *token = token_text(edition, TOKEN_UNSUBSCRIBE, subscription);

    if (!put_addresses(envelope, edition, subscription, token, error))
        return false;
    if (config->base_url != NULL) {
        envelope->unsubscribe_url = g_strconcat(config->base_url, "/u/", token, NULL);
        envelope->preferences_url = g_strconcat(config->base_url, "/p/", token, NULL);
    }
    if (edition->bounce != NULL) {
        g_autofree char *bounce = token_text(edition, TOKEN_BOUNCE, subscription);
        envelope->sender = address_with_detail(edition->bounce, separator, bounce, error);
        if (envelope->sender == NULL)
            return false;
    } else {
        envelope->sender = address_copy(edition->from->address);
    }
    envelope->to = mailbox_new(choice->name, choice->address);
    envelope->message_id = edition_message_id(edition, subscription->reference);
    envelope->person = (StencilPerson){
        .to = envelope->to,
        .message_id = envelope->message_id,
        .unsubscribe_address = envelope->unsubscribe_address,
        .unsubscribe_url = envelope->unsubscribe_url,
        .preferences_url = envelope->preferences_url,
        .pause_address = envelope->pause_address,
    };
    return true;
}

static RenderAudience
audience_of(const Edition *edition, const Choice *choice)
{
    const char *own = edition->post != NULL ? edition->post->language : NULL;
    const char *language =
        choice->language != NULL ? choice->language : edition->settings->language;
    return (RenderAudience){
        .language = own != NULL ? own : language,
        .format = choice->format,
        .named = choice->name != NULL,
        .topics = choice->topics,
    };
}

/* What SUBSCRIPTION gets, before anything is rendered: its selection (but of a letter) and the name
 * under which its rendition is shared. */
static bool
choose(Edition *edition, const Subscription *subscription, GString *key, EditionOutcome *outcome,
       GError **error)
{
    RenderAudience audience = audience_of(edition, subscription->choice);
    if (edition->selector == NULL) {
        if (!post_is_for(edition->post, edition->post_filter, subscription->choice,
                         edition->settings)) {
            *outcome = EDITION_NOT_ASKED;
            return true;
        }
    } else {
        if (!selector_select(edition->selector, subscription, edition->selection, error))
            return false;
        if (edition->selection->count == 0) {
            *outcome = edition->selection->waiting > 0 ? EDITION_WAITS : EDITION_EMPTY;
            return true;
        }
        selection_write_key(key, edition->selection);
    }
    g_string_append_c(key, '\n');
    render_audience_write(key, &audience);
    *outcome = EDITION_READY;
    return true;
}

/* What was chosen last. */
static Rendition *
render(Edition *edition, const Choice *choice, GError **error)
{
    RenderAudience audience = audience_of(edition, choice);
    if (edition->selector == NULL)
        return renderer_post(edition->renderer, edition->post, &audience, error);
    return renderer_digest(edition->renderer, edition->selection, &audience, error);
}

/* Stencils */

/* Where mailbox providers look who is complained about: issue, newsletter, kind, sender. */
static char *
feedback_of(const Edition *edition)
{
    return g_strdup_printf("%" G_GINT64_FORMAT ":%s:%s:depesche", edition->issue_id,
                           edition->settings->newsletter,
                           edition->selector != NULL ? "digest" : "post");
}

static Stencil *
stencil_of(const Edition *edition, const Rendition *rendition, const char *language)
{
    const Settings *settings = edition->settings;
    const char *archive_url = edition->instance->config->archive_url;
    bool carries = edition->pictures != NULL && rendition->html != NULL;
    g_autoptr(GPtrArray) pictures = g_ptr_array_new();
    g_autofree char *html =
        carries ? pictures_embed(rendition->html, edition->pictures, pictures) : NULL;
    g_autofree char *feedback = feedback_of(edition);
    g_autofree char *archive = archive_url != NULL && is_configured(edition)
                                   ? g_strdup_printf("%s/%s/", archive_url, settings->newsletter)
                                   : NULL;
    g_autoptr(Address) help =
        settings->contact != NULL ? address_parse(settings->contact, NULL) : NULL;
    const StencilSource source = {
        .from = edition->from,
        .reply_to = edition->reply_to,
        .subject = rendition->subject,
        .text = rendition->text,
        .text_shared = rendition->text_shared,
        .html = carries ? html : rendition->html,
        .html_shared = carries ? NULL : rendition->html_shared, /* they are elsewhere now */
        .language = language,
        .date = edition->date,
        .zone = settings->zone,
        .list_id = settings->list_id,
        .list_name = settings->title,
        .help = help,
        .archive = archive,
        .feedback = feedback,
        .pictures = pictures,
        .lines = edition->lines,
    };
    return stencil_new(&source);
}

/* Of the digest that was chosen last; NULL, too, of a letter. */
static GArray *
left_over(const Edition *edition, const Subscription *subscription, guint shown, guint linked)
{
    if (edition->selection == NULL)
        return NULL;
    return leftover_find(edition->selection, edition->articles, shown, linked, &subscription->carry,
                         edition->to_seq);
}

/* What is to be made into a mail: a stencil that somebody had before, or else a rendition that becomes one. */
typedef struct {
    GString *key; /* under which it is shared */
    CachedStencil *cached;
    Rendition *rendition;
} Draft;

static void
draft_clear(Draft *draft)
{
    g_string_free(draft->key, TRUE);
    g_clear_pointer(&draft->cached, cached_stencil_unref);
    rendition_free(draft->rendition);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Draft, draft_clear)

static guint
shown_of(const Draft *draft)
{
    return draft->cached != NULL ? draft->cached->shown : draft->rendition->shown;
}

static guint
linked_of(const Draft *draft)
{
    return draft->cached != NULL ? draft->cached->linked : draft->rendition->linked;
}

/* What one thread at a time can do, for all of them work with the same selection. */
static bool
make_draft(Edition *edition, const Subscription *subscription, Draft *draft, GArray **left,
           EditionOutcome *outcome, GError **error)
{
    if (!choose(edition, subscription, draft->key, outcome, error))
        return false;
    if (*outcome == EDITION_WAITS)
        *left = left_over(edition, subscription, 0, 0);
    if (*outcome != EDITION_READY)
        return true;
    draft->cached = stencil_cache_find(edition->cache, draft->key->str);
    if (draft->cached == NULL &&
        (draft->rendition = render(edition, subscription->choice, error)) == NULL)
        return false;
    *left = left_over(edition, subscription, shown_of(draft), linked_of(draft));
    return true;
}

static void
add_told(const Edition *edition, const GArray *places, guint count, GArray *told)
{
    for (guint i = 0; i < count; i++) {
        const Article *article = edition->articles->pdata[g_array_index(places, guint, i)];
        g_array_append_val(told, article->seq);
    }
}

bool
edition_told(Edition *edition, const Subscription *subscription, GArray **told, GError **error)
{
    g_auto(Draft) draft = { .key = g_string_new(NULL) };
    g_autoptr(GArray) left = NULL;
    EditionOutcome outcome;
    g_mutex_lock(&edition->mutex);
    bool fine = make_draft(edition, subscription, &draft, &left, &outcome, error);
    if (fine) {
        *told = g_array_new(FALSE, FALSE, sizeof(int64_t));
        const Selection *selection = edition->selection;
        if (outcome == EDITION_READY && selection != NULL) {
            add_told(edition, selection->articles, shown_of(&draft), *told);
            add_told(edition, selection->linked, linked_of(&draft), *told);
        }
    }
    g_mutex_unlock(&edition->mutex);
    return fine;
}

/* The stencil of DRAFT, kept for the next ones. To encode a mail takes as long as to render it. */
static const Stencil *
finish_draft(Edition *edition, const Choice *choice, Draft *draft)
{
    if (draft->cached == NULL) {
        const Rendition *rendition = draft->rendition;
        Stencil *stencil = stencil_of(edition, rendition, audience_of(edition, choice).language);
        draft->cached = cached_stencil_new(stencil, rendition->shown, rendition->linked);
        g_mutex_lock(&edition->mutex);
        stencil_cache_put(edition->cache, draft->key->str, draft->cached);
        g_mutex_unlock(&edition->mutex);
    }
    return draft->cached->stencil;
}

bool
edition_write(Edition *edition, const Subscription *subscription, Message *message,
              Address **sender, GArray **left, EditionOutcome *outcome, GError **error)
{
    g_auto(Draft) draft = { .key = g_string_new(NULL) };
    *left = NULL;
    g_mutex_lock(&edition->mutex);
    bool fine = make_draft(edition, subscription, &draft, left, outcome, error);
    g_mutex_unlock(&edition->mutex);
    if (!fine || *outcome != EDITION_READY)
        return fine;
    g_auto(Envelope) envelope = { 0 };
    if (!envelope_init(&envelope, edition, subscription, error))
        return false;
    stencil_fill(finish_draft(edition, subscription->choice, &draft), &envelope.person, message);
    message_keep(message, g_steal_pointer(&draft.cached), (GDestroyNotify)cached_stencil_unref);
    *sender = g_steal_pointer(&envelope.sender);
    if (edition->dkim != NULL)
        dkim_sign(edition->dkim, edition->date, message_text(message));
    return true;
}

bool
edition_write_part(Edition *edition, const Subscription *subscription, bool html, GString *out,
                   EditionOutcome *outcome, GError **error)
{
    g_autoptr(GString) key = g_string_new(NULL);
    if (!choose(edition, subscription, key, outcome, error))
        return false;
    if (*outcome != EDITION_READY)
        return true;
    g_autoptr(Rendition) rendition = render(edition, subscription->choice, error);
    if (rendition == NULL)
        return false;
    g_auto(Envelope) envelope = { 0 };
    if (!envelope_init(&envelope, edition, subscription, error))
        return false;
    const char *part = html ? rendition->html : rendition->text;
    if (part == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "the mail has no HTML part: text alone was chosen");
        return false;
    }
    g_autofree char *shown =
        html && edition->pictures != NULL ? pictures_inline(part, edition->pictures) : NULL;
    g_autofree char *filled =
        stencil_fill_text(shown != NULL ? shown : part, &envelope.person, html);
    g_string_append(out, filled);
    return true;
}

bool
edition_write_public(Edition *edition, const Subscription *subscription, char **subject,
                     GString *out, EditionOutcome *outcome, GError **error)
{
    g_autoptr(GString) key = g_string_new(NULL);
    *outcome = EDITION_NOT_ASKED;
    if (is_private(edition))
        return true;
    if (!choose(edition, subscription, key, outcome, error))
        return false;
    if (*outcome != EDITION_READY)
        return true;
    g_autoptr(Rendition) rendition = render(edition, subscription->choice, error);
    if (rendition == NULL)
        return false;
    /* Templates that do not know of archives show these. */
    const StencilPerson nobody = { .to = edition->from,
                                   .unsubscribe_address = edition->unsubscribe,
                                   .unsubscribe_url = edition->instance->config->base_url };
    g_autofree char *html = stencil_fill_text(rendition->html, &nobody, true);
    *subject = stencil_fill_text(rendition->subject, &nobody, false);
    g_string_append(out, html);
    return true;
}

guint
edition_renditions(const Edition *edition)
{
    return stencil_cache_taken(edition->cache);
}

char *
edition_message_id(const Edition *edition, uint64_t reference)
{
    return message_id_new(edition->issue_id, reference, address_domain(edition->from->address));
}
