/* Those of an import whom nobody knows (store/enrol-internal.h). To each statement belongs work that is the
 * same for one row and for thousands: so they come into a table of their own first, and from there, by two
 * statements, to where they belong. */
#include "store/enrol-internal.h"

#include <string.h>

static bool
make_table(Store *store, GError **error)
{
    return driver_execute(store,
                          "CREATE TEMP TABLE IF NOT EXISTS newcomer ("
                          "place INTEGER PRIMARY KEY, address_key TEXT NOT NULL, "
                          "address TEXT NOT NULL, slot_id BIGINT NOT NULL, mark BIGINT NOT NULL, "
                          "reference BIGINT NOT NULL, name TEXT, language TEXT, "
                          "topics TEXT NOT NULL, topics_out TEXT NOT NULL, filter TEXT, "
                          "format BIGINT NOT NULL, max_articles BIGINT NOT NULL, "
                          "pause_said BIGINT NOT NULL, attributes TEXT)",
                          error);
}

static bool
add_newcomer(Put *put, guint place, const Choice *choice, GError **error)
{
    if (!put_find_slot(put, &choice->rhythm, error))
        return false;
    g_autoptr(Query) query = query_new(
        put->store, "INSERT INTO newcomer (place, address_key, address, slot_id, mark, reference, "
                    "  name, language, topics, topics_out, filter, format, max_articles, "
                    "  pause_said, attributes) "
                    "VALUES ($place, $key, $address, $slot, $mark, $reference, $name, $language, "
                    "  $topics, $without, $filter, $format, $max_articles, $pause_said, "
                    "  $attributes)");
    choice_bind(query, choice);
    query_bind_integer(query, "$place", place);
    query_bind_text(query, "$key", address_key(choice->address));
    query_bind_text(query, "$address", address_text(choice->address));
    query_bind_integer(query, "$slot", put->slot.id);
    query_bind_integer(query, "$mark", put->slot.mark);
    query_bind_integer(query, "$reference", put_next_reference(put));
    return query_run(query, error);
}

/* What is not so simple goes the ordinary way: who is there twice, who is suppressed maybe, who pauses. */
static bool
is_simple(const Put *put, const Choice *choice, const Choice *before)
{
    bool is_twice =
        before != NULL && strcmp(address_key(before->address), address_key(choice->address)) == 0;
    return !is_twice && !put->any_suppressed && choice->pause_until == 0;
}

static bool
add_newcomers(Put *put, const GPtrArray *choices, GPtrArray *others, GError **error)
{
    for (guint i = 0; i < choices->len; i++) {
        Choice *choice = choices->pdata[i];
        if (!is_simple(put, choice, i > 0 ? choices->pdata[i - 1] : NULL))
            g_ptr_array_add(others, choice);
        else if (!add_newcomer(put, i, choice, error))
            return false;
    }
    return true;
}

/* The last number of a person who is known: the next ones are higher. */
static bool
find_last_person(Store *store, int64_t *id, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT COALESCE(MAX(id), 0) FROM subscriber");
    *id = query_step(query) ? query_integer(query, 0) : 0;
    return query_run(query, error);
}

static bool
move_people(Store *store, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT INTO subscriber (address_key, address) "
                         "SELECT address_key, address FROM newcomer WHERE 1 = 1 ORDER BY place "
                         "ON CONFLICT (address_key) DO NOTHING");
    return query_run(query, error);
}

static bool
move_subscriptions(const Put *put, int64_t last, GError **error)
{
    g_autoptr(Query) query = query_new(
        put->store,
        "INSERT INTO subscription (subscriber_id, newsletter_id, slot_id, reference, state, "
        "  origin, name, language, topics, topics_out, filter, format, max_articles, pause_said, "
        "  attributes, consent_id, intake, created, slot_mark, since_seq, served) "
        "SELECT subscriber.id, $newsletter, slot_id, reference, $active, $origin, name, language, "
        "  topics, topics_out, filter, format, max_articles, pause_said, attributes, $consent, "
        "  $consent, $now, mark, mark, 0 "
        "FROM newcomer JOIN subscriber ON subscriber.address_key = newcomer.address_key "
        "WHERE subscriber.id > $last ORDER BY place");
    query_bind_integer(query, "$newsletter", put->newsletter);
    query_bind_integer(query, "$active", SUBSCRIPTION_ACTIVE);
    query_bind_integer(query, "$origin", put->origin);
    query_bind_integer(query, "$consent", put->consent);
    query_bind_integer(query, "$now", put->now);
    query_bind_integer(query, "$last", last);
    if (!query_run(query, error))
        return false;
    put->change->added += (guint)driver_changes(put->store);
    return true;
}

/* Those who were known. */
static bool
find_known(Store *store, int64_t last, const GPtrArray *choices, GPtrArray *rest, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT place FROM newcomer "
                         "JOIN subscriber ON subscriber.address_key = newcomer.address_key "
                         "WHERE subscriber.id <= $last ORDER BY place");
    query_bind_integer(query, "$last", last);
    while (query_step(query))
        g_ptr_array_add(rest, choices->pdata[query_integer(query, 0)]);
    return query_finish(query, error);
}

static bool
empty_table(Store *store, GError **error)
{
    g_autoptr(Query) query = query_new(store, "DELETE FROM newcomer");
    return query_run(query, error);
}

/* Of who is known and there twice the first row counts: so those who are known come before the others. */
bool
put_newcomers(Put *put, const GPtrArray *choices, GPtrArray *rest, GError **error)
{
    int64_t last = 0;
    guint added = put->change->added;
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    if (!make_table(put->store, error) || !add_newcomers(put, choices, others, error) ||
        !find_last_person(put->store, &last, error) || !move_people(put->store, error) ||
        !move_subscriptions(put, last, error))
        return false;
    bool are_all_new = put->change->added - added + others->len == choices->len;
    if (!are_all_new && !find_known(put->store, last, choices, rest, error))
        return false;
    g_ptr_array_extend(rest, others, NULL, NULL);
    return empty_table(put->store, error);
}
