#include "feed/excerpt-internal.h"

#include <stdbool.h>
#include <string.h>
#include <glib.h>

#include "base/text.h"

/* Words whose full stop ends no sentence, folded, without it. */
static const char *const abbreviations[] = {
    "z",      "b",    "d",    "h",   "u",   "a",   "o",    "s",   "dr",   "prof", "nr",
    "str",    "mio",  "mrd",  "tsd", "bzw", "ca",  "usw",  "vgl", "evtl", "ggf",  "inkl",
    "exkl",   "sog",  "st",   "mr",  "mrs", "ms",  "jr",   "sr",  "vs",   "etc",  "e.g",
    "i.e",    "u.s",  "u.k",  "no",  "inc", "ltd", "co",   "jan", "feb",  "mar",  "apr",
    "aug",    "sep",  "sept", "oct", "okt", "nov", "dec",  "dez", "geb",  "gest", "bd",
    "abs",    "art",  "hrsg", "red", "stv", "gen", "capt", "col", "lt",   "sen",  "rep",
    "approx", "dept", "est",  "fig", "gov", "hl",  "jh",   "chr", NULL,
};

/* What feeds put behind a teaser, folded; the text ends where one begins. */
static const char *const tails[] = {
    "[…]",
    "[...]",
    "weiterlesen",
    "mehr lesen",
    "read more",
    "continue reading",
    "the post ",
    "der beitrag ",
    "lesen sie weiter",
    "zum artikel",
    "hier weiterlesen",
};

static bool
ends_with_abbreviation(const char *start, const char *stop)
{
    const char *word = stop;
    while (word > start) {
        const char *before = g_utf8_prev_char(word);
        if (g_unichar_isspace(g_utf8_get_char(before)) || strchr("(\"„“", *before) != NULL)
            break;
        word = before;
    }
    g_autofree char *raw = g_strndup(word, (gsize)(stop - word));
    g_autofree char *folded = text_fold(raw);
    if (g_strv_contains(abbreviations, folded))
        return true;
    size_t letters = (size_t)g_utf8_strlen(folded, -1);
    if (letters == 1 && g_unichar_isalpha(g_utf8_get_char(folded)))
        return true; /* an initial */
    size_t digits = strspn(folded, "0123456789");
    return digits >= 1 && digits <= 2 && folded[digits] == '\0'; /* an ordinal: "3. Mai" */
}

static bool
is_closing(gunichar c)
{
    return c == '"' || c == '\'' || c == ')' || c == 0x201C || c == 0x201D || c == 0x2019 ||
           c == 0xBB || c == 0xAB;
}

/* Behind the first sentence of TEXT: a stop, closing quotes, white space, and what may begin the
 * next one. The end of TEXT when there is no other. */
static const char *
sentence_end(const char *text)
{
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c != '.' && c != '!' && c != '?' && c != 0x2026)
            continue;
        const char *next = g_utf8_next_char(at);
        while (is_closing(g_utf8_get_char(next)))
            next = g_utf8_next_char(next);
        if (*next == '\0')
            return next;
        if (!g_unichar_isspace(g_utf8_get_char(next)) ||
            (c == '.' && ends_with_abbreviation(text, at)))
            continue;
        gunichar begin = g_utf8_get_char(next + strspn(next, " "));
        if (!g_unichar_islower(begin))
            return next;
    }
    return text + strlen(text);
}

/* TEXT on one line and without a tail. */
static char *
clean(const char *text)
{
    g_autofree char *line = text_single_line(text);
    size_t size = strlen(line);
    for (size_t i = 0; i < G_N_ELEMENTS(tails); i++) {
        /* Only near the end: in the middle it is a sentence about reading. */
        const char *window = line + (size > 200 ? size - 200 : 0);
        g_autofree char *lower = g_ascii_strdown(window, -1);
        const char *found = g_strrstr(lower, tails[i]);
        if (found != NULL && (found == lower || found[-1] == ' ' || tails[i][0] == '['))
            line[(size_t)(window - line) + (size_t)(found - lower)] = '\0';
        size = strlen(line);
    }
    return g_strstrip(g_steal_pointer(&line));
}

static bool
repeats_title(const char *sentence, size_t size, const char *title)
{
    g_autofree char *part = g_strndup(sentence, size);
    g_autofree char *left = text_fold(g_strstrip(part));
    g_autofree char *right = text_fold(title);
    size_t end = strlen(left);
    while (end > 0 && strchr(".!?", left[end - 1]) != NULL)
        left[--end] = '\0';
    return strcmp(left, right) == 0;
}

char *
excerpt_new(const char *text, const char *title)
{
    g_autofree char *line = clean(text);
    const char *at = line;
    const char *first = sentence_end(at);
    if (repeats_title(at, (size_t)(first - at), title))
        at = first + strspn(first, " ");
    const char *end = at;
    while (*end != '\0') {
        const char *next = sentence_end(end);
        if (end > at && g_utf8_strlen(at, next - at) > EXCERPT_MAX)
            break;
        end = next;
    }
    g_autofree char *sentences = g_strchomp(g_strndup(at, (gsize)(end - at)));
    return text_truncate(sentences, EXCERPT_MAX);
}
