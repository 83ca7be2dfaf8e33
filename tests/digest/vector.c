#include "digest/vector.h"

/* What is known of German alone, and of the two texts that are compared. */
static double
cosine(const char *left, const char *right)
{
    g_autoptr(Vector) a = vector_new(left, NULL);
    g_autoptr(Vector) b = vector_new(right, NULL);
    g_autoptr(Frequencies) frequencies = frequencies_new("de-AT");
    frequencies_add(frequencies, a);
    frequencies_add(frequencies, b);
    vector_weigh(a, frequencies);
    vector_weigh(b, frequencies);
    return vector_cosine(a, b);
}

/* Nearer texts first: LEFT is more similar to NEAR than to FAR. */
static const struct {
    const char *rule;
    const char *left;
    const char *near;
    const char *far;
} orders[] = {
    { "case does not matter", "Streik", "STREIK", "Streit" },
    { "nor does the form of the letters", "Büro", "Bu\xCC\x88ro", "Buero" },
    { "parts of compounds count", "Bahnstreik", "Streik bei der Bahn", "Wetter in den Bergen" },
    { "a beginning counts more than the same within", "Bahnhof", "Bahnsteig", "Autobahn" },
    { "common words count little", "der Streik und die Folgen", "Streik hat Folgen",
      "der Hund und die Katze" },
    { "whole words count more than their parts", "Kurs", "Kurs", "Kursbuch" },
};

static void
test_orders(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(orders); i++) {
        g_test_message("%s", orders[i].rule);
        g_assert_cmpfloat(cosine(orders[i].left, orders[i].near), >,
                          cosine(orders[i].left, orders[i].far));
    }
    g_assert_cmpfloat_with_epsilon(cosine("Das Gleiche", "das gleiche"), 1, 1e-6);
    g_assert_cmpfloat(cosine("abc", "xyz"), ==, 0);
    g_assert_cmpfloat(cosine("…!", "…!"), ==, 0);
}

static void
test_title_weighs_more(void)
{
    g_autoptr(Vector) vector = vector_new("Kran", "Kran Tor");
    float kran = 0, tor = 0;
    g_assert_cmpuint(vector->words, ==, 3);
    for (guint i = 0; i < vector->length; i++) {
        kran = MAX(kran, vector->features[i].weight);
        tor = tor == 0 ? vector->features[i].weight : MIN(tor, vector->features[i].weight);
    }
    g_assert_cmpfloat(kran, ==, 4);
    g_assert_cmpfloat(tor, ==, 1);
}

static void
test_limits(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 1000; i++)
        g_string_append_printf(text, "wort%d ", i * 7919);
    g_autoptr(Vector) vector = vector_new("", text->str);
    g_autoptr(Frequencies) frequencies = frequencies_new("en");
    g_assert_cmpuint(vector->words, ==, VECTOR_WORDS_MAX);
    vector_weigh(vector, frequencies);
    g_assert_cmpuint(vector->length, ==, VECTOR_FEATURES_MAX);
    g_assert_cmpfloat_with_epsilon(vector_cosine(vector, vector), 1, 1e-5);
    for (guint i = 1; i < vector->length; i++)
        g_assert_cmpuint(vector->features[i - 1].feature, <, vector->features[i].feature);
}

/* A text of more features than are kept: many weigh the same, and of those the first ones stay. */
static void
test_keeps_heaviest(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < VECTOR_WORDS_MAX; i++)
        g_string_append_printf(text, "%c%c%s ", 'a' + i % 7, 'a' + i % 11,
                               i % 2 != 0 ? "ung" : "heit");
    g_autoptr(Frequencies) frequencies = frequencies_new(NULL);
    g_autoptr(Vector) all = vector_new(text->str, text->str);
    g_autoptr(Vector) kept = vector_new(text->str, text->str);
    vector_weigh(kept, frequencies);
    g_assert_cmpuint(all->length, >, VECTOR_FEATURES_MAX);
    g_assert_cmpuint(kept->length, ==, VECTOR_FEATURES_MAX);

    /* All are equally rare: so what they weigh is in the order of their counts. */
    float least = G_MAXFLOAT;
    uint32_t last_of_least = 0;
    for (guint i = 0, k = 0; i < all->length && k < kept->length; i++) {
        if (all->features[i].feature != kept->features[k].feature)
            continue;
        if (all->features[i].weight <= least)
            last_of_least = all->features[i].feature;
        least = MIN(least, all->features[i].weight);
        k++;
    }
    for (guint i = 0, k = 0; i < all->length; i++) {
        const VectorFeature *feature = &all->features[i];
        if (k < kept->length && feature->feature == kept->features[k].feature)
            k++;
        else
            g_assert_true(feature->weight < least ||
                          (feature->weight == least && feature->feature > last_of_least));
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vector/orders", test_orders);
    g_test_add_func("/vector/title-weighs-more", test_title_weighs_more);
    g_test_add_func("/vector/limits", test_limits);
    g_test_add_func("/vector/keeps-heaviest", test_keeps_heaviest);
    return g_test_run();
}
