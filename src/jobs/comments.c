#include "jobs/comments.h"

#include "base/error.h"
#include "digest/schedule.h"
#include "jobs/newsletter.h"
#include "mail/address.h"
#include "store/feeds.h"

#define DAY_SECONDS ((int64_t)24 * 60 * 60)

/* The newsletter of comments */

static char *
list_id_of(const NewsletterConfig *model, const Comments *comments)
{
    g_autoptr(Mailbox) from = mailbox_parse(model->from, NULL);
    const char *domain = from != NULL ? address_domain(from->address) : "invalid";
    return g_strdup_printf("comments-%" G_GINT64_FORMAT ".%s.%s", comments->article, model->name,
                           domain);
}

bool
comments_newsletter_init(CommentsNewsletter *newsletter, const Config *config,
                         const Comments *comments)
{
    const NewsletterConfig *model = config_find_newsletter(config, comments->model);
    if (model == NULL)
        return false;
    *newsletter = (CommentsNewsletter){
        .config = *model,
        .feeds = g_ptr_array_new(),
        .nothing = g_ptr_array_new(),
        .list_id = list_id_of(model, comments),
    };
    g_ptr_array_add(newsletter->feeds, comments->feed);
    NewsletterConfig *own = &newsletter->config;
    own->name = comments->newsletter;
    own->title = comments->title;
    own->comments_on = comments->title;
    own->list_id = newsletter->list_id;
    own->feeds = newsletter->feeds;
    own->topics = own->sponsors = newsletter->nothing;
    own->filter = own->subject = own->subscribers = NULL;
    own->stories = false; /* that comments have the same words says nothing */
    own->min_articles = 1;
    return true;
}

void
comments_newsletter_clear(CommentsNewsletter *newsletter)
{
    g_clear_pointer(&newsletter->feeds, g_ptr_array_unref);
    g_clear_pointer(&newsletter->nothing, g_ptr_array_unref);
    g_clear_pointer(&newsletter->list_id, g_free);
}

/* Following */

/* How the feed of ARTICLE is asked, so are its comments, but for what only its own host may know. */
static bool
find_settings(const Instance *instance, const Article *article, FetchSettings *settings,
              GError **error)
{
    const FeedConfig *config = config_find_feed(instance->config, article->feed);
    if (config != NULL) {
        *settings = (FetchSettings){
            .proxy = g_strdup(config->proxy),
            .timeout = config->timeout,
            .http1 = g_str_equal(config->http, "1.1"),
            .allow_private = config->allow_private,
        };
        return true;
    }
    g_autoptr(GHashTable) fetches = store_fetches_list(instance->store, error);
    if (fetches == NULL)
        return false;
    const Fetch *fetch = g_hash_table_lookup(fetches, &article->feed_id);
    if (fetch != NULL)
        *settings = (FetchSettings){
            .proxy = g_strdup(fetch->settings.proxy),
            .timeout = fetch->settings.timeout,
            .http1 = fetch->settings.http1,
            .allow_private = fetch->settings.allow_private,
        };
    return true;
}

/* Of what READER chose, what matters for comments: their topics and filter do not. */
static Choice *
choice_for_comments(const Subscription *reader)
{
    Choice *choice = choice_new(reader->choice->address, &reader->choice->rhythm);
    choice->name = g_strdup(reader->choice->name);
    choice->language = g_strdup(reader->choice->language);
    choice->format = reader->choice->format;
    choice->max_articles = reader->choice->max_articles;
    return choice;
}

/* The article, when it can be followed; else NULL. */
static Article *
find_article(const Instance *instance, int64_t seq, GError **error)
{
    g_autoptr(Article) article = NULL;
    if (!store_article_find(instance->store, seq, &article, error))
        return NULL;
    if (article != NULL && article->comments != NULL)
        return g_steal_pointer(&article);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                article == NULL ? "there is no article %" G_GINT64_FORMAT
                                : "article %" G_GINT64_FORMAT
                                  ": its feed names no feed of its comments",
                seq);
    return NULL;
}

static bool
may_follow(const Subscription *reader, GError **error)
{
    if (reader->state == SUBSCRIPTION_ACTIVE || reader->state == SUBSCRIPTION_PAUSED)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "\"%s\" (%s) is %s",
                address_text(reader->choice->address), reader->newsletter,
                subscription_state_name(reader->state));
    return false;
}

bool
comments_follow(Instance *instance, const NewsletterConfig *newsletter, const Subscription *reader,
                int64_t seq, GError **error)
{
    int64_t now = clock_now(instance->clock);
    g_autoptr(Fetch) fetch = g_new0(Fetch, 1);
    g_autoptr(Article) article =
        may_follow(reader, error) ? find_article(instance, seq, error) : NULL;
    if (article == NULL || !find_settings(instance, article, &fetch->settings, error))
        return false;
    g_autoptr(Comments) comments = comments_new(newsletter->name, seq, article->title);
    g_autoptr(Choice) choice = choice_for_comments(reader);
    const Rhythm slowed = newsletter_slowed(newsletter, &choice->rhythm);
    const CommentsFollow follow = {
        .comments = comments,
        .url = article->comments,
        .settings = &fetch->settings,
        .choice = choice,
        .last_due = schedule_last(&slowed, now),
    };
    PeopleChange change = { 0 };
    if (!store_comments_follow(instance->store, &follow, now, &change, error))
        return false;
    if (change.kept_out == 0)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                "\"%s\" has unsubscribed from %s or is suppressed; only they can come back",
                address_text(choice->address), comments->newsletter);
    return false;
}

bool
comments_unfollow(Instance *instance, const NewsletterConfig *newsletter,
                  const Subscription *reader, int64_t seq, GError **error)
{
    bool found = false;
    const Address *address = reader->choice->address;
    g_autoptr(Comments) comments = comments_new(newsletter->name, seq, NULL);
    if (!store_subscription_remove(instance->store, comments->newsletter, address_key(address),
                                   clock_now(instance->clock), &found, error))
        return false;
    if (!found)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "\"%s\" does not follow the comments of article %" G_GINT64_FORMAT,
                    address_text(address), seq);
    return found;
}

/* Settling */

static bool
settle(Instance *instance, const Comments *comments, guint *ended, GError **error)
{
    const NewsletterConfig *model = config_find_newsletter(instance->config, comments->model);
    if (model == NULL)
        return true; /* it sends nothing; it may be there again with the next run */
    int64_t now = clock_now(instance->clock);
    const CommentsLimits limits = {
        .now = now,
        .quiet = now - model->comments_days * DAY_SECONDS,
        .oldest = now - model->max_age_days * DAY_SECONDS,
    };
    return store_comments_settle(instance->store, comments, &limits, ended, error);
}

bool
comments_settle(Instance *instance, GError **error)
{
    guint ended = 0;
    g_autoptr(GPtrArray) list = store_comments_list(instance->store, error);
    for (guint i = 0; list != NULL && i < list->len; i++)
        if (!settle(instance, list->pdata[i], &ended, error))
            return false;
    if (ended > 0)
        log_info(instance->log,
                 "comments: %u are followed no more: they are quiet, or their "
                 "followers have left the newsletter",
                 ended);
    return list != NULL;
}
