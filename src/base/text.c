#include "base/text.h"

#include <string.h>

#include "base/block.h"

/* Words a cut may lose at the most to end at a space: 1/4 of what is allowed. */
#define TRUNCATE_SLACK       4
#define NEAREST_DISTANCE_MAX 2
#define MARKS_MAX            16

/* Windows-1252 for 0x80…0x9F: what broken converters leave as C1 controls (U+FFFD: no meaning). */
static const gunichar windows_1252[32] = {
    0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD, 0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
};

static bool
is_noncharacter(gunichar c)
{
    return (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE;
}

/* Appends what becomes of one character. */
static void
repair_character(GString *out, gunichar c)
{
    if (c >= 0x80 && c <= 0x9F)
        g_string_append_unichar(out, windows_1252[c - 0x80]);
    else if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7F || is_noncharacter(c))
        return;
    else
        g_string_append_unichar(out, c);
}

/* Bytes that stand for themselves, the bulk of any text. */
static size_t
plain_span(const char *at, const char *end)
{
    const char *begin = at;
    while (at < end && (((unsigned char)*at >= 0x20 && (unsigned char)*at < 0x7F) || *at == '\n' ||
                        *at == '\t'))
        at++;
    return (size_t)(at - begin);
}

/* The octets of the character that begins at AT, before END; 0 when it is none (RFC 3629, 4). */
static size_t
character_size(const unsigned char *at, const unsigned char *end)
{
    unsigned char lead = at[0];
    if (lead < 0x80)
        return lead == 0 ? 0 : 1;
    if (lead < 0xE0)
        return lead >= 0xC2 && end - at >= 2 && (at[1] & 0xC0) == 0x80 ? 2 : 0;
    size_t size = lead < 0xF0 ? 3 : 4;
    if (lead > 0xF4 || (size_t)(end - at) < size)
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    }
    bool is_overlong = (lead == 0xE0 && at[1] < 0xA0) || (lead == 0xF0 && at[1] < 0x90);
    bool is_surrogate = lead == 0xED && at[1] >= 0xA0;
    bool is_beyond = lead == 0xF4 && at[1] >= 0x90;
    return is_overlong || is_surrogate || is_beyond ? 0 : size;
}

bool
text_is_utf8(const char *bytes, size_t size)
{
    const unsigned char *at = (const unsigned char *)bytes;
    const unsigned char *end = at + size;
    while (at < end) {
        if ((size_t)(end - at) >= sizeof(Block)) {
            Block block = block_load((const char *)at);
            size_t plain = block_first((Block)((block >= 0x80) | (block == 0)));
            at += plain;
            if (plain == sizeof block)
                continue;
        }
        do { /* others rarely stand alone */
            size_t octets = character_size(at, end);
            if (octets == 0)
                return false;
            at += octets;
        } while (at < end && *at >= 0x80);
    }
    return true;
}

char *
text_repair(const char *bytes, size_t size)
{
    GString *out = g_string_sized_new(size + 1);
    const char *at = bytes;
    const char *end = bytes + size;
    while (at < end) {
        size_t plain = plain_span(at, end);
        g_string_append_len(out, at, (gssize)plain);
        at += plain;
        if (at == end)
            break;
        if (*at == '\r') {
            g_string_append_c(out, '\n');
            at += at + 1 < end && at[1] == '\n' ? 2 : 1;
            continue;
        }
        if (*at == '\0') { /* GLib would call it a bad sequence */
            at++;
            continue;
        }
        gunichar c = g_utf8_get_char_validated(at, end - at);
        if (c == (gunichar)-1 || c == (gunichar)-2) {
            g_string_append(out, "\xEF\xBF\xBD");
            at++;
            while (at < end && ((unsigned char)*at & 0xC0) == 0x80)
                at++;
            continue;
        }
        repair_character(out, c);
        at = g_utf8_next_char(at);
    }
    return g_string_free(out, FALSE);
}

static bool
is_direction_control(gunichar c)
{
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

/* The octets of the character at AT when it may stand on a line as it is, and a glance says so: ASCII,
 * the signs and letters from ¡ to U+07FF, and dashes, quotation marks and dots (U+2010 to U+2027), among
 * which there is neither white space nor control. Else 0. */
static size_t
plain_size(const char *at)
{
    unsigned char lead = (unsigned char)at[0], next = (unsigned char)at[1];
    if (lead >= ' ' && lead <= '~')
        return 1;
    if (lead >= 0xC3 && lead <= 0xDF)
        return (next & 0xC0) == 0x80 ? 2 : 0;
    if (lead == 0xC2)
        return next >= 0xA1 && next <= 0xBF ? 2 : 0;
    if (lead == 0xE2 && next == 0x80)
        return (unsigned char)at[2] >= 0x90 && (unsigned char)at[2] <= 0xA7 ? 3 : 0;
    return 0;
}

/* Whether TEXT is such a line already, as nearly all are. */
static bool
is_plain_line(const char *text)
{
    char last = ' ';
    for (const char *at = text; *at != '\0';) {
        size_t size = plain_size(at);
        if (size == 0 || (*at == ' ' && last == ' '))
            return false;
        last = *at;
        at += size;
    }
    return last != ' ' || *text == '\0';
}

char *
text_single_line(const char *text)
{
    if (is_plain_line(text))
        return g_strdup(text);
    g_autofree char *repaired = text_repair(text, strlen(text));
    GString *out = g_string_sized_new(strlen(repaired) + 1);
    bool space = false;
    for (const char *at = repaired; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (g_unichar_isspace(c) || c == 0x2028 || c == 0x2029) {
            space = true;
            continue;
        }
        if (is_direction_control(c))
            continue;
        if (space && out->len > 0)
            g_string_append_c(out, ' ');
        space = false;
        g_string_append_unichar(out, c);
    }
    return g_string_free(out, FALSE);
}

bool
text_is_line(const char *text)
{
    for (; *text != '\0'; text++) {
        if (g_ascii_iscntrl(*text))
            return false;
    }
    return true;
}

/* The byte behind the first COUNT characters. Marks count with their base, up to what any script
 * needs; the rest of a tower of marks counts like letters, or it could be of any length. */
static const char *
skip_characters(const char *text, size_t count)
{
    size_t marks = 0;
    const char *at = text;
    for (; *at != '\0'; at = g_utf8_next_char(at)) {
        /* The first mark is U+0300, CC 80. */
        bool is_mark = (unsigned char)*at >= 0xCC && g_unichar_ismark(g_utf8_get_char(at));
        marks = is_mark ? marks + 1 : 0;
        bool joins_base = marks > 0 && marks <= MARKS_MAX;
        if (!joins_base && count-- == 0)
            break;
    }
    return at;
}

char *
text_truncate(const char *text, size_t max)
{
    const char *end = skip_characters(text, max);
    if (*end == '\0')
        return g_strdup(text);
    if (max == 0)
        return g_strdup("");
    end = skip_characters(text, max - 1);
    const char *earliest = skip_characters(text, max - 1 - (max - 1) / TRUNCATE_SLACK);
    for (const char *at = end; at > earliest; at = g_utf8_prev_char(at)) {
        if (g_unichar_isspace(g_utf8_get_char(at))) {
            end = at;
            break;
        }
    }
    while (end > text && g_unichar_isspace(g_utf8_get_char(g_utf8_prev_char(end))))
        end = g_utf8_prev_char(end);
    return g_strdup_printf("%.*s\xE2\x80\xA6", (int)(end - text), text);
}

/* Nothing below U+0300 takes part in composition, nor do the quotation marks and dashes that make up most
 * of the rest. */
static bool
may_be_composed(const char *text)
{
    for (; *text != '\0'; text++) {
        bool is_punctuation = strncmp(text, "\xE2\x80", 2) == 0 && (unsigned char)text[2] >= 0x90;
        if ((unsigned char)*text >= 0xCC && !is_punctuation)
            return true;
    }
    return false;
}

char *
text_compose(const char *text)
{
    if (!may_be_composed(text))
        return NULL;
    g_autofree char *composed = g_utf8_normalize(text, -1, G_NORMALIZE_NFC);
    return composed == NULL || strcmp(composed, text) == 0 ? NULL : g_steal_pointer(&composed);
}

/* Most of what is folded is plain Latin: ASCII, the letters of Latin-1 and quotation marks, for which
 * normal forms are no question. NULL at the first other character. None of them gets longer. */
static char *
fold_latin(const char *text, const char *end)
{
    g_autofree char *folded = g_malloc((gsize)(end - text) + 1);
    char *out = folded;
    for (; text < end; text = g_utf8_next_char(text)) {
        if ((*text & 0x80) == 0) {
            *out++ = g_ascii_tolower(*text);
            continue;
        }
        gunichar c = g_utf8_get_char(text);
        if (c == 0xDF) {
            *out++ = 's';
            *out++ = 's';
        } else if (c >= 0xC0 && c <= 0xDE && c != 0xD7) {
            out += g_unichar_to_utf8(c + 0x20, out);
        } else if ((c >= 0xD7 && c <= 0xFF) || (c >= 0x2018 && c <= 0x201F) || c == 0x2013) {
            out += g_unichar_to_utf8(c, out);
        } else {
            return NULL;
        }
    }
    *out = '\0';
    return g_steal_pointer(&folded);
}

char *
text_fold_part(const char *text, size_t size)
{
    char *latin = text_is_utf8(text, size) ? fold_latin(text, text + size) : NULL;
    if (latin != NULL)
        return latin;
    g_autofree char *normal = g_utf8_normalize(text, (gssize)size, G_NORMALIZE_ALL_COMPOSE);
    g_autofree char *folded = g_utf8_casefold(normal != NULL ? normal : "", -1);
    /* Folding can undo the composition (İ becomes i and a dot). */
    char *composed = g_utf8_normalize(folded, -1, G_NORMALIZE_ALL_COMPOSE);
    return composed != NULL ? composed : g_strdup("");
}

char *
text_fold(const char *text)
{
    return text_fold_part(text, strlen(text));
}

/* In parts it would be of no use. */
static bool
is_address(const char *word, size_t size)
{
    return g_strstr_len(word, (gssize)size, "://") != NULL || memchr(word, '@', size) != NULL;
}

/* Whether a line may end between the characters before AT and at it. */
static bool
is_joint(const char *at)
{
    const gunichar joiner = 0x200D; /* of emoji */
    gunichar next = g_utf8_get_char(at);
    return next != joiner && !g_unichar_ismark(next) &&
           g_utf8_get_char(g_utf8_prev_char(at)) != joiner;
}

/* How many octets of WORD, which has SIZE, stand together on a line. */
static size_t
together(const char *word, size_t size, size_t width)
{
    if ((size_t)g_utf8_strlen(word, (gssize)size) <= width || is_address(word, size))
        return size;
    const char *end = g_utf8_offset_to_pointer(word, (glong)width);
    const char *at = end;
    for (int marks = 0; marks < MARKS_MAX && at > word && !is_joint(at); marks++)
        at = g_utf8_prev_char(at);
    return (size_t)((at > word && is_joint(at) ? at : end) - word);
}

/* Wraps up to the next line feed or the end, and returns it. */
static const char *
wrap_line(GString *out, const char *line, size_t width)
{
    size_t column = 0;
    for (;;) {
        line += strspn(line, " \t");
        size_t length = strcspn(line, " \t\n");
        if (length == 0)
            return line;
        length = together(line, length, width);
        size_t columns = (size_t)g_utf8_strlen(line, (gssize)length);
        if (column > 0 && column + 1 + columns > width) {
            g_string_append_c(out, '\n');
            column = 0;
        } else if (column > 0) {
            g_string_append_c(out, ' ');
            column++;
        }
        g_string_append_len(out, line, (gssize)length);
        column += columns;
        line += length;
    }
}

void
text_wrap(GString *out, const char *text, size_t width)
{
    for (;;) {
        text = wrap_line(out, text, width);
        if (*text == '\0')
            return;
        g_string_append_c(out, '\n');
        text++;
    }
}

/* Edit distance (insert, delete, replace, swap of neighbours), in bytes: keys and verbs are ASCII. */
static size_t
edit_distance(const char *a, const char *b)
{
    size_t columns = strlen(b) + 1;
    g_autofree size_t *rows = g_new(size_t, 3 * columns);
    size_t *before = rows, *last = rows + columns, *row = rows + 2 * columns;
    for (size_t j = 0; j < columns; j++)
        last[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        row[0] = i;
        for (size_t j = 1; j < columns; j++) {
            size_t replace = last[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = MIN(replace, MIN(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = MIN(row[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[columns - 1];
}

const char *
text_nearest(const char *word, const char *const *words)
{
    const char *nearest = NULL;
    size_t best = NEAREST_DISTANCE_MAX + 1;
    for (size_t i = 0; words[i] != NULL; i++) {
        size_t distance = edit_distance(word, words[i]);
        if (distance < best && distance < strlen(words[i])) {
            best = distance;
            nearest = words[i];
        }
    }
    return nearest;
}
