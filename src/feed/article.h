/* article.h - an entry taken in: cleaned, with a canonical URL and an identity. What stands in an
 * Article we vouch for; code behind article_from_entry() does not check again.                   */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "feed/entry.h"
#include "html/extract.h"

/* Text beyond these is cut: no mail shows it, and the store is to stay small. */
#define ARTICLE_TITLE_MAX   500u          /* characters */
#define ARTICLE_AUTHOR_MAX  200u          /* characters */
#define ARTICLE_CONTENT_MAX (256u * 1024) /* octets of HTML */

typedef struct Article {
    int64_t seq;      /* its place in the one order of all articles; 0 until it is stored */
    int64_t feed_id;  /* 0 until it is stored */
    char *feed;       /* the feed's name in the configuration */
    char *feed_title; /* what readers are shown as the source */
    char *source;     /* who an aggregator has it from, or NULL */
    /* What makes it this article within its feed, of char *, from coarse to fine: "guid:…", else
     * "link:…", else "hash:…"; then the same with what else tells two articles apart that a feed
     * gives the same one: link, title. Of a stored article: the one that did. */
    GPtrArray *identities;
    char *url;      /* absolute http or https, trackers out; NULL when the entry names none */
    char *title;    /* one line; never empty */
    char *author;   /* one line, or NULL */
    char *language; /* BCP 47, or NULL */
    char *excerpt;  /* plain text: the teaser, whole sentences where possible; may be "" */
    char *content;  /* sanitised HTML; may be "" */
    char *image;    /* absolute URL, or NULL */
    char *comments; /* absolute URL of the feed of what readers say about it, or NULL */
    GPtrArray *categories; /* of char *, owned, one line each */
    int64_t published;     /* what the feed says, never later than taken; else taken */
    int64_t taken;         /* when it was first seen */
    /* What marks are compared with: seq, or a later number when it was released later, or (in an
     * issue that has updates) when its text changed. */
    int64_t news_seq;
    bool backlog;    /* came with a new feed beyond its newest few: only for welcome digests */
    bool held;       /* a feed brought it in a suspicious way: for nobody until it is released */
    bool updated;    /* sent before, in an issue: its text has changed since */
    bool pinned;     /* goes before all others */
    bool is_earlier; /* in an issue: an earlier one had it, and it is here only to be compared */
    /* The same with the text of its page, which is what is stored and shown; or NULL. What the feed has
     * tells whether it has changed. */
    struct Article *full;
} Article;

Article *article_new(void);
void article_free(Article *article);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Article, article_free)

/* Makes summary and content what a mail would carry of them. */
void entry_sanitize(Entry *entry, const char *feed_url);

/* Whether a reader of BEFORE would find something new in NOW: other words in title or text. Mark-up,
 * white space, pictures and links do not count. */
bool article_has_new_text(const Article *before, const Article *now);

/* Gives ARTICLE the text of PAGE, if that is longer than its own. Of the teaser, the author, the language
 * and the picture, what the feed has wins where it has any that is good. */
void article_take_page(Article *article, const Extract *page);

/* What readers may be shown of ENTRY. FEED_URL is the base of last resort. NULL when there is
 * nothing to show: neither title nor text. feed, feed_title, feed_id and seq are left open. */
Article *article_from_entry(const Entry *entry, const Feed *feed, const char *feed_url,
                            int64_t now);
