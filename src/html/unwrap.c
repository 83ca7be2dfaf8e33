/* The redirects of news aggregators (link_unwrap() of link.h). */
#include "html/link.h"

#include <string.h>
#include <glib.h>

/* HOST ends in '.' where any top-level domain may follow ("google.de"). PARAMETERS are tried in
 * their order. */
static const struct {
    const char *host;
    const char *path;
    const char *parameters[2];
} wrappers[] = {
    { "google.", "/url", { "url", "q" } }, /* Google Alerts */
    { "news.google.", "/news/url", { "url" } },
    { "bing.com", "/news/apiclick.aspx", { "url" } },
};

#define ARTICLES "/rss/articles/"

static bool
is_at(const char *host, const char *expected)
{
    size_t size = strlen(expected);
    bool open = expected[size - 1] == '.';
    return open ? g_str_has_prefix(host, expected) : strcmp(host, expected) == 0;
}

static char *
find_parameter(GHashTable *query, const char *const names[2])
{
    for (size_t i = 0; i < 2 && names[i] != NULL; i++) {
        const char *value = g_hash_table_lookup(query, names[i]);
        char *url = value != NULL ? link_resolve(NULL, value) : NULL;
        if (url != NULL)
            return url;
    }
    return NULL;
}

/* Until 2024 Google News wrote the URL itself into the name of its page: base64 of a message
 * (protocol buffers) whose field 4 is the URL. The later form does not say where it leads. */
static char *
url_in_name(const char *name)
{
    static const char field[] = { 0x08, 0x13, 0x22 }; /* field 1 is 19; then field 4, a text */
    g_autofree char *text = g_strdelimit(g_strndup(name, strcspn(name, "?#/")), "-", '+');
    g_strdelimit(text, "_", '/');
    gsize size;
    g_autofree guchar *bytes = g_base64_decode(text, &size);
    if (size < sizeof field + 2 || memcmp(bytes, field, sizeof field) != 0)
        return NULL;
    size_t at = sizeof field;
    size_t length = bytes[at] & 0x7f; /* a number of one or two octets, the low one first */
    if (bytes[at++] & 0x80)
        length |= (size_t)bytes[at++] << 7;
    if (length > size - at)
        return NULL;
    g_autofree char *url = g_strndup((const char *)bytes + at, length);
    return link_resolve(NULL, url);
}

char *
link_unwrap(const char *url)
{
    g_autofree char *host = link_host(url);
    g_autoptr(GUri) uri =
        host != NULL ? g_uri_parse(url, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL)
                     : NULL;
    if (uri == NULL)
        return NULL;
    const char *path = g_uri_get_path(uri);
    if (is_at(host, "news.google.") && g_str_has_prefix(path, ARTICLES))
        return url_in_name(path + strlen(ARTICLES));
    if (g_uri_get_query(uri) == NULL)
        return NULL;
    g_autoptr(GHashTable) query =
        g_uri_parse_params(g_uri_get_query(uri), -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
    for (size_t i = 0; query != NULL && i < G_N_ELEMENTS(wrappers); i++) {
        if (is_at(host, wrappers[i].host) && strcmp(path, wrappers[i].path) == 0)
            return find_parameter(query, wrappers[i].parameters);
    }
    return NULL;
}
