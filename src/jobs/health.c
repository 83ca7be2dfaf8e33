#include "jobs/health.h"

#include "base/clock.h"
#include "feed/parse.h"
#include "jobs/compose.h"
#include "net/web_url.h"

#define DAY_SECONDS ((int64_t)24 * 60 * 60)

/* Fewer failures in a row are a hiccup. */
#define FAILURES_TOLD 3
/* A server that was down for less comes back. */
#define DEAD_DAYS 7

FeedState
health_after_failure(const FeedRecord *feed, int64_t now)
{
    bool long_ago =
        feed->failing_since != 0 && now - feed->failing_since >= DEAD_DAYS * DAY_SECONDS;
    return long_ago && feed->failures + 1 >= FAILURES_TOLD ? FEED_DEAD : FEED_FAILING;
}

FeedState
health_to_tell(const FeedRecord *feed)
{
    if (feed->origin == FEED_FROM_FOLLOW) /* nobody can mend it, and it ends by itself */
        return feed->told_state;
    switch (feed->state) {
    case FEED_OK: return FEED_OK;
    case FEED_PAUSED: return feed->told_state;
    case FEED_FAILING: return feed->failures >= FAILURES_TOLD ? FEED_FAILING : feed->told_state;
    case FEED_GONE:
    case FEED_DEAD: return FEED_DEAD;
    }
    g_assert_not_reached();
}

static bool
has_new_alarm(const FeedRecord *feed)
{
    return feed->held_since != 0 && feed->held_since != feed->told_held;
}

/* Whether articles were left out, and nobody knows, or the other way round. */
static bool
has_new_length(const FeedRecord *feed)
{
    return (feed->left_out > 0) != feed->told_left_out;
}

static bool
has_news(const FeedRecord *feed)
{
    return has_new_alarm(feed) || has_new_length(feed) || health_to_tell(feed) != feed->told_state;
}

/* The letter */

/* Foreign text in a letter in Markdown: nothing in it is mark-up. */
static void
append_code(GString *out, const char *text)
{
    g_autofree char *inert = g_strdelimit(g_strdup(text), "`\r\n", ' ');
    g_string_append_printf(out, "`` %s ``", inert);
}

static void
append_time(GString *out, int64_t time)
{
    g_autofree char *text = time != 0 ? time_text(time) : g_strdup("never");
    g_string_append(out, text);
}

static void
append_trouble(GString *out, const FeedRecord *feed)
{
    g_string_append_printf(out, "is **%s**, since ",
                           health_to_tell(feed) == FEED_DEAD ? "dead" : "failing");
    append_time(out, feed->failing_since);
    g_string_append(out, ". The reason: ");
    append_code(out, feed->problem != NULL ? feed->problem : "not known");
    g_string_append(out, ". The last success: ");
    append_time(out, feed->succeeded_at);
    g_string_append(out, ".");
}

static void
append_held(GString *out, const FeedRecord *feed, int64_t held)
{
    g_string_append_printf(out,
                           "- **%s** seems to have changed the ids of its articles, or was "
                           "imported anew: %" G_GINT64_FORMAT
                           " articles are held. `depesche feed approve %s` lets them go out as "
                           "new, `depesche feed drop "
                           "%s` takes them for seen.\n",
                           feed->name, held, feed->name, feed->name);
}

static void
append_state(GString *out, const FeedRecord *feed)
{
    g_autofree char *url = web_url_bare(feed->url); /* a password is not for a mail */
    g_string_append_printf(out, "- **%s** (", feed->name);
    append_code(out, url);
    g_string_append(out, ") ");
    if (health_to_tell(feed) == FEED_OK)
        g_string_append(out, "is well again.");
    else
        append_trouble(out, feed);
    g_string_append_c(out, '\n');
}

static void
append_length(GString *out, const FeedRecord *feed)
{
    g_autofree char *left_out = feed_left_out_text(feed->left_out);
    g_string_append_printf(out, "- **%s** %s.\n", feed->name,
                           feed->left_out > 0 ? left_out : "is read to its end again");
}

static bool
append_news(GString *out, Store *store, const FeedRecord *feed, GError **error)
{
    if (health_to_tell(feed) != feed->told_state)
        append_state(out, feed);
    if (has_new_length(feed))
        append_length(out, feed);
    FeedCounts counts;
    if (!has_new_alarm(feed))
        return true;
    if (!store_feed_count(store, feed->id, &counts, error))
        return false;
    append_held(out, feed, counts.held);
    return true;
}

static char *
subject_of(const GPtrArray *feeds)
{
    const FeedRecord *feed = feeds->pdata[0];
    if (feeds->len > 1)
        return g_strdup_printf("%u feeds need a look", feeds->len);
    if (health_to_tell(feed) == feed->told_state)
        return g_strdup_printf("feed %s: articles are %s", feed->name,
                               has_new_alarm(feed)  ? "held"
                               : feed->left_out > 0 ? "left out"
                                                    : "not left out any more");
    return g_strdup_printf("feed %s: %s", feed->name, feed_state_name(health_to_tell(feed)));
}

bool
health_tell(Instance *instance, GError **error)
{
    if (instance->config->operator_address == NULL)
        return true;
    g_autoptr(GPtrArray) feeds = store_feeds_list(instance->store, error);
    if (feeds == NULL)
        return false;
    g_autoptr(GString) letter = g_string_new(NULL);
    g_autoptr(GPtrArray) news = g_ptr_array_new();
    for (guint i = 0; i < feeds->len; i++) {
        if (!has_news(feeds->pdata[i]))
            continue;
        if (!append_news(letter, instance->store, feeds->pdata[i], error))
            return false;
        g_ptr_array_add(news, feeds->pdata[i]);
    }
    if (news->len == 0)
        return true;
    g_autofree char *subject = subject_of(news);
    for (guint i = 0; i < news->len; i++) {
        FeedRecord *feed = news->pdata[i];
        feed->told_state = health_to_tell(feed);
        feed->told_held = feed->held_since;
        feed->told_left_out = feed->left_out > 0;
    }
    return compose_notice(instance, subject, letter->str, news, error);
}
