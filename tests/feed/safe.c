/* What comes through the child is what would have been read here: of documents in
 * tests/data/feeds/ (the readings themselves are tested in parse.c and article.c).               */
#include "feed/safe.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"

#define HALF (1024 * 1024)
#define NOW  INT64_C(1780000000)
/* Two children for each of hundreds of documents would take half a minute; one in so many will do,
 * always the same. */
#define SAMPLE 8

static GBytes *
bytes_of(const char *text)
{
    return g_bytes_new(text, strlen(text));
}

static void
take_entry(void *data, Entry *entry)
{
    g_ptr_array_add(((Feed *)data)->entries, entry);
}

static void
drop_entries(void *data)
{
    g_ptr_array_set_size(((Feed *)data)->entries, 0);
}

/* A feed with its entries, through a child. */
static Feed *
finish(SafeRead *read, GError **error)
{
    g_autoptr(Feed) taken = feed_new();
    const EntrySink sink = { take_entry, drop_entries, taken };
    Feed *feed = safe_read_feed(read, &sink, error);
    if (feed != NULL) {
        g_assert_cmpuint(feed->entries->len, ==, 0);
        GPtrArray *none = feed->entries;
        feed->entries = g_steal_pointer(&taken->entries);
        taken->entries = none;
    }
    return feed;
}

static Feed *
read_safely(SafeReader *reader, const SafeDocument *document, GError **error)
{
    g_autoptr(SafeRead) read = safe_reader_begin(reader, document, 1, false);
    return finish(read, error);
}

static void
assert_same_feed(const Feed *a, const Feed *b)
{
    g_autoptr(Value) a_value = feed_to_value(a);
    g_autoptr(Value) b_value = feed_to_value(b);
    g_autoptr(GString) a_text = g_string_new(NULL);
    g_autoptr(GString) b_text = g_string_new(NULL);
    json_write(a_text, a_value, 0);
    json_write(b_text, b_value, 0);
    g_assert_cmpstr(a_text->str, ==, b_text->str);
    g_assert_cmpint(a->ttl, ==, b->ttl);
    g_assert_cmphex(a->skip_hours, ==, b->skip_hours);
    g_assert_cmphex(a->skip_days, ==, b->skip_days);
    g_assert_cmpint(a->update_period, ==, b->update_period);
    for (guint i = 0; i < a->entries->len; i++)
        g_assert_cmpstr(((const Entry *)a->entries->pdata[i])->base_url, ==,
                        ((const Entry *)b->entries->pdata[i])->base_url);
}

/* An entry that is written by itself is what stands in the feed. */
static void
assert_written_alike(const Feed *feed)
{
    g_autoptr(Value) value = feed_to_value(feed);
    g_autoptr(GString) whole = g_string_new(NULL);
    json_write(whole, value, 2);
    for (guint i = 0; i < feed->entries->len; i++) {
        g_autoptr(GString) entry = g_string_new(NULL);
        JsonWriter writer = { .out = entry, .indent = 2, .level = 2 };
        entry_write(feed->entries->pdata[i], &writer);
        g_assert_nonnull(strstr(whole->str, entry->str));
    }
}

static void
assert_same_article(const Article *a, const Article *b)
{
    g_assert_cmpuint(a->identities->len, ==, b->identities->len);
    g_assert_cmpstr(a->identities->pdata[0], ==, b->identities->pdata[0]);
    g_assert_cmpstr(a->url, ==, b->url);
    g_assert_cmpstr(a->title, ==, b->title);
    g_assert_cmpstr(a->author, ==, b->author);
    g_assert_cmpstr(a->language, ==, b->language);
    g_assert_cmpstr(a->excerpt, ==, b->excerpt);
    g_assert_cmpstr(a->content, ==, b->content);
    g_assert_cmpstr(a->image, ==, b->image);
    g_assert_cmpint(a->published, ==, b->published);
    g_assert_cmpint(a->taken, ==, b->taken);
    g_assert_cmpuint(a->categories->len, ==, b->categories->len);
    for (guint i = 0; i < a->categories->len; i++)
        g_assert_cmpstr(a->categories->pdata[i], ==, b->categories->pdata[i]);
}

static void
check_articles(SafeReader *reader, const SafeDocument *document, const Feed *feed)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_autoptr(Feed) safe = safe_reader_articles(reader, document, NOW, articles, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(safe->title, ==, feed->title);
    guint count = 0;
    for (guint i = 0; i < feed->entries->len; i++) {
        g_autoptr(Article) article =
            article_from_entry(feed->entries->pdata[i], feed, document->base_url, NOW);
        if (article == NULL)
            continue;
        g_assert_cmpuint(count, <, articles->len);
        assert_same_article(articles->pdata[count++], article);
    }
    g_assert_cmpuint(count, ==, articles->len);
}

static void
test_document(const void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) safe_error = NULL;
    char *text;
    gsize size;
    g_file_get_contents(data, &text, &size, &error);
    g_assert_no_error(error);
    g_autoptr(GBytes) bytes = g_bytes_new_take(text, size);
    g_autoptr(SafeReader) reader = safe_reader_new();
    const SafeDocument document = { bytes, NULL, "https://example.org/feed" };

    g_autoptr(Feed) safe = read_safely(reader, &document, &safe_error);
    g_autoptr(Feed) feed = feed_parse(bytes, NULL, document.base_url, &error);
    if (feed == NULL) {
        g_assert_error(safe_error, DEPESCHE_ERROR, error->code);
        g_assert_cmpstr(safe_error->message, ==, error->message);
        return;
    }
    g_assert_no_error(safe_error);
    assert_same_feed(safe, feed);
    assert_written_alike(feed);
    check_articles(reader, &document, feed);
}

/* Tables that the child cannot load are there. */
static void
test_tables(void)
{
    static const char *const texts[] = {
        "<rss><channel><item><title>a</title>"
        "<pubDate>Tue, 03 Jun 2003 09:39:21 America/Los_Angeles</pubDate></item></channel></rss>",
        "<?xml version='1.0' encoding='koi8-r'?><rss><channel><title>\xCD\xC9\xD2</title>"
        "</channel></rss>",
        "<rss><channel><title>f\xFCr</title></channel></rss>",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GBytes) bytes = bytes_of(texts[i]);
        g_autoptr(SafeReader) reader = safe_reader_new();
        g_autoptr(Feed) safe = read_safely(reader, &(SafeDocument){ .bytes = bytes }, &error);
        g_assert_no_error(error);
        g_autoptr(Feed) feed = feed_parse(bytes, NULL, NULL, &error);
        g_assert_no_error(error);
        assert_same_feed(safe, feed);
    }
}

/* Children side by side; one that nobody waits for goes when it is let go. */
static void
test_several(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SafeReader) reader = safe_reader_new();
    g_autoptr(GBytes) a = bytes_of("<rss><channel><title>a</title></channel></rss>");
    g_autoptr(GBytes) b = bytes_of("no feed");
    g_autoptr(GBytes) c = bytes_of("<rss><channel><title>c</title></channel></rss>");
    SafeRead *first = safe_reader_begin(reader, &(SafeDocument){ .bytes = a }, 1, false);
    SafeRead *second = safe_reader_begin(reader, &(SafeDocument){ .bytes = b }, 1, false);
    SafeRead *third = safe_reader_begin(reader, &(SafeDocument){ .bytes = c }, 1, false);
    g_autoptr(Feed) feed = finish(third, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(feed->title, ==, "c");
    g_assert_null(finish(second, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
    safe_read_free(first);
    safe_read_free(second);
    safe_read_free(third);
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1); /* nobody is left behind */
}

/* Several documents in one child: what cannot be read, and what kills the child, is that document's
 * fault alone. */
static void
test_batch(void)
{
    g_autoptr(SafeReader) reader = safe_reader_new();
    g_autoptr(GBytes) a = bytes_of("<rss><channel><title>a</title></channel></rss>");
    g_autoptr(GBytes) none = bytes_of("no feed");
    g_autoptr(GBytes) c = bytes_of("<rss><channel><title>c</title></channel></rss>");
    /* The second half of a file that became shorter: to look at it is the end of the child. */
    FILE *file = tmpfile();
    g_assert_nonnull(file);
    g_assert_cmpint(ftruncate(fileno(file), HALF), ==, 0);
    char *hole = mmap(NULL, 2 * HALF, PROT_READ, MAP_SHARED, fileno(file), 0);
    g_assert_true(hole != MAP_FAILED);
    g_assert_cmpint(pwrite(fileno(file), "<", 1, 0), ==, 1);
    g_autoptr(GBytes) deadly = g_bytes_new_static(hole, 2 * HALF);
    const SafeDocument documents[] = {
        { .bytes = a }, { .bytes = none }, { .bytes = deadly }, { .bytes = c }, { .bytes = a },
    };
    g_autoptr(SafeRead) read = safe_reader_begin(reader, documents, G_N_ELEMENTS(documents), false);
    static const char *const titles[] = { "a", NULL, NULL, "c", "a" };
    for (size_t i = 0; i < G_N_ELEMENTS(titles); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Feed) feed = finish(read, &error);
        g_assert_true((feed == NULL) == (titles[i] == NULL));
        g_assert_cmpstr(feed != NULL ? feed->title : NULL, ==, titles[i]);
        if (feed == NULL)
            g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
    }
    munmap(hole, 2 * HALF);
    fclose(file);
}

static void
test_sanitized(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SafeReader) reader = safe_reader_new();
    g_autoptr(GBytes) bytes = bytes_of("<rss><channel><item><description>&lt;script&gt;a&lt;/script"
                                       "&gt;&lt;p onclick=''&gt;b</description></item></channel>"
                                       "</rss>");
    g_autoptr(SafeRead) read =
        safe_reader_begin(reader, &(SafeDocument){ .bytes = bytes }, 1, true);
    g_autoptr(Feed) feed = finish(read, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(feed->entries->len, ==, 1);
    g_assert_cmpstr(((const Entry *)feed->entries->pdata[0])->summary, ==, "<p>b</p>");
}

/* What was given before the document turned out to be ill-formed does not count twice. */
static void
test_restart(void)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SafeReader) reader = safe_reader_new();
    g_autoptr(GBytes) bytes = bytes_of("<rss><channel><item><title>a</title></item>"
                                       "<item><title>b</titel></item></channel></rss>");
    g_autoptr(Feed) feed = read_safely(reader, &(SafeDocument){ .bytes = bytes }, &error);
    g_assert_no_error(error);
    g_assert_true(feed->recovered);
    g_assert_cmpuint(feed->entries->len, ==, 2);
}

/* What the HTTP header says holds for a feed that does not say it, and for its articles. */
static void
test_language(void)
{
    static const struct {
        const char *header;
        const char *own;
        const char *expect;
    } cases[] = {
        { "de-AT", "", "de-AT" }, { "de-AT", "<language>fr</language>", "fr" },
        { "de, fr", "", NULL },   { "de\xFF\r\n", "", "de\xEF\xBF\xBD" },
        { NULL, "", NULL },
    };
    g_autoptr(SafeReader) reader = safe_reader_new();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text =
            g_strdup_printf("<rss version=\"2.0\"><channel>%s<item><title>a</title>"
                            "</item></channel></rss>",
                            cases[i].own);
        g_autoptr(GBytes) bytes = bytes_of(text);
        const SafeDocument document = { .bytes = bytes, .content_language = cases[i].header };
        g_autoptr(GError) error = NULL;
        g_autoptr(Feed) feed = read_safely(reader, &document, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(feed->language, ==, cases[i].expect);
        g_autoptr(GPtrArray) articles =
            g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
        g_autoptr(Feed) again = safe_reader_articles(reader, &document, NOW, articles, &error);
        g_assert_no_error(error);
        g_assert_nonnull(again);
        const char *told = ((const Article *)articles->pdata[0])->language;
        bool is_good = cases[i].expect != NULL && g_str_is_ascii(cases[i].expect);
        g_assert_cmpstr(told, ==, is_good ? cases[i].expect : NULL);
    }
}

/* The only child that is left when no document is being read. */
static pid_t
find_nursery(void)
{
    g_autofree char *path = g_strdup_printf("/proc/self/task/%d/children", getpid());
    g_autofree char *text = NULL;
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    pid_t pid = (pid_t)g_ascii_strtoll(text, NULL, 10);
    g_assert_cmpint(pid, >, 1);
    return pid;
}

static void
assert_reads(SafeRead *read)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_autoptr(Feed) feed = safe_read_articles(read, articles, &error);
    g_assert_no_error(error);
    g_assert_nonnull(feed);
    g_assert_cmpuint(articles->len, ==, 1);
    safe_read_free(read);
}

/* It is started for the first document, and again when somebody has killed it: before the next one came,
 * or when that was in its hands. */
static void
test_nursery_dies(void)
{
    g_autoptr(SafeReader) reader = safe_reader_new();
    g_autoptr(GBytes) bytes =
        bytes_of("<rss><channel><item><title>a</title></item></channel></rss>");
    const SafeDocument document = { .bytes = bytes };
    assert_reads(safe_reader_begin_articles(reader, &document, NOW));

    kill(find_nursery(), SIGKILL);
    assert_reads(safe_reader_begin_articles(reader, &document, NOW));

    pid_t nursery = find_nursery();
    kill(nursery, SIGSTOP);
    SafeRead *first = safe_reader_begin_articles(reader, &document, NOW);
    SafeRead *second = safe_reader_begin_articles(reader, &document, NOW);
    g_assert_false(safe_read_is_ready(first));
    kill(nursery, SIGKILL);
    assert_reads(first);
    assert_reads(second);
}

/* Who does not want to wait asks until it is there. */
static void
test_ready(void)
{
    g_autoptr(SafeReader) reader = safe_reader_new();
    g_autoptr(GBytes) bytes =
        bytes_of("<rss><channel><item><title>a</title></item></channel></rss>");
    SafeRead *read = safe_reader_begin_articles(reader, &(SafeDocument){ .bytes = bytes }, NOW);
    while (!safe_read_is_ready(read)) {
        struct pollfd poller = { .fd = safe_read_fd(read), .events = POLLIN };
        g_assert_cmpint(poll(&poller, 1, -1), ==, 1);
    }
    assert_reads(read);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions();
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) folder = g_dir_open(TEST_DATA "/feeds", 0, NULL);
    g_assert_nonnull(folder);
    const char *name;
    while ((name = g_dir_read_name(folder)) != NULL) {
        if (g_str_has_suffix(name, ".expect.json") || g_str_hash(name) % SAMPLE != 0)
            continue;
        g_ptr_array_add(paths, g_build_filename(TEST_DATA "/feeds", name, NULL));
        g_autofree char *test = g_strdup_printf("/safe/document/%s", name);
        g_test_add_data_func(test, paths->pdata[paths->len - 1], test_document);
    }
    g_assert_cmpuint(paths->len, >=, 40);
    g_test_add_func("/safe/zones and character sets", test_tables);
    g_test_add_func("/safe/several at once", test_several);
    g_test_add_func("/safe/several in one child", test_batch);
    g_test_add_func("/safe/sanitized", test_sanitized);
    g_test_add_func("/safe/restart", test_restart);
    g_test_add_func("/safe/language", test_language);
    g_test_add_func("/safe/nursery dies", test_nursery_dies);
    g_test_add_func("/safe/ready", test_ready);
    return g_test_run();
}
