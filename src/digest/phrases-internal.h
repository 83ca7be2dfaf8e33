/* phrases-internal.h - the words around the articles in one language, and its dates: the content of
 * strings/LANGUAGE.json, compiled once for an issue.
 *
 * Tags of the table in depesche-template(7) may stand in a string; of "count_one" and "count_other"
 * (and of what other forms the language has, digest/plural.h) one is shown as "count", by the number
 * of that name.                                           */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "base/value.h"

typedef struct Phrases Phrases;

/* Borrows STRINGS and ZONE. Fails on a string with a mistake in its tags, and names it. */
Phrases *phrases_new(const Value *strings, GTimeZone *zone, GError **error);
void phrases_free(Phrases *phrases);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Phrases, phrases_free)

/* Fills once for all those strings that name nothing but what FRAME has: models stand over it and hide
 * none of its members. */
bool phrases_settle(Phrases *phrases, const Value *frame, GError **error);

/* A string as the file has it; NULL when it has none. */
const char *phrases_find(const Phrases *phrases, const char *key);

/* The strings of which there is nothing more to fill, a map; borrowed. */
Value *phrases_fixed(const Phrases *phrases);

/* Puts those into MAP as "t", and wrapped as "t_wrapped". */
void phrases_put_fixed(const Phrases *phrases, Value *map);

/* Puts all strings into MODEL as "t", filled with what MODEL has, and wrapped as "t_wrapped". */
bool phrases_put(const Phrases *phrases, Value *model, GError **error);

/* The one string KEY, of "KEY_one" and "KEY_other" the one that fits, filled with DATA: *TEXT is the
 * caller's, NULL when the language has none. */
bool phrases_fill(const Phrases *phrases, const char *key, const Value *data, char **text,
                  GError **error);

/* Adds TIME to MAP in each of the forms that the language gives. */
bool phrases_put_dates(const Phrases *phrases, Value *map, int64_t time, GError **error);

/* Adds to COMPLAINTS (of char *) what strings name that MODEL, or a date, does not have. */
bool phrases_inspect(const Phrases *phrases, const Value *model, GPtrArray *complaints,
                     GError **error);
