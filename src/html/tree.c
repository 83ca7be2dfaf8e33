#include "html/tree-internal.h"

#include <string.h>

#include "html/sanitize.h"

void
xml_document_free(XmlDocument *document)
{
    xmlFreeDoc(document);
}

XmlDocument *
html_tree_new(const char *html)
{
    size_t size = MIN(strlen(html), SANITIZE_INPUT_MAX);
    while (size > 0 && ((unsigned char)html[size] & 0xC0) == 0x80)
        size--; /* not within a character */
    if (size == 0)
        return NULL;
    return htmlReadMemory(html, (int)size, NULL, "UTF-8",
                          HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                              HTML_PARSE_NONET | HTML_PARSE_COMPACT);
}

bool
node_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

char *
node_attribute(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetProp((xmlNode *)node, (const xmlChar *)name);
    char *copy = g_strdup((const char *)value);
    xmlFree(value);
    return copy;
}

static bool
is_one_pixel(const xmlNode *image, const char *side)
{
    g_autofree char *value = node_attribute(image, side);
    if (value == NULL || !g_ascii_isdigit(value[0]))
        return false;
    return g_ascii_strtoull(value, NULL, 10) <= 2;
}

bool
image_is_pixel(const xmlNode *image)
{
    /* Counters that feeds carry; their pictures often have no size. */
    static const char *const counters[] = {
        "feeds.feedburner.com/~r/",
        "feedsportal.com/",
        "pixel.wp.com/",
        "stats.wordpress.com/",
        "vg01.met.vgwort.de/",
        "vg02.met.vgwort.de/",
        "vg03.met.vgwort.de/",
        "vg04.met.vgwort.de/",
        "vg05.met.vgwort.de/",
        "vg06.met.vgwort.de/",
        "vg07.met.vgwort.de/",
        "vg08.met.vgwort.de/",
        "vg09.met.vgwort.de/",
        "ssl-vg03.met.vgwort.de/",
        "doubleclick.net/",
        "google-analytics.com/",
        "scorecardresearch.com/",
        "feeds.wordpress.com/1.0/",
        "matomo.php",
        "piwik.php",
    };
    if (is_one_pixel(image, "width") || is_one_pixel(image, "height"))
        return true;
    g_autofree char *source = node_attribute(image, "src");
    for (size_t i = 0; source != NULL && i < G_N_ELEMENTS(counters); i++) {
        if (strstr(source, counters[i]) != NULL)
            return true;
    }
    return false;
}

bool
element_is_dropped(const char *name)
{
    static const char *const dropped[] = {
        "script", "style",    "iframe",    "object",  "embed",    "applet",   "svg",
        "math",   "noscript", "template",  "head",    "title",    "select",   "textarea",
        "button", "xmp",      "plaintext", "listing", "noembed",  "noframes", "audio",
        "video",  "canvas",   "frameset",  "input",   "datalist", NULL,
    };
    return g_strv_contains(dropped, name);
}

bool
element_is_block(const char *name)
{
    static const char *const blocks[] = {
        "address",  "article", "aside",      "blockquote", "center", "details", "div", "dl",
        "fieldset", "figure",  "figcaption", "footer",     "form",   "h1",      "h2",  "h3",
        "h4",       "h5",      "h6",         "header",     "hr",     "main",    "nav", "ol",
        "p",        "pre",     "section",    "summary",    "table",  "ul",      NULL,
    };
    return g_strv_contains(blocks, name);
}
