/* Articles of whole pages, read in a child. tests/data/pages/README.md says what is compared. */
#include "feed/extraction.h"

#include <string.h>

#include "base/error.h"

#define URL "https://www.example.org/a/b"

/* The mean that is asked of pages in a language, and of each page. */
#define GERMAN_MIN  0.97
#define ENGLISH_MIN 0.97
#define PAGE_MIN    0.90

static GBytes *
read_file(const char *path)
{
    char *text;
    gsize size;
    g_autoptr(GError) error = NULL;
    g_assert_true(g_file_get_contents(path, &text, &size, &error));
    g_assert_no_error(error);
    return g_bytes_new_take(text, size);
}

static Extract *
extract(GBytes *bytes)
{
    const SafeDocument page = { .bytes = bytes, .base_url = URL };
    g_autoptr(GError) error = NULL;
    Extract *found = extraction_of_page(&page, &error);
    g_assert_no_error(error);
    return found;
}

static Extract *
extract_text(const char *text, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(text, size);
    return extract(bytes);
}

/* The words of TEXT and how often each is in it; *COUNT of them in all. */
static GHashTable *
words_of(const char *text, unsigned *count)
{
    GHashTable *words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *lower = g_utf8_strdown(text, -1);
    *count = 0;
    for (const char *at = lower; *at != '\0';) {
        const char *end = at;
        while (*end != '\0' && g_unichar_isalnum(g_utf8_get_char(end)))
            end = g_utf8_next_char(end);
        if (end == at) {
            at = g_utf8_next_char(at);
            continue;
        }
        char *word = g_strndup(at, (gsize)(end - at));
        unsigned before = GPOINTER_TO_UINT(g_hash_table_lookup(words, word));
        g_hash_table_insert(words, word, GUINT_TO_POINTER(before + 1));
        (*count)++;
        at = end;
    }
    return words;
}

/* The harmonic mean of how many words of EXPECTED are in FOUND, and the other way round. */
static double
likeness(const char *found, const char *expected)
{
    unsigned given, wanted, shared = 0;
    g_autoptr(GHashTable) found_words = words_of(found, &given);
    g_autoptr(GHashTable) wanted_words = words_of(expected, &wanted);
    GHashTableIter iter;
    gpointer word, count;
    g_hash_table_iter_init(&iter, wanted_words);
    while (g_hash_table_iter_next(&iter, &word, &count))
        shared +=
            MIN(GPOINTER_TO_UINT(count), GPOINTER_TO_UINT(g_hash_table_lookup(found_words, word)));
    return given + wanted > 0 ? 2.0 * shared / (given + wanted) : 0.0;
}

static double
compare_page(const char *folder, const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *stem = g_strndup(path, strlen(path) - strlen(".html"));
    g_autofree char *expect_path = g_strconcat(stem, ".txt", NULL);
    g_autoptr(GBytes) page = read_file(path);
    g_autoptr(GBytes) bytes = read_file(expect_path);
    g_autofree char *expect = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    char *line_end = strchr(expect, '\n');
    *line_end = '\0';
    g_autoptr(Extract) found = extract(page);
    g_assert_cmpstr(found->title, ==, expect);
    double value = likeness(found->text, strstr(line_end + 1, "\n\n"));
    if (value < PAGE_MIN)
        g_test_message("%s: %.3f\n%s", name, value, found->text);
    g_assert_cmpfloat(value, >=, PAGE_MIN);
    return value;
}

static void
test_pages(const void *data)
{
    const char *language = data;
    g_autofree char *folder = g_build_filename(TEST_DATA, "pages", NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;
    double sum = 0.0;
    unsigned count = 0;
    while ((name = g_dir_read_name(dir)) != NULL) {
        if (!g_str_has_prefix(name, language) || !g_str_has_suffix(name, ".html"))
            continue;
        sum += compare_page(folder, name);
        count++;
    }
    g_test_message("%s: %.4f of %u pages", language, sum / count, count);
    g_assert_cmpuint(count, ==, *language == 'd' ? 45 : 103);
    g_assert_cmpfloat(sum / count, >=, *language == 'd' ? GERMAN_MIN : ENGLISH_MIN);
}

/* A paragraph with umlauts that is long enough to be an article. */
#define UMLAUTS                                                                                    \
    "In M\xC3\xBCnchen und K\xC3\xB6ln wird \xC3\xBC"                                              \
    "ber den Fahrplan gestritten, und zwar seit Jahren, denn die Z\xC3\xBCge kommen zu "           \
    "sp\xC3\xA4t."

typedef struct {
    const char *rule;
    const char *charset; /* of the octets */
    const char *head;
    const char *mark; /* before all, or NULL */
} CharsetCase;

static const CharsetCase charsets[] = {
    { "a byte order mark wins", "UTF-8", "<meta charset=iso-8859-1>", "\xEF\xBB\xBF" },
    { "UTF-16 by its mark", "UTF-16LE", "<meta charset=utf-8>", "\xFF\xFE" },
    { "then the meta element", "ISO-8859-1", "<meta charset='iso-8859-1'>", NULL },
    { "in its older form", "CP1252",
      "<meta http-equiv=Content-Type content='text/html; charset=windows-1252'>", NULL },
    { "and of another script", "MACINTOSH", "<META CHARSET=\"macintosh\">", NULL },
    { "then what decodes: UTF-8", "UTF-8", "", NULL },
    { "or what Windows had", "CP1252", "", NULL },
    { "a meta that is wrong about UTF-8", "CP1252", "<meta charset=utf-8>", NULL },
    { "a meta that is wrong about the rest", "UTF-8", "<meta charset=iso-8859-1>", NULL },
};

static void
test_charset(const void *data)
{
    const CharsetCase *test = data;
    g_autofree char *page = g_strdup_printf(
        "<html><head>%s<title>x</title></head><body><p>%s</p></body></html>", test->head, UMLAUTS);
    gsize size;
    g_autofree char *octets = g_convert(page, -1, test->charset, "UTF-8", NULL, &size, NULL);
    g_autoptr(GString) bytes = g_string_new(test->mark);
    g_string_append_len(bytes, octets, (gssize)size);
    g_autoptr(Extract) found = extract_text(bytes->str, bytes->len);
    g_assert_cmpstr(found->text, ==, UMLAUTS);
}

typedef struct {
    const char *rule;
    const char *html;
    const char *expect; /* RFC 3339, in UTC; "": none */
} DateCase;

static const DateCase dates[] = {
    { "JSON-LD is believed first",
      "<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"datePublished\":"
      "\"2026-03-05T08:00:00+01:00\"}</script><time datetime='2020-01-01'>x</time>",
      "2026-03-05T07:00:00Z" },
    { "deep in a graph",
      "<script "
      "type=application/ld+json>{\"@graph\":[{\"@type\":\"WebPage\"},{\"@type\":[\"Article\"],"
      "\"datePublished\":\"2026-03-05\"}]}</script>",
      "2026-03-05T00:00:00Z" },
    { "JSON-LD that is none is passed over",
      "<script type='application/ld+json'>{oops</script>"
      "<meta property='article:published_time' content='2026-03-05T06:30:00Z'>",
      "2026-03-05T06:30:00Z" },
    { "a date that begins with its month", "<p>Posted: May 4, 2026 at 6:12 p.m.</p>",
      "2026-05-04T00:00:00Z" },
    { "with something behind it", "<div>May 4, 2026 · 3 min read</div>", "2026-05-04T00:00:00Z" },
    { "with words before its day", "<p>Stand: 4. Mai 2026, 8 Uhr</p>", "2026-05-04T00:00:00Z" },
    { "the element for it", "<time datetime='2026-03-05T12:00'>gestern</time>",
      "2026-03-05T12:00:00Z" },
    { "as Germans write it", "<span class=date>Veröffentlicht am 5. März 2026, 14:05 Uhr</span>",
      "2026-03-05T14:05:00Z" },
    { "in an element that is called nothing", "<div><span>Stand: 05.03.2026</span></div>",
      "2026-03-05T00:00:00Z" },
    { "none", "<p>1848 war das anders.</p>", "" },
};

static void
test_date(const void *data)
{
    const DateCase *test = data;
    g_autoptr(Extract) found = extract_text(test->html, strlen(test->html));
    int64_t published = extraction_published(found);
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(published);
    g_autofree char *text =
        published != 0 ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : g_strdup("");
    g_assert_cmpstr(text, ==, test->expect);
}

/* What is no page has no article, and harms nobody. */
static void
test_nothing(void)
{
    static const char *const inputs[] = {
        "", "<", "<!--", "<script>", "just words", "<p>", "\0\0"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(inputs); i++) {
        g_autoptr(Extract) found = extract_text(inputs[i], MAX(strlen(inputs[i]), 1));
        g_assert_nonnull(found->text);
        g_assert_nonnull(found->html);
    }
}

/* Elements within elements, more than any parser goes. */
static void
test_deep(void)
{
    g_autoptr(GString) page = g_string_new("<html><body>");
    for (int i = 0; i < 200000; i++)
        g_string_append(page, "<div><b>");
    g_autoptr(GBytes) bytes = g_bytes_new(page->str, page->len);
    const SafeDocument document = { .bytes = bytes, .base_url = URL };
    g_autoptr(GError) error = NULL;
    g_autoptr(Extract) found = extraction_of_page(&document, &error);
    g_assert_true((found == NULL) == (error != NULL));
}

static void
add_case(const char *group, const char *rule, const void *data, GTestDataFunc test)
{
    g_autofree char *name = g_strdup_printf("/feed/extraction/%s/%s", group, rule);
    g_test_add_data_func(name, data, test);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions(); /* all cases that fail at once */
    g_test_add_data_func("/feed/extraction/pages/german", "de", test_pages);
    g_test_add_data_func("/feed/extraction/pages/english", "en", test_pages);
    for (size_t i = 0; i < G_N_ELEMENTS(charsets); i++)
        add_case("charset", charsets[i].rule, &charsets[i], test_charset);
    for (size_t i = 0; i < G_N_ELEMENTS(dates); i++)
        add_case("date", dates[i].rule, &dates[i], test_date);
    g_test_add_func("/feed/extraction/nothing", test_nothing);
    g_test_add_func("/feed/extraction/deep", test_deep);
    return g_test_run();
}
