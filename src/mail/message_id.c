#include "mail/message_id.h"

#include "base/token.h"

/* 128 bits: no two mails meet by chance. */
#define HASH_BYTES 16

char *
message_id_new(int64_t issue, uint64_t subscription, const char *domain)
{
    uint8_t digest[32];
    gsize size = sizeof digest;
    g_autofree char *seed = g_strdup_printf(
        "depesche-message-id %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT, issue, subscription);
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)seed, -1);
    g_checksum_get_digest(checksum, digest, &size);

    g_autoptr(GString) id = g_string_sized_new(64);
    g_string_printf(id, "i%" G_GINT64_FORMAT ".", issue);
    base32_write(id, digest, HASH_BYTES);
    g_string_append_c(id, '@');
    g_string_append(id, domain);
    return g_string_free(g_steal_pointer(&id), FALSE);
}
