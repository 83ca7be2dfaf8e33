/* stamp.h - how old a form is: a time that we signed, hidden in the form. Programs that fill in forms send
 * them at once, or one that they saved long ago. */
#pragma once

#include "base/token.h"

/* The stamp of the form WHAT ("s/morning") at NOW. The caller owns it. */
char *stamp_new(const KeyRing *keys, const char *what, int64_t now);

typedef enum {
    STAMP_GOOD,
    STAMP_YOUNG, /* nobody reads and writes that fast */
    STAMP_OLD,   /* or not ours, or not there: the form is shown once more */
} StampAge;

StampAge stamp_check(const KeyRing *keys, const char *what, const char *stamp, int64_t now);
