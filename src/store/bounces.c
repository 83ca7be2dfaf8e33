#include "store/bounces.h"

#include <string.h>

#include "store/subscription-internal.h"

/* Issues are numbered in tokens by so many bits (base/token.h). */
#define ISSUE_MODULUS (1 << 24)

#define WEEK_SECONDS ((int64_t)7 * 24 * 60 * 60)

/* Messages */

bool
store_message_claim(Store *store, const char *hash, int64_t now, bool *fresh, GError **error)
{
    g_autoptr(Query) query = query_new(store, "INSERT INTO message_seen (hash, at) "
                                              "VALUES ($hash, $at) ON CONFLICT DO NOTHING");
    query_bind_text(query, "$hash", hash);
    query_bind_integer(query, "$at", now);
    if (!query_run(query, error))
        return false;
    *fresh = driver_changes(store) == 1;
    return true;
}

/* What stays in a mailbox is looked at by each run, and written once a week. */
static bool
renew(Store *store, const char *hash, int64_t now, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE message_seen SET at = $now WHERE hash = $hash AND at < $now - $week");
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$week", WEEK_SECONDS);
    query_bind_text(query, "$hash", hash);
    return query_run(query, error);
}

bool
store_message_known(Store *store, const char *hash, int64_t now, bool *known, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT 1 FROM message_seen WHERE hash = $hash");
    query_bind_text(query, "$hash", hash);
    *known = query_step(query);
    return query_finish(query, error) && (!*known || renew(store, hash, now, error));
}

bool
store_messages_forget(Store *store, int64_t before, GError **error)
{
    g_autoptr(Query) query = query_new(store, "DELETE FROM message_seen WHERE at < $before");
    query_bind_integer(query, "$before", before);
    return query_run(query, error);
}

/* Bounces */

void
bounce_free(Bounce *bounce)
{
    if (bounce == NULL)
        return;
    g_free(bounce->domain);
    g_free(bounce->status);
    g_free(bounce->diagnostic);
    g_free(bounce);
}

static bool
find_domain(Store *store, int64_t subscription, char **domain, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT subscriber.address_key FROM subscription JOIN subscriber "
               "ON subscriber.id = subscription.subscriber_id WHERE subscription.id = $id");
    query_bind_integer(query, "$id", subscription);
    const char *key = query_step(query) ? query_text(query, 0) : "";
    const char *at = strrchr(key, '@');
    *domain = g_strdup(at != NULL ? at + 1 : "");
    return query_finish(query, error);
}

static bool
insert_bounce(Store *store, const Bounce *bounce, const char *domain, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "INSERT INTO bounce (subscription_id, issue_id, domain, at, status, diagnostic) "
               "VALUES ($subscription, $issue, $domain, $at, $status, $diagnostic)");
    query_bind_text(query, "$domain", domain);
    query_bind_integer(query, "$subscription", bounce->subscription);
    query_bind_integer(query, "$issue", bounce->issue);
    query_bind_integer(query, "$at", bounce->at);
    query_bind_text(query, "$status", bounce->status);
    query_bind_text(query, "$diagnostic", bounce->diagnostic);
    return query_run(query, error);
}

bool
store_bounce_add(Store *store, const Bounce *bounce, const char *way, GError **error)
{
    const char *reason = bounce->diagnostic != NULL ? bounce->diagnostic : bounce->status;
    g_autofree char *domain = NULL;
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    return transaction != NULL && find_domain(store, bounce->subscription, &domain, error) &&
           insert_bounce(store, bounce, domain, error) &&
           event_record(store, bounce->subscription, "bounce", way, reason, bounce->at, error) &&
           transaction_commit(transaction, error);
}

#define BOUNCE_COLUMNS                                                                             \
    "bounce.id, bounce.subscription_id, bounce.issue_id, bounce.at, bounce.kind, bounce.status, "  \
    "bounce.diagnostic, bounce.domain "

static GPtrArray *
read_bounces(Query *query, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)bounce_free);
    while (query_step(query)) {
        Bounce *bounce = g_new0(Bounce, 1);
        bounce->id = query_integer(query, 0);
        bounce->subscription = query_integer(query, 1);
        bounce->issue = query_integer(query, 2);
        bounce->at = query_integer(query, 3);
        bounce->group = (BounceGroup)query_integer(query, 4);
        bounce->status = query_copy(query, 5);
        bounce->diagnostic = query_copy(query, 6);
        bounce->domain = query_copy(query, 7);
        g_ptr_array_add(list, bounce);
    }
    return query_finish(query, error) ? g_steal_pointer(&list) : NULL;
}

GPtrArray *
store_bounces_new(Store *store, int limit, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT " BOUNCE_COLUMNS "FROM bounce WHERE kind = 0 ORDER BY id LIMIT $limit");
    query_bind_integer(query, "$limit", limit);
    return read_bounces(query, error);
}

GPtrArray *
store_bounces_find(Store *store, int64_t issue, int64_t subscription, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT " BOUNCE_COLUMNS
                                              "FROM bounce WHERE subscription_id = $subscription "
                                              "AND issue_id = $issue ORDER BY id");
    query_bind_integer(query, "$subscription", subscription);
    query_bind_integer(query, "$issue", issue);
    return read_bounces(query, error);
}

GPtrArray *
store_bounces_list(Store *store, int64_t subscription, int64_t since, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " BOUNCE_COLUMNS "FROM subscription AS mine "
                         "JOIN subscription AS other ON other.subscriber_id = mine.subscriber_id "
                         "JOIN bounce ON bounce.subscription_id = other.id AND bounce.at >= $since "
                         "WHERE mine.id = $subscription ORDER BY bounce.at, bounce.id");
    query_bind_integer(query, "$subscription", subscription);
    query_bind_integer(query, "$since", since);
    return read_bounces(query, error);
}

bool
store_bounce_judge(Store *store, int64_t id, BounceGroup group, GError **error)
{
    g_autoptr(Query) query = query_new(store, "UPDATE bounce SET kind = $group WHERE id = $id");
    query_bind_integer(query, "$group", group);
    query_bind_integer(query, "$id", id);
    return query_run(query, error);
}

/* Shares */

static bool
count_dead(Store *store, int64_t issue, const char *domain, int64_t *dead, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT COUNT(*) FROM bounce WHERE issue_id = $issue "
                         "AND ($domain = '' OR domain = $domain) AND kind IN ($dead, $broken)");
    query_bind_integer(query, "$issue", issue);
    query_bind_text(query, "$domain", domain);
    query_bind_integer(query, "$dead", BOUNCE_DEAD);
    query_bind_integer(query, "$broken", BOUNCE_BROKEN);
    *dead = query_step(query) ? query_integer(query, 0) : 0;
    return query_run(query, error);
}

/* An issue may still be going out: what was counted is good until there are a tenth more dead ones. */
static bool
read_share(Store *store, int64_t issue, const char *domain, int64_t dead, bool *known,
           int64_t *mails, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT mails FROM issue_share WHERE issue_id = $issue "
                         "AND domain = $domain AND dead * 11 >= $dead * 10");
    query_bind_integer(query, "$issue", issue);
    query_bind_text(query, "$domain", domain);
    query_bind_integer(query, "$dead", dead);
    *known = query_step(query);
    *mails = *known ? query_integer(query, 0) : 0;
    return query_run(query, error);
}

/* What of an issue is a bit only has no domain any more: it counts as nobody's. */
static bool
write_share(Store *store, int64_t issue, const char *domain, int64_t dead, GError **error)
{
    g_autofree char *pattern = g_strconcat("%@", domain, NULL);
    g_autoptr(Query) query = query_new(
        store,
        "INSERT INTO issue_share (issue_id, domain, dead, mails) SELECT $issue, $domain, $dead, "
        "(SELECT COUNT(*) FROM delivery "
        "  JOIN subscription ON subscription.id = delivery.subscription_id "
        "  JOIN subscriber ON subscriber.id = subscription.subscriber_id "
        "  WHERE delivery.issue_id = $issue "
        "  AND ($domain = '' OR subscriber.address_key LIKE $pattern)) + "
        "CASE WHEN $domain = '' THEN COALESCE((SELECT SUM(work.sent_count) FROM work "
        "  WHERE work.issue_id = $issue), 0) ELSE 0 END "
        "WHERE 1 = 1 " /* or "ON" would be taken for a join's */
        "ON CONFLICT (issue_id, domain) DO UPDATE SET mails = excluded.mails, "
        "  dead = excluded.dead");
    query_bind_integer(query, "$issue", issue);
    query_bind_text(query, "$domain", domain);
    query_bind_text(query, "$pattern", pattern);
    query_bind_integer(query, "$dead", dead);
    return query_run(query, error);
}

bool
store_bounces_share(Store *store, int64_t issue, const char *domain, int64_t minimum, int64_t *dead,
                    int64_t *mails, GError **error)
{
    bool known = false;
    *mails = 0;
    if (!count_dead(store, issue, domain, dead, error))
        return false;
    if (*dead < minimum)
        return true;
    if (!read_share(store, issue, domain, *dead, &known, mails, error))
        return false;
    return known || (write_share(store, issue, domain, *dead, error) &&
                     read_share(store, issue, domain, *dead, &known, mails, error));
}

bool
store_bounces_void(Store *store, int64_t issue, const char *domain, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE bounce SET kind = $broken WHERE issue_id = $issue "
                         "AND kind = $dead AND ($domain = '' OR domain = $domain)");
    query_bind_integer(query, "$broken", BOUNCE_BROKEN);
    query_bind_integer(query, "$issue", issue);
    query_bind_integer(query, "$dead", BOUNCE_DEAD);
    query_bind_text(query, "$domain", domain);
    return query_run(query, error);
}

bool
store_bounce_issue(Store *store, int64_t subscription, uint32_t bits, int64_t *issue,
                   GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT MAX(issue.id) FROM issue JOIN subscription "
                         "ON subscription.newsletter_id = issue.newsletter_id "
                         "WHERE subscription.id = $subscription AND issue.id % $modulus = $bits");
    query_bind_integer(query, "$subscription", subscription);
    query_bind_integer(query, "$modulus", ISSUE_MODULUS);
    query_bind_integer(query, "$bits", bits);
    *issue = query_step(query) ? query_integer(query, 0) : 0;
    return query_run(query, error);
}

/* Subscriptions */

static GArray *
read_ids(Query *query, GError **error)
{
    g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(int64_t));
    while (query_step(query)) {
        int64_t id = query_integer(query, 0);
        g_array_append_val(ids, id);
    }
    return query_finish(query, error) ? g_steal_pointer(&ids) : NULL;
}

GArray *
store_subscriptions_sharing(Store *store, int64_t subscription, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT id FROM subscription WHERE subscriber_id = "
                         "  (SELECT subscriber_id FROM subscription WHERE id = $subscription) "
                         "AND state IN ($active, $paused) ORDER BY id");
    query_bind_integer(query, "$subscription", subscription);
    query_bind_integer(query, "$active", SUBSCRIPTION_ACTIVE);
    query_bind_integer(query, "$paused", SUBSCRIPTION_PAUSED);
    return read_ids(query, error);
}

GArray *
store_subscriptions_to_probe(Store *store, int64_t before, int probes, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT id FROM subscription WHERE state = 3 AND removed = 0 "
                         "AND (SELECT MAX(at) FROM event WHERE subscription_id = subscription.id "
                         "     AND kind = 'suspend' AND way = 'bounces') <= $before "
                         "AND (SELECT COUNT(*) FROM event WHERE subscription_id = subscription.id "
                         "     AND kind = 'reinstate' AND way = 'probe') < $probes ORDER BY id");
    query_bind_integer(query, "$before", before);
    query_bind_integer(query, "$probes", probes);
    return read_ids(query, error);
}

bool
store_bounces_count(Store *store, int64_t since, int64_t counts[BOUNCE_BROKEN + 1], GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT kind, COUNT(*) FROM bounce WHERE at > $since GROUP BY kind");
    query_bind_integer(query, "$since", since);
    for (int i = 0; i <= BOUNCE_BROKEN; i++)
        counts[i] = 0;
    while (query_step(query)) {
        int64_t group = query_integer(query, 0);
        if (group >= 0 && group <= BOUNCE_BROKEN)
            counts[group] = query_integer(query, 1);
    }
    return query_finish(query, error);
}
