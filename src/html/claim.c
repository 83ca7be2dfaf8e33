#include "html/claim-internal.h"

#include <string.h>

#include "base/text.h"
#include "html/sanitize.h"

/* What has more words without a comma is a sentence about somebody. */
#define NAME_WORDS_MAX 10u

/* What has so many digits is a date. */
#define DATE_DIGITS 4u

char *
claim_line(const char *text, size_t max)
{
    g_autofree char *plain = text != NULL ? html_to_text(text) : NULL;
    g_autofree char *line = plain != NULL ? text_single_line(plain) : NULL;
    return line == NULL || *line == '\0' ? NULL : text_truncate(line, max);
}

void
claim_text(char **member, const char *text, size_t max)
{
    if (*member == NULL)
        *member = claim_line(text, max);
}

const char *
claim_name_behind_by(const char *byline)
{
    static const char *const words[] = {
        "von ",        "by ",        "autor: ",       "autorin: ",        "text: ",
        "written by ", "posted by ", "verfasst von ", "eingestellt von ", "geschrieben von ",
        "von: ",       "author: "
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_ascii_strncasecmp(byline, words[i], strlen(words[i])) == 0)
            return byline + strlen(words[i]);
    }
    return byline;
}

/* No host, no sign, no sentence about somebody: what may be the name of people. */
static bool
is_name(const char *text)
{
    bool has_letter = false;
    unsigned words = 1, digits = 0;
    for (const char *at = text; *at != '\0' && *at != ','; at = g_utf8_next_char(at)) {
        has_letter |= g_unichar_isalpha(g_utf8_get_char(at));
        words += *at == ' ';
    }
    for (const char *at = text; *at != '\0'; at++)
        digits += g_ascii_isdigit(*at);
    bool is_host = strchr(text, '.') != NULL && strchr(text, ' ') == NULL;
    return has_letter && !is_host && words <= NAME_WORDS_MAX && digits < DATE_DIGITS;
}

/* Cuts ENDING off NAMES, when something is left before it. */
static void
cut_ending(GString *names, const char *ending)
{
    size_t size = strlen(ending);
    if (names->len <= size + 1)
        return;
    const char *end = names->str + names->len - size;
    if (end[-1] == ' ' && g_ascii_strcasecmp(end, ending) == 0)
        g_string_truncate(names, names->len - size - 1);
}

/* BYLINE without the word before the name, and without addresses. */
static char *
names_in(const char *byline)
{
    static const char *const offices[] = { "staff writer",  "staff reporter", "senior reporter",
                                           "senior writer", "news editor",    "correspondent",
                                           "redakteur",     "redakteurin" };
    GString *names = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit(claim_name_behind_by(byline), " ", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        if (strchr(words[i], '@') == NULL)
            g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", words[i]);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(offices); i++)
        cut_ending(names, offices[i]);
    return g_string_free(names, FALSE);
}

void
claim_byline(Claims *claims, const char *text)
{
    g_autofree char *line = claim_line(text, BYLINE_MAX);
    g_autofree char *names = line != NULL ? names_in(line) : NULL;
    if (claims->byline == NULL && names != NULL && is_name(names))
        claims->byline = g_steal_pointer(&names);
}

void
claim_date(Claims *claims, const char *text)
{
    g_autofree char *line = claim_line(text, DATE_MAX);
    if (line != NULL)
        g_ptr_array_add(claims->dates, g_steal_pointer(&line));
}

/* "de_DE" is meant to be "de-DE". */
void
claim_language(Claims *claims, const char *text)
{
    if (claims->language != NULL || text == NULL)
        return;
    g_autofree char *tag = g_strdelimit(g_strdup(text), "_", '-');
    g_strstrip(tag);
    size_t size = strspn(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-0123456789");
    size_t letters = strcspn(tag, "-");
    if (size >= 2 && tag[size] == '\0' && size <= 35 && letters >= 2 && letters <= 3)
        claims->language = g_steal_pointer(&tag);
}
