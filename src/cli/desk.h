/* desk.h - commands name an article as people do. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include "store/store.h"

/* The one article that NAME means: its number, its URL, or words of its title. When there is none, or
 * several, DEPESCHE_ERROR_INPUT, with those that may have been meant. */
bool article_named(Store *store, const char *name, int64_t *seq, GError **error);
