/* source.h - a feed, how it is asked, and what its replies so far say about the next time. */
#pragma once

#include "config/config.h"
#include "net/fetch.h"
#include "store/feeds.h"
#include "store/fetches.h"

typedef struct {
    FeedRecord *feed;
    const Fetch *fetch;       /* owned by the list */
    const FeedConfig *config; /* of a feed of the configuration; else NULL */
    char *url;          /* where it is asked: its own, or where that has moved and is still read */
    int64_t rest_until; /* its host does not want to be asked before; 0: it did not say */
    char *host;         /* NULL: nobody has asked for it */
} Source;

/* All feeds that are not retired, by name. */
typedef struct {
    GPtrArray *sources; /* of Source * */
    GPtrArray *feeds;   /* owns what they point to */
    GHashTable *fetches;
    GHashTable *by_name; /* name -> Source */
} SourceList;

SourceList *source_list_load(Store *store, const Config *config, GError **error);
void source_list_free(SourceList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SourceList, source_list_free)

Source *source_list_find(const SourceList *list, const char *name); /* or NULL */

/* The host of its url; "": none. */
const char *source_host(Source *source);

/* Whether it is time to ask: false before the time that the last replies said, and in hours and on
 * days that the feed wants to be left alone. */
bool source_is_due(const Source *source, int64_t now);

/* Whether nothing is known by which its server could say that there is nothing new. */
bool source_is_blank(const Source *source);

/* Everything in REQUEST is borrowed from SOURCE. Login, cookies and headers go to the place that the feed's
 * own url names (web_url_is_home()), and not to another one where it has moved. */
void source_request(const Source *source, FetchRequest *request);

/* The same for URL, which the feed of SOURCE has named: a page, a picture. */
void source_request_other(const Source *source, const char *url, FetchRequest *request);

/* True when the feed is to be asked at REPLY's new address from now on, if it could be read there. */
bool source_moves(const Source *source, const FetchReply *reply);

/* What is to be remembered after REPLY. DOCUMENT is what it brought (NULL: nothing new); FAILURES are
 * those in a row, with this one. Everything in *STATE is borrowed from SOURCE and REPLY. */
void source_state(const Source *source, const FetchReply *reply, const Feed *document, int failures,
                  int64_t now, FetchState *state);

/* Whether STATE is what is remembered already. */
bool source_has_state(const Source *source, const FetchState *state);

/* Checks what FEED says about fetching, for check_config(): each mistake is told with its field. */
typedef void (*SourceProblem)(void *user, const void *field, const char *problem);
void source_check(const FeedConfig *feed, SourceProblem tell, void *user);
