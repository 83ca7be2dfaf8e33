/* story.h - which articles report the same thing.
 *
 * Copies first: the same URL; the same title; eight words in a row, again and again (the text of an
 * agency). Then the words: two stories become one while the mean similarity of their articles, each
 * to the five of the other story that are nearest to it, is large enough; the most similar first. So
 * no chain of pairs holds together what has nothing to do with each other, and the order in which
 * articles are given makes no difference. Never across languages. Pure.                            */
#pragma once

#include <stdint.h>
#include <glib.h>

/* Per cent: two articles that report the same in other words have a cosine of about this. A headline
 * alone has less to share, which is allowed for, so that the setting means the same for both. */
#define STORY_SIMILARITY_DEFAULT 40

/* A story is news for three days: what is further apart is not compared. */
#define STORY_HOURS_DEFAULT 72

typedef struct {
    int similarity; /* per cent; the higher, the fewer are joined */
    int hours;
    const char *language; /* of articles that name none; or NULL */
} StorySettings;

/* The story of each of ARTICLES (of Article *): the index of its earliest article (of guint, as many
 * as ARTICLES). Title, excerpt, content, url, language and published are looked at. */
GArray *stories_find(const GPtrArray *articles, const StorySettings *settings);
