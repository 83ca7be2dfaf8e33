/* opml.h - lists of feeds as readers exchange them: OPML 1.0 and 2.0, in and out. */
#pragma once

#include <glib.h>

/* Files beyond these are broken or hostile. */
#define OPML_BYTES_MAX    (16u * 1024 * 1024)
#define OPML_OUTLINES_MAX 10000u

/* One feed of a list. Untrusted, but all of it is one line of text. */
typedef struct {
    char *url;
    char *title;    /* or NULL */
    char *category; /* its folders, from the outside in: "Technik/Netze"; or NULL */
} Outline;

Outline *outline_new(const char *url, const char *title, const char *category);
void outline_free(Outline *outline);

/* The feeds of the list in BYTES, in document order (of Outline *), read in a child as feeds are
 * (safe.h), by the same rules: no entities, no DTD, a limited depth. A file that is not well-formed is
 * read as far as it makes sense. NULL and DEPESCHE_ERROR_INPUT when it is no OPML. */
GPtrArray *opml_parse(GBytes *bytes, GError **error);

/* Appends OUTLINES (of Outline *, sorted by category) to OUT as OPML 2.0 called TITLE, with their
 * folders. */
void opml_write(GString *out, const char *title, const GPtrArray *outlines);
