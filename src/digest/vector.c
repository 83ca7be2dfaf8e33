#include "digest/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/radix.h"
#include "digest/words-internal.h"

#define GRAM_LENGTH  4u
#define TITLE_WEIGHT 3.0f
#define TEXT_WEIGHT  1.0f

/* Longer ones are no words. */
#define WORD_CHARACTERS_MAX 64u

/* Features */

/* FNV-1a over code points; KIND keeps a word apart from a 4-gram with the same letters. */
static uint32_t
feature_of(const gunichar *text, size_t length, char kind)
{
    uint32_t hash = 2166136261u ^ (uint32_t)kind;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ text[i]) * 16777619u;
    /* The upper bits are the well-mixed ones. */
    return (hash ^ hash >> 18) % VECTOR_SPACE;
}

/* WORD with a space at both ends, which makes beginnings and ends features of their own: " bahn" is not in
 * "autobahn". Says how long that is. */
static size_t
spell(const char *word, gunichar text[WORD_CHARACTERS_MAX + 2])
{
    size_t length = 0;
    text[length++] = ' ';
    for (const char *at = word; *at != '\0' && length <= WORD_CHARACTERS_MAX;
         at = g_utf8_next_char(at))
        text[length++] = (*at & 0x80) == 0 ? (gunichar)*at : g_utf8_get_char(at);
    text[length++] = ' ';
    return length;
}

static uint32_t
word_feature(const char *word)
{
    gunichar text[WORD_CHARACTERS_MAX + 2];
    size_t length = spell(word, text);
    return feature_of(text, length, 'w');
}

/* One time that a text has a feature: its number, doubled, and 1 when it is in the title. */
typedef uint32_t Occurrence;

/* Of a text that is long enough. */
#define OCCURRENCES_EXPECTED (10 * VECTOR_WORDS_MAX)

/* Of the word itself and its 4-grams. */
static void
add_word(GArray *occurrences, const char *word, bool in_title)
{
    gunichar text[WORD_CHARACTERS_MAX + 2];
    size_t length = spell(word, text);
    size_t grams = length >= GRAM_LENGTH ? length - GRAM_LENGTH + 1 : 0;
    guint before = occurrences->len;
    g_array_set_size(occurrences, before + 1 + (guint)grams);
    Occurrence *out = &g_array_index(occurrences, Occurrence, before);
    *out++ = feature_of(text, length, 'w') << 1 | in_title;
    for (size_t i = 0; i < grams; i++)
        *out++ = feature_of(text + i, GRAM_LENGTH, 'g') << 1 | in_title;
}

static guint
add_text(GArray *occurrences, const char *text, guint words_max, bool in_title)
{
    g_auto(WordReader) words;
    const char *word;
    guint count = 0;
    word_reader_init(&words, text);
    while (count < words_max && (word = word_reader_next(&words)) != NULL) {
        add_word(occurrences, word, in_title);
        count++;
    }
    return count;
}

static int
by_feature(gconstpointer a, gconstpointer b)
{
    uint32_t left = ((const VectorFeature *)a)->feature;
    uint32_t right = ((const VectorFeature *)b)->feature;
    return (left > right) - (left < right);
}

/* Makes OCCURRENCES features of VECTOR, each once, in an order in which equal ones lie together. */
static void
count_features(Vector *vector, GArray *occurrences)
{
    Occurrence *all = (Occurrence *)(void *)occurrences->data;
    radix_sort(all, occurrences->len);
    for (guint i = 0; i < occurrences->len; i++)
        vector->length += i == 0 || all[i] >> 1 != all[i - 1] >> 1;
    vector->features = g_new(VectorFeature, vector->length);
    VectorFeature *next = vector->features;
    for (guint i = 0; i < occurrences->len; i++) {
        float weight = (all[i] & 1) != 0 ? TITLE_WEIGHT : TEXT_WEIGHT;
        if (i > 0 && all[i] >> 1 == all[i - 1] >> 1)
            next[-1].weight += weight;
        else
            *next++ = (VectorFeature){ all[i] >> 1, weight };
    }
}

Vector *
vector_new(const char *title, const char *text)
{
    g_autoptr(GArray) occurrences =
        g_array_sized_new(FALSE, FALSE, sizeof(Occurrence), OCCURRENCES_EXPECTED);
    Vector *vector = g_new0(Vector, 1);
    vector->words = add_text(occurrences, title, G_MAXUINT, true);
    if (text != NULL)
        vector->words += add_text(occurrences, text, VECTOR_WORDS_MAX, false);
    count_features(vector, occurrences);
    return vector;
}

void
vector_free(Vector *vector)
{
    if (vector == NULL)
        return;
    g_free(vector->features);
    g_free(vector);
}

/* Frequencies */

/* The common words are worth this many documents that were seen before the first one. */
#define START_DOCUMENTS 300.0f

struct Frequencies {
    float documents;
    float counts[VECTOR_SPACE];
};

/* Words without a subject of their own, with the share of articles that have them: rough figures
 * are enough, since only their logarithm counts. */
static const struct {
    const char *language;
    float share;
    const char *words;
} common[] = {
    { "de", 0.30f, "der die in" },
    { "de", 0.15f, "und den von zu das mit für auf im ist des" },
    { "de", 0.06f,
      "nicht ein eine sich dem auch an als es nach bei aus wie hat am um werden wird einen noch "
      "über sind vor zum so zur oder aber war haben einer nur mehr durch wurde" },
    { "de", 0.02f,
      "sie er wir ich was wenn kann dass bis man gegen unter wieder schon weil soll sein seine "
      "ihre ihr alle vom jahr jahre neue neuen zwei drei viele keine kein will gibt muss müssen "
      "können etwa immer jetzt heute bereits erst dann denn doch hier ohne während seit dieser "
      "diese beim warum deutschland deutsche deutschen prozent uhr millionen euro" },
    { "en", 0.30f, "the to of in" },
    { "en", 0.15f, "and a for on is with at as" },
    { "en", 0.06f,
      "that from by after over be are it his has was have will this not an new says but their he "
      "who its more they her up out said been" },
    { "en", 0.02f,
      "she we you how what why when about into than could would one two three first may can all "
      "were had which there if or off no against before between under amid year years still now "
      "just get back us set down last day week people world" },
};

static bool
language_is(const char *language, const char *primary)
{
    size_t length = strlen(primary);
    return g_ascii_strncasecmp(language, primary, length) == 0 &&
           !g_ascii_isalpha(language[length]);
}

/* Features that several common words have count with the most common of them. */
static void
add_common(Frequencies *frequencies, const char *words, float share)
{
    g_autoptr(Vector) vector = vector_new(words, NULL);
    for (guint i = 0; i < vector->length; i++) {
        float *count = &frequencies->counts[vector->features[i].feature];
        *count = MAX(*count, share * START_DOCUMENTS);
    }
}

Frequencies *
frequencies_new(const char *language)
{
    Frequencies *frequencies = g_new0(Frequencies, 1);
    frequencies->documents = START_DOCUMENTS;
    for (size_t i = 0; i < G_N_ELEMENTS(common); i++) {
        if (language != NULL && language_is(language, common[i].language))
            add_common(frequencies, common[i].words, common[i].share);
    }
    return frequencies;
}

void
frequencies_free(Frequencies *frequencies)
{
    g_free(frequencies);
}

void
frequencies_add(Frequencies *frequencies, const Vector *vector)
{
    frequencies->documents++;
    for (guint i = 0; i < vector->length; i++)
        frequencies->counts[vector->features[i].feature]++;
}

/* Weights */

/* Weights are positive: so the order of these is that of the weights. */
static uint32_t
bits_of(float weight)
{
    uint32_t bits;
    memcpy(&bits, &weight, sizeof bits);
    return bits;
}

/* The bits of the COUNTth heaviest: octet by octet, the highest first, among those that share the octets before.
 * As soon as it is known, COUNT is how many of the ones that weigh as much are among the heaviest. */
static uint32_t
least_of_heaviest(const Vector *vector, guint *count)
{
    uint32_t found = 0, known = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        guint counts[256] = { 0 }, octet = 255;
        for (guint i = 0; i < vector->length; i++) {
            uint32_t bits = bits_of(vector->features[i].weight);
            if ((bits & known) == found)
                counts[bits >> shift & 0xff]++;
        }
        for (; counts[octet] < *count; octet--)
            *count -= counts[octet];
        found |= octet << shift;
        known |= 0xffu << shift;
    }
    return found;
}

/* Of those that weigh the same, the first. */
static void
keep_heaviest(Vector *vector)
{
    if (vector->length <= VECTOR_FEATURES_MAX)
        return;
    guint equal = VECTOR_FEATURES_MAX, kept = 0;
    uint32_t least = least_of_heaviest(vector, &equal);
    for (guint i = 0; i < vector->length; i++) {
        uint32_t bits = bits_of(vector->features[i].weight);
        if (bits < least || (bits == least && equal == 0))
            continue;
        equal -= bits == least;
        vector->features[kept++] = vector->features[i];
    }
    vector->length = kept;
}

/* More than the logarithm: who it was and where are the rarest words, and tell apart what is worded
 * alike, one match from the next. */
static float
rarity_of(const Frequencies *frequencies, uint32_t feature)
{
    float count = MAX(frequencies->counts[feature], 1);
    float rarity = logf((frequencies->documents + 1) / count);
    return rarity * sqrtf(rarity);
}

void
vector_weigh(Vector *vector, const Frequencies *frequencies)
{
    double squares = 0;
    for (guint i = 0; i < vector->length; i++)
        vector->features[i].weight *= rarity_of(frequencies, vector->features[i].feature);
    keep_heaviest(vector);
    for (guint i = 0; i < vector->length; i++)
        squares += (double)vector->features[i].weight * vector->features[i].weight;
    if (squares == 0)
        return;
    for (guint i = 0; i < vector->length; i++)
        vector->features[i].weight /= (float)sqrt(squares);
}

double
vector_cosine(const Vector *a, const Vector *b)
{
    double sum = 0;
    for (guint i = 0, j = 0; i < a->length && j < b->length;) {
        const VectorFeature *left = &a->features[i], *right = &b->features[j];
        if (left->feature == right->feature)
            sum += (double)left->weight * right->weight;
        i += left->feature <= right->feature;
        j += right->feature <= left->feature;
    }
    return sum;
}

float
vector_word_weight(const Vector *vector, const char *word)
{
    const VectorFeature wanted = { word_feature(word), 0 };
    const VectorFeature *found =
        vector->length == 0
            ? NULL
            : bsearch(&wanted, vector->features, vector->length, sizeof(VectorFeature), by_feature);
    return found != NULL ? found->weight : 0;
}

float
frequencies_share(const Frequencies *frequencies, const char *word)
{
    return frequencies->counts[word_feature(word)] / frequencies->documents;
}
