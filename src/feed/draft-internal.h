/* draft-internal.h - what a feed or an entry is found to say, while its elements are gone through.
 *
 * Many elements can speak of the same thing (title, dc:title, media:title). Each offers its text
 * with a rank; the lowest rank stays, of equals the first. Whatever is offered is taken over.    */
#pragma once

#include <glib.h>
#include "feed/entry.h"
#include "feed/interval-internal.h"

typedef enum {
    FIELD_ID,
    FIELD_LINK,
    FIELD_TITLE,
    FIELD_PUBLISHED, /* a date that feed_date_parse() reads */
    FIELD_UPDATED,   /* a date as well */
    FIELD_SUMMARY,
    FIELD_CONTENT,
    FIELD_COMMENTS_LINK,
    FIELD_COMMENTS_FEED,
    FIELD_IMAGE,
    FIELD_LANGUAGE,
    FIELD_BASE,
    FIELD_SOURCE,
    FIELD_COUNT,
} Field;

/* Ranks. An element of the format itself speaks before those of its extensions. */
enum {
    RANK_BEST = 0,
    RANK_OWN = 10,
    RANK_MODULE = 20,  /* dc, dcterms */
    RANK_PODCAST = 30, /* itunes */
    RANK_MEDIA = 40,   /* media, which speaks of a picture or a film, not of the entry */
    RANK_FALLBACK = 50,
};

typedef struct {
    char *text[FIELD_COUNT];
    int rank[FIELD_COUNT];
    int64_t time[FIELD_COUNT]; /* of those that are dates */
    GPtrArray *authors;        /* of char *, owned; all of one rank */
    int author_rank;
    GPtrArray *categories;
    GPtrArray *enclosures;
    Interval interval; /* of a feed */
} Draft;

void draft_init(Draft *draft);
void draft_clear(Draft *draft);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Draft, draft_clear)

/* TEXT may be NULL: then nothing was said. A second summary of the same rank is the content. */
void draft_take(Draft *draft, Field field, int rank, char *text);

/* Several authors of the same rank stand side by side. */
void draft_take_author(Draft *draft, int rank, char *name);

void draft_take_category(Draft *draft, char *category);

/* Each of the categories in a list with commas. */
void draft_take_keywords(Draft *draft, char *keywords);

/* URL is taken over; a picture also stands for the entry's image. */
void draft_take_enclosure(Draft *draft, char *url, const char *type, const char *length);

/* What was found, moved out of the draft. */
Entry *draft_take_entry(Draft *draft);
void draft_take_feed(Draft *draft, Feed *feed);
