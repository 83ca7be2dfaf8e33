/* front_matter.h - what a letter says of itself before its text, between two lines of "---":
 *
 *     ---
 *     subject: We are moving
 *     topics: ai, harbour
 *     send: 2026-11-24 06:00
 *     language: en
 *     ---
 *     # Dear readers …
 *
 * A line is a key, a colon, and a value on one line, which may stand in quotes; lists have commas,
 * and may stand in brackets. A '#' begins a comment. That is what YAML, too, reads so.              */
#pragma once

#include <stdbool.h>
#include <glib.h>

/* NULL, or empty, where nothing is said. */
typedef struct {
    char *subject;
    char *newsletter;
    GPtrArray *topics; /* of char * */
    char *language;
    char *send;   /* a time, as it stands */
    char *to;     /* one address */
    char *filter; /* over people, as post.h has it */
    char *body;   /* the text behind it */
} FrontMatter;

/* TEXT without front matter is all body. DEPESCHE_ERROR_INPUT names the line that is wrong. */
FrontMatter *front_matter_parse(const char *text, GError **error);
void front_matter_free(FrontMatter *matter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FrontMatter, front_matter_free)
