/* enrol-internal.h - putting people on a list, one by one or by the thousand. */
#pragma once

#include "store/subscription-internal.h"
#include "store/people.h"

/* What a put works on. */
typedef struct {
    Store *store;
    int64_t newsletter;
    SubscriptionOrigin origin;
    int64_t consent;          /* that it came with; 0: none */
    bool is_asked;            /* by whoever filled in a form: nobody has confirmed it yet */
    const Declared *declared; /* or NULL */
    int64_t now;
    PeopleChange *change;
    bool any_suppressed; /* there is somebody to be looked for on that list */
    /* Most people of a list have the rhythm of the one before them. */
    Rhythm rhythm;
    SlotPlace slot;     /* of it; id 0: of none yet */
    GArray *references; /* for those who are new (of uint64_t), made together */
    guint used;         /* of them */
} Put;

/* PUT->slot becomes that of RHYTHM. */
bool put_find_slot(Put *put, const Rhythm *rhythm, GError **error);

/* For a new subscription. */
int64_t put_next_reference(Put *put);

char *topics_join(const GPtrArray *topics);

/* The parameters that a choice fills, the same in INSERT and UPDATE. */
void choice_bind(Query *query, const Choice *choice);

/* Puts in those of an import's CHOICES (in the order of their keys, two at least) whom nobody knows. Who is
 * known already is added to KNOWN, and who is not so simple to REST, whether known or not. Of who is known
 * and there twice the first row counts: so KNOWN comes before REST. */
bool put_newcomers(Put *put, const GPtrArray *choices, GPtrArray *known, GPtrArray *rest,
                   GError **error);
