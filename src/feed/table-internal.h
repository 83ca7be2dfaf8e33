/* table-internal.h - what the facts of a feed are (fact-internal.h). */
#pragma once

#include "feed/fact-internal.h"

extern const FactTable entry_table;
extern const FactTable feed_table; /* without its entries */
extern const FactTable article_table;
