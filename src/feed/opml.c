#include "feed/opml.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "feed/safe_list-internal.h"
#include "feed/xml-internal.h"
#include "html/sanitize.h"

#define TEXT_MAX 200u /* characters of a title, or of the name of a folder */

static void *
new_outline(void)
{
    return g_new0(Outline, 1);
}

static const Fact outline_facts[] = {
    { "url", FACT_TEXT, offsetof(Outline, url) },
    { "title", FACT_TEXT, offsetof(Outline, title) },
    { "category", FACT_TEXT, offsetof(Outline, category) },
};
G_STATIC_ASSERT(sizeof(Outline) == 8 * G_N_ELEMENTS(outline_facts));

static const FactTable outline_table = { outline_facts, G_N_ELEMENTS(outline_facts), new_outline };

Outline *
outline_new(const char *url, const char *title, const char *category)
{
    Outline *outline = new_outline();
    outline->url = g_strdup(url);
    outline->title = g_strdup(title);
    outline->category = g_strdup(category);
    return outline;
}

void
outline_free(Outline *outline)
{
    if (outline == NULL)
        return;
    facts_clear(&outline_table, outline);
    g_free(outline);
}

/* Reading */

/* The attribute on one line; NULL when it says nothing. */
static char *
line_of(const xmlNode *element, const char *name)
{
    g_autofree char *text = xml_attribute(element, name);
    g_autofree char *line = text != NULL ? text_single_line(text) : NULL;
    return line == NULL || *line == '\0' ? NULL : text_truncate(line, TEXT_MAX);
}

static char *
title_of(const xmlNode *outline)
{
    char *title = line_of(outline, "title");
    return title != NULL ? title : line_of(outline, "text");
}

/* OUTER and the folder that OUTLINE is. A slash in its name would make it two. */
static char *
folder_of(const xmlNode *outline, const char *outer)
{
    g_autofree char *name = title_of(outline);
    if (name == NULL)
        return g_strdup(outer);
    g_strdelimit(name, "/", '-');
    return outer == NULL ? g_steal_pointer(&name) : g_strconcat(outer, "/", name, NULL);
}

/* A feed outside of folders may name its category itself: "/Technik/Netze,/Heute" (OPML 2.0); of
 * several it is in the first. */
static char *
own_category(const xmlNode *outline)
{
    g_autofree char *said = line_of(outline, "category");
    if (said == NULL)
        return NULL;
    said[strcspn(said, ",")] = '\0';
    const char *name = said + strspn(said, "/");
    return *name != '\0' ? g_strdup(name) : NULL;
}

static void
take_feed(GPtrArray *list, const xmlNode *outline, const char *url, const char *folder)
{
    g_autofree char *title = title_of(outline);
    g_autofree char *category = folder != NULL ? g_strdup(folder) : own_category(outline);
    g_ptr_array_add(list, outline_new(url, title, category));
}

/* The parser has limited how deep this can be. */
static void
read_outlines(GPtrArray *list, const xmlNode *parent, const char *folder)
{
    for (const xmlNode *child = parent->children; child != NULL; child = child->next) {
        if (list->len >= OPML_OUTLINES_MAX)
            return;
        if (child->type != XML_ELEMENT_NODE)
            continue;
        bool is_outline = g_ascii_strcasecmp(xml_name(child), "outline") == 0;
        g_autofree char *url = is_outline ? xml_attribute(child, "xmlUrl") : NULL;
        g_autofree char *line = url != NULL ? text_single_line(url) : NULL;
        if (line != NULL)
            take_feed(list, child, line, folder);
        g_autofree char *inner =
            is_outline && line == NULL ? folder_of(child, folder) : g_strdup(folder);
        read_outlines(list, child, inner);
    }
}

static bool
read_opml(const char *text, size_t size, const SafeDocument *document, GPtrArray *list,
          GError **error)
{
    g_autoptr(GError) problem = NULL;
    g_autoptr(XmlTree) tree = xml_parse(text, size, NULL, &problem);
    if (tree == NULL)
        tree = xml_recover(text, size);
    const xmlNode *root = tree != NULL ? xmlDocGetRootElement(tree) : NULL;
    if (root == NULL || g_ascii_strcasecmp(xml_name(root), "opml") != 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "no list of feeds (OPML)%s%s",
                    problem != NULL ? ": " : "", problem != NULL ? problem->message : "");
        return false;
    }
    read_outlines(list, root, NULL);
    return true;
}

GPtrArray *
opml_parse(GBytes *bytes, GError **error)
{
    static const SafeListKind kind = { &outline_table, (GDestroyNotify)outline_free, read_opml };
    const SafeDocument document = { .bytes = bytes };
    g_autoptr(GPtrArray) list = safe_list_read(&kind, &document, error);
    for (guint i = 0; list != NULL && i < list->len; i++) {
        if (((const Outline *)list->pdata[i])->url == NULL) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "a feed without a URL");
            return NULL;
        }
    }
    return g_steal_pointer(&list);
}

/* Writing */

static void
indent(GString *out, guint depth)
{
    for (guint i = 0; i < depth + 2; i++)
        g_string_append(out, "  ");
}

static void
write_attribute(GString *out, const char *name, const char *value)
{
    if (value == NULL)
        return;
    g_string_append_printf(out, " %s=\"", name);
    html_escape(out, value);
    g_string_append_c(out, '"');
}

static void
write_outline(GString *out, const Outline *outline, guint depth)
{
    indent(out, depth);
    g_string_append(out, "<outline type=\"rss\"");
    write_attribute(out, "text", outline->title != NULL ? outline->title : outline->url);
    write_attribute(out, "title", outline->title);
    write_attribute(out, "xmlUrl", outline->url);
    g_string_append(out, "/>\n");
}

/* Closes folders of BEFORE and opens those of NOW, which may share the outer ones. */
static void
change_folder(GString *out, char **before, char **now)
{
    guint shared = 0;
    while (before[shared] != NULL && g_strcmp0(before[shared], now[shared]) == 0)
        shared++;
    for (guint depth = g_strv_length(before); depth > shared; depth--) {
        indent(out, depth - 1);
        g_string_append(out, "</outline>\n");
    }
    for (guint depth = shared; now[depth] != NULL; depth++) {
        indent(out, depth);
        g_string_append(out, "<outline");
        write_attribute(out, "text", now[depth]);
        write_attribute(out, "title", now[depth]);
        g_string_append(out, ">\n");
    }
}

void
opml_write(GString *out, const char *title, const GPtrArray *outlines)
{
    g_string_append(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n"
                         "  <head>\n    <title>");
    html_escape(out, title);
    g_string_append(out, "</title>\n  </head>\n  <body>\n");
    g_auto(GStrv) folder = g_new0(char *, 1);
    for (guint i = 0; i < outlines->len; i++) {
        const Outline *outline = outlines->pdata[i];
        char **next = g_strsplit(outline->category != NULL ? outline->category : "", "/", -1);
        change_folder(out, folder, next);
        g_strfreev(folder);
        folder = next;
        write_outline(out, outline, g_strv_length(folder));
    }
    char *none[] = { NULL };
    change_folder(out, folder, none);
    g_string_append(out, "  </body>\n</opml>\n");
}
