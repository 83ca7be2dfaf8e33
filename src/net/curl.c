#include "net/curl-internal.h"

#include <string.h>

#include "base/text.h"

char *
curl_reason(const char *detail, const char *otherwise)
{
    char *reason = text_single_line(*detail != '\0' ? detail : otherwise);
    size_t size = strlen(reason);
    if (size > 0 && reason[size - 1] == '.')
        reason[size - 1] = '\0';
    /* "SSL certificate problem" keeps its capitals. */
    if (!g_ascii_isupper(reason[0]) || !g_ascii_isupper(reason[1]))
        reason[0] = g_ascii_tolower(reason[0]);
    return reason;
}

char *
curl_url_part(CURLU *url, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    if (url == NULL || curl_url_get(url, part, &text, flags) != CURLUE_OK)
        return NULL;
    char *copy = g_strdup(text);
    curl_free(text);
    return copy;
}
