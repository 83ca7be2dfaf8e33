#include "feed/title-internal.h"

#include <stdbool.h>
#include <string.h>
#include <glib.h>

#include "base/text.h"
#include "feed/mojibake-internal.h"
#include "feed/reference-internal.h"
#include "html/sanitize.h"

char *
title_take_text(char *text)
{
    g_autofree char *taken = mojibake_take(text);
    g_autofree char *line = taken == NULL ? NULL : text_single_line(taken);
    return line == NULL || *line == '\0' ? NULL : g_steal_pointer(&line);
}

char *
title_take_html(char *text)
{
    g_autofree char *taken = mojibake_take(text);
    return taken == NULL ? NULL : title_take_text(html_to_text(taken));
}

static bool
has_markup(const char *text)
{
    static const char *const marks[] = {
        "</b>",    "</i>",    "</em>",   "</strong>", "</code>", "</sub>", "</sup>", "</a>",
        "</q>",    "</u>",    "</span>", "</p>",      "</div>",  "</tt>",  "</s>",   "</small>",
        "</cite>", "</font>", "<br>",    "<br/>",     "<br />",  "<img ",
    };
    if (strchr(text, '<') == NULL)
        return false;
    g_autofree char *lower = g_ascii_strdown(text, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (strstr(lower, marks[i]) != NULL)
            return true;
    }
    return false;
}

char *
title_take_either(char *text)
{
    if (text == NULL || strpbrk(text, "<&") == NULL)
        return title_take_text(text);
    if (has_markup(text))
        return title_take_html(text);
    g_autofree char *taken = text;
    return title_take_text(references_decode(taken));
}

char *
title_take_person(char *text)
{
    g_autofree char *person = title_take_either(text);
    if (person == NULL)
        return NULL;
    char *open = strchr(person, '(');
    size_t size = strlen(person);
    if (open != NULL && person[size - 1] == ')' && memchr(person, '@', (size_t)(open - person))) {
        person[size - 1] = '\0';
        g_autofree char *name = title_take_text(g_strdup(open + 1));
        *open = '\0';
        return name != NULL ? g_steal_pointer(&name) : title_take_text(g_steal_pointer(&person));
    }
    char *bracket = strchr(person, '<');
    if (bracket != NULL && bracket > person && strchr(bracket, '@') != NULL)
        *bracket = '\0';
    return title_take_text(g_steal_pointer(&person));
}
