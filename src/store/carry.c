#include "store/carry-internal.h"

#include <string.h>

/* In the ledger, before Carry.written. */
#define WRITTEN_MARK '@'

/* Each number is written as what it is more than the one before: a million people may have hundreds. */
static void
add_numbers(GArray *numbers, const char *text)
{
    const char *at = text;
    int64_t number = 0;
    while (*at != '\0') {
        char *end;
        number += g_ascii_strtoll(at, &end, 10);
        if (end == at)
            return; /* WRITTEN_MARK, or a damaged row: what can be read of it counts */
        g_array_append_val(numbers, number);
        at = end;
    }
}

static GArray *
numbers_from(const char *text)
{
    if (text == NULL || *text == '\0')
        return NULL;
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    add_numbers(numbers, text);
    return numbers->len > 0 ? g_steal_pointer(&numbers) : NULL;
}

void
carry_read(Query *query, int column, Carry *carry)
{
    carry->articles = numbers_from(query_text(query, column));
    carry->version = query_integer(query, column + 1);
    carry->written = query_integer(query, column + 2);
}

void
carry_read_settled(const char *text, Carry *carry)
{
    const char *mark = strchr(text, WRITTEN_MARK);
    carry->articles = numbers_from(text);
    carry->written = mark != NULL ? g_ascii_strtoll(mark + 1, NULL, 10) : 0;
    carry->settled = true;
}

/* As printf() does, which would take longer for these lists than all else that the ledger does for a mail. */
static void
append_number(GString *out, int64_t number)
{
    char digits[20];
    char *end = digits + sizeof digits, *at = end;
    uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        *--at = '-';
    g_string_append_len(out, at, end - at);
}

static void
append_numbers(GString *text, const GArray *articles)
{
    int64_t before = 0;
    for (guint i = 0; articles != NULL && i < articles->len; i++) {
        int64_t number = g_array_index(articles, int64_t, i);
        if (i > 0)
            g_string_append_c(text, ' ');
        append_number(text, number - before);
        before = number;
    }
}

char *
carry_settled_text(const Carry *carry)
{
    g_autoptr(GString) text = g_string_new(NULL);
    append_numbers(text, carry->articles);
    if (carry->written != 0) {
        g_string_append_c(text, WRITTEN_MARK);
        append_number(text, carry->written);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

bool
carry_is_current(Store *store, int64_t subscription, int64_t version, bool *current, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT version FROM carry WHERE subscription_id = $subscription");
    query_bind_integer(query, "$subscription", subscription);
    *current = !query_step(query) || query_integer(query, 0) == version;
    return query_run(query, error);
}

bool
carry_write(Store *store, int64_t subscription, int64_t version, const GArray *articles,
            bool *current, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    append_numbers(text, articles);
    g_autoptr(Query) query = query_new(
        store, "INSERT INTO carry (subscription_id, version, written, articles) "
               "SELECT subscription.id, 1, slot.mark, $articles FROM subscription "
               "JOIN slot ON slot.id = subscription.slot_id WHERE subscription.id = $subscription "
               "ON CONFLICT (subscription_id) DO UPDATE SET version = carry.version + 1, "
               "  written = excluded.written, articles = excluded.articles "
               "WHERE carry.version = $version");
    query_bind_integer(query, "$subscription", subscription);
    query_bind_integer(query, "$version", version);
    query_bind_text(query, "$articles", text->str);
    if (!query_run(query, error))
        return false;
    *current = driver_changes(store) == 1;
    return true;
}

static int
compare_numbers(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Sorts NUMBERS, each once. */
static void
make_set(GArray *numbers)
{
    guint kept = 0;
    g_array_sort(numbers, compare_numbers);
    for (guint i = 0; i < numbers->len; i++) {
        int64_t number = g_array_index(numbers, int64_t, i);
        if (kept == 0 || g_array_index(numbers, int64_t, kept - 1) != number)
            g_array_index(numbers, int64_t, kept++) = number;
    }
    g_array_set_size(numbers, kept);
}

bool
carry_add(Store *store, int64_t subscription, const GArray *articles, GError **error)
{
    if (articles->len == 0)
        return true;
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t version = 0;
    bool current;
    g_autoptr(Query) query = query_new(
        store, "SELECT articles, version FROM carry WHERE subscription_id = $subscription");
    query_bind_integer(query, "$subscription", subscription);
    if (query_step(query)) {
        add_numbers(all, query_text(query, 0));
        version = query_integer(query, 1);
    }
    if (!query_run(query, error))
        return false;
    g_array_append_vals(all, articles->data, articles->len);
    make_set(all);
    return carry_write(store, subscription, version, all, &current, error);
}

bool
carry_end(Store *store, int64_t subscription, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE carry SET version = version + 1, articles = '' "
                         "WHERE subscription_id = $subscription AND articles <> ''");
    query_bind_integer(query, "$subscription", subscription);
    return query_run(query, error);
}

GHashTable *
carry_of_slot(Store *store, int64_t slot, GError **error)
{
    g_autoptr(GHashTable) all = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(Query) query = query_new(
        store, "SELECT carry.articles FROM subscription JOIN carry "
               "ON carry.subscription_id = subscription.id WHERE subscription.slot_id = $slot "
               "AND subscription.state = $active AND subscription.removed = 0");
    query_bind_integer(query, "$slot", slot);
    query_bind_integer(query, "$active", SUBSCRIPTION_ACTIVE);
    while (query_step(query)) {
        g_array_set_size(numbers, 0);
        add_numbers(numbers, query_text(query, 0));
        for (guint i = 0; i < numbers->len; i++) {
            const int64_t *number = &g_array_index(numbers, int64_t, i);
            if (!g_hash_table_contains(all, number)) /* people of one slot wait for the same */
                g_hash_table_add(all, g_memdup2(number, sizeof *number));
        }
    }
    return query_finish(query, error) ? g_steal_pointer(&all) : NULL;
}
