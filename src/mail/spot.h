/* spot.h - addresses that stand in running text: "host said: 550 <a@example.org>... unknown".
 *
 * Not a grammar: what is spotted is untrusted text that looks like an address. Quoted local parts are
 * none. Pure.                                                                                       */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <glib.h>

typedef struct {
    const char *begin; /* in the text */
    size_t size;
} Spot;

/* The first address in TEXT (UTF-8). False when there is none. */
bool spot_find(const char *text, Spot *spot);

/* A copy of the first one, or NULL. */
char *spot_first(const char *text);
