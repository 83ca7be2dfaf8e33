/* corpus.h - the articles of one issue, made ready for filters: words looked up once per article.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>
#include "digest/bitset.h"

typedef struct Corpus Corpus;

/* ARTICLES (of Article *, borrowed) must outlive the corpus; indexes are theirs. LANGUAGE (may be
 * NULL) is that of articles that name none; NOW is what their age is counted up to. */
Corpus *corpus_new(const GPtrArray *articles, const char *language, int64_t now);
void corpus_free(Corpus *corpus);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Corpus, corpus_free)

const GPtrArray *corpus_articles(const Corpus *corpus);

/* Where a term must stand. */
typedef enum {
    FIELD_ANY, /* title or text */
    FIELD_TITLE,
    FIELD_TEXT,
    FIELD_FEED,
    FIELD_CATEGORY,
    FIELD_AUTHOR,
    FIELD_SITE,     /* of its URL: the host or a parent of it, in lower case and ASCII */
    FIELD_LANGUAGE, /* or the beginning of it: "de" has "de-at" */
    FIELD_TOPIC,    /* what corpus_add_topic() has said */
    FIELD_LIKE,     /* what is like the words (likeness.h); the next two with other strictness */
    FIELD_LIKE_STRICT,
    FIELD_LIKE_WIDE,
} CorpusField;

/* The articles that have TERM in FIELD. Where words are looked for: the folded words of TERM next to
 * each other (one word, or a phrase), the last of them only as a beginning when PREFIX is set.
 * Remembered by the corpus, which owns the set; valid until the next call. */
const Bitset *corpus_find(Corpus *corpus, CorpusField field, const char *term, bool prefix);

/* Gives the articles in SET (copied) a name for FIELD_TOPIC, before anybody asks for it; what has no
 * name there matches nothing. */
void corpus_add_topic(Corpus *corpus, const char *name, const Bitset *set);

/* Those words of a TERM of FIELD_LIKE and its kin that ARTICLE has: "elbtunnel, stau". The caller's. */
char *corpus_shared_words(Corpus *corpus, const char *term, size_t article);

typedef enum {
    AGE_UNDER,
    AGE_AT_MOST,
    AGE_AT_LEAST,
    AGE_OVER,
} CorpusComparison;

typedef struct {
    CorpusComparison comparison;
    int64_t seconds;
} CorpusAge;

/* The articles of that age. The caller owns the set. */
Bitset *corpus_find_age(const Corpus *corpus, const CorpusAge *age);

/* TEXT as the folded words that corpus_find() compares (of char *, owned). */
GPtrArray *corpus_words(const char *text);
