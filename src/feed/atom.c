/* Atom 0.1 to 0.3 and 1.0 (RFC 4287): its fields (field-internal.h) and its structure
 * (dialect-internal.h). */
#include "feed/dialect-internal.h"

#include <string.h>

#include "base/text.h"
#include "feed/field-internal.h"
#include "feed/parse.h"
#include "feed/title-internal.h"
#include "feed/xml-internal.h"

/* Texts (RFC 4287, 3.1) */

typedef enum { TEXT_PLAIN, TEXT_HTML, TEXT_XHTML } TextKind;

/* Atom 0.3 has a media type and a mode (xml, escaped, base64), 1.0 "text", "html" and "xhtml" or,
 * in content, a media type. Elements are mark-up whatever the type says. */
static TextKind
kind_of(const xmlNode *element)
{
    g_autofree char *type = xml_attribute(element, "type");
    if (xmlFirstElementChild((xmlNode *)element) != NULL)
        return TEXT_XHTML;
    if (type == NULL)
        return TEXT_PLAIN;
    bool is_html = g_ascii_strcasecmp(type, "html") == 0 ||
                   g_ascii_strncasecmp(type, "text/html", 9) == 0 ||
                   g_ascii_strcasecmp(type, "application/xhtml+xml") == 0;
    return is_html ? TEXT_HTML : TEXT_PLAIN;
}

/* In Atom 0.3 the mode says so; in 1.0 every media type but text and XML is base64 (4.1.3.3). */
static bool
is_base64(const xmlNode *element)
{
    g_autofree char *mode = xml_attribute(element, "mode");
    g_autofree char *type = xml_attribute(element, "type");
    if (mode != NULL)
        return g_ascii_strcasecmp(mode, "base64") == 0;
    return type != NULL && strchr(type, '/') != NULL && strstr(type, "xml") == NULL &&
           g_ascii_strncasecmp(type, "text/", 5) != 0;
}

/* NULL when the bytes are no text. */
static char *
decode_base64(const xmlNode *element)
{
    g_autofree char *text = xml_text(element);
    if (text == NULL)
        return NULL;
    gsize size;
    g_autofree guchar *bytes = g_base64_decode(text, &size);
    if (!g_utf8_validate_len((const char *)bytes, size, NULL))
        return NULL;
    return g_strchomp(text_repair((const char *)bytes, size));
}

/* The <div> that holds XHTML is not part of it (3.1.1.3). */
static const xmlNode *
holder_of(const xmlNode *element)
{
    const xmlNode *only = xmlFirstElementChild((xmlNode *)element);
    if (xmlChildElementCount((xmlNode *)element) == 1 &&
        g_ascii_strcasecmp(xml_name(only), "div") == 0)
        return only;
    return element;
}

static char *
text_as_html(const xmlNode *element)
{
    TextKind kind = kind_of(element);
    if (kind == TEXT_XHTML)
        return xml_markup(holder_of(element));
    char *text = is_base64(element) ? decode_base64(element) : xml_text(element);
    return kind == TEXT_HTML ? text : xml_take_plain(text);
}

/* Before 1.0 a content could hold the same in several forms ("multipart/alternative"): the first
 * that is mark-up, or else the first. */
static const xmlNode *
best_part(const xmlNode *content)
{
    g_autofree char *type = xml_attribute(content, "type");
    if (type == NULL || g_ascii_strncasecmp(type, "multipart/", 10) != 0)
        return content;
    const xmlNode *best = NULL;
    for (const xmlNode *part = content->children; part != NULL; part = part->next) {
        if (!xml_is(part, xml_space(content), "content"))
            continue;
        if (kind_of(part) != TEXT_PLAIN)
            return part;
        if (best == NULL)
            best = part;
    }
    return best != NULL ? best : content;
}

static char *
text_as_title(const xmlNode *element)
{
    if (kind_of(element) == TEXT_PLAIN)
        return title_take_text(is_base64(element) ? decode_base64(element) : xml_text(element));
    return title_take_html(text_as_html(element));
}

/* Fields */

static bool
has_word(const char *text, const char *word)
{
    return text != NULL && strstr(text, word) != NULL;
}

/* "alternate", also as the whole IRI that it stands for; without one it is that (4.2.7.2). */
static char *
relation_of(const xmlNode *link)
{
    g_autofree char *relation = xml_attribute(link, "rel");
    if (relation == NULL)
        return g_strdup("alternate");
    const char *slash = strrchr(relation, '/');
    return g_ascii_strdown(slash != NULL ? slash + 1 : relation, -1);
}

static void
read_link(Draft *draft, const xmlNode *link, const char *base)
{
    g_autofree char *relation = relation_of(link);
    g_autofree char *type = xml_attribute(link, "type");
    g_autofree char *length = xml_attribute(link, "length");
    g_autofree char *url = xml_url(link, "href", base);
    if (url == NULL) /* before 0.3 it was the text */
        url = xml_url(link, NULL, base);
    bool is_page = type == NULL || has_word(type, "html");
    if (strcmp(relation, "alternate") == 0)
        draft_take(draft, FIELD_LINK, is_page ? RANK_MODULE : RANK_MODULE + 1,
                   g_steal_pointer(&url));
    else if (strcmp(relation, "enclosure") == 0)
        draft_take_enclosure(draft, g_steal_pointer(&url), type, length);
    else if (strcmp(relation, "replies") == 0) /* a feed unless it says otherwise (RFC 4685, 4) */
        draft_take(draft, has_word(type, "html") ? FIELD_COMMENTS_LINK : FIELD_COMMENTS_FEED,
                   RANK_OWN, g_steal_pointer(&url));
}

static void
read_author(Draft *draft, const xmlNode *author)
{
    const xmlNode *name = xml_find_child(author, "name");
    const xmlNode *mail = xml_find_child(author, "email");
    char *person = name == NULL ? NULL : title_take_text(xml_text(name));
    if (person == NULL && mail != NULL)
        person = title_take_text(xml_text(mail));
    if (person == NULL && xmlFirstElementChild((xmlNode *)author) == NULL)
        person = title_take_text(xml_text(author));
    draft_take_author(draft, RANK_OWN, person);
}

static void
read_category(Draft *draft, const xmlNode *category)
{
    char *term = xml_attribute(category, "term");
    if (term == NULL)
        term = xml_attribute(category, "label");
    draft_take_category(draft, title_take_text(term != NULL ? term : xml_text(category)));
}

/* The feed that an aggregator has the entry from (RFC 4287, 4.2.11). */
static void
read_source(Draft *draft, const xmlNode *source)
{
    const xmlNode *title = xml_find_child(source, "title");
    if (title != NULL)
        draft_take(draft, FIELD_SOURCE, RANK_OWN, text_as_title(title));
}

static const struct {
    const char *name;
    Field field;
    int rank;
} texts[] = {
    { "id", FIELD_ID, RANK_OWN },
    { "published", FIELD_PUBLISHED, RANK_OWN },
    { "issued", FIELD_PUBLISHED, RANK_OWN },
    { "created", FIELD_PUBLISHED, RANK_OWN + 1 },
    { "updated", FIELD_UPDATED, RANK_OWN },
    { "modified", FIELD_UPDATED, RANK_OWN },
};

void
field_read_atom(Draft *draft, const xmlNode *element, const char *base)
{
    const char *name = xml_name(element);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        if (strcmp(name, texts[i].name) == 0) {
            draft_take(draft, texts[i].field, texts[i].rank, xml_text(element));
            return;
        }
    }
    if (strcmp(name, "title") == 0)
        draft_take(draft, FIELD_TITLE, RANK_OWN, text_as_title(element));
    else if (strcmp(name, "link") == 0)
        read_link(draft, element, base);
    else if (strcmp(name, "summary") == 0)
        field_take_markup(draft, FIELD_SUMMARY, RANK_OWN, text_as_html(element), element, base);
    else if (strcmp(name, "content") == 0)
        field_take_markup(draft, FIELD_CONTENT, RANK_OWN, text_as_html(best_part(element)), element,
                          base);
    else if (strcmp(name, "subtitle") == 0 || strcmp(name, "tagline") == 0)
        draft_take(draft, FIELD_SUMMARY, RANK_OWN, text_as_title(element));
    else if (strcmp(name, "author") == 0)
        read_author(draft, element);
    else if (strcmp(name, "category") == 0)
        read_category(draft, element);
    else if (strcmp(name, "source") == 0)
        read_source(draft, element);
    else if (strcmp(name, "logo") == 0)
        draft_take(draft, FIELD_IMAGE, RANK_OWN, xml_url(element, NULL, base));
    else if (strcmp(name, "icon") == 0)
        draft_take(draft, FIELD_IMAGE, RANK_OWN + 1, xml_url(element, NULL, base));
}

/* Structure */

static void
read_fields(Draft *draft, const xmlNode *parent, const char *base)
{
    for (const xmlNode *child = parent->children; child != NULL; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        Space space = xml_space(child);
        if (space == SPACE_ATOM || space == SPACE_PLAIN)
            field_read_atom(draft, child, base);
        else
            field_read(draft, child, base);
    }
    draft_take(draft, FIELD_LANGUAGE, RANK_FALLBACK, xml_attribute(parent, "lang"));
}

static bool
is_entry(const xmlNode *node)
{
    return xml_is(node, SPACE_ATOM, "entry") || xml_is(node, SPACE_PLAIN, "entry");
}

static void
read_entry(Reading *reading, const xmlNode *element, const char *outer)
{
    if (!reading_admits(reading))
        return;
    g_autofree char *base = xml_base(element, outer);
    g_auto(Draft) draft;
    draft_init(&draft);
    read_fields(&draft, element, base);
    if (g_strcmp0(base, reading->base_url) != 0)
        draft_take(&draft, FIELD_BASE, RANK_FALLBACK, g_strdup(base));
    reading_take(reading, draft_take_entry(&draft));
}

bool
atom_take_entry(Reading *reading, const xmlNode *element)
{
    if (element->parent != xmlDocGetRootElement(element->doc) || !is_entry(element))
        return false;
    g_autofree char *base = xml_base_of_all(element->parent, reading->base_url);
    read_entry(reading, element, base);
    return true;
}

/* Entries that are still in the tree. In a document that was recovered, one may lie in another that
 * was never closed. */
static void
read_entries(Reading *reading, const xmlNode *parent, const char *base)
{
    for (const xmlNode *child = parent->children; child != NULL; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        if (is_entry(child))
            read_entry(reading, child, base);
        if (reading->feed->recovered)
            read_entries(reading, child, base);
    }
}

static bool
is_before_10(const xmlNode *root)
{
    g_autofree char *version = xml_attribute(root, "version");
    return (version != NULL && version[0] == '0') ||
           (root->ns != NULL && strstr((const char *)root->ns->href, "purl.org/atom") != NULL);
}

void
atom_read(Reading *reading, const xmlNode *root)
{
    g_autofree char *base = xml_base(root, reading->base_url);
    g_auto(Draft) draft;
    draft_init(&draft);
    reading->feed->format = is_before_10(root) ? "atom-0.3" : "atom-1.0";
    if (is_entry(root)) { /* a document of one entry (RFC 4287, 2) */
        read_entry(reading, root, reading->base_url);
        return;
    }
    read_fields(&draft, root, base);
    draft_take_feed(&draft, reading->feed);
    read_entries(reading, root, base);
}
