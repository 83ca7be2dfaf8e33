#include "html/tidy-internal.h"

#include <string.h>

#include "base/entity.h"
#include "base/text.h"

/* Nobody writes that much by hand; libxml2 knows what to do with it. */
#define DEPTH_MAX      64u
#define ATTRIBUTES_MAX 24u

/* Characters below are controls, some of which stand for others. */
#define REFERENCE_MIN 0xA0u

typedef struct {
    Html *html;
    char *at;       /* a copy of the text: what was read is changed in its place */
    HtmlNode *open; /* the innermost element; NULL: none */
    unsigned depth;
    bool has_begun;
    bool is_implied; /* the outermost open element is a paragraph that no tag began */
    bool in_anchor;
} Tidy;

static bool
is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

static void
skip_blanks(Tidy *tidy)
{
    while (is_blank(*tidy->at))
        tidy->at++;
}

/* The name at the reader's place, in lower case from now on; returns its size. */
static size_t
take_name(Tidy *tidy)
{
    char *begin = tidy->at;
    for (; g_ascii_isalnum(*tidy->at) || *tidy->at == '-' || *tidy->at == ':'; tidy->at++)
        *tidy->at = g_ascii_tolower(*tidy->at);
    return (size_t)(tidy->at - begin);
}

/* References */

/* A reference by number at *FROM, behind "&#". 0: it is none, or not of a character that is plain. */
static gunichar
take_number(const char **from)
{
    bool is_hex = **from == 'x' || **from == 'X';
    const char *digits = *from + is_hex;
    if (!g_ascii_isxdigit(*digits))
        return 0;
    char *end;
    guint64 number = g_ascii_strtoull(digits, &end, is_hex ? 16 : 10);
    bool is_ascii = number >= ' ' && number < 0x7F;
    bool is_plain = number >= REFERENCE_MIN && number < 0xFDD0;
    if (*end != ';' || !(is_ascii || is_plain) || !g_unichar_validate((gunichar)number))
        return 0;
    *from = end + 1;
    return (gunichar)number;
}

/* A reference by name at *FROM, behind '&'. 0: it is none, and the '&' is one. */
static gunichar
take_entity(const char **from)
{
    char name[16];
    size_t size = 0;
    while (size + 1 < sizeof name && g_ascii_isalnum((*from)[size])) {
        name[size] = (*from)[size];
        size++;
    }
    name[size] = '\0';
    if (size == 0 || (*from)[size] != ';')
        return 0;
    gunichar c = entity_find(name);
    if (c != 0)
        *from += size + 1;
    return c;
}

/* Puts characters in the place of references, which are never shorter. */
static bool
decode(char *text)
{
    const char *from = strchr(text, '&');
    if (from == NULL)
        return true;
    char *to = text + (from - text);
    while (*from != '\0') {
        if (*from != '&') {
            *to++ = *from++;
            continue;
        }
        from++;
        bool is_number = *from == '#';
        from += is_number;
        gunichar c = is_number ? take_number(&from) : take_entity(&from);
        if (is_number && c == 0)
            return false;
        if (c == 0)
            *to++ = '&';
        else
            to += g_unichar_to_utf8(c, to);
    }
    *to = '\0';
    return true;
}

/* Elements */

static bool
holds(const Tidy *tidy, unsigned kind)
{
    unsigned kinds = tidy->open != NULL ? tidy->open->element->holds : KIND_INLINE | KIND_BLOCK;
    return (kinds & kind) != 0;
}

static void
open_element(Tidy *tidy, const Element *element)
{
    HtmlNode *node = html_add_node(tidy->html, tidy->open);
    node->element = element;
    node->name = element->name;
    tidy->open = node;
    tidy->depth++;
    tidy->has_begun = true;
}

static void
close_element(Tidy *tidy)
{
    if (node_is(tidy->open, "a"))
        tidy->in_anchor = false;
    tidy->open = tidy->open->parent;
    tidy->depth--;
    tidy->is_implied &= tidy->open != NULL;
}

/* Text before any tag is in a paragraph, as libxml2 has it. */
static bool
add_text(Tidy *tidy, char *text)
{
    if (!tidy->has_begun)
        while (is_blank(*text))
            text++;
    if (*text == '\0')
        return true;
    bool is_space = text[strspn(text, " \t\n")] == '\0';
    if (!tidy->has_begun) {
        open_element(tidy, element_get("p", 1));
        tidy->is_implied = true;
    }
    if (!decode(text) || (!is_space && !holds(tidy, KIND_INLINE)))
        return false;
    html_add_node(tidy->html, tidy->open)->text = text;
    return true;
}

/* One attribute; its name and value end with NUL where the sign of equality and the quote were. */
static HtmlAttribute *
take_attribute(Tidy *tidy, HtmlNode *node, HtmlAttribute *last)
{
    char *name = tidy->at;
    if (!g_ascii_isalpha(*name) || take_name(tidy) == 0 || *tidy->at != '=')
        return NULL;
    *tidy->at++ = '\0';
    char quote = *tidy->at;
    if (quote != '"' && quote != '\'')
        return NULL;
    char *value = ++tidy->at;
    char *end = strchr(value, quote);
    if (end == NULL)
        return NULL;
    *end = '\0';
    tidy->at = end + 1;
    if (strpbrk(value, "<>") != NULL || !decode(value) || node_attribute(node, name) != NULL)
        return NULL;
    return html_add_attribute(tidy->html, node, last, name, value);
}

/* All that is in a tag behind its name, and its end. */
static bool
take_attributes(Tidy *tidy, HtmlNode *node)
{
    HtmlAttribute *last = NULL;
    for (unsigned count = 0; count <= ATTRIBUTES_MAX; count++) {
        bool is_apart = is_blank(*tidy->at);
        skip_blanks(tidy);
        if (*tidy->at == '/' && element_is(node->element, ELEMENT_EMPTY))
            tidy->at++;
        if (*tidy->at == '>') {
            tidy->at++;
            return true;
        }
        if (!is_apart || (last = take_attribute(tidy, node, last)) == NULL)
            return false;
    }
    return false;
}

static bool
begin_element(Tidy *tidy, const Element *element)
{
    bool is_anchor = strcmp(element->name, "a") == 0;
    if (tidy->is_implied && tidy->depth == 1 && element->kind == KIND_BLOCK)
        close_element(tidy);
    if (!holds(tidy, element->kind) || (is_anchor && tidy->in_anchor) || tidy->depth == DEPTH_MAX)
        return false;
    tidy->in_anchor |= is_anchor;
    open_element(tidy, element);
    if (!take_attributes(tidy, tidy->open))
        return false;
    if (element_is(element, ELEMENT_EMPTY))
        close_element(tidy);
    return true;
}

static bool
end_element(Tidy *tidy, const Element *element)
{
    bool is_implied = tidy->is_implied && tidy->depth == 1;
    if (tidy->open == NULL || tidy->open->element != element || is_implied)
        return false;
    skip_blanks(tidy);
    if (*tidy->at++ != '>')
        return false;
    close_element(tidy);
    return true;
}

/* A tag, behind its '<'. */
static bool
take_tag(Tidy *tidy)
{
    bool is_end = *tidy->at == '/';
    tidy->at += is_end;
    const char *name = tidy->at;
    const Element *element = element_get(name, take_name(tidy));
    return element->kind != 0 &&
           (is_end ? end_element(tidy, element) : begin_element(tidy, element));
}

bool
tidy_read(Html *html, const char *text)
{
    size_t size = strlen(text);
    if (size > SANITIZE_INPUT_MAX || !text_is_utf8(text, size))
        return false;
    char *copy = html_take_text(html, text_repair(text, size));
    if (strlen(copy) != size) /* what was repaired may look like another tag now */
        return false;
    Tidy tidy = { .html = html, .at = copy };
    for (;;) {
        char *begin = tidy.at;
        char *end = strchr(begin, '<');
        if (end == NULL)
            return add_text(&tidy, begin) &&
                   (tidy.open == NULL || (tidy.is_implied && tidy.depth == 1));
        *end = '\0';
        tidy.at = end + 1;
        if (!add_text(&tidy, begin) || !take_tag(&tidy))
            return false;
    }
}
