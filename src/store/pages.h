/* pages.h - lines that the pages of a host repeat: what stands in many articles is part of none. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "store/store.h"

/* A line is repeated when so many other pages of the host had it. */
#define PAGE_REPEATS 3

/* Counts LINES (of char *) as those of one more page of HOST. *REPEATED becomes the set of those that
 * are repeated (borrowed from LINES). Short lines are not looked at: they may be sub-titles. */
bool store_page_lines(Store *store, const char *host, const GPtrArray *lines, int64_t now,
                      GHashTable **repeated, GError **error);

/* Lets go what was not seen since BEFORE, and after a week what was seen once or twice. */
bool store_page_lines_forget(Store *store, int64_t before, int64_t now, GError **error);
