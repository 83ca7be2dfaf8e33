/* dialect-internal.h - the structures of a feed: where its own elements and its entries are. */
#pragma once

#include <stdbool.h>
#include <libxml/tree.h>
#include "base/value.h"
#include "feed/entry.h"
#include "feed/parse.h"

/* A feed on its way: what it says of itself, and who takes its entries. */
typedef struct {
    Feed *feed;           /* recovered is set */
    const char *base_url; /* where the document came from, or NULL */
    const EntrySink *sink;
    guint count; /* of entries, so far */
} Reading;

/* Whether there is room for another entry. One for which there is none is counted as left out, and need
 * not be read. */
bool reading_admits(Reading *reading);

/* Hands on an entry that was admitted. */
void reading_take(Reading *reading, Entry *entry);

/* True for an entry in its place in a well-formed document, which is read by this. ELEMENT is
 * complete, its parents may not be. */
bool rss_take_entry(Reading *reading, const xmlNode *element);
bool atom_take_entry(Reading *reading, const xmlNode *element);

/* Reads all that is in the tree of ROOT: what the feed says of itself, and entries. */
void rss_read(Reading *reading, const xmlNode *root);
void atom_read(Reading *reading, const xmlNode *root);

/* A <channel> at the root is RSS without its root or, as this tells, CDF. */
bool cdf_is(const xmlNode *root);
void cdf_read(Reading *reading, const xmlNode *root);

/* True when DOCUMENT has what a JSON Feed has to have; then it can be read. */
bool json_feed_is(const Value *document);
void json_feed_read(Reading *reading, const Value *document);
