#include "mail/shared_lines.h"

#include <stdbool.h>
#include <string.h>

#include "base/placeholder.h"
#include "mail/encode.h"

/* Where the whole lines of a shared text are, counted from its beginning. Its last line is whole when a
 * line feed is behind it. */
typedef struct {
    size_t begin, end;
} Range;

typedef struct {
    Range range;        /* of what was encoded; elsewhere it may be another one */
    EncodedLines lines; /* ends before the first placeholder */
} Entry;

struct SharedLines {
    GMutex mutex;
    GHashTable *entries; /* SharedText.text -> Entry */
};

static void
entry_free(Entry *entry)
{
    g_free(entry->lines.bytes);
    g_free(entry);
}

SharedLines *
shared_lines_new(void)
{
    SharedLines *lines = g_new0(SharedLines, 1);
    g_mutex_init(&lines->mutex);
    lines->entries = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)entry_free);
    return lines;
}

void
shared_lines_free(SharedLines *lines)
{
    if (lines == NULL)
        return;
    g_hash_table_unref(lines->entries);
    g_mutex_clear(&lines->mutex);
    g_free(lines);
}

static size_t
first_line(const char *text, size_t size)
{
    const char *feed = memchr(text, '\n', size);
    return feed != NULL ? (size_t)(feed + 1 - text) : size;
}

static size_t
behind_last_line(const char *text, size_t size)
{
    const char *feed = memrchr(text, '\n', size);
    return feed != NULL ? (size_t)(feed + 1 - text) : 0;
}

static Range
whole_lines(const char *text, size_t size, const SharedText *shared)
{
    const char *begin = text + shared->at;
    bool is_begun = shared->at > 0 && begin[-1] != '\n';
    bool is_before_feed = shared->at + shared->size < size && begin[shared->size] == '\n';
    Range range = { is_begun ? first_line(begin, shared->size) : 0,
                    behind_last_line(begin, shared->size) };
    if (range.end < shared->size && is_before_feed)
        range.end = shared->size + 1;
    return range;
}

static Entry *
entry_new(const char *text, Range range)
{
    Entry *entry = g_new0(Entry, 1);
    const char *begin = text + range.begin;
    size_t size = range.end > range.begin ? range.end - range.begin : 0;
    const char *mark = memmem(begin, size, PLACEHOLDER_OPEN, strlen(PLACEHOLDER_OPEN));
    if (mark != NULL)
        size = behind_last_line(begin, (size_t)(mark - begin));
    g_autoptr(GString) out = g_string_sized_new(size + size / 8);
    quoted_printable_write(out, begin, size, 0);
    entry->range = range;
    entry->lines = (EncodedLines){
        .begin = range.begin,
        .end = range.begin + size,
        .bytes = g_memdup2(out->str, out->len),
        .size = out->len,
    };
    return entry;
}

static Entry *
find_entry(SharedLines *lines, const SharedText *shared)
{
    g_mutex_lock(&lines->mutex);
    Entry *entry = g_hash_table_lookup(lines->entries, shared->text);
    g_mutex_unlock(&lines->mutex);
    return entry;
}

/* Another thread may have made the same meanwhile: then that one is kept. */
static Entry *
keep_entry(SharedLines *lines, const SharedText *shared, Entry *take_entry)
{
    g_mutex_lock(&lines->mutex);
    Entry *entry = g_hash_table_lookup(lines->entries, shared->text);
    if (entry == NULL)
        g_hash_table_insert(lines->entries, (gpointer)shared->text, take_entry);
    g_mutex_unlock(&lines->mutex);
    if (entry == NULL)
        return take_entry;
    entry_free(take_entry);
    return entry;
}

const EncodedLines *
shared_lines_get(SharedLines *lines, const char *text, size_t size, const SharedText *shared)
{
    if (shared->at + shared->size > size)
        return NULL;
    Range range = whole_lines(text, size, shared);
    Entry *entry = find_entry(lines, shared);
    if (entry == NULL)
        entry = keep_entry(lines, shared, entry_new(text + shared->at, range));
    bool is_same = entry->range.begin == range.begin && entry->range.end == range.end;
    return is_same && entry->lines.size > 0 ? &entry->lines : NULL;
}
