#include "mail/wish-internal.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "mail/notice-internal.h"
#include "mail/phrase.h"

/* Longer lines are sentences. */
#define WORDS_MAX 20
/* Ten years are for ever. */
#define DAYS_MAX 3650

void
wish_free(Wish *wish)
{
    if (wish == NULL)
        return;
    g_ptr_array_unref(wish->wanted);
    g_ptr_array_unref(wish->unwanted);
    g_free(wish);
}

/* Words */

/* A line that is being read: what is left of its words. */
typedef struct {
    char **at;
    size_t count;
} Words;

/* Whether WORD is one of LIST, which has blanks between them. */
static bool
is_among(const char *word, const char *list)
{
    size_t size = strlen(word);
    if (size == 0)
        return false;
    for (const char *found = list; (found = strstr(found, word)) != NULL; found++) {
        bool begins = found == list || found[-1] == ' ';
        if (begins && (found[size] == ' ' || found[size] == '\0'))
            return true;
    }
    return false;
}

/* The number that WORD stands for in TABLE; 0: none. */
static int
find_number(const WishNumber *table, const char *word)
{
    for (; table->words != NULL; table++) {
        if (is_among(word, table->words))
            return table->number;
    }
    return 0;
}

static bool
begins_with(const Words *words, const char *list)
{
    return words->count > 0 && is_among(words->at[0], list);
}

static bool
ends_with(const Words *words, const char *list)
{
    return words->count > 0 && is_among(words->at[words->count - 1], list);
}

static void
drop_first(Words *words)
{
    words->at++;
    words->count--;
}

static void
drop_all(Words *words, const char *list)
{
    while (begins_with(words, list))
        drop_first(words);
}

/* What stands behind "Re: Fwd:". */
static const char *
skip_replies(const char *folded)
{
    for (size_t i = 0; notice_replies[i] != NULL; i++) {
        const char *reply = notice_replies[i];
        if (!g_str_has_suffix(reply, ":") || !g_str_has_prefix(folded, reply))
            continue;
        folded += strlen(reply);
        folded += strspn(folded, " ");
        i = (size_t)-1; /* and whatever is before that */
    }
    return folded;
}

/* The words of LINE, without empty ones and punctuation; editors make other dashes of "-". */
static char **
split_words(const char *line)
{
    static const char *const dashes[] = {
        "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212"
    };
    g_autofree char *folded = phrase_fold(line);
    g_autoptr(GString) plain = g_string_new(skip_replies(folded));
    for (size_t i = 0; i < G_N_ELEMENTS(dashes); i++)
        g_string_replace(plain, dashes[i], "-", 0);
    g_string_replace(plain, "\u00A0", " ", 0);
    g_auto(GStrv) parts = g_strsplit_set(plain->str, " ,.;:!?\"", -1);
    GPtrArray *words = g_ptr_array_new();
    for (char **part = parts; *part != NULL; part++) {
        if (**part != '\0')
            g_ptr_array_add(words, g_strdup(*part));
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

static WishKind
find_whole_line(const Words *words)
{
    g_autoptr(GString) line = g_string_new(NULL);
    for (size_t i = 0; i < words->count; i++)
        g_string_append_printf(line, "%s%s", i > 0 ? " " : "", words->at[i]);
    for (const WishLines *each = wish_lines; each->lines != NULL; each++) {
        if (g_strv_contains(each->lines, line->str))
            return each->kind;
    }
    return WISH_NONE;
}

/* How long */

/* "7", "7th": a number from 1 to MAX; 0: none. REST is what stands behind it. */
static int
read_digits(const char *word, int max, const char **rest)
{
    char *end;
    guint64 number = g_ascii_isdigit(*word) ? g_ascii_strtoull(word, &end, 10) : 0;
    if (number == 0 || number > (guint64)max)
        return 0;
    *rest = end;
    return (int)number;
}

/* "14 days", "14d", "two weeks"; digits alone are days. */
static bool
read_length(Wish *wish, Words words)
{
    if (words.count == 0 || words.count > 2)
        return false;
    const char *unit = "";
    int number = read_digits(words.at[0], DAYS_MAX, &unit);
    bool is_word = number == 0;
    if (is_word)
        number = find_number(wish_numbers, words.at[0]);
    if (words.count == 2 && *unit != '\0')
        return false;
    if (words.count == 2)
        unit = words.at[1];
    int days = *unit == '\0' && !is_word ? 1 : find_number(wish_units, unit);
    wish->days = MIN(number * days, DAYS_MAX);
    return wish->days > 0;
}

static int
read_day_of_month(const char *word)
{
    const char *rest = "";
    int day = read_digits(word, 31, &rest);
    return *rest == '\0' || is_among(rest, "st nd rd th") ? day : 0;
}

static int
read_month(const char *word)
{
    const char *rest = "";
    int month = read_digits(word, 12, &rest);
    return month != 0 && *rest == '\0' ? month : find_number(wish_months, word);
}

/* "2026-12-24" */
static bool
read_iso_day(WishDay *day, const char *word)
{
    int size = 0;
    return sscanf(word, "%4d-%2d-%2d%n", &day->year, &day->month, &day->day, &size) == 3 &&
           (size_t)size == strlen(word);
}

/* The words of "24.12.", "24 December 2026", "December 24", "2026-12-24". */
static bool
read_day(Wish *wish, Words words)
{
    WishDay day = { 0 };
    const char *rest = "";
    bool is_iso = words.count == 1 && read_iso_day(&day, words.at[0]);
    if (!is_iso && (words.count < 2 || words.count > 3))
        return false;
    if (words.count == 3 && (day.year = read_digits(words.at[2], 9999, &rest)) < 1000)
        return false;
    if (!is_iso) {
        bool month_first = find_number(wish_months, words.at[0]) != 0;
        day.day = read_day_of_month(words.at[month_first ? 1 : 0]);
        day.month = read_month(words.at[month_first ? 0 : 1]);
    }
    int year = day.year != 0 ? day.year : 2024; /* a leap year */
    if (*rest != '\0' || day.day < 1 || day.month < 1 || year < 1 ||
        !g_date_valid_dmy((GDateDay)day.day, (GDateMonth)day.month, (GDateYear)year))
        return false;
    wish->until = day;
    return true;
}

static bool
read_time(Wish *wish, Words words)
{
    drop_all(&words, wish_for_words);
    if (!begins_with(&words, wish_until_words))
        return read_length(wish, words);
    drop_all(&words, wish_until_words);
    return read_day(wish, words);
}

/* Which topics */

static bool
read_topics(Wish *wish, Words words)
{
    bool is_unwanted = false; /* what a word before said of the next */
    for (; words.count > 0; drop_first(&words)) {
        const char *word = words.at[0];
        if (is_among(word, wish_with_words) || is_among(word, wish_without_words)) {
            is_unwanted = is_among(word, wish_without_words);
            continue;
        }
        GPtrArray *list = is_unwanted || *word == '-' ? wish->unwanted : wish->wanted;
        const char *name = word + strspn(word, "+-");
        if (*name != '\0')
            g_ptr_array_add(list, g_strdup(name));
        is_unwanted = false;
    }
    return wish->wanted->len + wish->unwanted->len > 0;
}

/* All of it */

static WishKind
read_more(Wish *wish, Words words)
{
    if (begins_with(&words, wish_topics_words)) {
        drop_first(&words);
        return read_topics(wish, words) ? WISH_TOPICS : WISH_UNCLEAR;
    }
    if (begins_with(&words, wish_pause_words))
        drop_first(&words);
    else if (ends_with(&words, wish_pause_words))
        words.count--;
    else
        return WISH_NONE;
    return read_time(wish, words) ? WISH_PAUSE : WISH_UNCLEAR;
}

Wish *
wish_parse(const char *line)
{
    Wish *wish = g_new0(Wish, 1);
    wish->wanted = g_ptr_array_new_with_free_func(g_free);
    wish->unwanted = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) all = split_words(line != NULL ? line : "");
    Words words = { all, g_strv_length(all) };
    if (words.count > WORDS_MAX)
        return wish;
    drop_all(&words, wish_courtesies);
    while (ends_with(&words, wish_courtesies))
        words.count--;
    wish->kind = find_whole_line(&words);
    if (wish->kind == WISH_NONE && words.count > 1)
        wish->kind = read_more(wish, words);
    return wish;
}

/* Hyphens join names, of which a part may be such a word; longer dashes do not. */
static bool
is_in_word(gunichar c)
{
    return g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '\'' || c == '-' || c == 0x2010 ||
           c == 0x2011;
}

/* Whether one of LIST is among the words of LINE, whatever stands between them. */
static bool
has_word(const char *line, const char *list)
{
    g_autofree char *folded = phrase_fold(line);
    for (const char *at = folded, *end; *at != '\0';
         at = *end == '\0' ? end : g_utf8_next_char(end)) {
        for (end = at; is_in_word(g_utf8_get_char(end));)
            end = g_utf8_next_char(end);
        at += strspn(at, "'-");
        size_t size = end > at ? (size_t)(end - at) : 0;
        while (size > 0 && strchr("'-", at[size - 1]) != NULL)
            size--;
        g_autofree char *word = g_strndup(at, size);
        if (is_among(word, list))
            return true;
    }
    return false;
}

bool
wish_is_no(const char *line)
{
    if (line == NULL)
        return false;
    if (has_word(line, wish_no_words))
        return true;
    g_autoptr(Wish) wish = wish_parse(line);
    return strchr(line, '?') != NULL || wish->kind == WISH_LEAVE;
}

Wish *
wish_find(const char *subject, const char *first_line)
{
    g_autoptr(Wish) first = wish_parse(subject);
    if (first->kind > WISH_UNCLEAR)
        return g_steal_pointer(&first);
    g_autoptr(Wish) second = wish_parse(first_line);
    return second->kind == WISH_NONE ? g_steal_pointer(&first) : g_steal_pointer(&second);
}
