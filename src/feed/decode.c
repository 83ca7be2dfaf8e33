#include "feed/text-internal.h"

#include <string.h>

#include "base/text.h"

/* The declaration stands at the very beginning. */
#define DECLARATION_MAX 1024

/* Labels that say less than they mean, as the WHATWG's encoding standard reads them. */
static const struct {
    const char *label;
    const char *charset;
} labels[] = {
    { "iso-8859-1", "WINDOWS-1252" },
    { "iso8859-1", "WINDOWS-1252" },
    { "iso_8859-1", "WINDOWS-1252" },
    { "latin1", "WINDOWS-1252" },
    { "latin-1", "WINDOWS-1252" },
    { "us-ascii", "WINDOWS-1252" },
    { "ascii", "WINDOWS-1252" },
    { "windows-1252", "WINDOWS-1252" },
    { "cp1252", "WINDOWS-1252" },
    { "x-cp1252", "WINDOWS-1252" },
    { "utf8", "UTF-8" },
    { "gb2312", "GBK" },
    { "gbk", "GBK" },
    { "euc-kr", "CP949" },
    { "shift_jis", "CP932" },
    { "sjis", "CP932" },
    { "x-sjis", "CP932" },
    { "iso-8859-9", "WINDOWS-1254" },
    { "iso-8859-11", "CP874" },
    { "tis-620", "CP874" },
    { "win-1251", "WINDOWS-1251" },
    { "x-user-defined", "WINDOWS-1252" },
    { "unicode", "UTF-16" },
};

static const char *
charset_of(const char *label)
{
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        if (g_ascii_strcasecmp(labels[i].label, label) == 0)
            return labels[i].charset;
    }
    return label;
}

/* What stands behind NAME= at TEXT, with or without quotes; NULL: it is not there. */
static char *
find_value(const char *text, const char *name)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    const char *found = strstr(lower, name);
    if (found == NULL)
        return NULL;
    const char *at = text + (found - lower) + strlen(name);
    at += strspn(at, " \t\r\n");
    if (*at++ != '=')
        return NULL;
    at += strspn(at, " \t\r\n\"'");
    size_t size = strcspn(at, " \t\r\n\"';?>,");
    return size > 0 && size < 64 ? g_strndup(at, size) : NULL;
}

static char *
declared_charset(const char *bytes, size_t size)
{
    g_autofree char *head = g_strndup(bytes, MIN(size, DECLARATION_MAX));
    const char *declaration = strstr(head, "<?xml");
    const char *end = declaration == NULL ? NULL : strstr(declaration, "?>");
    if (end == NULL)
        return NULL;
    head[end - head] = '\0';
    return find_value(declaration, "encoding");
}

/* A byte order mark, or an ASCII '<' in the clothes of UTF-16 or UTF-32. */
static const char *
marked_charset(const char *bytes, size_t size)
{
    if (size < 4)
        return NULL;
    if (memcmp(bytes, "\xFF\xFE\0\0", 4) == 0 || memcmp(bytes, "<\0\0\0", 4) == 0)
        return "UTF-32LE";
    if (memcmp(bytes, "\0\0\xFE\xFF", 4) == 0 || memcmp(bytes, "\0\0\0<", 4) == 0)
        return "UTF-32BE";
    if (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "<\0", 2) == 0)
        return "UTF-16LE";
    if (memcmp(bytes, "\xFE\xFF", 2) == 0 || memcmp(bytes, "\0<", 2) == 0)
        return "UTF-16BE";
    return NULL;
}

/* BYTES of CHARSET as UTF-8; what means nothing becomes U+FFFD. NULL: iconv does not know it. */
static char *
convert(const char *bytes, size_t size, const char *charset, size_t *written)
{
    GIConv converter = g_iconv_open("UTF-8", charset);
    if (converter == (GIConv)-1)
        return NULL;
    g_autoptr(GString) out = g_string_sized_new(size + size / 2);
    char block[8192];
    char *from = (char *)bytes;
    gsize left = size;
    while (left > 0) {
        char *to = block;
        gsize room = sizeof block;
        gsize failed = g_iconv(converter, &from, &left, &to, &room);
        g_string_append_len(out, block, to - block);
        if (failed != (gsize)-1 || left == 0 || to > block)
            continue;
        g_string_append(out, "\xEF\xBF\xBD");
        from++;
        left--;
    }
    g_iconv_close(converter);
    *written = out->len;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* BYTES as UTF-8 by what they, the document or the server say. */
static char *
convert_by_label(const char *bytes, size_t size, const char *content_type, size_t *written)
{
    const char *marked = marked_charset(bytes, size);
    if (marked != NULL)
        return convert(bytes, size, marked, written);
    g_autofree char *declared = declared_charset(bytes, size);
    g_autofree char *sent = content_type == NULL ? NULL : find_value(content_type, "charset");
    char *text = NULL;
    if (declared != NULL && !g_str_has_prefix(charset_of(declared), "UTF-"))
        text = convert(bytes, size, charset_of(declared), written);
    if (text == NULL && sent != NULL && !g_str_has_prefix(charset_of(sent), "UTF-"))
        text = convert(bytes, size, charset_of(sent), written);
    return text;
}

/* True when BYTES are UTF-8 but for a few bad places, which are worth less than all its umlauts. */
static bool
is_nearly_utf8(const char *bytes, size_t size)
{
    size_t good = 0, bad = 0;
    const char *end = bytes + size;
    for (const char *at = bytes; at < end;) {
        if ((unsigned char)*at < 0x80) {
            at++;
            continue;
        }
        gunichar c = g_utf8_get_char_validated(at, end - at);
        bool fine = c != (gunichar)-1 && c != (gunichar)-2;
        good += fine;
        bad += !fine;
        at += fine ? g_utf8_skip[(unsigned char)*at] : 1;
    }
    return good > 10 * bad;
}

char *
feed_decode(GBytes *bytes, const char *content_type)
{
    gsize size = 0;
    const char *start = g_bytes_get_data(bytes, &size);
    if (size >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0) {
        start += 3;
        size -= 3;
    }
    bool wide = marked_charset(start, size) != NULL;
    if (size == 0 ||
        (!wide && (g_utf8_validate_len(start, size, NULL) || is_nearly_utf8(start, size))))
        return text_repair(start != NULL ? start : "", size);

    size_t written = 0;
    g_autofree char *text = convert_by_label(start, size, content_type, &written);
    if (text == NULL)
        text = convert(start, size, "WINDOWS-1252", &written);
    const char *body = text;
    if (g_str_has_prefix(body, "\xEF\xBB\xBF")) { /* a mark that was converted along */
        body += 3;
        written -= 3;
    }
    return text_repair(body, written);
}
