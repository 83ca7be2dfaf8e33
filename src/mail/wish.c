#include "mail/wish.h"

#include <stdbool.h>
#include <string.h>

#include "mail/phrase.h"

/* Longer lines are sentences. */
#define WORDS_MAX 20
/* Ten years are for ever. */
#define DAYS_MAX 3650

/* A line that is one of these and nothing else. */
static const struct {
    WishKind kind;
    const char *words;
} whole_lines[] = {
    { WISH_LEAVE, "unsubscribe" },
    { WISH_LEAVE, "unsubscribe me" },
    { WISH_LEAVE, "please unsubscribe" },
    { WISH_LEAVE, "please unsubscribe me" },
    { WISH_LEAVE, "remove" },
    { WISH_LEAVE, "remove me" },
    { WISH_LEAVE, "signoff" },
    { WISH_LEAVE, "stop" },
    { WISH_LEAVE, "abmelden" },
    { WISH_LEAVE, "abmeldung" },
    { WISH_LEAVE, "bitte abmelden" },
    { WISH_LEAVE, "abbestellen" },
    { WISH_LEAVE, "bitte abbestellen" },
    { WISH_LEAVE, "abbestellung" },
    { WISH_LEAVE, "austragen" },
    { WISH_LEAVE, "newsletter abmelden" },
    { WISH_LEAVE, "newsletter abbestellen" },
    { WISH_LEAVE, "kündigen" },
    { WISH_LEAVE, "kündigung" },
    { WISH_JOIN, "subscribe" },
    { WISH_JOIN, "subscribe me" },
    { WISH_JOIN, "please subscribe" },
    { WISH_JOIN, "join" },
    { WISH_JOIN, "anmelden" },
    { WISH_JOIN, "anmeldung" },
    { WISH_JOIN, "abonnieren" },
    { WISH_JOIN, "eintragen" },
    { WISH_JOIN, "bestellen" },
    { WISH_JOIN, "newsletter abonnieren" },
    { WISH_RESUME, "resume" },
    { WISH_RESUME, "continue" },
    { WISH_RESUME, "weiter" },
    { WISH_RESUME, "fortsetzen" },
    { WISH_RESUME, "wieder zustellen" },
    { WISH_HELP, "help" },
    { WISH_HELP, "hilfe" },
    { WISH_HELP, "info" },
    { WISH_PAUSE, "pause" },
    { WISH_PAUSE, "pausieren" },
};

/* What begins a line that says more. */
static const struct {
    WishKind kind;
    const char *word;
} beginnings[] = {
    { WISH_PAUSE, "pause" },  { WISH_PAUSE, "pausieren" }, { WISH_TOPICS, "topics" },
    { WISH_TOPICS, "topic" }, { WISH_TOPICS, "themen" },   { WISH_TOPICS, "thema" },
};

static const struct {
    const char *word;
    int days;
} units[] = {
    { "day", 1 },     { "days", 1 },   { "tag", 1 },     { "tage", 1 },     { "tagen", 1 },
    { "week", 7 },    { "weeks", 7 },  { "woche", 7 },   { "wochen", 7 },   { "month", 30 },
    { "months", 30 }, { "monat", 30 }, { "monate", 30 }, { "monaten", 30 },
};

void
wish_free(Wish *wish)
{
    if (wish == NULL)
        return;
    g_ptr_array_unref(wish->wanted);
    g_ptr_array_unref(wish->unwanted);
    g_free(wish);
}

static WishKind
find_whole_line(const char *line)
{
    for (size_t i = 0; i < G_N_ELEMENTS(whole_lines); i++) {
        if (strcmp(line, whole_lines[i].words) == 0)
            return whole_lines[i].kind;
    }
    return WISH_NONE;
}

static WishKind
find_beginning(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        if (strcmp(word, beginnings[i].word) == 0)
            return beginnings[i].kind;
    }
    return WISH_NONE;
}

/* "14 days", "for 2 weeks", "2 Wochen"; a number alone means days. */
static bool
read_time(Wish *wish, char **words)
{
    int64_t number;
    if (*words != NULL && (strcmp(*words, "for") == 0 || strcmp(*words, "für") == 0))
        words++;
    if (*words == NULL || !g_ascii_string_to_signed(*words, 10, 1, DAYS_MAX, &number, NULL))
        return false;
    wish->days = (int)number;
    if (words[1] == NULL)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (strcmp(words[1], units[i].word) == 0 && words[2] == NULL) {
            wish->days = MIN((int)number * units[i].days, DAYS_MAX);
            return true;
        }
    }
    return false;
}

static bool
read_topics(Wish *wish, char **words)
{
    for (; *words != NULL; words++) {
        GPtrArray *list = **words == '-' ? wish->unwanted : wish->wanted;
        const char *name = *words + strspn(*words, "+-");
        if (*name != '\0')
            g_ptr_array_add(list, g_strdup(name));
    }
    return wish->wanted->len + wish->unwanted->len > 0;
}

/* The words of LINE, without the empty ones. */
static char **
split_words(const char *line)
{
    GPtrArray *words = g_ptr_array_new();
    g_auto(GStrv) parts = g_strsplit_set(line, " ,", -1);
    for (char **part = parts; *part != NULL; part++) {
        if (**part != '\0')
            g_ptr_array_add(words, g_strdup(*part));
    }
    g_ptr_array_add(words, NULL);
    return (char **)g_ptr_array_free(words, FALSE);
}

Wish *
wish_parse(const char *line)
{
    Wish *wish = g_new0(Wish, 1);
    wish->wanted = g_ptr_array_new_with_free_func(g_free);
    wish->unwanted = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *folded = phrase_fold(line != NULL ? line : "");
    g_strstrip(g_strdelimit(folded, ".!:", ' '));
    wish->kind = find_whole_line(folded);
    g_auto(GStrv) words = split_words(folded);
    guint count = g_strv_length(words);
    if (wish->kind != WISH_NONE || count < 2 || count > WORDS_MAX)
        return wish;
    WishKind kind = find_beginning(words[0]);
    if ((kind == WISH_PAUSE && read_time(wish, words + 1)) ||
        (kind == WISH_TOPICS && read_topics(wish, words + 1)))
        wish->kind = kind;
    return wish;
}

Wish *
wish_find(const char *subject, const char *first_line)
{
    Wish *wish = wish_parse(subject);
    if (wish->kind != WISH_NONE)
        return wish;
    wish_free(wish);
    return wish_parse(first_line);
}
