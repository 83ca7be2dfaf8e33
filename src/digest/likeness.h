/* likeness.h - "more like this": which articles are like one that somebody pointed at.
 *
 * What it was about is frozen as the words that weigh most in it (likeness_words), which people can read
 * and change. They are compared as a document of their own with the vectors of articles (vector.h), and
 * must share a word with them that is rare. Pure.                                                  */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "digest/bitset.h"
#include "digest/vector.h"
#include "feed/article.h"
#include "subscriber/follow.h"

/* So many words tell what an article is about. */
#define LIKENESS_WORDS 12u

/* The words of ARTICLE that weigh most beside OTHERS (of Article *; those of its time), the heaviest
 * first: "elbtunnel stau sperrung". May be "". The caller's. */
char *likeness_words(const Article *article, const GPtrArray *others);

typedef struct Likeness Likeness;

/* ARTICLES (of Article *) are borrowed; LANGUAGE is that of those that name none, or NULL. */
Likeness *likeness_new(const GPtrArray *articles, const char *language);
void likeness_free(Likeness *likeness);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Likeness, likeness_free)

/* Adds the articles that are like WORDS. */
void likeness_find(const Likeness *likeness, const char *words, Strictness strictness,
                   Bitset *into);

/* Those of WORDS that ARTICLE has: "elbtunnel, stau". The caller's. */
char *likeness_shared(const Likeness *likeness, const char *words, size_t article);
