/* dialect-internal.h - the structures of a feed: where its own elements and its entries are. */
#pragma once

#include <stdbool.h>
#include <libxml/tree.h>
#include "base/value.h"
#include "feed/entry.h"

/* Each fills FEED from the document's ROOT; BASE_URL may be NULL. feed->recovered is set. */
void rss_read(Feed *feed, const xmlNode *root, const char *base_url);
void atom_read(Feed *feed, const xmlNode *root, const char *base_url);

/* True when DOCUMENT has what a JSON Feed has to have; then it can be read. */
bool json_feed_is(const Value *document);
void json_feed_read(Feed *feed, const Value *document);
