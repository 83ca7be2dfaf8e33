/* vector.h - an article as a direction: the nearer two of them are, the more they say the same.
 *
 * Features are words and character 4-grams within words (so that parts of compounds count, without
 * a stemmer), in compatibility form and folded case, hashed. Those of the title weigh three times
 * as much as those of the text, of which the first 150 words are looked at. How much a feature then
 * counts depends on how many documents have it: that is an argument. Pure.
 *
 *     Vector *vector = vector_new(title, text);      counts
 *     frequencies_add(frequencies, vector);          … of all documents first
 *     vector_weigh(vector, frequencies);             a direction                                   */
#pragma once

#include <stdint.h>
#include <glib.h>

#define VECTOR_SPACE        (1u << 18) /* a feature is a number below this */
#define VECTOR_FEATURES_MAX 200u       /* the heaviest, once it was weighed */
#define VECTOR_WORDS_MAX    150u       /* of the text */

typedef struct {
    uint32_t feature;
    float weight;
} VectorFeature;

typedef struct {
    VectorFeature *features; /* ascending by feature, each once */
    guint length;
    guint words; /* how many were looked at, in title and text */
} Vector;

/* TEXT is plain and may be NULL. Weights are counts until it is weighed. */
Vector *vector_new(const char *title, const char *text);
void vector_free(Vector *vector);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vector, vector_free)

/* In how many documents each feature stands. */
typedef struct Frequencies Frequencies;

/* Begins with what is known of the common words of LANGUAGE (BCP 47; NULL or another than German and
 * English: nothing), so that the first ten articles are not strangers to each other's "and". */
Frequencies *frequencies_new(const char *language);
void frequencies_free(Frequencies *frequencies);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Frequencies, frequencies_free)

/* Counts a document that was not weighed yet. */
void frequencies_add(Frequencies *frequencies, const Vector *vector);

/* Makes counts weights (TF-IDF) of a vector of length 1, and keeps the heaviest. */
void vector_weigh(Vector *vector, const Frequencies *frequencies);

/* The cosine of two weighed vectors: 0 nothing in common, 1 the same. */
double vector_cosine(const Vector *a, const Vector *b);

/* The weight of WORD (as a WordReader gives it) as a feature of its own; 0: the vector does not have it. */
float vector_word_weight(const Vector *vector, const char *word);

/* The share of documents that have WORD. */
float frequencies_share(const Frequencies *frequencies, const char *word);
