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

/* What stands before OPEN in PERSON and what stands between OPEN and the last character, which
 * closes it: one is the name, the other the address. The name, or else the address. */
static char *
person_of_two(char *person, char *open)
{
    person[strlen(person) - 1] = '\0';
    *open = '\0';
    g_autofree char *outside = title_take_text(g_strdup(person));
    g_autofree char *inside = title_take_text(g_strdup(open + 1));
    if (outside == NULL || inside == NULL)
        return outside != NULL ? g_steal_pointer(&outside) : g_steal_pointer(&inside);
    bool is_name_outside = strchr(outside, '@') == NULL;
    return is_name_outside ? g_steal_pointer(&outside) : g_steal_pointer(&inside);
}

char *
title_take_person(char *text)
{
    g_autofree char *person = title_take_either(text);
    if (person == NULL || strchr(person, '@') == NULL)
        return g_steal_pointer(&person);
    char last = person[strlen(person) - 1];
    char *open = last == ')' ? strchr(person, '(') : last == '>' ? strrchr(person, '<') : NULL;
    return open == NULL ? g_steal_pointer(&person) : person_of_two(person, open);
}
