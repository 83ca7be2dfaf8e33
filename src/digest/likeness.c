#include "digest/likeness.h"

#include <string.h>

#include "digest/words-internal.h"

/* Shorter words are of no subject. */
#define WORD_CHARACTERS_MIN 3

/* A word that so large a share of articles has tells nothing alone. */
#define RARE_SHARE 0.02f

struct Likeness {
    const GPtrArray *articles;
    Frequencies *frequencies;
    GPtrArray *vectors; /* of Vector *, weighed, by article */
};

/* What the words of one article have in common with it: less than two articles have, since they are few. */
static double
threshold_of(Strictness strictness)
{
    switch (strictness) {
    case STRICTNESS_STRICT: return 0.26;
    case STRICTNESS_NORMAL: return 0.18;
    case STRICTNESS_WIDE: return 0.11;
    }
    g_assert_not_reached();
}

static Vector *
vector_of(const Article *article)
{
    return vector_new(article->title, article->excerpt);
}

static Frequencies *
frequencies_of(const GPtrArray *articles, const char *language)
{
    Frequencies *frequencies = frequencies_new(language);
    for (guint i = 0; i < articles->len; i++) {
        g_autoptr(Vector) vector = vector_of(articles->pdata[i]);
        frequencies_add(frequencies, vector);
    }
    return frequencies;
}

/* Words that weigh */

typedef struct {
    char *word;
    float weight;
} Weighed;

static void
weighed_clear(Weighed *weighed)
{
    g_free(weighed->word);
}

static int
heaviest_first(const void *a, const void *b)
{
    const Weighed *left = a, *right = b;
    if (left->weight != right->weight)
        return left->weight < right->weight ? 1 : -1;
    return strcmp(left->word, right->word);
}

static bool
is_subject(const char *word)
{
    return g_utf8_strlen(word, -1) >= WORD_CHARACTERS_MIN && !g_ascii_isdigit(*word);
}

static bool
has_word(const GArray *words, const char *word)
{
    for (guint i = 0; i < words->len; i++)
        if (strcmp(g_array_index(words, Weighed, i).word, word) == 0)
            return true;
    return false;
}

static void
add_words(GArray *words, const Vector *vector, const char *text)
{
    g_autoptr(GPtrArray) all = words_split(text);
    for (guint i = 0; i < all->len; i++) {
        const char *word = all->pdata[i];
        float weight = vector_word_weight(vector, word);
        if (weight <= 0 || !is_subject(word) || has_word(words, word))
            continue;
        Weighed weighed = { g_strdup(word), weight };
        g_array_append_val(words, weighed);
    }
}

char *
likeness_words(const Article *article, const GPtrArray *others)
{
    g_autoptr(Frequencies) frequencies = frequencies_of(others, article->language);
    g_autoptr(Vector) vector = vector_of(article);
    g_autoptr(GArray) words = g_array_new(FALSE, FALSE, sizeof(Weighed));
    g_array_set_clear_func(words, (GDestroyNotify)weighed_clear);
    vector_weigh(vector, frequencies);
    add_words(words, vector, article->title);
    add_words(words, vector, article->excerpt);
    g_array_sort(words, heaviest_first);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < MIN(words->len, LIKENESS_WORDS); i++)
        g_string_append_printf(text, "%s%s", i > 0 ? " " : "",
                               g_array_index(words, Weighed, i).word);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Articles that are like them */

Likeness *
likeness_new(const GPtrArray *articles, const char *language)
{
    Likeness *likeness = g_new0(Likeness, 1);
    likeness->articles = articles;
    likeness->frequencies = frequencies_of(articles, language);
    likeness->vectors = g_ptr_array_new_with_free_func((GDestroyNotify)vector_free);
    for (guint i = 0; i < articles->len; i++) {
        Vector *vector = vector_of(articles->pdata[i]);
        vector_weigh(vector, likeness->frequencies);
        g_ptr_array_add(likeness->vectors, vector);
    }
    return likeness;
}

void
likeness_free(Likeness *likeness)
{
    if (likeness == NULL)
        return;
    frequencies_free(likeness->frequencies);
    g_ptr_array_unref(likeness->vectors);
    g_free(likeness);
}

static bool
shares_rare_word(const Likeness *likeness, const GPtrArray *words, const Vector *vector)
{
    for (guint i = 0; i < words->len; i++)
        if (vector_word_weight(vector, words->pdata[i]) > 0 &&
            frequencies_share(likeness->frequencies, words->pdata[i]) < RARE_SHARE)
            return true;
    return false;
}

void
likeness_find(const Likeness *likeness, const char *words, Strictness strictness, Bitset *into)
{
    g_autoptr(GPtrArray) all = words_split(words);
    g_autoptr(Vector) wanted = vector_new(words, NULL);
    vector_weigh(wanted, likeness->frequencies);
    for (guint i = 0; i < likeness->vectors->len; i++) {
        const Vector *vector = likeness->vectors->pdata[i];
        if (vector_cosine(wanted, vector) >= threshold_of(strictness) &&
            shares_rare_word(likeness, all, vector))
            bitset_add(into, i);
    }
}

char *
likeness_shared(const Likeness *likeness, const char *words, size_t article)
{
    g_autoptr(GPtrArray) all = words_split(words);
    g_autoptr(GString) text = g_string_new(NULL);
    const Vector *vector = likeness->vectors->pdata[article];
    for (guint i = 0; i < all->len; i++)
        if (vector_word_weight(vector, all->pdata[i]) > 0)
            g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "",
                                   (const char *)all->pdata[i]);
    return g_string_free(g_steal_pointer(&text), FALSE);
}
