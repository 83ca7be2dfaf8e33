/* row-internal.h - one person as words, from whatever file: turned into a Choice in one place. */
#pragma once

#include <glib.h>
#include "subscriber/subscription.h"

/* Each may be NULL. */
typedef struct {
    const char *address;
    const char *name;
    const char *language;
    const char *filter;
    const char *frequency;
    const char *day;
    const char *hour;
    const char *zone;
    const char *format; /* "html" or "text" */
    const char *pause_until;
    const char *attributes; /* a JSON object */
    GPtrArray *topics;      /* of char *, borrowed; in any order */
    GPtrArray *without;     /* the same */
    int max_articles;       /* 0: not said */
    int line;
} Row;

/* The keys of a row in files, as both readers know them; NULL-terminated. */
extern const char *const row_keys[];

/* Where KEY's word goes in ROW, or NULL: lists of topics and "max_articles" are no words. */
const char **row_word(Row *row, const char *key);

/* The list of ROW that KEY names ("topics", "without"), or NULL. */
GPtrArray *row_list(const Row *row, const char *key);

/* DEPESCHE_ERROR_INPUT names the word that is wrong. */
Choice *choice_from_row(const Row *row, const Rhythm *defaults, GError **error);
