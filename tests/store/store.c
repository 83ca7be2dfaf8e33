#include "store/store.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/suppressions.h"
#include "world.h"

static void
assert_refused(const char *url, StoreMode mode, DepescheError code, const char *word)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Store) store = store_open(url, mode, &error);
    g_assert_null(store);
    g_assert_error(error, DEPESCHE_ERROR, (int)code);
    g_assert_nonnull(strstr(error->message, word));
}

static void
test_mode(void)
{
    g_auto(World) world;
    GStatBuf status;
    world_open(&world);
    g_assert_cmpint(g_stat(world.path, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
    g_autofree char *wal = g_strconcat(world.path, "-wal", NULL);
    g_assert_cmpint(g_stat(wal, &status), ==, 0);
    g_assert_cmpint(status.st_mode & 0777, ==, 0600);
}

static void
test_refused(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autofree char *homeless = g_strconcat("sqlite:", world.folder, "/no/such/x.db", NULL);
    g_autofree char *rubbish = g_build_filename(world.folder, "rubbish.db", NULL);
    g_autofree char *rubbish_url = g_strconcat("sqlite:", rubbish, NULL);
    g_autofree char *text = g_strnfill(8192, 'x');
    g_assert_true(g_file_set_contents(rubbish, text, -1, NULL));

    assert_refused("sqlite:relative.db", STORE_READ_WRITE, DEPESCHE_ERROR_SETUP, "relative.db");
    assert_refused("postgresql://localhost/x", STORE_READ_WRITE, DEPESCHE_ERROR_SETUP,
                   "postgresql");
    assert_refused(homeless, STORE_READ_WRITE, DEPESCHE_ERROR_SETUP, "/no/such");
    assert_refused(rubbish_url, STORE_READ_WRITE, DEPESCHE_ERROR_SETUP, "rubbish.db");
    assert_refused(rubbish_url, STORE_DRY_RUN, DEPESCHE_ERROR_SETUP, "rubbish.db");
}

static void
test_newer_schema(void)
{
    g_auto(World) world;
    world_open(&world);
    g_assert_true(driver_execute(world.store, "UPDATE meta SET value = value + 1", NULL));
    assert_refused(world.url, STORE_READ_WRITE, DEPESCHE_ERROR_SETUP, "newer");
    assert_refused(world.url, STORE_DRY_RUN, DEPESCHE_ERROR_SETUP, "newer");
}

static int
by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The folder's files with size, time of change and content's hash. */
static char *
fingerprint(const World *world)
{
    g_autoptr(GDir) folder = g_dir_open(world->folder, 0, NULL);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(folder)) != NULL;) {
        g_autofree char *path = g_build_filename(world->folder, name, NULL);
        g_autofree char *content = NULL;
        gsize size = 0;
        struct stat status;
        g_assert_true(g_file_get_contents(path, &content, &size, NULL));
        g_assert_cmpint(stat(path, &status), ==, 0);
        g_autofree char *hash =
            g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)content, size);
        g_ptr_array_add(lines,
                        g_strdup_printf("%s %s %ld.%09ld", name, hash, (long)status.st_mtim.tv_sec,
                                        (long)status.st_mtim.tv_nsec));
    }
    g_ptr_array_sort(lines, by_text);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("\n", (char **)lines->pdata);
}

static guint
article_count(Store *store)
{
    ArticleQuery all = { 0 };
    g_autoptr(GPtrArray) articles = store_articles_list(store, &all, NULL);
    g_assert_nonnull(articles);
    return articles->len;
}

static void
test_dry_run_at_rest(void)
{
    g_auto(World) world;
    world_open(&world);
    world_harvest(&world, 1, 3);
    g_clear_pointer(&world.store, store_close);
    g_autofree char *before = fingerprint(&world);

    world.store = store_open(world.url, STORE_DRY_RUN, NULL);
    g_assert_nonnull(world.store);
    g_assert_cmpint(world_harvest(&world, 3, 9), ==, 6);
    g_assert_cmpint(article_count(world.store), ==, 9);
    g_autofree char *during = fingerprint(&world);
    g_assert_cmpstr(during, ==, before);
    g_clear_pointer(&world.store, store_close);
    g_autofree char *after = fingerprint(&world);
    g_assert_cmpstr(after, ==, before);
    world_reopen(&world);
    g_assert_cmpint(article_count(world.store), ==, 3);
}

static void
test_dry_run_beside_a_writer(void)
{
    g_auto(World) world;
    world_open(&world);
    world_harvest(&world, 1, 3); /* still in the write-ahead log */
    g_autoptr(Store) copy = store_open(world.url, STORE_DRY_RUN, NULL);
    g_assert_nonnull(copy);
    g_assert_cmpint(article_count(copy), ==, 3);
    g_assert_true(driver_execute(copy, "DELETE FROM revision; DELETE FROM article", NULL));
    g_assert_cmpint(article_count(world.store), ==, 3);
    world_harvest(&world, 4, 4);
    g_assert_cmpint(article_count(copy), ==, 0);
}

static void
test_dry_run_without_a_file(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autofree char *path = g_build_filename(world.folder, "none.db", NULL);
    g_autofree char *url = g_strconcat("sqlite:", path, NULL);
    g_autoptr(Store) store = store_open(url, STORE_DRY_RUN, NULL);
    g_assert_nonnull(store);
    g_assert_cmpint(article_count(store), ==, 0);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

static void
test_locked(void)
{
    g_auto(World) world;
    g_autoptr(GError) error = NULL;
    world_open(&world);
    g_autoptr(Store) other = store_open(world.url, STORE_READ_WRITE, NULL);
    g_assert_nonnull(other);
    g_assert_true(driver_execute(other, "PRAGMA busy_timeout = 0", NULL));
    g_autoptr(Transaction) transaction = transaction_begin(world.store, NULL);
    g_assert_nonnull(transaction);

    g_assert_false(store_suppression_add(other, "a@example.org", "asked", NOW, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY);
    g_assert_nonnull(strstr(error->message, world.path));
    g_assert_true(transaction_commit(transaction, NULL));
    g_assert_true(store_suppression_add(other, "a@example.org", "asked", NOW, NULL));
}

static void
test_full(void)
{
    g_auto(World) world;
    g_autoptr(GError) error = NULL;
    world_open(&world);
    g_assert_true(driver_execute(world.store, "PRAGMA max_page_count = 1", NULL)); /* the least */
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    for (int i = 0; i < 20; i++) {
        Article *article = world_article(i);
        g_free(article->content);
        article->content = g_strnfill(ARTICLE_CONTENT_MAX, 'x');
        g_ptr_array_add(articles, article);
    }
    FeedHarvest harvest = { .articles = articles, .keep = 100 };
    HarvestReport report = { .taken = 99 };
    g_assert_false(store_feed_harvest(world.store, world.feed, &harvest, NOW, &report, &error));
    g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY);
    g_assert_cmpint(report.taken, ==, 99);
    g_assert_cmpint(article_count(world.store), ==, 0);

    g_assert_true(driver_execute(world.store, "PRAGMA max_page_count = 100000", NULL));
    g_assert_true(store_feed_harvest(world.store, world.feed, &harvest, NOW, &report, NULL));
    g_assert_cmpint(report.taken, ==, 20);
}

static void
test_path_beside(void)
{
    g_autofree char *path = store_path_beside("sqlite:/var/lib/depesche/depesche.db", ".lock");
    g_assert_cmpstr(path, ==, "/var/lib/depesche/depesche.db.lock");
}

/* More than what is kept in memory of a savepoint goes into a file. */
static void
test_large_savepoint(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) choices = g_ptr_array_new_with_free_func((GDestroyNotify)choice_free);
    for (int i = 0; i < 8000; i++) {
        g_autofree char *address = g_strdup_printf("%08x@example.org", (unsigned)i * 2654435761u);
        g_ptr_array_add(choices, world_choice(address, "daily"));
    }
    for (int round = 0; round < 2; round++) { /* the second changes what the first has made */
        g_autoptr(StoreBatch) batch = store_batch_begin(world.store, &error);
        g_assert_no_error(error);
        PeopleChange change = { 0 };
        store_subscriptions_put(world.store, round == 0 ? "morgen" : "abend", choices,
                                ORIGIN_COMMAND, NOW, &change, &error);
        g_assert_no_error(error);
        g_assert_true(store_batch_commit(batch, &error));
        g_assert_cmpuint(change.added, ==, choices->len);
    }
}

static void
copy_file(const char *from, const char *to)
{
    g_autofree char *content = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(from, &content, &size, NULL));
    g_assert_true(g_file_set_contents(to, content, (gssize)size, NULL));
}

/* What a crash would leave behind now: the database and its log, opened by the next one. */
static int64_t
suppressions_after_a_crash(const World *world)
{
    g_autofree char *path = g_build_filename(world->folder, "crashed.db", NULL);
    g_autofree char *url = g_strconcat("sqlite:", path, NULL);
    g_autofree char *log = g_strconcat(world->path, "-wal", NULL);
    g_autofree char *log_copy = g_strconcat(path, "-wal", NULL);
    copy_file(world->path, path);
    copy_file(log, log_copy);
    g_autoptr(Store) store = store_open(url, STORE_READ_WRITE, NULL);
    g_assert_nonnull(store);
    g_autoptr(Query) query = query_new(store, "SELECT count(*) FROM suppression");
    g_assert_true(query_step(query));
    return query_integer(query, 0);
}

/* Two write in turn, often enough that the log is written back and begun again: whoever finds the files
 * as they are then finds each commit, for all that the log is longer than what stands in it. */
static void
test_log_is_ahead(void)
{
    g_auto(World) world;
    world_open(&world);
    g_autoptr(Store) other = store_open(world.url, STORE_READ_WRITE, NULL);
    g_autofree char *log = g_strconcat(world.path, "-wal", NULL);
    bool grew_alone = false;
    gint64 size = 0;
    for (int i = 0; i < 600; i++) {
        g_autofree char *address = g_strdup_printf("%d@example.org", i);
        GStatBuf status;
        g_assert_true(
            store_suppression_add(i % 3 == 0 ? other : world.store, address, "asked", NOW, NULL));
        g_assert_cmpint(g_stat(log, &status), ==, 0);
        grew_alone = grew_alone || status.st_size - size > (gint64)128 * 1024;
        size = status.st_size;
        if (i % 67 == 0)
            g_assert_cmpint(suppressions_after_a_crash(&world), ==, i + 1);
    }
    g_assert_true(grew_alone);
    g_assert_cmpint(suppressions_after_a_crash(&world), ==, 600);
}

/* Where in the log's index whoever writes the log back holds a lock: WAL_CKPT_LOCK of SQLite's file format. */
#define WRITING_BACK 121

/* While somebody else writes the log back nobody else can, and a commit that would have is one all the same. */
static void
test_log_is_written_back_by_another(void)
{
    int index;
    {
        g_auto(World) world;
        world_open(&world);
        g_autofree char *path = g_strconcat(world.path, "-shm", NULL);
        struct flock lock = { .l_type = F_WRLCK, .l_start = WRITING_BACK, .l_len = 1 };
        index = open(path, O_RDWR | O_CLOEXEC);
        g_assert_cmpint(fcntl(index, F_OFD_SETLK, &lock), ==, 0);
        for (int i = 0; i < 600; i++) {
            g_autofree char *address = g_strdup_printf("%d@example.org", i);
            g_autoptr(GError) error = NULL;
            store_suppression_add(world.store, address, "asked", NOW, &error);
            g_assert_no_error(error);
        }
    }
    close(index); /* not before: that would take SQLite's own locks away */
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/store/only-its-owner-reads-it", test_mode);
    g_test_add_func("/store/store/what-cannot-be-opened-is-named", test_refused);
    g_test_add_func("/store/store/a-newer-schema-is-left-alone", test_newer_schema);
    g_test_add_func("/store/store/dry-run/leaves-no-trace", test_dry_run_at_rest);
    g_test_add_func("/store/store/dry-run/sees-what-others-committed",
                    test_dry_run_beside_a_writer);
    g_test_add_func("/store/store/dry-run/makes-no-file", test_dry_run_without_a_file);
    g_test_add_func("/store/store/locked-is-temporary", test_locked);
    g_test_add_func("/store/store/full-is-temporary-and-changes-nothing", test_full);
    g_test_add_func("/store/store/lock-path", test_path_beside);
    g_test_add_func("/store/store/large-savepoint", test_large_savepoint);
    g_test_add_func("/store/store/log-is-ahead-of-its-commits", test_log_is_ahead);
    g_test_add_func("/store/store/a-commit-does-not-fail-when-another-writes-the-log-back",
                    test_log_is_written_back_by_another);
    return g_test_run();
}
