/* words-internal.h - text cut into words, and the forms by which two words are the same. */
#pragma once

#include <stdbool.h>
#include <glib.h>

/* Reads a text word by word, in lower case and NFKC, cut at everything that is no letter, digit or
 * mark: hyphenated compounds fall into their parts. */
typedef struct {
    const char *at; /* private, as the others are */
    GString *word;  /* the present one, when it is ASCII */
    char *stretch;  /* one that was folded, its words cut apart as they are read; or NULL */
    char *rest;     /* of it, not read yet */
} WordReader;

void word_reader_init(WordReader *reader, const char *text);
void word_reader_clear(WordReader *reader);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(WordReader, word_reader_clear)

/* NULL at the end. Valid until the next call. */
const char *word_reader_next(WordReader *reader);

/* All words of TEXT (of char *, owned). */
GPtrArray *words_split(const char *text);

/* WORD with the two spellings of umlauts made one: ä as ae, ö as oe, ü as ue (ß is ss already). */
char *word_fold(const char *word);

/* The stemmers of Snowball, by language. */
typedef struct Stemmers Stemmers;

Stemmers *stemmers_new(void);
void stemmers_free(Stemmers *stemmers);

/* German rules take "Häuser" to "Haus" but leave "Haeuser" alone, where "ae" may also be no umlaut
 * ("Israel"): such a word has the stems of both readings. */
#define STEMS_MAX 2

/* Puts the stems of WORD (as a reader gives it) in LANGUAGE (BCP 47), folded, into STEMS (the caller
 * frees them) and says how many there are: 0 when there is no stemmer for the language. */
size_t stemmers_stem(Stemmers *stemmers, const char *language, const char *word,
                     char *stems[STEMS_MAX]);
