/* repeat.h - an article of an issue that an earlier digest had already, from another feed. Plain facts.
 *
 * Both have the same URL (as link_key() compares) and the same title. Who was offered the earlier one needs
 * no second: who was in the slot before the digest that had it was cut, has since chosen nothing else and
 * not been without mail nor missed one (refused, given up, called off), and would be offered both. Whoever may
 * have missed the digest gets the article; a mail that is still to be tried again counts as had. */
#pragma once

#include <stdint.h>

typedef struct {
    int64_t seq;      /* of the article */
    int64_t earlier;  /* of the one that was there before */
    int64_t from_seq; /* the marks of the digest that had it as news */
    int64_t to_seq;
} Repeat;
