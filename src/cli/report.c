/* report.c - figures: who came and went, and what came back. */
#include "cli/command.h"

#include <string.h>

#include "base/error.h"
#include "cli/print.h"
#include "store/figures.h"

#define DAYS_DEFAULT 28
#define DAYS_MAX     36500
#define DAY_SECONDS  ((int64_t)24 * 60 * 60)

/* What a line is about; weeks begin on Monday. */
typedef enum {
    PERIOD_DAY,
    PERIOD_WEEK,
    PERIOD_MONTH,
} Period;

static bool
period_find(const char *name, Period *period)
{
    static const char *const names[] = { "day", "week", "month" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            *period = (Period)i;
            return true;
        }
    }
    return false;
}

/* The first day of the period that DAY (since 1970) is in: "2026-11-23". */
static char *
period_text(Period period, int64_t day)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(day * DAY_SECONDS);
    g_autoptr(GDateTime) first =
        period == PERIOD_WEEK ? g_date_time_add_days(time, 1 - g_date_time_get_day_of_week(time))
        : period == PERIOD_MONTH
            ? g_date_time_add_days(time, 1 - g_date_time_get_day_of_month(time))
            : g_date_time_ref(time);
    return g_date_time_format(first, "%Y-%m-%d");
}

/* Adding up */

static const char *const keys[FIGURE_COUNT] = {
    [FIGURE_JOINED] = "joined",
    [FIGURE_LEFT] = "left",
    [FIGURE_COMPLAINED] = "complaints",
    [FIGURE_SUSPENDED] = "suspended",
    [FIGURE_DEAD] = "dead_addresses",
    [FIGURE_MAILBOX] = "full_mailboxes",
    [FIGURE_POLICY] = "refused_by_policy",
    [FIGURE_BROKEN] = "broken_relay",
    [FIGURE_UNJUDGED] = "unjudged",
};

typedef struct {
    char *newsletter;
    char *begin; /* of the period */
    int64_t counts[FIGURE_COUNT];
} Row;

static void
row_free(void *data)
{
    Row *row = data;
    g_free(row->newsletter);
    g_free(row->begin);
    g_free(row);
}

static int
compare_rows(gconstpointer a, gconstpointer b)
{
    const Row *one = *(const Row *const *)a;
    const Row *other = *(const Row *const *)b;
    int order = strcmp(one->newsletter, other->newsletter);
    return order != 0 ? order : strcmp(one->begin, other->begin);
}

/* Of Row *, by newsletter and time. */
static GPtrArray *
add_up(const GPtrArray *figures, Period period)
{
    GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < figures->len; i++) {
        const Figure *figure = figures->pdata[i];
        g_autofree char *begin = period_text(period, figure->day);
        char *key = g_strconcat(begin, figure->newsletter, NULL);
        Row *row = g_hash_table_lookup(known, key);
        if (row == NULL) {
            row = g_new0(Row, 1);
            row->newsletter = g_strdup(figure->newsletter);
            row->begin = g_steal_pointer(&begin);
            g_ptr_array_add(rows, row);
        }
        g_hash_table_insert(known, key, row);
        row->counts[figure->kind] += figure->count;
    }
    g_ptr_array_sort(rows, compare_rows);
    return rows;
}

static Value *
rows_value(const GPtrArray *rows)
{
    Value *list = value_new_list();
    for (guint i = 0; i < rows->len; i++) {
        const Row *row = rows->pdata[i];
        Value *map = value_new_map();
        value_set_string(map, "newsletter", row->newsletter);
        value_set_string(map, "from", row->begin);
        for (size_t k = 0; k < FIGURE_COUNT; k++)
            value_set_integer(map, keys[k], row->counts[k]);
        value_take_item(list, map);
    }
    return list;
}

static bool
report(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "NEWSLETTER", "newsletter", 0 },
        { "FROM", "from", 0 },
        { "JOINED", "joined", 0 },
        { "LEFT", "left", 0 },
        { "COMPLAINTS", "complaints", 0 },
        { "SUSPENDED", "suspended", 0 },
        { "DEAD", "dead_addresses", 0 },
        { "FULL", "full_mailboxes", 0 },
        { "POLICY", "refused_by_policy", 0 },
        { "RELAY", "broken_relay", 0 },
        { "UNJUDGED", "unjudged", 0 },
        { NULL },
    };
    const char *newsletter = invocation_option(invocation, "--newsletter");
    const char *by = invocation_option(invocation, "--by");
    Period period = PERIOD_DAY;
    int64_t days;
    if (!invocation_number(invocation, "--days", 1, DAYS_MAX, DAYS_DEFAULT, &days, error))
        return false;
    if (by != NULL && !period_find(by, &period))
        return usage_error(error, "--by is day, week or month, not", by, NULL);
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL ||
        (newsletter != NULL && instance_newsletter(instance, newsletter, error) == NULL))
        return false;
    int64_t today = clock_now(instance->clock) / DAY_SECONDS;
    int64_t since = (today - days + 1) * DAY_SECONDS;
    g_autoptr(GPtrArray) figures = store_figures(instance->store, newsletter, since, error);
    if (figures == NULL)
        return false;
    g_autoptr(GPtrArray) rows = add_up(figures, period);
    g_autoptr(Value) list = rows_value(rows);
    print_list(invocation->global->json, list, columns);
    return true;
}

static const CommandOption options[] = {
    { "--newsletter", 0, "NAME", "of this newsletter alone" },
    { "--days", 0, "N", "of the last N days, today among them; else 28" },
    { "--by", 0, "PERIOD", "a line for each day, week or month; else for each day" },
    { NULL },
};

const Command report_commands[] = {
    { "report", "", 0, 0, "who came and went, complaints and bounces, by newsletter and time",
      options, report },
    { NULL },
};
