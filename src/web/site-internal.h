/* site-internal.h - what the files of the pages share. */
#pragma once

#include "digest/templates.h"
#include "jobs/archive.h"
#include "store/people.h"
#include "web/budget.h"
#include "web/form.h"
#include "web/site.h"

/* What is counted since the start; names and help stand in metrics.c. */
typedef enum {
    COUNT_SHOWN,   /* pages */
    COUNT_POSTED,  /* forms and one-clicks */
    COUNT_COMMITS, /* transactions that POSTs shared */
    COUNT_UNSUBSCRIBED,
    COUNT_UNDONE,
    COUNT_SIGNED_UP, /* forms that may have led to a mail */
    COUNT_CONFIRMED,
    COUNT_CHANGED,
    COUNT_GUESSED, /* tokens that were none */
    COUNT_FAILED,  /* that the database could not take */
    COUNT_LAST,
} SiteCount;

/* The archive and the pages of it that are kept. */
typedef struct ArchivePages ArchivePages;

struct Site {
    Instance *instance;
    Templates *templates;
    char *prefix;          /* of paths, from base_url: "" or "/news" */
    Budget *guesses;       /* of wrong tokens, for each block of addresses */
    Budget *sign_ups;      /* of forms, for each block */
    Budget *all_sign_ups;  /* of all together */
    ArchivePages *archive; /* NULL: it is not here */
    int64_t counts[COUNT_LAST];
};

/* One request on its way through the site. */
typedef struct {
    Site *site;
    const WebRequest *request;
    const char *rest; /* of the path, behind the route */
    const Form *form; /* of a POST */
    int64_t now;
} Visit;

/* What a page is about; members may be NULL. */
typedef struct {
    const NewsletterConfig *newsletter;
    const Subscription *subscription;
    const char *language; /* unless the subscription has one */
    const char *token;
    const char *text; /* "web_lost": its strings web_lost_title and web_lost_text are the page's */
    Value *more;      /* a map of what else its template shows */
} PageFacts;

/* Makes REPLY the page of templates/web/NAME.html.mustache. */
bool page_write(const Visit *visit, WebReply *reply, guint status, const char *name,
                const PageFacts *facts, GError **error);

/* A page of a heading and a sentence: the strings of TEXT. */
bool page_write_message(const Visit *visit, WebReply *reply, guint status, const char *text,
                        GError **error);

/* The first language that the reader's browser names and for which there are strings, or that of
 * NEWSLETTER. */
const char *visit_language(const Visit *visit, const NewsletterConfig *newsletter);

/* "a…@example.org": who finds a forwarded mail is not told more. The caller owns it. */
char *address_masked(const Address *address);

/* The subscription that the token REST of the path names. NULL without ERROR: there is none, and REPLY
 * says so. */
Subscription *visit_subscription(const Visit *visit, TokenKind kind, WebReply *reply,
                                 GError **error);

/* NULL in *PAGES when archive_url is no place of this site. */
bool archive_pages_open(Instance *instance, ArchivePages **pages, GError **error);
void archive_pages_free(ArchivePages *pages);

/* What stands behind the archive's own in PATH; NULL: PATH is another one. PAGES may be NULL. */
const char *archive_pages_match(const ArchivePages *pages, const char *path);

/* Each false with ERROR: the page says that it did not work. */
bool unsubscribe_show(const Visit *visit, WebReply *reply, GError **error);
bool unsubscribe_act(const Visit *visit, WebReply *reply, GError **error);
bool confirm_show(const Visit *visit, WebReply *reply, GError **error);
bool confirm_act(const Visit *visit, WebReply *reply, GError **error);
bool index_show(const Visit *visit, WebReply *reply, GError **error);
bool sign_up_show(const Visit *visit, WebReply *reply, GError **error);
bool sign_up_act(const Visit *visit, WebReply *reply, GError **error);
bool preferences_show(const Visit *visit, WebReply *reply, GError **error);
bool preferences_act(const Visit *visit, WebReply *reply, GError **error);
bool archive_pages_show(const Visit *visit, WebReply *reply, GError **error);
bool metrics_show(const Visit *visit, WebReply *reply, GError **error);
