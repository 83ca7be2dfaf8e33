/* link.h - URLs from outside: made absolute, held to http and https, freed of trackers.
 *
 * Pure; results belong to the caller. A URL is no longer than LINK_OCTETS_MAX, holds no control
 * character or space, and characters that RFC 3986 does not allow are percent-encoded.           */
#pragma once

#include <stdbool.h>

/* Longer ones are broken or hostile, and mail readers cut them. (The system has a LINK_MAX, which is 127 and
 * silently takes the place of another one.) */
#define LINK_OCTETS_MAX 2000u

/* REFERENCE resolved against BASE (RFC 3986, 5), which may be NULL. NULL when the result is no
 * absolute http or https URL. */
char *link_resolve(const char *base, const char *reference);

/* link_resolve() of a link to a feed: without fragment, and "feed:https://…" and "feed://…", as browsers
 * once called them, are what they stand for. */
char *link_resolve_feed(const char *base, const char *reference);

/* link_resolve() for any of http, https, mailto and tel: what an <a href> in a mail may hold. */
char *link_resolve_anchor(const char *base, const char *reference);

/* URL without the parameters that only track (utm_*, fbclid, gclid, …), in query and fragment, and
 * without an empty query; everything else stays to the letter. */
char *link_without_trackers(const char *url);

/* What an article of the feed of SITE (a host; may be NULL) is really at: behind the redirects of
 * news aggregators, without trackers, and without a "ref" that only names SITE. */
char *link_canonical(const char *url, const char *site);

/* The page that a redirect of Google News, Google Alerts or Bing News leads to, or NULL: URL is none
 * of theirs, or does not say. Nothing is fetched. */
char *link_unwrap(const char *url);

/* The form by which two URLs are the same article: trackers out, scheme and host in lower case, http
 * as https, no "www.", no default port, no slash at the end of the path. The fragment counts: a
 * page of changes names each of them by one. Only for comparing. */
char *link_key(const char *url);

/* The host in lower case without "www.", or NULL. */
char *link_host(const char *url);
