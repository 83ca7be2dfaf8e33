/* json_repair-internal.h - JSON as it is met, made such as every parser takes. */
#pragma once

#include <stddef.h>
#include <glib.h>

/* TEXT (UTF-8) without what a parser may refuse: raw control characters and line ends in strings,
 * "\u0000", halves of surrogate pairs, commas before a closing bracket. Numbers that are too large
 * become strings, so that an id of thirty digits stays what it is. One pass; what is wrong
 * otherwise stays wrong. */
GString *json_repair(const char *text, size_t size);
