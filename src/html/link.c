#include "html/link.h"

#include <string.h>
#include <glib.h>

/* Parameters that say how a reader came, never what is shown. A '*' ends a beginning. */
static const char *const trackers[] = {
    "utm_*",       "fbclid",     "gclid",     "dclid",       "gbraid",        "wbraid",
    "msclkid",     "yclid",      "twclid",    "ttclid",      "igshid",        "igsh",
    "mc_cid",      "mc_eid",     "mtm_*",     "pk_*",        "piwik_*",       "matomo_*",
    "wt_mc",       "wt_zmc",     "_hsenc",    "_hsmi",       "hsctatracking", "vero_id",
    "oly_anon_id", "oly_enc_id", "at_medium", "at_campaign", "ns_campaign",   "ns_mchannel",
    "ns_source",   "cmpid",      "ga_*",      "s_kwcid",     "spm",           "ref_src",
    "ref_url",     "xtor",       "hsa_*",     "stm_*",       "itm_*",         "srsltid",
    "mibextid",    "gad_source", "li_fat_id", "sc_cid",      "mkt_tok",       "rb_clickid",
    "echobox",     "_openstat",  "wickedid",  "elqtrack",    "elqtrackid",    "wprov",
    "ncid",        "epik",       "iesrc",     "__s",         "ml_subscriber", "ml_subscriber_hash",
};

/* TEXT without what browsers drop from a URL (controls, outer white space), and with what RFC 3986
 * does not allow percent-encoded. A '%' that encodes nothing is encoded itself. */
static char *
clean(const char *text)
{
    g_autoptr(GString) out = g_string_sized_new(strlen(text) + 16);
    while (g_ascii_isspace(*text))
        text++;
    size_t size = strlen(text);
    while (size > 0 && g_ascii_isspace(text[size - 1]))
        size--;
    for (size_t i = 0; i < size && out->len <= LINK_OCTETS_MAX; i++) {
        unsigned char c = (unsigned char)text[i];
        bool escape = c == '%' && i + 2 < size && g_ascii_isxdigit(text[i + 1]) &&
                      g_ascii_isxdigit(text[i + 2]);
        if (c == '\t' || c == '\n' || c == '\r')
            continue;
        if (escape || g_ascii_isalnum((char)c) || strchr("-._~:/?#[]@!$&'()*+,;=", c) != NULL)
            g_string_append_c(out, (char)c);
        else
            g_string_append_printf(out, "%%%02X", c);
    }
    return out->len > LINK_OCTETS_MAX ? NULL : g_string_free(g_steal_pointer(&out), FALSE);
}

/* The length of the scheme of URL, without its colon; 0: there is none (RFC 3986, 3.1). */
static size_t
scheme_size(const char *url)
{
    size_t size = 0;
    while (g_ascii_isalnum(url[size]) ||
           (size > 0 && strchr("+-.", url[size]) != NULL && url[size]))
        size++;
    return size > 0 && g_ascii_isalpha(url[0]) && url[size] == ':' ? size : 0;
}

static bool
has_scheme(const char *url, const char *const *schemes)
{
    g_autofree char *scheme = g_ascii_strdown(url, (gssize)scheme_size(url));
    return *scheme != '\0' && g_strv_contains(schemes, scheme);
}

static char *
resolve(const char *base, const char *reference, const char *const *schemes)
{
    g_autofree char *cleaned = clean(reference);
    if (cleaned == NULL)
        return NULL;
    if (scheme_size(cleaned) > 0 || base == NULL)
        return has_scheme(cleaned, schemes) ? g_steal_pointer(&cleaned) : NULL;
    g_autofree char *url = g_uri_resolve_relative(
        base, cleaned, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
    if (url == NULL || strlen(url) > LINK_OCTETS_MAX || !has_scheme(url, schemes))
        return NULL;
    return g_steal_pointer(&url);
}

/* A web URL has a host. */
static bool
has_host(const char *url)
{
    const char *rest = url + scheme_size(url) + 1;
    return g_str_has_prefix(rest, "//") && rest[2] != '\0' && strchr("/?#:", rest[2]) == NULL;
}

static const char *const web[] = { "http", "https", NULL };
static const char *const anchors[] = { "http", "https", "mailto", "tel", NULL };

char *
link_resolve(const char *base, const char *reference)
{
    g_autofree char *url = resolve(base, reference, web);
    return url != NULL && has_host(url) ? g_steal_pointer(&url) : NULL;
}

char *
link_resolve_feed(const char *base, const char *reference)
{
    bool is_feed = g_ascii_strncasecmp(reference, "feed:", strlen("feed:")) == 0;
    const char *rest = is_feed ? reference + strlen("feed:") : reference;
    bool has_no_scheme = is_feed && g_str_has_prefix(rest, "//");
    char *url = link_resolve(has_no_scheme ? "http://feed.invalid/" : base, rest);
    if (url != NULL)
        url[strcspn(url, "#")] = '\0';
    return url;
}

char *
link_resolve_anchor(const char *base, const char *reference)
{
    g_autofree char *url = resolve(base, reference, anchors);
    if (url == NULL || (has_scheme(url, web) && !has_host(url)))
        return NULL;
    return g_steal_pointer(&url);
}

/* Trackers */

static bool
is_listed(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(trackers); i++) {
        size_t length = strlen(trackers[i]);
        bool open = trackers[i][length - 1] == '*';
        if (open ? strncmp(name, trackers[i], length - 1) == 0 : strcmp(name, trackers[i]) == 0)
            return true;
    }
    return false;
}

/* "heise.de", "www.heise.de" and "https://www.heise.de/" all name the site "heise.de". */
static bool
names_site(const char *value, const char *site)
{
    g_autofree char *text = g_uri_unescape_string(value, NULL);
    if (text == NULL)
        return false;
    g_autofree char *url =
        strstr(text, "://") != NULL ? g_strdup(text) : g_strconcat("//", text, NULL);
    g_autofree char *absolute = link_resolve("https://x.invalid/", url);
    g_autofree char *host = absolute != NULL ? link_host(absolute) : NULL;
    return g_strcmp0(host, site) == 0;
}

/* PARAMETER (SIZE octets) is "name=value" or a name alone. */
static bool
is_tracker(const char *parameter, size_t size, const char *site)
{
    g_autofree char *name = g_ascii_strdown(parameter, (gssize)size);
    char *value = strchr(name, '=');
    if (value != NULL)
        *value++ = '\0';
    if (site != NULL && value != NULL && strcmp(name, "ref") == 0)
        return names_site(value, site);
    return is_listed(name);
}

/* Appends those of the parameters in TEXT (SIZE octets) that do not track, BEFORE the first. */
static void
write_parameters(GString *out, char before, const char *text, size_t size, const char *site)
{
    const char *end = text + size;
    while (text < end) {
        const char *ampersand = memchr(text, '&', (size_t)(end - text));
        size_t length = (size_t)((ampersand != NULL ? ampersand : end) - text);
        if (!is_tracker(text, length, site)) {
            g_string_append_c(out, before);
            g_string_append_len(out, text, (gssize)length);
            before = '&';
        }
        text += length + 1;
    }
}

static char *
without_trackers(const char *url, const char *site)
{
    size_t path = strcspn(url, "?#");
    g_autoptr(GString) out = g_string_new_len(url, (gssize)path);
    const char *rest = url + path;
    if (*rest == '?') {
        size_t size = strcspn(rest + 1, "#");
        write_parameters(out, '?', rest + 1, size, site);
        rest += 1 + size;
    }
    if (*rest == '#')
        write_parameters(out, '#', rest + 1, strlen(rest + 1), site);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
link_without_trackers(const char *url)
{
    return without_trackers(url, NULL);
}

char *
link_canonical(const char *url, const char *site)
{
    g_autofree char *unwrapped = link_unwrap(url);
    return without_trackers(unwrapped != NULL ? unwrapped : url, site);
}

/* Comparing */

/* The host in lower case with a port that is not the scheme's own, and where the rest begins. */
static char *
authority_of(const char *url, const char **rest)
{
    size_t scheme = scheme_size(url);
    if (scheme == 0 || !g_str_has_prefix(url + scheme, "://"))
        return NULL;
    const char *authority = url + scheme + 3;
    size_t size = strcspn(authority, "/?#");
    *rest = authority + size;
    const char *at = memrchr(authority, '@', size);
    if (at != NULL) {
        size -= (size_t)(at + 1 - authority);
        authority = at + 1;
    }
    g_autofree char *lower = g_ascii_strdown(authority, (gssize)size);
    if (g_str_has_suffix(lower, ":80"))
        lower[size - 3] = '\0';
    else if (g_str_has_suffix(lower, ":443"))
        lower[size - 4] = '\0';
    return g_strdup(g_str_has_prefix(lower, "www.") ? lower + 4 : lower);
}

char *
link_key(const char *url)
{
    g_autofree char *bare = link_without_trackers(url);
    const char *rest = NULL;
    g_autofree char *authority = authority_of(bare, &rest);
    if (authority == NULL)
        return g_steal_pointer(&bare);
    size_t path = strcspn(rest, "?#");
    const char *behind = rest + path;
    while (path > 0 && rest[path - 1] == '/')
        path--;
    return g_strdup_printf("//%s%.*s%s", authority, (int)path, rest, behind);
}

char *
link_host(const char *url)
{
    const char *rest = NULL;
    g_autofree char *authority = authority_of(url, &rest);
    if (authority == NULL)
        return NULL;
    char *port = strrchr(authority, ':');
    if (port != NULL && strchr(port, ']') == NULL)
        *port = '\0';
    return g_steal_pointer(&authority);
}
