#include "net/web_url.h"

#include <string.h>

#include "net/curl-internal.h"

bool
web_url_is(const char *text)
{
    return g_ascii_strncasecmp(text, "http://", 7) == 0 ||
           g_ascii_strncasecmp(text, "https://", 8) == 0;
}

/* NULL of what is no URL of the web. */
static CURLU *
parse(const char *text)
{
    g_autoptr(CURLU) url = curl_url();
    return web_url_is(text) && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK
               ? g_steal_pointer(&url)
               : NULL;
}

/* Of URL, which may be NULL. */
static char *
host_of(CURLU *url)
{
    g_autofree char *host = curl_url_part(url, CURLUPART_HOST, 0);
    return host != NULL ? g_ascii_strdown(host, -1) : g_strdup("");
}

char *
web_url_host(const char *text)
{
    g_autoptr(CURLU) url = parse(text);
    return host_of(url);
}

bool
web_url_is_home(const char *home, const char *url)
{
    g_autoptr(CURLU) a = parse(home);
    g_autoptr(CURLU) b = parse(url);
    g_autofree char *host_a = curl_url_part(a, CURLUPART_HOST, 0);
    g_autofree char *host_b = curl_url_part(b, CURLUPART_HOST, 0);
    if (host_a == NULL || host_b == NULL || g_ascii_strcasecmp(host_a, host_b) != 0)
        return false;
    g_autofree char *scheme_a = curl_url_part(a, CURLUPART_SCHEME, 0);
    g_autofree char *scheme_b = curl_url_part(b, CURLUPART_SCHEME, 0);
    g_autofree char *port_a = curl_url_part(a, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    g_autofree char *port_b = curl_url_part(b, CURLUPART_PORT, CURLU_DEFAULT_PORT);
    if (g_strcmp0(scheme_a, scheme_b) == 0)
        return g_strcmp0(port_a, port_b) == 0;
    return g_strcmp0(scheme_a, "http") == 0 && g_strcmp0(scheme_b, "https") == 0 &&
           g_strcmp0(port_a, "80") == 0 && g_strcmp0(port_b, "443") == 0;
}

/* URL, which was read from TEXT and may be NULL, with this user and password, written as they stand in a
 * URL; both may be NULL. */
static char *
with_login(CURLU *url, const char *text, const char *user, const char *password)
{
    if (url == NULL)
        return g_strdup(text);
    curl_url_set(url, CURLUPART_USER, user, 0);
    curl_url_set(url, CURLUPART_PASSWORD, password, 0);
    curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
    char *whole = curl_url_part(url, CURLUPART_URL, 0);
    return whole != NULL ? whole : g_strdup(text);
}

/* Most are, and that is quicker to see than to do. */
static bool
is_bare(const char *text)
{
    return strpbrk(text, "@#") == NULL;
}

char *
web_url_bare(const char *text)
{
    if (is_bare(text))
        return g_strdup(text);
    g_autoptr(CURLU) url = parse(text);
    return with_login(url, text, NULL, NULL);
}

char *
web_url_with_login_of(const char *text, const char *other)
{
    g_autoptr(CURLU) url = parse(text);
    g_autoptr(CURLU) from = parse(other);
    g_autofree char *user = curl_url_part(from, CURLUPART_USER, 0);
    g_autofree char *password = curl_url_part(from, CURLUPART_PASSWORD, 0);
    return with_login(url, text, user, password);
}

WebUrl
web_url_read(const char *text)
{
    g_autoptr(CURLU) url = parse(text);
    WebUrl parts = { .host = host_of(url) };
    if (is_bare(text)) {
        parts.bare = g_strdup(text);
        return parts;
    }
    parts.user = curl_url_part(url, CURLUPART_USER, CURLU_URLDECODE);
    parts.password = curl_url_part(url, CURLUPART_PASSWORD, CURLU_URLDECODE);
    parts.bare = with_login(url, text, NULL, NULL);
    return parts;
}

void
web_url_clear(WebUrl *parts)
{
    g_free(parts->host);
    g_free(parts->bare);
    g_free(parts->user);
    g_free(parts->password);
    *parts = (WebUrl){ 0 };
}
