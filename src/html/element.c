#include "html/element-internal.h"

#include <string.h>
#include <glib.h>

/* Running text and blocks alike. */
#define FLOW (KIND_INLINE | KIND_BLOCK)

/* In the order of their names. Who is kept is the allow-list of the sanitiser. */
static const Element elements[] = {
    { "a", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "abbr", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "acronym", 0, KIND_INLINE, KIND_INLINE },
    { "address", ELEMENT_BLOCK, 0, 0 },
    { "applet", ELEMENT_DROPPED, 0, 0 },
    { "article", ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "aside", ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "audio", ELEMENT_DROPPED, 0, 0 },
    { "b", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "bdi", ELEMENT_KEPT, 0, 0 },
    { "bdo", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "big", 0, KIND_INLINE, KIND_INLINE },
    { "blockquote", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "br", ELEMENT_KEPT | ELEMENT_EMPTY, KIND_INLINE, 0 },
    { "button", ELEMENT_DROPPED, 0, 0 },
    { "canvas", ELEMENT_DROPPED, 0, 0 },
    { "caption", ELEMENT_KEPT | ELEMENT_LINE, 0, 0 },
    { "center", ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "cite", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "code", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "col", ELEMENT_KEPT | ELEMENT_EMPTY, 0, 0 },
    { "colgroup", ELEMENT_KEPT, 0, 0 },
    { "datalist", ELEMENT_DROPPED, 0, 0 },
    { "dd", ELEMENT_KEPT | ELEMENT_LINE, KIND_TERM, FLOW },
    { "del", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "details", ELEMENT_BLOCK, 0, 0 },
    { "dfn", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "div", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "dl", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_TERM },
    { "dt", ELEMENT_KEPT | ELEMENT_LINE, KIND_TERM, KIND_INLINE },
    { "em", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "embed", ELEMENT_DROPPED, 0, 0 },
    { "fieldset", ELEMENT_BLOCK, 0, 0 },
    { "figcaption", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "figure", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "font", 0, KIND_INLINE, KIND_INLINE },
    { "footer", ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "form", ELEMENT_BLOCK, 0, 0 },
    { "frameset", ELEMENT_DROPPED, 0, 0 },
    { "h1", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_INLINE },
    { "h2", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_INLINE },
    { "h3", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_INLINE },
    { "h4", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_INLINE },
    { "h5", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_INLINE },
    { "h6", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_INLINE },
    { "head", ELEMENT_DROPPED, 0, 0 },
    { "header", ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "hr", ELEMENT_KEPT | ELEMENT_BLOCK | ELEMENT_EMPTY, KIND_BLOCK, 0 },
    { "i", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "iframe", ELEMENT_DROPPED, 0, 0 },
    { "img", ELEMENT_KEPT | ELEMENT_EMPTY, KIND_INLINE, 0 },
    { "input", ELEMENT_DROPPED, 0, 0 },
    { "ins", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "kbd", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "li", ELEMENT_KEPT | ELEMENT_LINE, KIND_ITEM, FLOW },
    { "listing", ELEMENT_DROPPED, 0, 0 },
    { "main", ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "mark", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "math", ELEMENT_DROPPED, 0, 0 },
    { "nav", ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "noembed", ELEMENT_DROPPED, 0, 0 },
    { "noframes", ELEMENT_DROPPED, 0, 0 },
    { "noscript", ELEMENT_DROPPED, 0, 0 },
    { "object", ELEMENT_DROPPED, 0, 0 },
    { "ol", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_ITEM },
    { "p", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_INLINE },
    { "plaintext", ELEMENT_DROPPED, 0, 0 },
    { "pre", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_INLINE },
    { "q", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "rp", ELEMENT_KEPT, 0, 0 },
    { "rt", ELEMENT_KEPT, 0, 0 },
    { "ruby", ELEMENT_KEPT, 0, 0 },
    { "s", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "samp", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "script", ELEMENT_DROPPED, 0, 0 },
    { "section", ELEMENT_BLOCK, KIND_BLOCK, FLOW },
    { "select", ELEMENT_DROPPED, 0, 0 },
    { "small", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "span", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "strike", 0, KIND_INLINE, KIND_INLINE },
    { "strong", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "style", ELEMENT_DROPPED, 0, 0 },
    { "sub", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "summary", ELEMENT_BLOCK, 0, 0 },
    { "sup", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "svg", ELEMENT_DROPPED, 0, 0 },
    { "table", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_ROWS | KIND_ROW },
    { "tbody", ELEMENT_KEPT, KIND_ROWS, KIND_ROW },
    { "td", ELEMENT_KEPT | ELEMENT_CELL, KIND_CELL, FLOW },
    { "template", ELEMENT_DROPPED, 0, 0 },
    { "textarea", ELEMENT_DROPPED, 0, 0 },
    { "tfoot", ELEMENT_KEPT, KIND_ROWS, KIND_ROW },
    { "th", ELEMENT_KEPT | ELEMENT_CELL, KIND_CELL, FLOW },
    { "thead", ELEMENT_KEPT, KIND_ROWS, KIND_ROW },
    { "time", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "title", ELEMENT_DROPPED, 0, 0 },
    { "tr", ELEMENT_KEPT | ELEMENT_LINE, KIND_ROW, KIND_CELL },
    { "tt", 0, KIND_INLINE, KIND_INLINE },
    { "u", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "ul", ELEMENT_KEPT | ELEMENT_BLOCK, KIND_BLOCK, KIND_ITEM },
    { "var", ELEMENT_KEPT, KIND_INLINE, KIND_INLINE },
    { "video", ELEMENT_DROPPED, 0, 0 },
    { "wbr", ELEMENT_KEPT | ELEMENT_EMPTY, 0, 0 },
    { "xmp", ELEMENT_DROPPED, 0, 0 },
};

static const Element unknown = { "", 0, 0, 0 };

const Element *
element_get(const char *name, size_t size)
{
    size_t first = 0, end = G_N_ELEMENTS(elements);
    while (first < end) {
        size_t middle = (first + end) / 2;
        int order = strncmp(name, elements[middle].name, size);
        if (order == 0 && elements[middle].name[size] == '\0')
            return &elements[middle];
        if (order > 0)
            first = middle + 1;
        else
            end = middle;
    }
    return &unknown;
}
