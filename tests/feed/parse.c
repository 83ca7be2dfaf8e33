/* Every document in tests/data/feeds/ against the NAME.expect.json beside it.
 *
 * The expectation has the members that feed_to_value() gives; those it leaves out must be null,
 * false, zero or empty. "given" holds the base_url and content_type that the reader is told, "error" the
 * message for what is no feed.                                                                   */
#include "feed/parse.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

static GBytes *
read_file(const char *path)
{
    g_autoptr(GError) error = NULL;
    char *bytes;
    gsize size;
    g_file_get_contents(path, &bytes, &size, &error);
    g_assert_no_error(error);
    g_autofree char *owned = bytes;
    return g_bytes_new_take(g_memdup2(owned, size), size); /* exactly its size */
}

static bool
is_unsaid(const Value *value)
{
    switch (value_kind(value)) {
    case VALUE_NULL: return true;
    case VALUE_BOOL: return !value_bool(value);
    case VALUE_LIST: return value_length(value) == 0;
    case VALUE_INTEGER: return value_integer(value) == 0;
    case VALUE_REAL:
    case VALUE_STRING:
    case VALUE_MAP: return false;
    }
    g_assert_not_reached();
}

static void compare(GString *diff, const char *path, const Value *actual, const Value *expect);

static void
compare_members(GString *diff, const char *path, const Value *actual, const Value *expect)
{
    for (size_t i = 0; i < value_length(expect); i++) {
        g_autofree char *name = g_strdup_printf("%s.%s", path, value_key(expect, i));
        const Value *member = value_find(actual, value_key(expect, i));
        if (member == NULL)
            g_string_append_printf(diff, "# %s: no such member\n", name);
        else
            compare(diff, name, member, value_item(expect, i));
    }
    for (size_t i = 0; i < value_length(actual); i++) {
        const char *key = value_key(actual, i);
        if (value_find(expect, key) != NULL || is_unsaid(value_item(actual, i)))
            continue;
        g_string_append_printf(diff, "# %s.%s: expected nothing, got ", path, key);
        json_write(diff, value_item(actual, i), 0);
        g_string_append_c(diff, '\n');
    }
}

static void
compare(GString *diff, const char *path, const Value *actual, const Value *expect)
{
    if (value_kind(actual) == VALUE_MAP && value_kind(expect) == VALUE_MAP) {
        compare_members(diff, path, actual, expect);
        return;
    }
    if (value_kind(actual) == VALUE_LIST && value_kind(expect) == VALUE_LIST &&
        value_length(actual) == value_length(expect)) {
        for (size_t i = 0; i < value_length(expect); i++) {
            g_autofree char *name = g_strdup_printf("%s[%zu]", path, i);
            compare(diff, name, value_item(actual, i), value_item(expect, i));
        }
        return;
    }
    g_autoptr(GString) got = g_string_new(NULL);
    g_autoptr(GString) want = g_string_new(NULL);
    json_write(got, actual, 0);
    json_write(want, expect, 0);
    if (strcmp(got->str, want->str) != 0)
        g_string_append_printf(diff, "# %s: expected %s\n#   got %s\n", path, want->str, got->str);
}

/* The expectation without what is not the feed's. */
static Value *
expected_feed(const Value *expect)
{
    Value *map = value_new_map();
    for (size_t i = 0; i < value_length(expect); i++) {
        if (strcmp(value_key(expect, i), "given") != 0)
            value_take(map, value_key(expect, i), value_ref(value_item(expect, i)));
    }
    return map;
}

static void
test_document(const void *data)
{
    const char *path = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *stem = g_strndup(path, (gsize)(strrchr(path, '.') - path));
    g_autofree char *expect_path = g_strconcat(stem, ".expect.json", NULL);
    g_autoptr(GBytes) expect_bytes = read_file(expect_path);
    g_autoptr(Value) expect = json_parse(expect_bytes, &error);
    g_assert_no_error(error);
    Value *given = value_find(expect, "given");
    const char *base_url = given == NULL ? NULL : value_find_string(given, "base_url");
    const char *content_type = given == NULL ? NULL : value_find_string(given, "content_type");

    g_autoptr(GBytes) bytes = read_file(path);
    g_autoptr(Feed) feed = feed_parse(bytes, content_type, base_url, &error);
    const char *message = value_find_string(expect, "error");
    if (message != NULL) {
        g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
        if (error != NULL)
            g_assert_cmpstr(error->message, ==, message);
        return;
    }
    g_assert_no_error(error);
    if (feed == NULL)
        return;
    g_autoptr(Value) actual = feed_to_value(feed);
    g_autoptr(Value) wanted = expected_feed(expect);
    g_autoptr(GString) diff = g_string_new(NULL);
    compare(diff, "feed", actual, wanted);
    if (diff->len > 0)
        g_test_message("%s", diff->str);
    g_assert_cmpuint(diff->len, ==, 0);
}

/* Any beginning of any document is answered, and the sanitizer sees who reads beyond its end. Each
 * document is cut a dozen times, and each in other places. */
static void
test_beginnings(const void *data)
{
    const GPtrArray *paths = data;
    for (guint i = 0; i < paths->len; i++) {
        g_autoptr(GBytes) bytes = read_file(paths->pdata[i]);
        gsize size;
        const char *whole = g_bytes_get_data(bytes, &size);
        gsize step = 1 + size / 12;
        for (gsize cut = i % step; cut < size; cut += step) {
            g_autoptr(GBytes) part = g_bytes_new_take(g_memdup2(whole, cut), cut);
            g_autoptr(GError) error = NULL;
            g_autoptr(Feed) feed = feed_parse(part, NULL, "https://example.org/", &error);
            g_assert_true((feed == NULL) == (error != NULL));
        }
    }
}

/* Hostile shapes that once cost other readers minutes or gigabytes: each must simply be answered. */
static void
test_repeated(const void *data)
{
    const char *part = data;
    g_autoptr(GString) text = g_string_new("<rss><channel>");
    while (text->len < 96 * 1024)
        g_string_append(text, part);
    g_autoptr(GBytes) bytes = g_bytes_new_take(g_memdup2(text->str, text->len), text->len);
    g_autoptr(GError) error = NULL;
    g_autoptr(Feed) feed = feed_parse(bytes, NULL, NULL, &error);
    g_assert_true((feed == NULL) == (error != NULL));
}

/* libxml2 stops at a text of ten million octets; the entries behind it are still there. */
static void
test_long_text(const void *data)
{
    const char *const *parts = data; /* before, again and again, after */
    g_autoptr(GString) text = g_string_new("<rss version=\"2.0\"><channel><item><description>");
    g_string_append(text, parts[0]);
    while (text->len < 12 * 1024 * 1024)
        g_string_append(text, parts[1]);
    g_string_append(text, parts[2]);
    g_string_append(text, "</description></item><item><title>a</title></item></channel></rss>");
    g_autoptr(GBytes) bytes = g_string_free_to_bytes(g_steal_pointer(&text));
    g_autoptr(GError) error = NULL;
    g_autoptr(Feed) feed = feed_parse(bytes, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_false(feed->recovered);
    g_assert_cmpuint(feed->entries->len, ==, 2);
    const Entry *first = feed->entries->pdata[0];
    g_assert_cmpuint(strlen(first->summary), >, 512 * 1024);
    g_assert_true(g_utf8_validate(first->summary, -1, NULL));
}

/* Each entry goes when it is read: libxml2 would call ten million octets at once an attack. What the
 * feed says of itself may stand behind its entries. */
/* Where libxml2 reads texts and where it is passed by: the same comes of both. */
typedef struct {
    const char *rule;
    const char *written;
    const char *meant;
    bool recovered;
} Passage;

static const Passage passages[] = {
    { "references are decoded once", "a &amp;lt; b &#228;&nbsp;&hearts;",
      "a &lt; b \xC3\xA4\xC2\xA0\xE2\x99\xA5" },
    { "what is no reference stays", "a & b &nosuch; &copy=2", "a & b &nosuch; &copy=2" },
    { "the document's own entities", "by &who;.", "by Erika & Max." },
    { "lines end with a line feed", "a\r\nb\rc\r\r\nd", "a\nb\nc\n\nd" },
    { "unless it is asked for", "a&#13;b", "a\rb" },
    { "what XML forbids is dropped",
      "a\x01"
      "b\xEF\xBF\xBF"
      "c&#1;d",
      "abcd" },
    { "C1 is Windows-1252", "it\xC2\x92s", "it\xE2\x80\x99s" },
    { "a section holds no references", "<![CDATA[a &amp; <b>b</b>\r\nc]]>", "a &amp; <b>b</b>\nc" },
    { "sections and text join", "a <![CDATA[<b> ]]>&amp;<![CDATA[]]> c", "a <b> & c" },
    { "comments and instructions go", "a<!-- <b> -->b<?x <b> ?>c", "abc" },
    { "a bare < is text", "a < b <3 c", "a < b <3 c" },
    { "a tag's > in quotes", "<p title=\"a > b\">c</p>", "<p title=\"a &gt; b\">c</p>" },
    { "a tag within quotes", "<p title=\"<br a='b'>\">c</p>", NULL, true },
};

/* What PASSAGE means with PAD before and behind it. */
static void
check_passage(const Passage *passage, const char *pad)
{
    g_autofree char *document = g_strdup_printf(
        "<!DOCTYPE rss [<!ENTITY who 'Erika &#38; Max'>]><rss version=\"2.0\"><channel><item>"
        "<description>%s|%s|%s</description></item></channel></rss>",
        pad, passage->written, pad);
    g_autofree char *expect = g_strdup_printf("%s|%s|%s", pad, passage->meant, pad);
    g_autoptr(GBytes) bytes = g_bytes_new(document, strlen(document));
    g_autoptr(GError) error = NULL;
    g_autoptr(Feed) feed = feed_parse(bytes, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(feed->recovered, ==, passage->recovered);
    g_assert_cmpuint(feed->entries->len, ==, 1);
    if (passage->meant != NULL)
        g_assert_cmpstr(((const Entry *)feed->entries->pdata[0])->summary, ==, expect);
}

static void
test_passage(const void *data)
{
    g_autofree char *pad = g_strnfill(200, 'x');
    check_passage(data, "x");
    check_passage(data, pad);
}

/* Text outside of all elements is no XML, blanks are. */
static void
test_text_outside(void)
{
    static const struct {
        const char *text;
        bool recovered;
    } tails[] = { { "\n", false }, { "junk", true }, { "<![CDATA[junk]]>", true } };
    for (size_t i = 0; i < G_N_ELEMENTS(tails); i++) {
        for (unsigned times = 1; times < 1000; times += 500) {
            g_autoptr(GString) document =
                g_string_new("<rss><channel><title>t</title></channel></rss>");
            for (unsigned n = 0; n < times; n++)
                g_string_append(document, tails[i].text);
            g_autoptr(GBytes) bytes = g_bytes_new(document->str, document->len);
            g_autoptr(Feed) feed = feed_parse(bytes, NULL, NULL, NULL);
            g_assert_nonnull(feed);
            g_assert_cmpstr(feed->title, ==, "t");
            g_assert_cmpint(feed->recovered, ==, tails[i].recovered);
        }
    }
}

static void
test_many_entries(void)
{
    g_autoptr(GString) text = g_string_new("<rss version=\"2.0\"><channel>");
    guint count = 0;
    for (; text->len < 12 * 1024 * 1024; count++)
        g_string_append_printf(text, "<item><guid>%u</guid><title>t</title></item>\n", count);
    g_string_append(text, "<title>behind</title></channel></rss>");
    g_autoptr(GBytes) bytes = g_string_free_to_bytes(g_steal_pointer(&text));
    g_autoptr(GError) error = NULL;
    g_autoptr(Feed) feed = feed_parse(bytes, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_false(feed->recovered);
    g_assert_cmpstr(feed->title, ==, "behind");
    g_assert_cmpuint(count, >, FEED_ENTRIES_MAX);
    g_assert_cmpuint(feed->entries->len, ==, FEED_ENTRIES_MAX);
    g_assert_cmpuint(feed->left_out, ==, count - FEED_ENTRIES_MAX);
    g_assert_cmpstr(((Entry *)feed->entries->pdata[99999])->id, ==, "99999");
}

/* Whatever the dialect, and read once or twice: what is left out is counted. */
static void
test_left_out(void)
{
    static const struct {
        const char *begin;
        const char *entry;
        const char *end;
    } dialects[] = {
        { "<rss version='2.0'><channel>", "<item/>", "</channel></rss>" },
        { "<rss version='2.0'><channel>", "<item/>", "</oops></channel></rss>" },
        { "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry/>", "</feed>" },
        { "<CHANNEL HREF='http://a.example/'>", "<ITEM/>", "</CHANNEL>" },
        { "{\"version\": \"1.1\", \"items\": [{}", ",{}", "]}" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(dialects); i++) {
        bool is_json = *dialects[i].begin == '{'; /* which has one at its beginning */
        g_autoptr(GString) text = g_string_new(dialects[i].begin);
        for (guint n = is_json; n < FEED_ENTRIES_MAX + 3; n++)
            g_string_append(text, dialects[i].entry);
        g_string_append(text, dialects[i].end);
        g_autoptr(GBytes) bytes = g_string_free_to_bytes(g_steal_pointer(&text));
        g_autoptr(Feed) feed = feed_parse(bytes, NULL, NULL, NULL);
        g_assert_nonnull(feed);
        g_assert_cmpuint(feed->entries->len, ==, FEED_ENTRIES_MAX);
        g_assert_cmpint(feed->left_out, ==, 3);
    }
}

/* A start tag whose attributes would be compared each with all others. */
static void
test_many_attributes(void)
{
    g_autoptr(GString) text = g_string_new("<rss><channel><item><title>a</title></item><b ");
    for (int i = 0; i < 200000; i++)
        g_string_append_printf(text, "a%d='' ", i);
    g_string_append(text, "/><item><title>b</title></item></channel></rss>");
    g_autoptr(GBytes) bytes = g_string_free_to_bytes(g_steal_pointer(&text));
    g_autoptr(GError) error = NULL;
    g_autoptr(Feed) feed = feed_parse(bytes, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(feed->entries->len, ==, 2);
}

static int
by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *
find_documents(void)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) folder = g_dir_open(TEST_DATA "/feeds", 0, NULL);
    g_assert_nonnull(folder);
    const char *name;
    while ((name = g_dir_read_name(folder)) != NULL) {
        if (!g_str_has_suffix(name, ".expect.json"))
            g_ptr_array_add(paths, g_build_filename(TEST_DATA "/feeds", name, NULL));
    }
    g_ptr_array_sort(paths, by_name);
    return paths;
}

int
main(int argc, char **argv)
{
    static const char *const parts[] = {
        "<!--", "<![CDATA[", "<?x ", "<!DOCTYPE [",
        "<br",  "<br ",      "<a>",  "&",
        "&#",   "<item>",    "</a>", "<",
        "&lt;", "<a b='",    "<!",   "<item><title>x</title><br>"
    };
    static const char *const texts[][3] = {
        { "<![CDATA[", "<p>\xC3\xBC </p>", "]]>" },
        { "", "&lt;p&gt;\xC3\xBC ", "" },
        { "", "\xC3\xBC plain text", "" },
    };
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions(); /* all documents that fail at once */
    g_autoptr(GPtrArray) paths = find_documents();
    g_assert_cmpuint(paths->len, >=, 800);
    for (guint i = 0; i < paths->len; i++) {
        g_autofree char *name = g_path_get_basename(paths->pdata[i]);
        g_autofree char *test = g_strdup_printf("/feed/parse/%s", name);
        g_test_add_data_func(test, paths->pdata[i], test_document);
    }
    g_test_add_data_func("/feed/beginnings", paths, test_beginnings);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *test = g_strdup_printf("/feed/repeated/%zu", i);
        g_test_add_data_func(test, parts[i], test_repeated);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *test = g_strdup_printf("/feed/long text/%zu", i);
        g_test_add_data_func(test, texts[i], test_long_text);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(passages); i++) {
        g_autofree char *test = g_strdup_printf("/feed/passage/%s", passages[i].rule);
        g_test_add_data_func(test, &passages[i], test_passage);
    }
    g_test_add_func("/feed/text outside", test_text_outside);
    g_test_add_func("/feed/many entries", test_many_entries);
    g_test_add_func("/feed/left out", test_left_out);
    g_test_add_func("/feed/many attributes", test_many_attributes);
    return g_test_run();
}
