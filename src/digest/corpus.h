/* corpus.h - the articles of one issue, made ready for filters: words looked up once per article.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <glib.h>

/* A set of article indexes of one corpus. */
typedef struct {
    size_t bits;
    uint64_t *words;
} Bitset;

Bitset *bitset_new(size_t bits); /* empty */
Bitset *bitset_copy(const Bitset *set);
void bitset_free(Bitset *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Bitset, bitset_free)
bool bitset_has(const Bitset *set, size_t i);
void bitset_add(Bitset *set, size_t i);
void bitset_and(Bitset *set, const Bitset *other);
void bitset_or(Bitset *set, const Bitset *other);
void bitset_invert(Bitset *set);
size_t bitset_count(const Bitset *set);

typedef struct Corpus Corpus;

/* ARTICLES (of Article *, borrowed) must outlive the corpus; indexes are theirs. */
Corpus *corpus_new(const GPtrArray *articles);
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
} CorpusField;

/* The articles that have TERM in FIELD: the folded words of TERM next to each other (one word, or
 * a phrase), the last of them only as a beginning when PREFIX is set. Remembered by the corpus,
 * which owns the set. */
const Bitset *corpus_find(Corpus *corpus, CorpusField field, const char *term, bool prefix);

/* TEXT as the folded words that corpus_find() compares (of char *, owned). */
GPtrArray *corpus_words(const char *text);
