/* curl-internal.h - what the users of libcurl in this room share: clean-up, and words for people. */
#pragma once

#include <curl/curl.h>
#include <glib.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CURLU, curl_url_cleanup)

/* Why something failed, in libcurl's words but our form (one line, no capital, no full stop): what
 * it left in DETAIL (CURLOPT_ERRORBUFFER), or OTHERWISE (curl_easy_strerror()) when that is "". */
char *curl_reason(const char *detail, const char *otherwise);

/* One part of URL (may be NULL) as text, or NULL when it is not there; FLAGS are curl_url_get()'s. */
char *curl_url_part(CURLU *url, CURLUPart part, unsigned flags);
