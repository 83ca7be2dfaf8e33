/* repeat.h - an article of an issue that an earlier digest had already, from another feed. Plain facts.
 *
 * Both have the same URL (as link_key() compares) and the same title. Who was offered the earlier one needs
 * no second: who was in the slot before the digest that had it was cut, has since chosen nothing else and
 * not been without mail, and would be offered both. A mail that was refused or given up counts as had, as the
 * ledger tells; whoever may have missed the digest otherwise gets the article. */
#pragma once

#include <stdint.h>

typedef struct {
    int64_t seq;      /* of the article */
    int64_t earlier;  /* of the one that was there before */
    int64_t from_seq; /* the marks of the digest that had it as news */
    int64_t to_seq;
} Repeat;
