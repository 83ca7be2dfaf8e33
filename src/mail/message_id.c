#include "mail/message_id.h"

#include <string.h>
#include <nettle/sha2.h>

#include "base/token.h"

/* 128 bits: no two mails meet by chance. */
#define HASH_BYTES 16
/* Of a foreign one: RFC 5322 has no limit, but a header of ours shall not be folded for it. */
#define PLAIN_MAX 200

char *
message_id_new(int64_t issue, uint64_t subscription, const char *domain)
{
    uint8_t hash[HASH_BYTES];
    char seed[64];
    g_snprintf(seed, sizeof seed, "depesche-message-id %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT,
               issue, subscription);
    struct sha256_ctx sha256;
    sha256_init(&sha256);
    sha256_update(&sha256, strlen(seed), (const uint8_t *)seed);
    sha256_digest(&sha256, sizeof hash, hash);

    g_autoptr(GString) id = g_string_sized_new(64);
    g_string_printf(id, "i%" G_GINT64_FORMAT ".", issue);
    base32_write(id, hash, sizeof hash);
    g_string_append_c(id, '@');
    g_string_append(id, domain);
    return g_string_free(g_steal_pointer(&id), FALSE);
}

int64_t
message_id_issue(const char *id)
{
    char *end = NULL;
    if (*id == '<')
        id++;
    if (*id != 'i' || !g_ascii_isdigit(id[1]))
        return 0;
    int64_t issue = g_ascii_strtoll(id + 1, &end, 10);
    return *end == '.' && issue > 0 && issue < G_MAXINT64 ? issue : 0;
}

bool
message_id_is_plain(const char *id)
{
    size_t size = strlen(id);
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isgraph(id[i]) || strchr("<>()\"\\,;", id[i]) != NULL)
            return false;
    }
    return size > 0 && size <= PLAIN_MAX && strchr(id, '@') != NULL;
}
