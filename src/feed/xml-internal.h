/* xml-internal.h - what the dialects of XML feeds share: namespaces by what they mean, and reading
 * an element's own level only. */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include <libxml/tree.h>
#include "feed/entry.h"

/* The vocabularies that feeds use. A URI is compared without case, scheme and slash at the end; a
 * prefix that was never declared counts as what it usually is. */
typedef enum {
    NS_NONE, /* no namespace, or one of RSS's own */
    NS_ATOM, /* 1.0 */
    NS_ATOM_03,
    NS_CONTENT,
    NS_DC, /* dc and dcterms */
    NS_MEDIA,
    NS_ITUNES,
    NS_SLASH,
    NS_WFW,
    NS_THR,
    NS_XHTML,
    NS_RDF,
    NS_OTHER,
} Namespace;

Namespace element_namespace(const xmlNode *node);

/* The local name, also where the prefix was never declared; borrowed. */
const char *element_name(const xmlNode *node);

bool element_is(const xmlNode *node, Namespace namespace, const char *name);

/* The first element below NODE or behind it among its siblings. */
const xmlNode *element_first(const xmlNode *parent);
const xmlNode *element_next(const xmlNode *node);

/* The caller owns what these return; NULL: nothing is there. */
char *element_text(const xmlNode *node); /* all text in it, ends trimmed */
char *element_attribute(const xmlNode *node, const char *name);
char *element_inner(const xmlNode *node);    /* its content as mark-up (XHTML) */
char *element_language(const xmlNode *node); /* xml:lang, of itself or of what it stands in */
char *element_base(const xmlNode *node);     /* xml:base, nested; else where the document is from */

/* REFERENCE against BASE; as it stands where that gives no web address. */
char *resolve_or_keep(const char *base, const char *reference);

/* A title that may hold HTML because RSS never said: one decoding where it looks like HTML. */
char *title_guess(const char *text);

/* Sets *FIELD to TEXT (taken) unless it is set or TEXT is empty. */
void take_once(char **field, char *text);

void take_date(int64_t *field, const xmlNode *node); /* unless it is set */
void add_category(Entry *entry, const char *text);
void add_keywords(Entry *entry, const char *list); /* separated by commas */

/* What media: and itunes: say, in any dialect. False: NODE is none of theirs. */
bool read_media(Entry *entry, const xmlNode *node, const char *base);

/* dc: and dcterms: of an entry. */
bool read_dublin_core(Entry *entry, const xmlNode *node);

/* The dialects. ROOT is theirs. */
bool rss_is_root(const xmlNode *root);
void rss_read(Feed *feed, const xmlNode *root);
bool atom_is_root(const xmlNode *root);
void atom_read(Feed *feed, const xmlNode *root);

/* JSON Feed (json_feed.c). */
Feed *json_feed_parse(const char *text, const char *base_url, GError **error);
