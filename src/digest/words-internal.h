/* words-internal.h - text cut into words, and the forms by which two words are the same. */
#pragma once

#include <stdbool.h>
#include <glib.h>

/* TEXT in lower case and NFKC, cut at everything that is no letter, digit or mark (of char *,
 * owned). Hyphenated compounds fall into their parts. */
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

/* Puts the stems of WORD (as words_split() gives it) in LANGUAGE (BCP 47), folded, into STEMS and says
 * how many there are: 0 when there is no stemmer for it. Remembered: borrowed from STEMMERS. */
size_t stemmers_stem(Stemmers *stemmers, const char *language, const char *word,
                     const char *stems[STEMS_MAX]);
