#include "feed/decode-internal.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "feed/charset-internal.h"

/* Where an XML declaration has to end; real ones take 60 octets. */
#define DECLARATION_MAX 1024u
/* Where a page's <meta> is looked for; it should stand in the first 1,024 octets. */
#define META_MAX (16u * 1024)

/* A GIConv of its own type, since -1 is its NULL. */
typedef struct {
    GIConv iconv;
} Converter;

static void
converter_clear(Converter *converter)
{
    if (converter->iconv != (GIConv)-1)
        g_iconv_close(converter->iconv);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Converter, converter_clear)

/* How many octets are passed over when they are none of CHARSET's. */
static size_t
unit_size(const char *charset)
{
    return g_str_has_prefix(charset, "UTF-16") ? 2 : g_str_has_prefix(charset, "UTF-32") ? 4 : 1;
}

/* Windows' GBK has a euro sign that iconv's does not know. */
static bool
is_euro(const char *charset, char octet)
{
    return octet == '\x80' && strcmp(charset, "GB18030") == 0;
}

/* CHARSET to UTF-8; what it cannot read becomes U+FFFD. NULL when iconv does not know CHARSET. */
static GBytes *
convert(const char *bytes, size_t size, const char *charset)
{
    g_auto(Converter) converter = { g_iconv_open("UTF-8", charset) };
    if (converter.iconv == (GIConv)-1)
        return NULL;
    g_autoptr(GString) out = g_string_sized_new(size + size / 4 + 16);
    char buffer[16 * 1024];
    char *in = (char *)bytes;
    gsize left = size;
    gsize unit = unit_size(charset);
    while (left > 0) {
        char *to = buffer;
        gsize room = sizeof buffer;
        gsize result = g_iconv(converter.iconv, &in, &left, &to, &room);
        int problem = errno;
        g_string_append_len(out, buffer, to - buffer);
        if (result != (gsize)-1 || problem == E2BIG)
            continue;
        g_string_append(out, is_euro(charset, *in) ? "\xE2\x82\xAC" : "\xEF\xBF\xBD");
        if (problem == EINVAL) /* the end cuts a character in two */
            break;
        in += unit;
        left -= MIN(left, unit);
    }
    return g_string_free_to_bytes(g_steal_pointer(&out));
}

/* The character set of a byte order mark or, without one, of how "<" or "{" looks; the size of the
 * mark in *MARK. */
static const char *
charset_of_start(const char *bytes, size_t size, size_t *mark)
{
    static const struct {
        const char *bytes;
        size_t size;
        size_t mark;
        const char *charset;
    } starts[] = {
        { "\xEF\xBB\xBF", 3, 3, "UTF-8" },    { "\xFF\xFE\0\0", 4, 4, "UTF-32LE" },
        { "\0\0\xFE\xFF", 4, 4, "UTF-32BE" }, { "\xFF\xFE", 2, 2, "UTF-16LE" },
        { "\xFE\xFF", 2, 2, "UTF-16BE" },     { "<\0\0\0", 4, 0, "UTF-32LE" },
        { "\0\0\0<", 4, 0, "UTF-32BE" },      { "<\0", 2, 0, "UTF-16LE" },
        { "\0<", 2, 0, "UTF-16BE" },          { "{\0", 2, 0, "UTF-16LE" },
        { "\0{", 2, 0, "UTF-16BE" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
        *mark = starts[i].mark;
        if (size >= starts[i].size && memcmp(bytes, starts[i].bytes, starts[i].size) == 0)
            return starts[i].charset;
    }
    *mark = 0;
    return NULL;
}

/* The character set named behind WORD ("encoding=", "charset=") in TEXT, or NULL. */
static const char *
charset_named(const char *text, size_t size, const char *word)
{
    g_autofree char *lower = g_ascii_strdown(text, (gssize)size);
    const char *label = strstr(lower, word);
    if (label == NULL)
        return NULL;
    label += strlen(word);
    label += strspn(label, " \t\r\n=\"'");
    return charset_find(label, strcspn(label, " \t\r\n\"';?>"));
}

/* The character set that a <meta> of a page names, or NULL. */
static const char *
charset_of_meta(const char *bytes, size_t size)
{
    g_autofree char *start = g_strndup(bytes, MIN(size, META_MAX));
    g_autofree char *lower = g_ascii_strdown(start, -1);
    const char *charset = NULL;
    for (const char *meta = lower; charset == NULL && (meta = strstr(meta, "<meta")) != NULL;) {
        size_t length = strcspn(meta, ">");
        charset = charset_named(meta, length, "charset");
        meta += length;
    }
    return charset;
}

static const char *
charset_declared(const char *bytes, size_t size, const char *content_type)
{
    g_autofree char *start = g_strndup(bytes, MIN(size, DECLARATION_MAX));
    const char *declaration = strstr(start, "<?xml");
    const char *charset = NULL;
    if (declaration != NULL)
        charset = charset_named(declaration, strcspn(declaration, ">"), "encoding");
    if (charset == NULL)
        charset = charset_of_meta(bytes, size);
    if (charset == NULL && content_type != NULL)
        charset = charset_named(content_type, strlen(content_type), "charset");
    return charset;
}

/* True when no character beyond ASCII is good UTF-8: then it was never meant to be any. */
static bool
is_single_byte(const char *bytes, size_t size)
{
    const char *end = bytes + size;
    while (bytes < end) {
        gunichar c =
            (unsigned char)*bytes < 0x80 ? 0 : g_utf8_get_char_validated(bytes, end - bytes);
        if (c != 0 && c != (gunichar)-1 && c != (gunichar)-2)
            return false;
        bytes++;
    }
    return true;
}

const char *
bytes_charset(GBytes *bytes, const char *content_type)
{
    size_t size, mark;
    const char *data = g_bytes_get_data(bytes, &size);
    if (size == 0)
        return NULL;
    const char *start = charset_of_start(data, size, &mark);
    return start != NULL ? start : charset_declared(data, size, content_type);
}

GBytes *
bytes_decode(GBytes *bytes, const char *content_type)
{
    size_t size, mark;
    const char *data = g_bytes_get_data(bytes, &size);
    const char *start = size > 0 ? charset_of_start(data, size, &mark) : NULL;
    if (size == 0)
        return g_bytes_ref(bytes);
    if (start != NULL && strcmp(start, "UTF-8") != 0)
        return convert(data + mark, size - mark, start);
    const char *declared = charset_declared(data, size, content_type);
    bool is_switching = g_strcmp0(declared, "ISO-2022-JP") == 0; /* is ASCII to look at */
    if (!is_switching && text_is_utf8(data + mark, size - mark))
        return g_bytes_new_from_bytes(bytes, mark, size - mark);
    GBytes *converted = NULL;
    if (start == NULL && declared != NULL)
        converted = convert(data, size, declared);
    else if (start == NULL && is_single_byte(data, size))
        converted = convert(data, size, "CP1252");
    if (converted != NULL)
        return converted;
    char *repaired = text_repair(data + mark, size - mark);
    return g_bytes_new_take(repaired, strlen(repaired));
}
