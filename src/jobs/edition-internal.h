/* edition-internal.h - what an edition is made of. */
#pragma once

#include "jobs/edition.h"
#include "jobs/stencil_cache.h"
#include "mail/dkim.h"

struct Edition {
    GMutex mutex; /* of what choosing and rendering use: cache, selector, selection, renderer */
    Dkim *dkim;   /* NULL: mails are not signed here */
    const Instance *instance;
    int64_t issue_id;
    int64_t date;   /* of all its mails */
    int64_t to_seq; /* of the issue */
    Settings *settings;
    Templates *templates;
    Renderer *renderer;
    Mailbox *from;
    Mailbox *reply_to;
    Address *unsubscribe; /* the general address that tokens are added to; or NULL */
    Address *bounce;      /* or NULL: envelope sender is FROM */
    GHashTable *pictures; /* that its mails carry (pictures_load()); or NULL */
    char *web_url;        /* of its page in the archive; or NULL */
    bool is_public;

    GPtrArray *articles; /* of a digest; NULL for a post */
    Corpus *corpus;
    Selector *selector;
    Selection *selection; /* of the subscription at hand */

    Post *post; /* or NULL: a digest */
    Filter *post_filter;

    SharedLines *lines; /* of what the cache has */
    StencilCache *cache;
};
