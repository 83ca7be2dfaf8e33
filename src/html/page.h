/* page.h - where a web page says that its feeds are. Pure. */
#pragma once

#include <stdbool.h>
#include <glib.h>

/* More are noise: a directory of feeds is no page with feeds. */
#define PAGE_FEEDS_MAX 20u

typedef struct {
    char *url;     /* absolute http or https */
    char *title;   /* one line, or NULL */
    bool declared; /* by <link rel="alternate">; else an <a> that looks like one */
} PageFeed;

PageFeed *page_feed_new(const char *url, const char *title, bool declared);
void page_feed_free(PageFeed *feed);

/* The feeds that HTML (valid UTF-8) leads to, of PageFeed *: those that it declares, then those that
 * its links look like, each once. BASE_URL is where it came from. */
GPtrArray *page_feeds(const char *html, const char *base_url);
