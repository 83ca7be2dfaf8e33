/* shelves-internal.h - under which topic each article of a selection stands: the first of the reader's
 * topics that has it, or behind them all. */
#pragma once

#include "digest/selection.h"

typedef struct Shelves Shelves;

/* Borrows SETTINGS and SETS (of Bitset *, what each of its topics matches, of ARTICLES articles). */
Shelves *shelves_new(const Settings *settings, const GPtrArray *sets, guint articles);
void shelves_free(Shelves *shelves);

/* Makes the members of SET the articles and groups of SELECTION. HEADINGS are the places of the topics
 * that were chosen; NULL: all. */
void shelves_fill(Shelves *shelves, const Bitset *set, const Bitset *headings,
                  Selection *selection);
