#include "net/freshness.h"

#include <stdbool.h>
#include <string.h>
#include <curl/curl.h>
#include <glib.h>

/* Ten years: more than anybody means, and far from any overflow. */
#define SECONDS_MAX ((int64_t)10 * 366 * 86400)

/* Digits, maybe in quotes; anything else is 0: stale (RFC 9111, 4.2.1). */
static int64_t
seconds_parse(const char *text)
{
    if (*text == '"')
        text++;
    if (!g_ascii_isdigit(*text))
        return 0;
    return MIN(g_ascii_strtoll(text, NULL, 10), SECONDS_MAX);
}

/* Sets *SECONDS when Cache-Control says how long, or that it is not at all. */
static bool
cache_control_parse(const char *text, int64_t *seconds)
{
    bool is_said = false;
    g_auto(GStrv) directives = g_strsplit(text, ",", -1);
    for (char **directive = directives; *directive != NULL; directive++) {
        const char *word = g_strstrip(*directive);
        if (g_ascii_strcasecmp(word, "no-store") == 0 ||
            g_ascii_strncasecmp(word, "no-cache", strlen("no-cache")) == 0) {
            *seconds = 0;
            return true;
        }
        if (!is_said && g_ascii_strncasecmp(word, "max-age=", strlen("max-age=")) == 0) {
            *seconds = seconds_parse(word + strlen("max-age="));
            is_said = true;
        }
    }
    return is_said;
}

int64_t
freshness_seconds(const FreshnessHeaders *headers, int64_t now)
{
    int64_t seconds = 0;
    bool is_said =
        headers->cache_control != NULL && cache_control_parse(headers->cache_control, &seconds);
    if (!is_said && headers->expires != NULL) {
        int64_t expires = curl_getdate(headers->expires, NULL); /* -1: "0" and the like, long ago */
        int64_t date = headers->date != NULL ? curl_getdate(headers->date, NULL) : -1;
        seconds = expires < 0 ? 0 : MIN(expires - (date < 0 ? now : date), SECONDS_MAX);
    }
    int64_t age = headers->age != NULL ? seconds_parse(headers->age) : 0;
    return MAX(seconds - age, 0);
}
