#include "jobs/departures.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "base/error.h"
#include "store/departures.h"
#include "store/people.h"
#include "store/suppressions.h"

#define PAGE_SIZE 1000
/* The last lines of the file are looked for in so much of it. */
#define TAIL_SIZE 4096
#define HASH_MAX  64

typedef struct {
    int64_t event;
    uint64_t reference;
    char hash[HASH_MAX + 1]; /* "#…" */
    DepartureKind kind;
} Line;

/* Of comments: who follows them no more has left nothing else. */
#define NO_HASH "#"

/* Of each DepartureKind. */
static const char signs[] = "+-x";

static char *
path_of(const Instance *instance)
{
    return store_path_beside(instance->config->database, ".left");
}

static bool
fail(const char *what, const char *path, GError **error)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "cannot %s \"%s\": %s", what, path,
                g_strerror(errno));
    return false;
}

/* False for a line that was cut off when the power was. */
static bool
parse_line(const char *text, Line *line)
{
    char sign = 0;
    if (sscanf(text, "%" SCNd64 " %" SCNu64 " %64[#a-z0-9] %c", &line->event, &line->reference,
               line->hash, &sign) != 4)
        return false;
    const char *known = strchr(signs, sign);
    if (line->event <= 0 || sign == '\0' || known == NULL)
        return false;
    line->kind = (DepartureKind)(known - signs);
    return true;
}

/* The last line that is one in TAIL, of which it is cut up. What is CUT begins with the rest of another. */
static void
find_last(char *tail, bool is_cut, Line *last)
{
    Line line;
    char *newline;
    while ((newline = strrchr(tail, '\n')) != NULL) {
        if (parse_line(newline + 1, &line)) {
            *last = line;
            return;
        }
        *newline = '\0';
    }
    if (!is_cut && parse_line(tail, &line))
        *last = line;
}

/* The last line of the file PATH; its event is 0 when there is none. */
static bool
read_last(const char *path, Line *last, GError **error)
{
    char tail[TAIL_SIZE + 1];
    *last = (Line){ 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT || fail("read", path, error);
    off_t size = lseek(fd, 0, SEEK_END);
    ssize_t got = pread(fd, tail, TAIL_SIZE, MAX(size - TAIL_SIZE, 0));
    close(fd);
    if (got < 0)
        return fail("read", path, error);
    tail[got] = '\0';
    find_last(tail, size > TAIL_SIZE, last);
    return true;
}

/* Whether the database knows LAST, or there is nothing to know. */
static bool
is_known(const Instance *instance, const Line *last, bool *known, GError **error)
{
    *known = true;
    return last->event == 0 ||
           store_departure_known(instance->store, last->event, last->reference, known, error);
}

/* Writing */

/* A line that was cut off must not swallow the next one. */
static bool
ends_amid_line(int fd)
{
    char last = '\n';
    off_t size = lseek(fd, 0, SEEK_END);
    return size > 0 && pread(fd, &last, 1, size - 1) == 1 && last != '\n';
}

static bool
append(const char *path, GString *text, GError **error)
{
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail("write", path, error);
    if (ends_amid_line(fd))
        g_string_prepend_c(text, '\n');
    errno = ENOSPC; /* when only some of it is written */
    bool fine = write(fd, text->str, text->len) == (ssize_t)text->len || fail("write", path, error);
    close(fd);
    return fine;
}

static void
write_lines(GString *out, Instance *instance, const GPtrArray *departures)
{
    for (guint i = 0; i < departures->len; i++) {
        const Departure *departure = departures->pdata[i];
        g_autofree char *hash =
            departure->address_key != NULL
                ? store_suppression_hash(instance->store, departure->address_key)
                : g_strdup(NO_HASH);
        g_string_append_printf(out, "%" PRId64 " %" PRIu64 " %s %c\n", departure->event,
                               departure->reference, hash, signs[departure->kind]);
    }
}

static bool
append_behind(Instance *instance, const char *path, int64_t event, GError **error)
{
    for (;;) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GPtrArray) page = store_departures_list(instance->store, event, PAGE_SIZE, error);
        if (page == NULL)
            return false;
        if (page->len == 0)
            return true;
        write_lines(text, instance, page);
        if (!append(path, text, error))
            return false;
        event = ((const Departure *)page->pdata[page->len - 1])->event;
    }
}

bool
departures_mirror(Instance *instance, GError **error)
{
    g_autofree char *path = path_of(instance);
    Line last;
    bool known;
    if (instance->dry_run)
        return true;
    return read_last(path, &last, error) && is_known(instance, &last, &known, error) &&
           (!known || append_behind(instance, path, last.event, error));
}

bool
departures_check(const Instance *instance, GError **error)
{
    g_autofree char *path = path_of(instance);
    Line last;
    bool known;
    if (!read_last(path, &last, error) || !is_known(instance, &last, &known, error))
        return false;
    if (known)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                "people have left or come of whom the database does not know, and %s does: is it a "
                "restored backup? Nothing is sent until \"depesche db adopt\"",
                path);
    return false;
}

/* Recovering */

/* The last line of each subscription (reference -> Line), or NULL with ERROR. */
static GHashTable *
read_all(const char *path, GError **error)
{
    g_autoptr(GHashTable) lines = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, g_free);
    FILE *file = fopen(path, "re");
    char text[256];
    if (file == NULL && errno != ENOENT) {
        fail("read", path, error);
        return NULL;
    }
    while (file != NULL && fgets(text, sizeof text, file) != NULL) {
        Line line;
        if (!parse_line(text, &line))
            continue;
        const Line *before = g_hash_table_lookup(lines, &line.reference);
        if (before != NULL && before->event > line.event)
            continue;
        Line *kept = g_memdup2(&line, sizeof line);
        g_hash_table_replace(lines, &kept->reference, kept);
    }
    if (file != NULL)
        fclose(file);
    return g_steal_pointer(&lines);
}

/* Comments that the database does not know are followed by nobody. */
static bool
leave_by_hash(const Instance *instance, const Line *line, bool *changed, GError **error)
{
    *changed = line->kind == DEPARTURE_LEFT && strcmp(line->hash, NO_HASH) != 0;
    return !*changed || store_suppression_add(instance->store, line->hash,
                                              "left before an older database was restored",
                                              clock_now(instance->clock), error);
}

static bool
erase_again(const Instance *instance, const Subscription *subscription, bool *changed,
            GError **error)
{
    guint count;
    *changed = subscription->state != SUBSCRIPTION_FORGOTTEN;
    return !*changed ||
           store_person_forget(instance->store, address_key(subscription->choice->address),
                               "restore", clock_now(instance->clock), &count, error);
}

/* *CHANGED: the database did not know that. */
static bool
leave_again(const Instance *instance, const Line *line, bool *changed, GError **error)
{
    g_autoptr(Subscription) subscription = NULL;
    LifecycleOutcome outcome = LIFECYCLE_ALREADY;
    *changed = false;
    if (line->kind == DEPARTURE_BACK)
        return true;
    if (!store_subscription_find_reference(instance->store, line->reference, &subscription, error))
        return false;
    if (subscription == NULL)
        return leave_by_hash(instance, line, changed, error);
    if (line->kind == DEPARTURE_FORGOTTEN)
        return erase_again(instance, subscription, changed, error);
    bool fine =
        store_subscription_event(instance->store, subscription->id, EVENT_UNSUBSCRIBE, WILL_PERSON,
                                 "restore", NULL, clock_now(instance->clock), &outcome, error);
    *changed = outcome == LIFECYCLE_CHANGED;
    return fine;
}

bool
departures_recover(Instance *instance, guint *count, GError **error)
{
    g_autofree char *path = path_of(instance);
    g_autoptr(GHashTable) lines = read_all(path, error);
    g_autoptr(StoreBatch) batch = lines != NULL ? store_batch_begin(instance->store, error) : NULL;
    GHashTableIter each;
    void *line;
    *count = 0;
    if (batch == NULL)
        return false;
    g_hash_table_iter_init(&each, lines);
    while (g_hash_table_iter_next(&each, NULL, &line)) {
        bool changed;
        if (!leave_again(instance, line, &changed, error))
            return false;
        *count += changed;
    }
    if (!store_batch_commit(batch, error))
        return false;
    if (instance->dry_run)
        return true;
    if (g_unlink(path) != 0 && errno != ENOENT)
        return fail("remove", path, error);
    return append_behind(instance, path, 0, error);
}
