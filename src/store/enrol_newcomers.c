/* Those of an import whom nobody knows (store/enrol-internal.h). They are lent to two statements
 * (store/lent-internal.h): one makes people of them, and one subscriptions. */
#include "store/enrol-internal.h"

#include <string.h>

#include "store/lent-internal.h"
#include "store/suppressions.h"

typedef struct {
    Choice *choice;
    SlotPlace slot;
    int64_t reference;
} Newcomer;

enum {
    PLACE,
    ADDRESS_KEY,
    ADDRESS,
    SLOT,
    MARK,
    REFERENCE,
    NAME,
    LANGUAGE,
    TOPICS,
    TOPICS_OUT,
    FILTER,
    FORMAT,
    MAX_ARTICLES,
    ATTRIBUTES,
};

static void
lend_topics(LentCell *cell, const GPtrArray *topics)
{
    if (topics->len == 0)
        lent_text(cell, "");
    else
        lent_take_text(cell, topics_join(topics));
}

static void
read_newcomer(const void *rows, guint row, int column, LentCell *cell)
{
    const Newcomer *newcomer = (const Newcomer *)rows + row;
    const Choice *choice = newcomer->choice;
    switch (column) {
    case PLACE: lent_integer(cell, row + 1); return;
    case ADDRESS_KEY: lent_text(cell, address_key(choice->address)); return;
    case ADDRESS: lent_text(cell, address_text(choice->address)); return;
    case SLOT: lent_integer(cell, newcomer->slot.id); return;
    case MARK: lent_integer(cell, newcomer->slot.mark); return;
    case REFERENCE: lent_integer(cell, newcomer->reference); return;
    case NAME: lent_text(cell, choice->name); return;
    case LANGUAGE: lent_text(cell, choice->language); return;
    case TOPICS: lend_topics(cell, choice->topics); return;
    case TOPICS_OUT: lend_topics(cell, choice->without); return;
    case FILTER: lent_text(cell, choice->filter); return;
    case FORMAT: lent_integer(cell, choice->format); return;
    case MAX_ARTICLES: lent_integer(cell, choice->max_articles); return;
    case ATTRIBUTES: lent_text(cell, choice->attributes); return;
    default: g_assert_not_reached();
    }
}

static const LentTable newcomers_table = {
    .name = "newcomer",
    .columns = "place INTEGER, address_key TEXT, address TEXT, slot_id INTEGER, mark INTEGER, "
               "reference INTEGER, name TEXT, language TEXT, topics TEXT, topics_out TEXT, "
               "filter TEXT, format INTEGER, max_articles INTEGER, attributes TEXT",
    .read = read_newcomer,
};

/* What is not so simple goes the ordinary way: who is there twice, who pauses. */
static bool
is_simple(const Choice *choice, const Choice *before)
{
    bool is_twice =
        before != NULL && strcmp(address_key(before->address), address_key(choice->address)) == 0;
    return !is_twice && choice->pause_until == 0;
}

static bool
add_newcomer(Put *put, Choice *choice, GArray *newcomers, GError **error)
{
    bool suppressed = false;
    if (put->any_suppressed &&
        !store_suppression_has(put->store, address_key(choice->address), &suppressed, error))
        return false;
    if (suppressed) {
        put->change->kept_out++;
        return true;
    }
    if (!put_find_slot(put, &choice->rhythm, error))
        return false;
    const Newcomer newcomer = { choice, put->slot, put_next_reference(put) };
    g_array_append_val(newcomers, newcomer);
    return true;
}

/* Those of CHOICES who may be newcomers; the others are added to REST. */
static bool
sort_out(Put *put, const GPtrArray *choices, GArray *newcomers, GPtrArray *rest, GError **error)
{
    for (guint i = 0; i < choices->len; i++) {
        Choice *choice = choices->pdata[i];
        if (!is_simple(choice, i > 0 ? choices->pdata[i - 1] : NULL))
            g_ptr_array_add(rest, choice);
        else if (!add_newcomer(put, choice, newcomers, error))
            return false;
    }
    return true;
}

static bool
find_last_person(Store *store, int64_t *id, GError **error)
{
    g_autoptr(Query) query = query_new(store, "SELECT COALESCE(MAX(id), 0) FROM subscriber");
    *id = query_step(query) ? query_integer(query, 0) : 0;
    return query_run(query, error);
}

/* A person's number is LAST and their place: so the one of somebody who is known stays free. */
static bool
add_people(Store *store, int64_t last, guint *added, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "INSERT OR ROLLBACK INTO subscriber (id, address_key, address) "
                         "SELECT $last + place, address_key, address FROM newcomer WHERE 1 = 1 "
                         "ON CONFLICT (address_key) DO NOTHING");
    query_bind_integer(query, "$last", last);
    if (!query_run(query, error))
        return false;
    *added = (guint)driver_changes(store);
    return true;
}

/* ALL_NEW: nobody of them was known, and nobody has to be looked for. */
static bool
add_subscriptions(const Put *put, int64_t last, bool all_new, GError **error)
{
    g_autoptr(Query) query = query_new(
        put->store,
        "INSERT OR ROLLBACK INTO subscription (subscriber_id, newsletter_id, slot_id, reference, "
        "state, "
        "  origin, name, language, topics, topics_out, filter, format, max_articles, pause_said, "
        "  attributes, consent_id, intake, created, slot_mark, since_seq, served) "
        "SELECT $last + place, $newsletter, slot_id, reference, $active, $origin, name, language, "
        "  topics, topics_out, filter, format, max_articles, 0, attributes, $consent, "
        "  $consent, $now, mark, mark, 0 FROM newcomer WHERE $all_new = 1 OR EXISTS "
        "  (SELECT 1 FROM subscriber WHERE subscriber.id = $last + place)");
    query_bind_integer(query, "$newsletter", put->newsletter);
    query_bind_integer(query, "$active", SUBSCRIPTION_ACTIVE);
    query_bind_integer(query, "$origin", put->origin);
    query_bind_integer(query, "$consent", put->consent);
    query_bind_integer(query, "$now", put->now);
    query_bind_integer(query, "$last", last);
    query_bind_integer(query, "$all_new", all_new);
    return query_run(query, error);
}

/* Those who were known. */
static bool
find_known(Store *store, int64_t last, const GArray *newcomers, GPtrArray *known, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT place FROM newcomer WHERE NOT EXISTS "
                         "(SELECT 1 FROM subscriber WHERE subscriber.id = $last + place)");
    query_bind_integer(query, "$last", last);
    while (query_step(query)) {
        int64_t place = query_integer(query, 0);
        g_ptr_array_add(known, g_array_index(newcomers, Newcomer, place - 1).choice);
    }
    return query_finish(query, error);
}

bool
put_newcomers(Put *put, const GPtrArray *choices, GPtrArray *known, GPtrArray *rest, GError **error)
{
    int64_t last = 0;
    guint added = 0;
    g_autoptr(GArray) newcomers = g_array_sized_new(FALSE, FALSE, sizeof(Newcomer), choices->len);
    if (!sort_out(put, choices, newcomers, rest, error) ||
        !driver_lend(put->store, &newcomers_table, newcomers->data, newcomers->len, error) ||
        !find_last_person(put->store, &last, error) || !add_people(put->store, last, &added, error))
        return false;
    bool all_new = added == newcomers->len;
    if (!add_subscriptions(put, last, all_new, error) ||
        (!all_new && !find_known(put->store, last, newcomers, known, error)))
        return false;
    put->change->added += added;
    return true;
}
