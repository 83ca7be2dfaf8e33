/* CDF, the Channel Definition Format (dialect-internal.h): the oldest of all, and only upper case
 * by habit. What others say in elements it says in attributes. */
#include "feed/dialect-internal.h"

#include <string.h>

#include "feed/draft-internal.h"
#include "feed/title-internal.h"
#include "feed/xml-internal.h"

/* An attribute of CDF's own: xml:base may stand in any document. */
static char *
own_attribute(const xmlNode *element, const char *name)
{
    for (const xmlAttr *attribute = element->properties; attribute != NULL;
         attribute = attribute->next) {
        if (attribute->ns == NULL && g_ascii_strcasecmp((const char *)attribute->name, name) == 0)
            return xml_attribute(element, name);
    }
    return NULL;
}

bool
cdf_is(const xmlNode *root)
{
    static const char *const names[] = { "href", "base", "lastmod", "self" };
    for (size_t i = 0; i < G_N_ELEMENTS(names) && xml_is(root, SPACE_PLAIN, "channel"); i++) {
        g_autofree char *value = own_attribute(root, names[i]);
        if (value != NULL)
            return true;
    }
    return false;
}

/* What BASE of ELEMENT makes of OUTER. */
static char *
base_of(const xmlNode *element, const char *outer)
{
    g_autofree char *own = own_attribute(element, "base");
    return own == NULL ? g_strdup(outer) : xml_url(element, "base", outer);
}

/* The text of ELEMENT, which may be an attribute. */
static char *
text_of(const xmlNode *element)
{
    char *text = xml_text(element);
    return text != NULL ? text : xml_attribute(element, "value");
}

static void
read_logo(Draft *draft, const xmlNode *logo, const char *base)
{
    g_autofree char *style = xml_attribute(logo, "style");
    bool is_icon = style != NULL && g_ascii_strcasecmp(style, "icon") == 0;
    draft_take(draft, FIELD_IMAGE, is_icon ? RANK_MODULE : RANK_OWN, xml_url(logo, "href", base));
}

/* What a channel or an item says of itself. */
static void
read_fields(Draft *draft, const xmlNode *parent, const char *base)
{
    draft_take(draft, FIELD_LINK, RANK_OWN, xml_url(parent, "href", base));
    draft_take(draft, FIELD_UPDATED, RANK_OWN, xml_attribute(parent, "lastmod"));
    draft_take(draft, FIELD_LANGUAGE, RANK_FALLBACK, xml_attribute(parent, "lang"));
    for (const xmlNode *child = parent->children; child != NULL; child = child->next) {
        if (xml_is(child, SPACE_PLAIN, "title"))
            draft_take(draft, FIELD_TITLE, RANK_OWN, title_take_text(text_of(child)));
        else if (xml_is(child, SPACE_PLAIN, "abstract"))
            draft_take(draft, FIELD_SUMMARY, RANK_OWN, xml_take_plain(text_of(child)));
        else if (xml_is(child, SPACE_PLAIN, "a"))
            draft_take(draft, FIELD_LINK, RANK_MODULE, xml_url(child, "href", base));
        else if (xml_is(child, SPACE_PLAIN, "logo"))
            read_logo(draft, child, base);
    }
}

static void
read_item(Reading *reading, const xmlNode *item, const char *outer)
{
    if (!reading_admits(reading))
        return;
    g_autofree char *base = base_of(item, outer);
    g_auto(Draft) draft;
    draft_init(&draft);
    read_fields(&draft, item, base);
    reading_take(reading, draft_take_entry(&draft));
}

/* The items of CHANNEL and of the channels in it, in the order of the document. */
static void
read_items(Reading *reading, const xmlNode *channel, const char *outer)
{
    g_autofree char *base = base_of(channel, outer);
    for (const xmlNode *child = channel->children; child != NULL; child = child->next) {
        if (xml_is(child, SPACE_PLAIN, "item"))
            read_item(reading, child, base);
        else if (xml_is(child, SPACE_PLAIN, "channel"))
            read_items(reading, child, base);
    }
}

void
cdf_read(Reading *reading, const xmlNode *root)
{
    g_autofree char *base = base_of(root, reading->base_url);
    g_auto(Draft) draft;
    draft_init(&draft);
    reading->feed->format = "cdf";
    read_fields(&draft, root, base);
    draft_take_feed(&draft, reading->feed);
    reading->feed->subtitle = title_take_html(reading->feed->subtitle);
    read_items(reading, root, reading->base_url);
}
