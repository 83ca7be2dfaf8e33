/* RSS 0.90 to 2.0, with and without RDF (dialect-internal.h). */
#include "feed/dialect-internal.h"

#include <string.h>

#include "feed/draft-internal.h"
#include "feed/field-internal.h"
#include "feed/parse.h"
#include "feed/title-internal.h"
#include "feed/xml-internal.h"

typedef struct {
    Feed *feed;
    Draft *channel;
    const char *document_base;
} Reader;

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
read_item(Reader *reader, const xmlNode *item, const char *outer)
{
    g_autofree char *base = xml_base(item, outer);
    g_auto(Draft) draft;
    draft_init(&draft);
    read_fields(&draft, item, base);
    draft_take(&draft, FIELD_ID, RANK_FALLBACK, xml_attribute(item, "about"));
    if (g_strcmp0(base, reader->document_base) != 0)
        draft_take(&draft, FIELD_BASE, RANK_FALLBACK, g_strdup(base));
    g_ptr_array_add(reader->feed->entries, draft_take_entry(&draft));
}

/* RSS 1.0 has its items beside the channel, 2.0 in it, 0.9 in either; RSS 1.1 in <items>. In a
 * document that was recovered, an item may lie in another that was never closed. */
static void
read_level(Reader *reader, const xmlNode *parent, const char *outer)
{
    g_autofree char *base = xml_base(parent, outer);
    for (const xmlNode *child = parent->children; child != NULL; child = child->next) {
        if (reader->feed->entries->len >= FEED_ENTRIES_MAX)
            return;
        if (child->type != XML_ELEMENT_NODE)
            continue;
        bool is_item = xml_is(child, SPACE_PLAIN, "item");
        bool is_channel = xml_is(child, SPACE_PLAIN, "channel");
        if (is_item)
            read_item(reader, child, base);
        if (is_channel) {
            g_autofree char *channel_base = xml_base(child, base);
            read_fields(reader->channel, child, channel_base);
        }
        if (is_channel || xml_is(child, SPACE_PLAIN, "items") || reader->feed->recovered)
            read_level(reader, child, base);
    }
}

static const char *
format_of(const xmlNode *root)
{
    if (xml_is(root, SPACE_PLAIN, "channel"))
        return "rss-0.9x";
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
rss_read(Feed *feed, const xmlNode *root, const char *base_url)
{
    g_auto(Draft) channel;
    draft_init(&channel);
    Reader reader = { .feed = feed, .channel = &channel, .document_base = base_url };
    feed->format = format_of(root);
    g_autofree char *base = xml_base(root, base_url);
    if (xml_is(root, SPACE_PLAIN, "channel"))
        read_fields(&channel, root, base);
    else
        draft_take(&channel, FIELD_LANGUAGE, RANK_FALLBACK, xml_attribute(root, "lang"));
    read_level(&reader, root, base_url);
    /* RSS 1.0 and 0.90 have the channel's picture beside it. */
    const xmlNode *image = xml_find_child(root, "image");
    if (image != NULL)
        field_read(&channel, image, base);
    draft_take_feed(&channel, feed);
    feed->subtitle = title_take_either(feed->subtitle);
}
