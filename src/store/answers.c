#include "store/answers.h"

#include "store/subscription-internal.h"

void
answer_free(Answer *answer)
{
    if (answer == NULL)
        return;
    g_free(answer->about);
    g_free(answer);
}

/* Owing */

typedef struct {
    int64_t next_at;
    int64_t mailed_at;
} Known;

static bool
find_known(Store *store, int64_t subscription, Known *known, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT next_at, mailed_at FROM answer WHERE subscription_id = $id");
    query_bind_integer(query, "$id", subscription);
    *known = (Known){ 0 };
    if (query_step(query))
        *known = (Known){ query_integer(query, 0), query_integer(query, 1) };
    return query_finish(query, error);
}

static bool
put(Store *store, int64_t subscription, const char *about, int64_t now, int64_t next_at,
    GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO answer (subscription_id, about, made_at, next_at) "
                         "VALUES ($id, $about, $now, $next) "
                         "ON CONFLICT (subscription_id) DO UPDATE SET about = excluded.about, "
                         "made_at = excluded.made_at, next_at = excluded.next_at, tries = 0");
    query_bind_integer(query, "$id", subscription);
    query_bind_text(query, "$about", about);
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$next", next_at);
    return query_run(query, error);
}

bool
store_answer_owe(Store *store, int64_t subscription, const char *about, bool stranger, int64_t now,
                 bool *owed, GError **error)
{
    Known known;
    if (!find_known(store, subscription, &known, error))
        return false;
    bool is_early = known.next_at != 0 ||
                    (known.mailed_at != 0 && now - known.mailed_at < ANSWER_STRANGER_SECONDS);
    *owed = !stranger || !is_early;
    if (!*owed)
        return true;
    int64_t next_at = known.mailed_at == 0 ? now : MAX(now, known.mailed_at + ANSWER_SECONDS);
    return put(store, subscription, about, now, next_at, error);
}

/* The mail */

#define ANSWER_COLUMNS "subscription_id, about, made_at, next_at, mailed_at, tries"

static Answer *
read_answer(Query *query)
{
    Answer *answer = g_new0(Answer, 1);
    answer->subscription = query_integer(query, 0);
    answer->about = query_copy(query, 1);
    answer->made_at = query_integer(query, 2);
    answer->next_at = query_integer(query, 3);
    answer->mailed_at = query_integer(query, 4);
    answer->tries = (int)query_integer(query, 5);
    return answer;
}

bool
store_answer_of(Store *store, int64_t subscription, Answer **answer, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " ANSWER_COLUMNS " FROM answer WHERE subscription_id = $id");
    query_bind_integer(query, "$id", subscription);
    *answer = query_step(query) ? read_answer(query) : NULL;
    return query_finish(query, error);
}

bool
store_answer_due(Store *store, int64_t now, Answer **answer, Subscription **subscription,
                 GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT " ANSWER_COLUMNS " FROM answer "
                                              "WHERE next_at > 0 AND next_at <= $now "
                                              "ORDER BY next_at, subscription_id LIMIT 1");
    query_bind_integer(query, "$now", now);
    *answer = query_step(query) ? read_answer(query) : NULL;
    if (!query_finish(query, error))
        return false;
    if (*answer == NULL)
        return true;
    g_autoptr(Query) whose =
        query_new(store, "SELECT " SUBSCRIPTION_COLUMNS " FROM " SUBSCRIPTION_TABLES
                         "WHERE subscription.id = $id");
    query_bind_integer(whose, "$id", (*answer)->subscription);
    return subscription_read_one(whose, subscription, error);
}

/* Compared with what was read: so two processes never send the same mail. */
bool
store_answer_begin(Store *store, const Answer *answer, int64_t now, bool *taken, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE answer SET next_at = 0, mailed_at = $now, tries = tries + 1 "
                         "WHERE subscription_id = $id AND next_at = $seen AND tries = $tries");
    query_bind_integer(query, "$now", now);
    query_bind_integer(query, "$id", answer->subscription);
    query_bind_integer(query, "$seen", answer->next_at);
    query_bind_integer(query, "$tries", answer->tries);
    if (!query_run(query, error))
        return false;
    *taken = driver_changes(store) > 0;
    return true;
}

/* Not when it was owed anew since. */
bool
store_answer_defer(Store *store, const Answer *answer, int64_t next_at, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "UPDATE answer SET next_at = $next WHERE subscription_id = $id AND next_at = 0");
    query_bind_integer(query, "$next", next_at);
    query_bind_integer(query, "$id", answer->subscription);
    return query_run(query, error);
}

bool
store_answers_forget(Store *store, int64_t before, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "DELETE FROM answer WHERE next_at = 0 AND mailed_at < $before");
    query_bind_integer(query, "$before", before);
    return query_run(query, error);
}
