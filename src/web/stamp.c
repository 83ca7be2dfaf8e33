#include "web/stamp.h"

#define YOUNG_SECONDS 2
#define OLD_SECONDS   ((int64_t)24 * 60 * 60)

char *
stamp_new(const KeyRing *keys, const char *what, int64_t now)
{
    g_autofree char *text = g_strdup_printf("form %s %" G_GINT64_FORMAT, what, now);
    g_autofree char *hash = key_ring_hash(keys, text);
    return g_strdup_printf("%" G_GINT64_FORMAT ".%s", now, hash);
}

/* Nothing is won by finding out the hash octet by octet: whoever wants a stamp asks for the form. */
StampAge
stamp_check(const KeyRing *keys, const char *what, const char *stamp, int64_t now)
{
    int64_t made = stamp != NULL ? g_ascii_strtoll(stamp, NULL, 10) : 0;
    g_autofree char *expected = stamp_new(keys, what, made);
    if (g_strcmp0(stamp, expected) != 0 || made < now - OLD_SECONDS || made > now)
        return STAMP_OLD;
    return now - made < YOUNG_SECONDS ? STAMP_YOUNG : STAMP_GOOD;
}
