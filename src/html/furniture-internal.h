/* furniture-internal.h - what stands around the text of an article on its page, and within it:
 * navigation, similar news, teasers of newsletters, advertising for books and jobs, comments and what
 * is said about them, share bars, boxes about authors, notes about cookies, credits of pictures …
 *
 * It is known by what its element is, by what its makers call it (names-internal.h), by what it says,
 * and by being little but links. The tables stand in furniture_names.c and furniture_phrases.c.     */
#pragma once

#include "html/tree-internal.h"

/* Drops what is furniture by its element and its names, wherever it is on the page, and what is hidden.
 * What holds much of the page's text stays, whatever it is called; and so does the header with HEADING
 * (may be NULL), the article's. */
void furniture_clear_page(Html *html, const HtmlNode *heading);

/* Of what was kept as the article: drops what is furniture by what it says or because it is mostly
 * links, TITLE (may be NULL) where it is repeated, what is said at the end of who wrote it (BYLINE, may be
 * NULL), and headings that nothing is left under. */
void furniture_clear_text(Html *html, const char *title, const char *byline);

/* Drops captions of pictures: they are part of the article's HTML, not of its text. */
void furniture_clear_captions(Html *html);

/* Tables */

typedef struct {
    const char *names;  /* for names_hold() */
    unsigned share_max; /* percent of a page's prose that may be furniture of this kind */
    size_t prose_max;   /* characters of it; 0: any */
} FurnitureNames;

extern const FurnitureNames furniture_names[];
extern const size_t furniture_names_count;

/* Captions and credits of pictures. */
extern const char caption_names[];

/* Parts of articles that are called like furniture. */
extern const char content_names[];

/* A paragraph before the text that belongs to it. */
extern const char lead_names[];

/* What a phrase takes with it. */
typedef enum {
    REACH_NOTHING, /* it is none */
    REACH_BLOCK,   /* itself */
    REACH_BOX,     /* the small box that it stands in, or itself */
    REACH_LINKS,   /* what follows, as far as it is links, labels and the like */
    REACH_SECTION, /* what follows, up to the next heading of its rank */
    REACH_REST,    /* all that follows */
} Reach;

/* What LINE takes with it when it stands as a heading or a paragraph of its own. A whole sentence
 * (IS_SENTENCE) needs more of a phrase to be one. */
Reach phrase_reach(const char *line, bool is_sentence);
