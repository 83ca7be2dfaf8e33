/* departures.h - who left and who came back, in the order in which it happened. */
#pragma once

#include "store/store.h"

typedef enum {
    DEPARTURE_BACK,
    DEPARTURE_LEFT,
    DEPARTURE_FORGOTTEN, /* the person was erased */
} DepartureKind;

typedef struct {
    int64_t event;      /* counts up; never given out twice */
    uint64_t reference; /* of the subscription */
    DepartureKind kind;
    /* NULL: they followed comments. Of who is forgotten, what stands in its place. */
    char *address_key;
} Departure;

void departure_free(Departure *departure);

/* Those behind event AFTER (of Departure *), at most LIMIT. */
GPtrArray *store_departures_list(Store *store, int64_t after, int limit, GError **error);

/* Whether EVENT is here one of the subscription REFERENCE. */
bool store_departure_known(Store *store, int64_t event, uint64_t reference, bool *known,
                           GError **error);
