#include "feed/field-internal.h"

#include <stdbool.h>
#include <string.h>

#include "feed/title-internal.h"
#include "feed/xml-internal.h"

/* How an element holds what it says. */
typedef enum {
    HOLDS_TEXT,
    HOLDS_TITLE,
    HOLDS_URL,
    HOLDS_MARKUP,
    HOLDS_PLAIN, /* text or, with type="html", markup */
    HOLDS_AUTHOR,
    HOLDS_CATEGORY,
    HOLDS_KEYWORDS,
    HOLDS_GUID,
    HOLDS_ENCLOSURE,
    HOLDS_IMAGE,
    HOLDS_MEDIA,
    HOLDS_MEDIA_GROUP,
    HOLDS_INTERVAL,
} Holds;

/* Instead of a field: what an entry has several of, or what speaks of more than one field. */
#define FIELDS_MANY FIELD_COUNT

typedef struct {
    Space space;
    const char *name;
    Holds holds;
    Field field;
    int rank;
} Rule;

static const Rule rules[] = {
    { SPACE_PLAIN, "title", HOLDS_TITLE, FIELD_TITLE, RANK_OWN },
    { SPACE_PLAIN, "link", HOLDS_URL, FIELD_LINK, RANK_OWN },
    { SPACE_PLAIN, "description", HOLDS_MARKUP, FIELD_SUMMARY, RANK_OWN },
    { SPACE_PLAIN, "summary", HOLDS_MARKUP, FIELD_SUMMARY, RANK_OWN },
    { SPACE_PLAIN, "fullitem", HOLDS_MARKUP, FIELD_CONTENT, RANK_MODULE },
    { SPACE_PLAIN, "content", HOLDS_MARKUP, FIELD_CONTENT, RANK_MODULE },
    { SPACE_PLAIN, "body", HOLDS_MARKUP, FIELD_CONTENT, RANK_MODULE },
    { SPACE_PLAIN, "guid", HOLDS_GUID, FIELD_ID, RANK_OWN },
    { SPACE_PLAIN, "pubDate", HOLDS_TEXT, FIELD_PUBLISHED, RANK_OWN },
    { SPACE_PLAIN, "published", HOLDS_TEXT, FIELD_PUBLISHED, RANK_MODULE },
    { SPACE_PLAIN, "date", HOLDS_TEXT, FIELD_PUBLISHED, RANK_FALLBACK },
    { SPACE_PLAIN, "updated", HOLDS_TEXT, FIELD_UPDATED, RANK_MODULE },
    { SPACE_PLAIN, "lastBuildDate", HOLDS_TEXT, FIELD_UPDATED, RANK_OWN },
    { SPACE_PLAIN, "author", HOLDS_AUTHOR, FIELDS_MANY, RANK_MODULE + 1 },
    { SPACE_PLAIN, "managingEditor", HOLDS_AUTHOR, FIELDS_MANY, RANK_MODULE + 1 },
    { SPACE_PLAIN, "category", HOLDS_CATEGORY, FIELDS_MANY, 0 },
    { SPACE_PLAIN, "keywords", HOLDS_KEYWORDS, FIELDS_MANY, 0 },
    { SPACE_PLAIN, "enclosure", HOLDS_ENCLOSURE, FIELDS_MANY, 0 },
    { SPACE_PLAIN, "image", HOLDS_IMAGE, FIELD_IMAGE, RANK_OWN },
    { SPACE_PLAIN, "comments", HOLDS_URL, FIELD_COMMENTS_LINK, RANK_OWN },
    { SPACE_PLAIN, "language", HOLDS_TEXT, FIELD_LANGUAGE, RANK_OWN },
    { SPACE_PLAIN, "ttl", HOLDS_INTERVAL, FIELDS_MANY, 0 },
    { SPACE_PLAIN, "skipHours", HOLDS_INTERVAL, FIELDS_MANY, 0 },
    { SPACE_PLAIN, "skipDays", HOLDS_INTERVAL, FIELDS_MANY, 0 },
    { SPACE_SYNDICATION, "updatePeriod", HOLDS_INTERVAL, FIELDS_MANY, 0 },
    { SPACE_SYNDICATION, "updateFrequency", HOLDS_INTERVAL, FIELDS_MANY, 0 },
    { SPACE_PLAIN, "source", HOLDS_TITLE, FIELD_SOURCE, RANK_OWN },
    { SPACE_OTHER, "source", HOLDS_TITLE, FIELD_SOURCE, RANK_MODULE }, /* Bing News */
    { SPACE_CONTENT, "encoded", HOLDS_MARKUP, FIELD_CONTENT, RANK_BEST },
    { SPACE_XHTML, "body", HOLDS_MARKUP, FIELD_CONTENT, RANK_OWN },
    { SPACE_XHTML, "div", HOLDS_MARKUP, FIELD_CONTENT, RANK_OWN },
    { SPACE_DC, "title", HOLDS_TITLE, FIELD_TITLE, RANK_MODULE },
    { SPACE_DC, "description", HOLDS_MARKUP, FIELD_SUMMARY, RANK_MODULE },
    { SPACE_DC, "creator", HOLDS_AUTHOR, FIELDS_MANY, RANK_MODULE },
    { SPACE_DC, "author", HOLDS_AUTHOR, FIELDS_MANY, RANK_MODULE },
    { SPACE_DC, "subject", HOLDS_CATEGORY, FIELDS_MANY, 0 },
    { SPACE_DC, "date", HOLDS_TEXT, FIELD_PUBLISHED, RANK_MODULE },
    { SPACE_DC, "language", HOLDS_TEXT, FIELD_LANGUAGE, RANK_MODULE },
    { SPACE_DCTERMS, "title", HOLDS_TITLE, FIELD_TITLE, RANK_MODULE + 1 },
    { SPACE_DCTERMS, "abstract", HOLDS_MARKUP, FIELD_SUMMARY, RANK_MODULE + 1 },
    { SPACE_DCTERMS, "description", HOLDS_MARKUP, FIELD_SUMMARY, RANK_MODULE + 2 },
    { SPACE_DCTERMS, "creator", HOLDS_AUTHOR, FIELDS_MANY, RANK_MODULE },
    { SPACE_DCTERMS, "subject", HOLDS_CATEGORY, FIELDS_MANY, 0 },
    { SPACE_DCTERMS, "issued", HOLDS_TEXT, FIELD_PUBLISHED, RANK_MODULE },
    { SPACE_DCTERMS, "date", HOLDS_TEXT, FIELD_PUBLISHED, RANK_MODULE + 2 },
    { SPACE_DCTERMS, "language", HOLDS_TEXT, FIELD_LANGUAGE, RANK_MODULE },
    { SPACE_DCTERMS, "created", HOLDS_TEXT, FIELD_PUBLISHED, RANK_MODULE + 1 },
    { SPACE_DCTERMS, "modified", HOLDS_TEXT, FIELD_UPDATED, RANK_MODULE },
    { SPACE_FEEDBURNER, "origLink", HOLDS_URL, FIELD_LINK, RANK_BEST },
    { SPACE_WFW, "commentRss", HOLDS_URL, FIELD_COMMENTS_FEED, RANK_OWN },
    { SPACE_ITUNES, "title", HOLDS_TITLE, FIELD_TITLE, RANK_PODCAST },
    { SPACE_ITUNES, "author", HOLDS_AUTHOR, FIELDS_MANY, RANK_PODCAST },
    { SPACE_ITUNES, "summary", HOLDS_MARKUP, FIELD_SUMMARY, RANK_PODCAST },
    { SPACE_ITUNES, "subtitle", HOLDS_MARKUP, FIELD_SUMMARY, RANK_PODCAST + 1 },
    { SPACE_ITUNES, "keywords", HOLDS_KEYWORDS, FIELDS_MANY, 0 },
    { SPACE_ITUNES, "image", HOLDS_IMAGE, FIELD_IMAGE, RANK_BEST },
    { SPACE_MEDIA, "title", HOLDS_TITLE, FIELD_TITLE, RANK_MEDIA },
    { SPACE_MEDIA, "description", HOLDS_PLAIN, FIELD_SUMMARY, RANK_MEDIA },
    { SPACE_MEDIA, "category", HOLDS_CATEGORY, FIELDS_MANY, 0 },
    { SPACE_MEDIA, "keywords", HOLDS_KEYWORDS, FIELDS_MANY, 0 },
    { SPACE_MEDIA, "thumbnail", HOLDS_IMAGE, FIELD_IMAGE, RANK_MEDIA + 1 },
    { SPACE_MEDIA, "content", HOLDS_MEDIA, FIELDS_MANY, 0 },
    { SPACE_MEDIA, "group", HOLDS_MEDIA_GROUP, FIELDS_MANY, 0 },
};

void
field_take_markup(Draft *draft, Field field, int rank, char *text, const xmlNode *element,
                  const char *base)
{
    g_autofree char *own_base = xml_base(element, base);
    if (g_strcmp0(own_base, base) != 0)
        draft_take(draft, FIELD_BASE, RANK_OWN, g_steal_pointer(&own_base));
    draft_take(draft, field, rank, text);
}

/* A guid is the link as well, unless it says that it is not or there is another. */
static void
read_guid(Draft *draft, const xmlNode *element)
{
    g_autofree char *is_link = xml_attribute(element, "isPermaLink");
    char *id = xml_text(element);
    if (id != NULL && (is_link == NULL || g_ascii_strcasecmp(is_link, "false") != 0) &&
        (g_str_has_prefix(id, "http://") || g_str_has_prefix(id, "https://")))
        draft_take(draft, FIELD_LINK, RANK_FALLBACK, g_strdup(id));
    draft_take(draft, FIELD_ID, RANK_OWN, id);
}

static void
read_enclosure(Draft *draft, const xmlNode *element, const char *base)
{
    g_autofree char *type = xml_attribute(element, "type");
    g_autofree char *length = xml_attribute(element, "length");
    draft_take_enclosure(draft, xml_url(element, "url", base), type, length);
}

/* The URL is an attribute, a child, or the text. */
static char *
image_url(const xmlNode *element, const char *base)
{
    const xmlNode *child = xml_find_child(element, "url");
    if (child != NULL)
        return xml_url(child, NULL, base);
    char *url = xml_url(element, "url", base);
    if (url == NULL)
        url = xml_url(element, "href", base);
    return url != NULL || xmlFirstElementChild((xmlNode *)element) != NULL
               ? url
               : xml_url(element, NULL, base);
}

static void read_media_parts(Draft *draft, const xmlNode *element, const char *base);

static void
read_media(Draft *draft, const xmlNode *element, const char *base)
{
    g_autofree char *type = xml_attribute(element, "type");
    g_autofree char *medium = xml_attribute(element, "medium");
    g_autofree char *length = xml_attribute(element, "fileSize");
    bool is_image = g_strcmp0(medium, "image") == 0 ||
                    (medium == NULL && type != NULL && g_str_has_prefix(type, "image/"));
    if (is_image)
        draft_take(draft, FIELD_IMAGE, RANK_MEDIA, xml_url(element, "url", base));
    else
        draft_take_enclosure(draft, xml_url(element, "url", base), type, length);
    read_media_parts(draft, element, base);
}

static void
read_media_parts(Draft *draft, const xmlNode *element, const char *base)
{
    for (const xmlNode *part = element->children; part != NULL; part = part->next) {
        if (part->type == XML_ELEMENT_NODE && xml_space(part) == SPACE_MEDIA)
            field_read(draft, part, base);
    }
}

static void
read_plain(Draft *draft, const Rule *rule, const xmlNode *element)
{
    g_autofree char *type = xml_attribute(element, "type");
    char *text = xml_markup(element);
    bool is_html = type != NULL && g_ascii_strcasecmp(type, "html") == 0;
    draft_take(draft, rule->field, rule->rank, is_html ? text : xml_take_plain(text));
}

/* Some write a person in RSS with the elements that Atom has for it. */
static char *
person_of(const xmlNode *element)
{
    const xmlNode *part = xml_find_child(element, "name");
    if (part == NULL)
        part = xml_find_child(element, "email");
    return xml_text(part != NULL ? part : element);
}

static void
apply(const Rule *rule, Draft *draft, const xmlNode *element, const char *base)
{
    char *text = NULL;
    switch (rule->holds) {
    case HOLDS_TEXT: text = xml_text(element); break;
    case HOLDS_TITLE: text = title_take_either(xml_text(element)); break;
    case HOLDS_URL:
        text = xml_url(element, NULL, base);
        if (text == NULL) /* a link as Atom has it, in no namespace */
            text = xml_url(element, "href", base);
        break;
    case HOLDS_IMAGE: text = image_url(element, base); break;
    case HOLDS_MARKUP:
        field_take_markup(draft, rule->field, rule->rank, xml_markup(element), element, base);
        return;
    case HOLDS_PLAIN: read_plain(draft, rule, element); return;
    case HOLDS_AUTHOR:
        draft_take_author(draft, rule->rank, title_take_person(person_of(element)));
        return;
    case HOLDS_CATEGORY: draft_take_category(draft, title_take_either(xml_text(element))); return;
    case HOLDS_KEYWORDS: draft_take_keywords(draft, title_take_either(xml_text(element))); return;
    case HOLDS_GUID: read_guid(draft, element); return;
    case HOLDS_ENCLOSURE: read_enclosure(draft, element, base); return;
    case HOLDS_MEDIA: read_media(draft, element, base); return;
    case HOLDS_MEDIA_GROUP: read_media_parts(draft, element, base); return;
    case HOLDS_INTERVAL: interval_read(&draft->interval, element); return;
    }
    draft_take(draft, rule->field, rule->rank, text);
}

void
field_read(Draft *draft, const xmlNode *element, const char *base)
{
    Space space = xml_space(element);
    const char *name = xml_name(element);
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++) {
        if (rules[i].space == space && g_ascii_strcasecmp(name, rules[i].name) == 0) {
            apply(&rules[i], draft, element, base);
            return;
        }
    }
}
