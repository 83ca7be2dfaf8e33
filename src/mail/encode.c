#include "mail/encode.h"

#include <string.h>

#define LINE_LENGTH   76u /* of encoded bodies (RFC 2045, 6.7) and of header lines */
#define ENCODED_MAX   75u /* of one encoded-word (RFC 2047, 2): what a line of 76 has room for */
#define BASE64_GROUP  57u /* octets in a line of 76 */
#define WORD_LEADING  "=?UTF-8?"
#define WORD_OVERHEAD (sizeof WORD_LEADING - 1 + 4) /* "Q?" and "?=" */

static const char hex[] = "0123456789ABCDEF";

/* Header fields */

/* A field in the making: words are put on lines, a line end and a space between them. */
typedef struct {
    GString *out;
    size_t column;
    bool empty; /* but for its name */
} Folder;

static void
folder_begin(Folder *folder, GString *out, const char *name)
{
    folder->out = out;
    g_string_append(out, name);
    g_string_append_c(out, ':');
    folder->column = strlen(name) + 1;
    folder->empty = true;
}

/* The longest word that the line has room for. */
static size_t
folder_room(const Folder *folder)
{
    return LINE_LENGTH - MIN(folder->column + 1, LINE_LENGTH);
}

static void
folder_add(Folder *folder, const char *word, size_t size)
{
    /* The first word stays on the name's line: a line of white space alone is obsolete. */
    if (!folder->empty && size > folder_room(folder)) {
        g_string_append(folder->out, "\r\n");
        folder->column = 0;
    }
    g_string_append_c(folder->out, ' ');
    g_string_append_len(folder->out, word, (gssize)size);
    folder->column += 1 + size;
    folder->empty = false;
}

static void
folder_end(Folder *folder)
{
    g_string_append(folder->out, "\r\n");
}

/* Adds TEXT word by word as it stands. */
static void
folder_add_words(Folder *folder, const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        if (size > 0)
            folder_add(folder, text, size);
        text += size + (text[size] == ' ');
    }
}

/* Encoded-words (RFC 2047) */

/* What stands for itself in a phrase (RFC 2047, 5 (3)), where the fewest characters may. */
static bool
is_plain_q(unsigned char c)
{
    return g_ascii_isalnum(c) || strchr("!*+-/", c) != NULL;
}

static size_t
q_size(const char *text, size_t size)
{
    size_t encoded = 0;
    for (size_t i = 0; i < size; i++)
        encoded += text[i] == ' ' || is_plain_q((unsigned char)text[i]) ? 1 : 3;
    return encoded;
}

static size_t
b_size(size_t size)
{
    return (size + 2) / 3 * 4;
}

static void
write_q(GString *out, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == ' ')
            g_string_append_c(out, '_');
        else if (is_plain_q(c))
            g_string_append_c(out, (char)c);
        else
            g_string_append_printf(out, "=%c%c", hex[c >> 4], hex[c & 15]);
    }
}

/* Where an encoded-word may end: between characters, and not before a mark that belongs to the one
 * before it. */
static bool
may_end_before(const char *at)
{
    return *at == '\0' || !g_unichar_ismark(g_utf8_get_char(at));
}

/* The end of the longest beginning of TEXT whose encoding fits into MAX. Base64 ends without padding
 * where it can: GMime reads nothing behind that. A space not far before is a better end: Python's parser
 * shows one between the encoded-words of a name. */
static const char *
fitting_end(const char *text, bool q, size_t max)
{
    const char *end = text, *unpadded = NULL, *space = NULL;
    const char *at = text;
    while (*at != '\0') {
        const char *next = g_utf8_next_char(at);
        size_t size = (size_t)(next - text);
        if ((q ? q_size(text, size) : b_size(size)) > max)
            break;
        bool is_space = *at == ' ';
        at = next;
        if (!may_end_before(at))
            continue;
        end = at;
        bool is_whole = q || size % 3 == 0;
        if (is_whole)
            unpadded = at;
        if (is_whole && is_space)
            space = at;
    }
    if (end == text)
        return at; /* a base with marks without end is cut among its marks */
    if (*end == '\0')
        return end;
    if (space != NULL && 2 * (space - text) > end - text)
        return space;
    return unpadded != NULL ? unpadded : end;
}

/* Adds TEXT as encoded-words, all of them Q or all B, whichever is shorter. White space between
 * encoded-words is not shown, so nothing is lost where they are cut. */
static void
folder_add_encoded(Folder *folder, const char *text)
{
    bool q = q_size(text, strlen(text)) <= b_size(strlen(text));
    while (*text != '\0') {
        size_t room = folder_room(folder);
        if (room < WORD_OVERHEAD + 24)
            room = ENCODED_MAX; /* too little is left on this line: the next one is used */
        const char *end = fitting_end(text, q, room - WORD_OVERHEAD);
        size_t size = (size_t)(end - text);
        g_autoptr(GString) word = g_string_new(WORD_LEADING);
        if (q) {
            g_string_append(word, "Q?");
            write_q(word, text, size);
        } else {
            g_autofree char *base64 = g_base64_encode((const guchar *)text, size);
            g_string_append_printf(word, "B?%s", base64);
        }
        g_string_append(word, "?=");
        folder_add(folder, word->str, word->len);
        text = end;
    }
}

/* True when TEXT may begin a field as it is: ASCII that does not look encoded, and whose words leave
 * lines that can be folded. The first word must fit behind the field's name. */
static bool
is_plain_header(const Folder *folder, const char *text)
{
    size_t word = 0;
    size_t room = folder_room(folder);
    if (!g_str_is_ascii(text) || strstr(text, "=?") != NULL || strstr(text, "  ") != NULL ||
        *text == ' ' || g_str_has_suffix(text, " "))
        return false;
    for (; *text != '\0'; text++) {
        if (*text == ' ')
            room = LINE_LENGTH - 1;
        word = *text == ' ' ? 0 : word + 1;
        if (word > room || g_ascii_iscntrl(*text))
            return false;
    }
    return true;
}

void
header_write_text(GString *out, const char *name, const char *text)
{
    Folder folder;
    folder_begin(&folder, out, name);
    if (is_plain_header(&folder, text))
        folder_add_words(&folder, text);
    else
        folder_add_encoded(&folder, text);
    folder_end(&folder);
}

void
header_write_raw(GString *out, const char *name, const char *value)
{
    Folder folder;
    folder_begin(&folder, out, name);
    folder_add_words(&folder, value);
    folder_end(&folder);
}

/* A display name as it may stand in a phrase (RFC 5322, 3.2.5). */
static void
folder_add_phrase(Folder *folder, const char *name)
{
    static const char atoms[] = "!#$%&'*+-/=?^_`{|}~ ";
    bool is_atoms = true;
    if (!is_plain_header(folder, name)) {
        folder_add_encoded(folder, name);
        return;
    }
    for (const char *at = name; *at != '\0'; at++)
        is_atoms &= g_ascii_isalnum(*at) || strchr(atoms, *at) != NULL;
    if (is_atoms) {
        folder_add_words(folder, name);
        return;
    }
    g_autoptr(GString) quoted = g_string_new("\"");
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            g_string_append_c(quoted, '\\');
        g_string_append_c(quoted, *at);
    }
    g_string_append_c(quoted, '"');
    if (quoted->len > folder_room(folder))
        folder_add_encoded(folder, name);
    else
        folder_add(folder, quoted->str, quoted->len);
}

void
header_write_mailbox(GString *out, const char *name, const Mailbox *mailbox)
{
    Folder folder;
    folder_begin(&folder, out, name);
    const char *address = address_text(mailbox->address);
    if (mailbox->name == NULL) {
        folder_add(&folder, address, strlen(address));
    } else {
        g_autofree char *angle = g_strconcat("<", address, ">", NULL);
        folder_add_phrase(&folder, mailbox->name);
        folder_add(&folder, angle, strlen(angle));
    }
    folder_end(&folder);
}

void
header_write_date(GString *out, const char *name, int64_t time, GTimeZone *zone)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(time);
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, zone);
    int minutes = (int)(g_date_time_get_utc_offset(local) / G_TIME_SPAN_MINUTE);
    g_string_append_printf(
        out, "%s: %s, %d %s %d %02d:%02d:%02d %c%02d%02d\r\n", name,
        days[g_date_time_get_day_of_week(local) - 1], g_date_time_get_day_of_month(local),
        months[g_date_time_get_month(local) - 1], g_date_time_get_year(local),
        g_date_time_get_hour(local), g_date_time_get_minute(local), g_date_time_get_second(local),
        minutes < 0 ? '-' : '+', ABS(minutes) / 60, ABS(minutes) % 60);
}

/* Bodies */

/* True when the character at TEXT must be encoded although it is printable: white space before a
 * line's end, a lone dot (servers), "From " (mailboxes), '='. */
static bool
is_fragile(const char *text, size_t left, size_t column)
{
    char c = *text;
    bool last = left == 1 || text[1] == '\n';
    if (c == '=' || ((c == ' ' || c == '\t') && last))
        return true;
    return column == 0 && (c == '.' || (c == 'F' && left >= 5 && memcmp(text, "From ", 5) == 0));
}

/* Whether C stands for itself wherever it is, but for what is_fragile() looks at more closely. */
static bool
is_plain(unsigned char c)
{
    return c >= ' ' && c < 127 && c != '=';
}

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

/* The same of eight octets at a time; it may say no of some that are. */
static bool
are_plain(const char *text)
{
    uint64_t eight;
    memcpy(&eight, text, sizeof eight);
    uint64_t equals = eight ^ EACH('='), deletes = eight ^ EACH(127);
    uint64_t odd = eight | (eight - EACH(' ')) | (equals - EACH(1)) | (deletes - EACH(1));
    return (odd & EACH(0x80)) == 0;
}

/* One line in the making: it goes to OUT as a whole, because to append costs more than to encode. */
typedef struct {
    char text[LINE_LENGTH + 2];
    size_t used;
} EncodedLine;

static void
line_add(EncodedLine *line, const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        line->text[line->used++] = text[i];
}

/* Adds the characters of TEXT that stand in a line from COLUMN on as they are, for certain: most of most
 * texts. Returns how many. */
static size_t
line_add_plain(EncodedLine *line, const char *text, size_t size, size_t column)
{
    size_t room = MIN(size, LINE_LENGTH - 1 - MIN(column, LINE_LENGTH - 1));
    char *out = line->text + line->used;
    size_t i = 0;
    if (column == 0 && (text[0] == '.' || text[0] == 'F'))
        return 0;
    for (; i + sizeof(uint64_t) <= room && are_plain(text + i); i += sizeof(uint64_t))
        memcpy(out + i, text + i, sizeof(uint64_t));
    for (; i < room && is_plain((unsigned char)text[i]); i++)
        out[i] = text[i];
    bool is_end = i == size || text[i] == '\n';
    i -= i > 0 && is_end && text[i - 1] == ' ';
    line->used += i;
    return i;
}

static void
line_end(EncodedLine *line, const char *end, size_t size, GString *out)
{
    line_add(line, end, size);
    g_string_append_len(out, line->text, (gssize)line->used);
    line->used = 0;
}

size_t
quoted_printable_write(GString *out, const char *text, size_t size, size_t column)
{
    EncodedLine line = { .used = 0 };
    size_t i = 0;
    while (i < size) {
        size_t run = line_add_plain(&line, text + i, size - i, column);
        column += run;
        i += run;
        if (i == size)
            break;
        unsigned char c = (unsigned char)text[i];
        if (c == '\n') {
            line_end(&line, "\r\n", 2, out);
            column = 0;
            i++;
            continue;
        }
        bool encode = (!is_plain(c) && c != '\t') || is_fragile(text + i, size - i, column);
        /* The '=' of a soft line break needs the last column. */
        if (column + (encode ? 3 : 1) > LINE_LENGTH - 1) {
            line_end(&line, "=\r\n", 3, out);
            column = 0;
            continue;
        }
        const char octet[] = { '=', hex[c >> 4], hex[c & 15] };
        line_add(&line, encode ? octet : text + i, encode ? sizeof octet : 1);
        column += encode ? 3 : 1;
        i++;
    }
    line_end(&line, "", 0, out);
    return column;
}

void
base64_write(GString *out, const void *bytes, size_t size)
{
    const guchar *at = bytes;
    for (size_t i = 0; i < size; i += BASE64_GROUP) {
        g_autofree char *line = g_base64_encode(at + i, MIN(BASE64_GROUP, size - i));
        g_string_append(out, line);
        g_string_append(out, "\r\n");
    }
}

void
base64_write_text(GString *out, const char *text, size_t size)
{
    g_autoptr(GString) lines = g_string_sized_new(size + size / 32 + 16);
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '\n')
            g_string_append_c(lines, '\r');
        g_string_append_c(lines, text[i]);
    }
    base64_write(out, lines->str, lines->len);
}
