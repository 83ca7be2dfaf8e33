/* wish-internal.h - the words of wishes, folded (phrase.h). */
#pragma once

#include <stddef.h>
#include "mail/wish.h"

typedef struct {
    const char *words; /* all that stand for it, with a blank between them */
    int number;
} WishNumber;

typedef struct {
    WishKind kind;
    const char *const *lines; /* ended by NULL */
} WishLines;

extern const WishLines wish_lines[]; /* what is a whole line; ended by one without lines */

/* Lists, with a blank between the words. */
extern const char wish_pause_words[];  /* beside which a time may stand */
extern const char wish_topics_words[]; /* before names */
extern const char wish_courtesies[];   /* before or behind a wish */
extern const char wish_for_words[];    /* before how long */
extern const char wish_until_words[];  /* before a day */
extern const char wish_with_words[];   /* before a topic to have */
extern const char wish_without_words[];
extern const char wish_no_words[]; /* in an answer that is no yes */

extern const WishNumber wish_numbers[]; /* each ended by one without words */
extern const WishNumber wish_units[];   /* in days */
extern const WishNumber wish_months[];
