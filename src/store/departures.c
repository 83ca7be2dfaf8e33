#include "store/departures.h"

#include <string.h>

#include "store/driver-internal.h"
#include "subscriber/lifecycle.h"

void
departure_free(Departure *departure)
{
    if (departure == NULL)
        return;
    g_free(departure->address_key);
    g_free(departure);
}

static DepartureKind
kind_of(const char *event)
{
    return strcmp(event, lifecycle_event_name(EVENT_FORGET)) == 0        ? DEPARTURE_FORGOTTEN
           : strcmp(event, lifecycle_event_name(EVENT_UNSUBSCRIBE)) == 0 ? DEPARTURE_LEFT
                                                                         : DEPARTURE_BACK;
}

static Departure *
read_departure(Query *query)
{
    Departure *departure = g_new0(Departure, 1);
    departure->event = query_integer(query, 0);
    departure->reference = (uint64_t)query_integer(query, 1);
    departure->kind = kind_of(query_text(query, 2));
    departure->address_key = query_copy(query, 3);
    return departure;
}

GPtrArray *
store_departures_list(Store *store, int64_t after, int limit, GError **error)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)departure_free);
    g_autoptr(Query) query =
        query_new(store, "SELECT event.id, subscription.reference, event.kind, "
                         "CASE WHEN EXISTS (SELECT 1 FROM comments "
                         "  WHERE comments.newsletter_id = subscription.newsletter_id) "
                         "  THEN NULL ELSE subscriber.address_key END "
                         "FROM event JOIN subscription ON subscription.id = event.subscription_id "
                         "JOIN subscriber ON subscriber.id = subscription.subscriber_id "
                         "WHERE event.id > $after "
                         "AND event.kind IN ('unsubscribe', 'forget', 'subscribe', 'confirm') "
                         "ORDER BY event.id LIMIT $limit");
    query_bind_integer(query, "$after", after);
    query_bind_integer(query, "$limit", limit);
    while (query_step(query))
        g_ptr_array_add(list, read_departure(query));
    return query_finish(query, error) ? g_steal_pointer(&list) : NULL;
}

bool
store_departure_known(Store *store, int64_t event, uint64_t reference, bool *known, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT 1 FROM event JOIN subscription ON subscription.id = event.subscription_id "
               "WHERE event.id = $event AND subscription.reference = $reference");
    query_bind_integer(query, "$event", event);
    query_bind_integer(query, "$reference", (int64_t)reference);
    *known = query_step(query);
    return query_finish(query, error);
}
