/* likes.h - what an article is about, frozen as words (digest/likeness.h). */
#pragma once

#include "store/store.h"

/* The words of article SEQ beside those that came last: "elbtunnel stau sperrung". NULL and
 * DEPESCHE_ERROR_INPUT when there is no such article, or it has no words. */
char *likes_words(Store *store, int64_t seq, GError **error);

/* FILTER with the words of articles in the place of their numbers: like:4711 becomes like:"elbtunnel
 * stau sperrung". The rest stays as it is written. NULL as above. */
char *likes_freeze(Store *store, const char *filter, GError **error);
