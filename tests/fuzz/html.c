/* libFuzzer's door to everything that reads HTML: contrib/fuzz html. The test suite gives it corpus/html
 * (replay.c).
 *
 * What the sanitiser wrote is what it writes of it again; another reader of HTML finds nothing in it that
 * is not on the list below, which is not the sanitiser's own. And the article of a page is found without
 * harm, whatever the page.                                                                       */
#include <string.h>
#include <libxml/HTMLparser.h>

#include "base/text.h"
#include "html/extract.h"
#include "html/sanitize.h"

#define BASE "https://example.org/a/b"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const elements[] = {
    "html",    "body",  "a",      "abbr",       "b",        "bdi",   "bdo",   "blockquote", "br",
    "caption", "cite",  "code",   "col",        "colgroup", "dd",    "del",   "dfn",        "div",
    "dl",      "dt",    "em",     "figcaption", "figure",   "h1",    "h2",    "h3",         "h4",
    "h5",      "h6",    "hr",     "i",          "img",      "ins",   "kbd",   "li",         "mark",
    "ol",      "p",     "pre",    "q",          "rp",       "rt",    "ruby",  "s",          "samp",
    "small",   "span",  "strong", "sub",        "sup",      "table", "tbody", "td",         "tfoot",
    "th",      "thead", "time",   "tr",         "u",        "ul",    "var",   "wbr",        NULL,
};

static const char *const attributes[] = {
    "title", "alt",   "datetime", "width", "height", "colspan", "rowspan", "start",
    "dir",   "align", "valign",   "lang",  "href",   "src",     "cite",    NULL,
};

static const char *const schemes[] = { "http://", "https://", "mailto:", "tel:" };

static void
check_url(const char *url)
{
    bool is_known = false;
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++)
        is_known |= g_ascii_strncasecmp(url, schemes[i], strlen(schemes[i])) == 0;
    g_assert_true(is_known);
}

static void
check_nodes(const xmlNode *first)
{
    for (const xmlNode *node = first; node != NULL; node = node->next) {
        g_assert_true(node->type == XML_ELEMENT_NODE || node->type == XML_TEXT_NODE ||
                      node->type == XML_DTD_NODE || node->type == XML_ENTITY_REF_NODE);
        if (node->type != XML_ELEMENT_NODE)
            continue;
        g_assert_true(g_strv_contains(elements, (const char *)node->name));
        for (const xmlAttr *at = node->properties; at != NULL; at = at->next) {
            const char *name = (const char *)at->name;
            g_assert_true(g_strv_contains(attributes, name));
            if (strcmp(name, "href") != 0 && strcmp(name, "src") != 0 && strcmp(name, "cite") != 0)
                continue;
            xmlChar *value = xmlNodeListGetString(node->doc, at->children, 1);
            check_url(value != NULL ? (const char *)value : "");
            xmlFree(value);
        }
        check_nodes(node->children);
    }
}

/* CLEAN as another reader sees it, who does not know what this program takes for tidy. */
static void
check_list(const char *clean)
{
    xmlDoc *document = htmlReadMemory(clean, (int)strlen(clean), NULL, "UTF-8",
                                      HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
                                          HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
    if (document != NULL)
        check_nodes(document->children);
    xmlFreeDoc(document);
}

static void
check_clean(const char *text)
{
    g_autofree char *clean = html_sanitize(text, BASE);
    g_autofree char *again = html_sanitize(clean, BASE);
    g_assert_cmpstr(again, ==, clean);
    g_assert_true(g_utf8_validate(clean, -1, NULL));
    check_list(clean);
}

static void
check_extract(const char *text)
{
    g_autoptr(Extract) extract = extract_new(text, BASE);
    g_assert_true(g_utf8_validate(extract->text, -1, NULL));
    check_clean(extract->html);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = text_repair((const char *)data, size);
    check_clean(text);
    check_extract(text);
    return 0;
}
