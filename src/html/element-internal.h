/* element-internal.h - what this program knows of each element of HTML: one table for all that ask. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* How an element is treated. */
enum {
    ELEMENT_KEPT = 1 << 0,    /* may stand in a mail; all others are unwrapped */
    ELEMENT_DROPPED = 1 << 1, /* goes with everything in it: script, style, parts of forms … */
    ELEMENT_BLOCK = 1 << 2,   /* begins and ends on lines of its own */
    ELEMENT_LINE = 1 << 3,    /* the same, without an empty line around it */
    ELEMENT_EMPTY = 1 << 4,   /* has no end tag */
    ELEMENT_CELL = 1 << 5,    /* holds its column's place even when nothing is in it */
};

/* What an element is where another one holds it, as tidy-internal.h wants it. */
enum {
    KIND_INLINE = 1 << 0, /* text is of this kind too */
    KIND_BLOCK = 1 << 1,
    KIND_ITEM = 1 << 2,
    KIND_TERM = 1 << 3,
    KIND_ROWS = 1 << 4,
    KIND_ROW = 1 << 5,
    KIND_CELL = 1 << 6,
};

typedef struct {
    const char *name;
    unsigned traits;
    unsigned kind;  /* 0: it never is tidy */
    unsigned holds; /* the kinds that may stand in it */
} Element;

/* The element called NAME (SIZE octets, lower case). Never NULL: what nobody knows has no traits and an
 * empty name. */
const Element *element_get(const char *name, size_t size);

static inline bool
element_is(const Element *element, unsigned trait)
{
    return (element->traits & trait) != 0;
}
