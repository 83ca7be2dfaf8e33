/* suppressions.h - the list of those who get nothing any more, whatever any other list says.
 *
 * An entry is an address, or '#' and its keyed hash (base/token.h) when the address itself was erased:
 * such a one still keeps the address out.                                                         */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "store/store.h"

typedef struct {
    char *address_key; /* or "#HASH" */
    char *reason;
    int64_t at;
} Suppression;

void suppression_free(Suppression *suppression);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Suppression, suppression_free)

/* KEY is an address_key(), or "#HASH". What is there already keeps its reason. */
bool store_suppression_add(Store *store, const char *key, const char *reason, int64_t now,
                           GError **error);

/* Takes off KEY, and the hash of it. */
bool store_suppression_remove(Store *store, const char *key, bool *found, GError **error);

/* Whether ADDRESS_KEY is on it, as itself or as its hash. */
bool store_suppression_has(Store *store, const char *address_key, bool *has, GError **error);

/* What there is of ADDRESS_KEY, or of its hash; or NULL. */
bool store_suppression_find(Store *store, const char *address_key, Suppression **suppression,
                            GError **error);

/* Whether anybody is on it: who puts in thousands need not ask for each. */
bool store_suppressions_any(Store *store, bool *any, GError **error);

/* Of the hashes whose address somebody here has, the address itself becomes the entry: who sends looks
 * for that. */
bool store_suppressions_name(Store *store, GError **error);

/* "#HASH" of an address_key(); NULL without keys (store_use_keys()). */
char *store_suppression_hash(Store *store, const char *address_key);

GPtrArray *store_suppressions_list(Store *store, GError **error); /* of Suppression * */
