/* Letters: what their issue keeps of them, and whom they are for. */
#include "digest/post.h"

#include <string.h>

static void
test_it_is_kept(void)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static("\x89PNG\0\1", 6);
    g_autoptr(Post) post = post_new("Umzug: „jetzt“", "# Hallo\n");
    post->to = g_strdup("anna@example.org");
    post->filter = g_strdup("topic:ki");
    post->language = g_strdup("de");
    g_ptr_array_add(post->topics, g_strdup("hafen"));
    post_add_picture(post, "plan.png", "image/png", bytes);

    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) kept = post_write(post);
    g_autoptr(Post) again = post_parse(kept, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) same = post_write(again);
    g_assert_true(g_bytes_equal(kept, same));
    const PostPicture *picture = post_find_picture(again, "plan.png");
    g_assert_nonnull(picture);
    g_assert_true(g_bytes_equal(picture->bytes, bytes));
    g_assert_null(post_find_picture(again, "anderer.png"));
}

static void
test_older_letters(void)
{
    static const char text[] = "{\"subject\":\"a\",\"markdown\":\"b\",\"topic\":\"ki\"}";
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
    g_autoptr(Post) post = post_parse(bytes, NULL);
    g_assert_cmpuint(post->topics->len, ==, 1);
    g_assert_cmpstr(post->topics->pdata[0], ==, "ki");
    g_assert_null(post->to);

    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) other = g_bytes_new_static("{}", 2);
    g_assert_null(post_parse(other, &error));
    g_assert_nonnull(error);
}

/* Anna has topics and attributes, Bert leaves something out, Cora chose nothing. */
static Choice *
person(const char *name)
{
    const Rhythm rhythm = { .frequency = RHYTHM_DAILY };
    g_autofree char *text = g_strdup_printf("%s@mail.example.org", name);
    g_autoptr(Address) address = address_parse(text, NULL);
    Choice *choice = choice_new(address, &rhythm);
    if (strcmp(name, "anna") == 0) {
        g_ptr_array_add(choice->topics, g_strdup("ki"));
        choice->attributes = g_strdup("{\"ort\":\"Kiel\"}");
    } else if (strcmp(name, "bert") == 0) {
        g_ptr_array_add(choice->without, g_strdup("hafen"));
        choice->language = g_strdup("en-GB");
    }
    return choice;
}

static const struct {
    const char *rule, *topic, *to, *filter, *expect;
} cases[] = {
    { "to everybody", NULL, NULL, NULL, "anna bert cora" },
    { "to those of a topic", "ki", NULL, NULL, "anna bert cora" },
    { "who leaves it out has none of it", "hafen", NULL, NULL, "cora" },
    { "to one address, whatever else is said", "hafen", "anna@mail.example.org", "lang:en",
      "anna" },
    { "to those of a topic, by a filter", NULL, NULL, "topic:hafen", "cora" },
    { "to those of one topic and not the other", NULL, NULL, "topic:ki not topic:hafen",
      "anna bert" },
    { "by the language of their mails", NULL, NULL, "lang:de", "anna cora" },
    { "or a kind of it", NULL, NULL, "lang:en", "bert" },
    { "by their domain", NULL, NULL, "site:example.org", "anna bert cora" },
    { "by what is known of them", NULL, NULL, "kiel", "anna" },
    { "topic and filter", "ki", NULL, "lang:en or kiel", "anna bert" },
};

static void
test_whom_it_is_for(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autoptr(GError) error = NULL;
    g_autoptr(Settings) settings = settings_new();
    settings->language = g_strdup("de");
    g_assert_true(settings_add_topic(settings, "ki", "KI", "ki", &error));
    g_assert_true(settings_add_topic(settings, "hafen", "Hafen", "hafen", &error));
    g_autoptr(Filter) filter =
        cases[i].filter != NULL ? filter_parse(cases[i].filter, &error) : NULL;
    g_assert_no_error(error);
    g_autoptr(Post) post = post_new("a", "b");
    post->to = g_strdup(cases[i].to);
    if (cases[i].topic != NULL)
        g_ptr_array_add(post->topics, g_strdup(cases[i].topic));
    g_autoptr(GString) found = g_string_new(NULL);
    for (const char *const *name = (const char *const[]){ "anna", "bert", "cora", NULL };
         *name != NULL; name++) {
        g_autoptr(Choice) choice = person(*name);
        if (post_is_for(post, filter, choice, settings))
            g_string_append_printf(found, "%s%s", found->len > 0 ? " " : "", *name);
    }
    g_assert_cmpstr(found->str, ==, cases[i].expect);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/post/it is kept", test_it_is_kept);
    g_test_add_func("/digest/post/older letters", test_older_letters);
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_strdup_printf("/digest/post/for/%s", cases[i].rule);
        g_test_add_data_func(name, GSIZE_TO_POINTER(i), test_whom_it_is_for);
    }
    return g_test_run();
}
