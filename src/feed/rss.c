/* RSS 0.90 to 2.0, with and without RDF (dialect-internal.h). */
#include "feed/dialect-internal.h"

#include <string.h>

#include "feed/draft-internal.h"
#include "feed/field-internal.h"
#include "feed/parse.h"
#include "feed/title-internal.h"
#include "feed/xml-internal.h"

static void
read_fields(Draft *draft, const xmlNode *parent, const char *base)
{
    for (const xmlNode *child = parent->children; child != NULL; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        if (xml_space(child) == SPACE_ATOM)
            field_read_atom(draft, child, base);
        else
            field_read(draft, child, base);
    }
    draft_take(draft, FIELD_LANGUAGE, RANK_FALLBACK, xml_attribute(parent, "lang"));
}

static void
read_item(Reading *reading, const xmlNode *item, const char *outer)
{
    if (!reading_admits(reading))
        return;
    g_autofree char *base = xml_base(item, outer);
    g_auto(Draft) draft;
    draft_init(&draft);
    read_fields(&draft, item, base);
    draft_take(&draft, FIELD_ID, RANK_FALLBACK, xml_attribute(item, "about"));
    if (g_strcmp0(base, reading->base_url) != 0)
        draft_take(&draft, FIELD_BASE, RANK_FALLBACK, g_strdup(base));
    reading_take(reading, draft_take_entry(&draft));
}

/* RSS 1.0 has its items beside the channel, 2.0 in it, 0.9 in either; RSS 1.1 in <items>. */
static bool
is_holder(const xmlNode *element)
{
    bool is_root = element->parent == NULL || element->parent->type != XML_ELEMENT_NODE;
    return is_root ||
           ((xml_is(element, SPACE_PLAIN, "channel") || xml_is(element, SPACE_PLAIN, "items")) &&
            is_holder(element->parent));
}

bool
rss_take_entry(Reading *reading, const xmlNode *element)
{
    if (!xml_is(element, SPACE_PLAIN, "item") || !is_holder(element->parent))
        return false;
    g_autofree char *base = xml_base_of_all(element->parent, reading->base_url);
    read_item(reading, element, base);
    return true;
}

/* What CHANNEL is told of the feed below PARENT, and items that are still there. In a document that
 * was recovered, an item may lie in another that was never closed. */
static void
read_level(Reading *reading, Draft *channel, const xmlNode *parent, const char *outer)
{
    g_autofree char *base = xml_base(parent, outer);
    for (const xmlNode *child = parent->children; child != NULL; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        bool is_channel = xml_is(child, SPACE_PLAIN, "channel");
        if (xml_is(child, SPACE_PLAIN, "item"))
            read_item(reading, child, base);
        if (is_channel) {
            g_autofree char *channel_base = xml_base(child, base);
            read_fields(channel, child, channel_base);
        }
        if (is_channel || xml_is(child, SPACE_PLAIN, "items") || reading->feed->recovered)
            read_level(reading, channel, child, base);
    }
}

static const char *
format_of(const xmlNode *root)
{
    const char *uri = root->ns != NULL ? (const char *)root->ns->href : NULL;
    if (xml_is(root, SPACE_PLAIN, "channel"))
        return uri != NULL && strstr(uri, "rss1.1") != NULL ? "rss-1.1" : "rss-0.9x";
    if (xml_is(root, SPACE_PLAIN, "rss")) {
        g_autofree char *version = xml_attribute(root, "version");
        return version != NULL && version[0] == '0' ? "rss-0.9x" : "rss-2.0";
    }
    const xmlNode *channel = xml_find_child(root, "channel");
    bool is_old = channel != NULL && channel->ns != NULL && channel->ns->href != NULL &&
                  strstr((const char *)channel->ns->href, "0.9") != NULL;
    return is_old ? "rss-0.9x" : "rss-1.0";
}

void
rss_read(Reading *reading, const xmlNode *root)
{
    g_auto(Draft) channel;
    draft_init(&channel);
    reading->feed->format = format_of(root);
    g_autofree char *base = xml_base(root, reading->base_url);
    if (xml_is(root, SPACE_PLAIN, "channel"))
        read_fields(&channel, root, base);
    read_level(reading, &channel, root, reading->base_url);
    draft_take(&channel, FIELD_LANGUAGE, RANK_FALLBACK, xml_attribute(root, "lang"));
    /* RSS 1.0 and 0.90 have the channel's picture beside it. */
    const xmlNode *image = xml_find_child(root, "image");
    if (image != NULL)
        field_read(&channel, image, base);
    draft_take_feed(&channel, reading->feed);
    reading->feed->subtitle = title_take_either(reading->feed->subtitle);
}
