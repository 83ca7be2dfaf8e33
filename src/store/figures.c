#include "store/figures.h"

#include "store/driver-internal.h"
#include "subscriber/lifecycle.h"

#define DAY_SECONDS 86400

static void
figure_free(void *data)
{
    Figure *figure = data;
    g_free(figure->newsletter);
    g_free(figure);
}

/* Adds the rows of QUERY: newsletter, day, kind, count. */
static bool
add_rows(Query *query, GPtrArray *figures, GError **error)
{
    while (query_step(query)) {
        Figure *figure = g_new(Figure, 1);
        figure->newsletter = query_copy(query, 0);
        figure->day = query_integer(query, 1);
        figure->kind = (FigureKind)query_integer(query, 2);
        figure->count = query_integer(query, 3);
        g_ptr_array_add(figures, figure);
    }
    return query_finish(query, error);
}

static void
bind_scope(Query *query, const char *newsletter, int64_t since)
{
    query_bind_text(query, "$newsletter", newsletter);
    query_bind_integer(query, "$since", since);
    query_bind_integer(query, "$day", DAY_SECONDS);
}

/* A complaint is an end, too, but counted apart. Somebody "added" is there at once, somebody who was asked
 * when they confirm; who takes it back that they left ("subscribe") has joined again. */
static bool
add_events(Store *store, GPtrArray *figures, const char *newsletter, int64_t since, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT newsletter.name, event.at / $day, "
               "  CASE WHEN event.kind IN ('added', 'confirm', 'subscribe') THEN $joined "
               "    WHEN event.kind = 'suspend' THEN $suspended "
               "    WHEN event.way = 'complaint' THEN $complained ELSE $left END AS figure, "
               "  COUNT(*) "
               "FROM event JOIN subscription ON subscription.id = event.subscription_id "
               "JOIN newsletter ON newsletter.id = subscription.newsletter_id "
               "WHERE event.at >= $since "
               "AND event.kind IN ('added', 'confirm', 'subscribe', 'suspend', 'unsubscribe', "
               "  'removed') "
               "AND ($newsletter IS NULL OR newsletter.name = $newsletter) "
               "GROUP BY newsletter.name, event.at / $day, figure");
    bind_scope(query, newsletter, since);
    query_bind_integer(query, "$joined", FIGURE_JOINED);
    query_bind_integer(query, "$suspended", FIGURE_SUSPENDED);
    query_bind_integer(query, "$complained", FIGURE_COMPLAINED);
    query_bind_integer(query, "$left", FIGURE_LEFT);
    return add_rows(query, figures, error);
}

/* Who came with an import has no event of their own for it. */
static bool
add_imported(Store *store, GPtrArray *figures, const char *newsletter, int64_t since,
             GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT newsletter.name, subscription.created / $day, $joined, COUNT(*) "
                         "FROM subscription "
                         "JOIN newsletter ON newsletter.id = subscription.newsletter_id "
                         "WHERE subscription.created >= $since AND subscription.intake <> 0 "
                         "AND ($newsletter IS NULL OR newsletter.name = $newsletter) "
                         "GROUP BY newsletter.name, subscription.created / $day");
    bind_scope(query, newsletter, since);
    query_bind_integer(query, "$joined", FIGURE_JOINED);
    return add_rows(query, figures, error);
}

static bool
add_bounces(Store *store, GPtrArray *figures, const char *newsletter, int64_t since, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT newsletter.name, bounce.at / $day, "
               "  CASE bounce.kind WHEN $is_dead THEN $dead WHEN $is_mailbox THEN $mailbox "
               "    WHEN $is_policy THEN $policy WHEN $is_broken THEN $broken "
               "    ELSE $unjudged END AS figure, "
               "  COUNT(*) "
               "FROM bounce JOIN subscription ON subscription.id = bounce.subscription_id "
               "JOIN newsletter ON newsletter.id = subscription.newsletter_id "
               "WHERE bounce.at >= $since "
               "AND ($newsletter IS NULL OR newsletter.name = $newsletter) "
               "GROUP BY newsletter.name, bounce.at / $day, figure");
    bind_scope(query, newsletter, since);
    query_bind_integer(query, "$is_dead", BOUNCE_DEAD);
    query_bind_integer(query, "$is_mailbox", BOUNCE_MAILBOX);
    query_bind_integer(query, "$is_policy", BOUNCE_POLICY);
    query_bind_integer(query, "$is_broken", BOUNCE_BROKEN);
    query_bind_integer(query, "$dead", FIGURE_DEAD);
    query_bind_integer(query, "$mailbox", FIGURE_MAILBOX);
    query_bind_integer(query, "$policy", FIGURE_POLICY);
    query_bind_integer(query, "$broken", FIGURE_BROKEN);
    query_bind_integer(query, "$unjudged", FIGURE_UNJUDGED);
    return add_rows(query, figures, error);
}

GPtrArray *
store_figures(Store *store, const char *newsletter, int64_t since, GError **error)
{
    g_autoptr(GPtrArray) figures = g_ptr_array_new_with_free_func(figure_free);
    if (!add_events(store, figures, newsletter, since, error) ||
        !add_imported(store, figures, newsletter, since, error) ||
        !add_bounces(store, figures, newsletter, since, error))
        return NULL;
    return g_steal_pointer(&figures);
}
