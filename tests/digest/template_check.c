#include "digest/template_check.h"

#include <string.h>
#include "base/error.h"
#include "base/json.h"

static Templates *
shipped(void)
{
    g_autoptr(GError) error = NULL;
    Templates *templates = templates_load(TEST_SOURCE "/templates", &error);
    g_assert_no_error(error);
    return templates;
}

/* The shipped templates as JSON, with the file NAME changed to TEXT. */
static Templates *
changed(const char *name, const char *text)
{
    g_autoptr(Templates) templates = shipped();
    g_autoptr(GString) snapshot = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    templates_write(snapshot, templates);
    g_autoptr(GBytes) bytes = g_bytes_new(snapshot->str, snapshot->len);
    g_autoptr(Value) files = json_parse(bytes, &error);
    value_set_string(files, name, text);
    g_autoptr(GString) json = g_string_new(NULL);
    json_write(json, files, 0);
    g_autoptr(GBytes) again = g_bytes_new(json->str, json->len);
    Templates *made = templates_parse(again, &error);
    g_assert_no_error(error);
    return made;
}

static char *
joined(GPtrArray *complaints)
{
    g_ptr_array_add(complaints, NULL);
    return g_strjoinv("\n", (char **)complaints->pdata);
}

static void
test_shipped(void)
{
    g_autoptr(Templates) templates = shipped();
    g_autoptr(GPtrArray) names = templates_names(templates);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_assert_cmpuint(names->len, ==, 3);
    for (guint i = 0; i < names->len; i++)
        g_assert_true(template_check(templates, names->pdata[i], complaints, &error));
    g_assert_true(template_check_strings(templates, complaints, &error));
    g_assert_no_error(error);
    g_autofree char *all = joined(complaints);
    g_assert_cmpstr(all, ==, "");
}

/* A footer that has all that must be in every part. */
#define FOOT     "{{unsubscribe_url}} {{newsletter.imprint}} {{newsletter.postal_address}}"
#define SPONSOR  "{{t.advertisement}} {{#sponsors_above}}{{title}}{{/sponsors_above}} "
#define SPONSORS SPONSOR "{{t.advertisement}} {{#sponsors_below}}{{title}}{{/sponsors_below}} " FOOT

static void
test_complaints(void)
{
    static const struct {
        const char *rule, *file, *text, *complaints;
    } cases[] = {
        { "nothing is wrong", "plain/digest.html.mustache", "{{count}}" SPONSORS, "" },
        { "a name that is misspelt", "plain/digest.html.mustache", "{{cuont}}" SPONSORS,
          "plain/digest.html.mustache:1:1: there is no \"cuont\" here; did you mean \"count\"?" },
        { "a name that nothing is like", "plain/digest.html.mustache", "{{whatever}}" SPONSORS,
          "plain/digest.html.mustache:1:1: there is no \"whatever\" here" },
        { "the second part of a name", "plain/digest.html.mustache",
          "\n {{newsletter.titel}}" SPONSORS,
          "plain/digest.html.mustache:2:2: there is no \"newsletter.titel\" here; did you mean "
          "\"title\"?" },
        { "a section that is misspelt", "plain/digest.html.mustache",
          "{{#topic}}{{nonsense}}{{/topic}}" SPONSORS,
          "plain/digest.html.mustache:1:1: there is no \"topic\" here; did you mean \"topics\"?" },
        { "in a section, once for all its turns", "plain/digest.html.mustache",
          "{{#topics}}{{#articles}}{{tilte}}{{/articles}}{{/topics}}" SPONSORS,
          "plain/digest.html.mustache:1:25: there is no \"tilte\" here; did you mean \"title\"?" },
        { "in what is not shown", "plain/digest.html.mustache",
          "{{^count}}{{mroe}}{{/count}}" SPONSORS,
          "plain/digest.html.mustache:1:11: there is no \"mroe\" here; did you mean \"more\"?" },
        { "in a partial, whose file it names", "partials/footer.txt.mustache",
          "{{nwesletter}} " FOOT,
          "partials/footer.txt.mustache:1:1: there is no \"nwesletter\" here; did you mean "
          "\"newsletter\"?" },
        { "in the article, which knows nothing of its place", "plain/item.html.mustache",
          "{{title}}{{index}}", "plain/item.html.mustache:1:10: there is no \"index\" here" },
        { "a partial that is not there", "plain/subject.txt.mustache", "{{headline}}{{>haed}}",
          "plain/subject.txt.mustache:1:13: there is no template \"haed\"" },
        { "in the subject", "plain/subject.txt.mustache", "{{headlin}}",
          "plain/subject.txt.mustache:1:1: there is no \"headlin\" here; did you mean "
          "\"headline\"?" },
        { "a dot is always there", "plain/digest.html.mustache",
          "{{#your_topics}}{{.}}{{/your_topics}}" SPONSORS, "" },
        { "text that is not escaped", "plain/digest.html.mustache", "{{{headline}}}" SPONSORS,
          "plain/digest.html.mustache:1:1: \"headline\" is not escaped: only what depesche has "
          "cleaned or made may stand so" },
        { "nor with an ampersand", "plain/digest.html.mustache", "{{&newsletter.title}}" SPONSORS,
          "plain/digest.html.mustache:1:1: \"newsletter.title\" is not escaped: only what depesche "
          "has cleaned or made may stand so" },
        { "nothing is escaped in texts", "plain/digest.txt.mustache", "{{{headline}}}" SPONSORS,
          "" },
        { "no unsubscribe link", "plain/post.txt.mustache",
          "{{newsletter.imprint}} {{newsletter.postal_address}}",
          "plain/post.txt.mustache: has no unsubscribe link (unsubscribe_url)" },
        { "nothing at all", "plain/post.html.mustache", "",
          "plain/post.html.mustache: has no unsubscribe link (unsubscribe_url)\n"
          "plain/post.html.mustache: has no legal notice (newsletter.imprint)\n"
          "plain/post.html.mustache: has no postal address (newsletter.postal_address)" },
        { "a sponsor without a label", "plain/digest.txt.mustache",
          SPONSOR "{{#sponsors_below}}{{title}}{{/sponsors_below}}" FOOT,
          "plain/digest.txt.mustache: sponsors_below stand there without the label above them "
          "(t.advertisement)" },
        { "the label behind it", "plain/digest.txt.mustache",
          "{{#sponsors_above}}{{title}}{{/sponsors_above}}{{t.advertisement}}"
          "{{#sponsors_below}}{{title}}{{/sponsors_below}}" FOOT,
          "plain/digest.txt.mustache: sponsors_above stand there without the label above them "
          "(t.advertisement)" },
        { "no sponsors", "plain/digest.txt.mustache", SPONSOR FOOT,
          "plain/digest.txt.mustache: does not show sponsors_below" },
        { "too large", "plain/digest.html.mustache",
          "{{#topics}}{{#articles}}{{content_html}}{{content_html}}{{/articles}}{{/"
          "topics}}" SPONSORS,
          "plain/digest.html.mustache: the sample of 30 articles has 1* octets; of more than 90000 "
          "mail programs hide the end" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Templates) templates = changed(cases[i].file, cases[i].text);
        g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GError) error = NULL;
        g_test_message("%s", cases[i].rule);
        g_assert_true(template_check(templates, "plain", complaints, &error));
        g_assert_no_error(error);
        g_autofree char *all = joined(complaints);
        if (!g_pattern_match_simple(cases[i].complaints, all))
            g_error("%s: \"%s\" is not \"%s\"", cases[i].rule, all, cases[i].complaints);
    }
}

static void
test_strings(void)
{
    g_autoptr(Templates) templates =
        changed("strings/de.json", "{\"count_other\": \"{{cuont}} da\", \"format_date\": "
                                   "\"{{day}}.{{mnth}}\", \"article_minutes_one\": \"eine\"}");
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GError) error = NULL;
    g_assert_true(template_check_strings(templates, complaints, &error));
    g_autofree char *all = joined(complaints);
    g_assert_cmpstr(all, ==,
                    "strings/de.json: \"count_other\": there is no \"cuont\" here; did you mean "
                    "\"count\"?\n"
                    "strings/de.json: \"format_date\": there is no \"mnth\" here; did you mean "
                    "\"month\"?");
}

static void
test_missing(void)
{
    static const char files[] = "{\"strings/en.json\": \"{}\"}";
    g_autoptr(GBytes) bytes = g_bytes_new_static(files, strlen(files));
    g_autoptr(GError) error = NULL;
    g_autoptr(Templates) templates = templates_parse(bytes, &error);
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    g_assert_no_error(error);
    g_assert_true(template_check(templates, "own", complaints, &error));
    g_autofree char *all = joined(complaints);
    g_assert_cmpstr(
        all, ==,
        "own/digest.html.mustache: is not there\nown/digest.txt.mustache: is not there\n"
        "own/post.html.mustache: is not there\nown/post.txt.mustache: is not there");
}

/* The rows of the manual page's table: "name kind", in any order. */
static GPtrArray *
documented_values(void)
{
    g_autofree char *page = NULL;
    g_assert_true(
        g_file_get_contents(TEST_SOURCE "/src/man/depesche-template.7", &page, NULL, NULL));
    g_auto(GStrv) lines = g_strsplit(page, "\n", -1);
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], "\t", -1);
        if (g_strv_length(cells) == 3)
            g_ptr_array_add(values, g_strjoin(" ", cells[0], cells[1], NULL));
    }
    return values;
}

static int
by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
test_manual(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Value) list = template_values(&error);
    g_assert_no_error(error);
    g_autoptr(GPtrArray) shown = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < value_length(list); i++)
        g_ptr_array_add(shown, g_strjoin(" ", value_find_string(value_item(list, i), "name"),
                                         value_find_string(value_item(list, i), "kind"), NULL));
    g_autoptr(GPtrArray) documented = documented_values();
    g_ptr_array_sort(shown, by_text);
    g_ptr_array_sort(documented, by_text);
    g_autofree char *in_code = joined(shown);
    g_autofree char *in_manual = joined(documented);
    g_assert_cmpuint(shown->len, >, 100);
    g_assert_cmpstr(in_manual, ==, in_code);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/template_check/what ships is well", test_shipped);
    g_test_add_func("/digest/template_check/complaints", test_complaints);
    g_test_add_func("/digest/template_check/strings", test_strings);
    g_test_add_func("/digest/template_check/what is missing", test_missing);
    g_test_add_func("/digest/template_check/the manual has all values", test_manual);
    return g_test_run();
}
