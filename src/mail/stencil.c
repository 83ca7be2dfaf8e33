#include "mail/stencil.h"

#include <string.h>

#include "base/clock.h"
#include "base/placeholder.h"
#include "base/text.h"
#include "mail/encode.h"

/* The boundaries of all mails: "=_" stands in no quoted-printable or base64 text (RFC 2045, 6.7), so
 * nothing has to be searched or made up, and neither begins with the other. */
#define ALTERNATIVE "=_parts.depesche"
#define RELATED     "=_html.depesche"

/* Characters in a line of base64 (RFC 2045, 6.8). */
#define BASE64_LINE 76u

/* Most stencils have room in these. */
#define FRAGMENTS_USUAL 128u
#define SIZE_USUAL      ((size_t)16 * 1024)

/* What a fragment stands for. */
typedef enum {
    FRAGMENT_BYTES,  /* the same for all: the next ones of the stencil's own */
    FRAGMENT_SHARED, /* the same for many stencils */
    FRAGMENT_TO,     /* header fields of the person */
    FRAGMENT_ID,
    FRAGMENT_LIST,
    FRAGMENT_WORD, /* a placeholder in a quoted-printable part */
    FRAGMENT_BASE64, /* a whole base64 part, its text in the stencil's own bytes, up to a zero: it cannot
                      * be cut where a placeholder stands */
} FragmentKind;

typedef struct {
    FragmentKind kind;
    char placeholder; /* of FRAGMENT_WORD */
    bool html;        /* of FRAGMENT_WORD and _BASE64: values are escaped */
    union {
        size_t size;               /* of FRAGMENT_BYTES and _BASE64 */
        const EncodedLines *lines; /* of FRAGMENT_SHARED */
    };
} Fragment;

struct Stencil {
    Fragment *fragments;
    guint count;
    char *bytes; /* of all fragments, one behind the other */
    size_t size; /* how much memory it holds */
};

/* Placeholders */

/* Takes the text before the first mark off *TEXT, which goes on until END, and the mark with it: *LETTER
 * says which it was, 0 that there was none. Answers how many bytes that text has. */
static size_t
take_piece(const char **text, const char *end, char *letter)
{
    const size_t open = strlen(PLACEHOLDER_OPEN), size = strlen(PLACEHOLDER_NAME);
    const char *piece = *text, *mark = piece;
    while ((mark = memmem(mark, (size_t)(end - mark), PLACEHOLDER_OPEN, open)) != NULL) {
        if ((size_t)(end - mark) >= size &&
            memcmp(mark + open + 1, PLACEHOLDER_CLOSE, strlen(PLACEHOLDER_CLOSE)) == 0) {
            *letter = mark[open];
            *text = mark + size;
            return (size_t)(mark - piece);
        }
        mark += open;
    }
    *letter = 0;
    *text = end;
    return (size_t)(end - piece);
}

/* A mailto: URL (RFC 6068, 2): '+' stands for itself there, and many clients take it so even where
 * it is encoded; '?', '&', '=', '/', '#' and all beyond ASCII do not. */
static char *
mailto_new(const Address *address)
{
    g_autoptr(GString) url = g_string_new("mailto:");
    for (const char *at = address_local(address); *at != '\0'; at++) {
        if (g_ascii_isalnum(*at) || strchr("-._~+!$'*", *at) != NULL)
            g_string_append_c(url, *at);
        else
            g_string_append_printf(url, "%%%02X", (unsigned char)*at);
    }
    g_string_append_c(url, '@');
    g_string_append(url, address_domain(address));
    return g_string_free(g_steal_pointer(&url), FALSE);
}

/* Not g_markup_escape_text(): it writes "&apos;", which is XML's and unknown to readers of HTML 4. */
static char *
escape_html(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&': g_string_append(out, "&amp;"); break;
        case '<': g_string_append(out, "&lt;"); break;
        case '>': g_string_append(out, "&gt;"); break;
        case '"': g_string_append(out, "&quot;"); break;
        case '\'': g_string_append(out, "&#39;"); break;
        default: g_string_append_c(out, *text); break;
        }
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* A person whose mail is being made, with what is needed more than once. */
typedef struct {
    const StencilPerson *person;
    char *mailto; /* or NULL */
    char *pause;  /* the same */
} Filling;

static void
filling_init(Filling *filling, const StencilPerson *person)
{
    const Address *address = person->unsubscribe_address;
    const Address *pause = person->pause_address;
    filling->person = person;
    filling->mailto = address != NULL ? mailto_new(address) : NULL;
    filling->pause = pause != NULL ? mailto_new(pause) : NULL;
}

static void
filling_clear(Filling *filling)
{
    g_free(filling->mailto);
    g_free(filling->pause);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Filling, filling_clear)

/* What there is for a placeholder, "" for none; the caller owns it. */
static char *
placeholder_value(const Filling *filling, char letter, bool html)
{
    const size_t at = strlen(PLACEHOLDER_OPEN);
    const StencilPerson *person = filling->person;
    const char *value = NULL;
    if (letter == PLACEHOLDER_NAME[at])
        value = person->to->name;
    else if (letter == PLACEHOLDER_ADDRESS[at])
        value = address_text(person->to->address);
    else if (letter == PLACEHOLDER_UNSUBSCRIBE[at])
        value = person->unsubscribe_url != NULL ? person->unsubscribe_url : filling->mailto;
    else if (letter == PLACEHOLDER_PREFERENCES[at])
        value = person->preferences_url;
    else if (letter == PLACEHOLDER_PAUSE[at])
        value = filling->pause;
    if (value == NULL)
        return g_strdup("");
    return html ? escape_html(value) : g_strdup(value);
}

/* TEXT with its placeholders filled. */
static char *
fill_text(const char *text, const Filling *filling, bool html)
{
    const char *end = text + strlen(text);
    g_autoptr(GString) out = g_string_sized_new((size_t)(end - text) + 256);
    char letter;
    do {
        const char *piece = text;
        size_t size = take_piece(&text, end, &letter);
        g_autofree char *value = placeholder_value(filling, letter, html);
        g_string_append_len(out, piece, (gssize)size);
        g_string_append(out, value);
    } while (letter != 0);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

char *
stencil_fill_text(const char *text, const StencilPerson *person, bool html)
{
    g_auto(Filling) filling = { 0 };
    filling_init(&filling, person);
    return fill_text(text, &filling, html);
}

/* Making */

/* A stencil in the making. */
typedef struct {
    GArray *fragments; /* of Fragment */
    GString *bytes;
    size_t cut; /* so many of the bytes are in fragments */
    SharedLines *lines;
} Maker;

static void
maker_init(Maker *maker, SharedLines *lines)
{
    maker->fragments = g_array_sized_new(FALSE, FALSE, sizeof(Fragment), FRAGMENTS_USUAL);
    maker->bytes = g_string_sized_new(SIZE_USUAL);
    maker->cut = 0;
    maker->lines = lines;
}

static void
maker_clear(Maker *maker)
{
    g_array_unref(maker->fragments);
    g_string_free(maker->bytes, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Maker, maker_clear)

/* A fragment for the bytes since the last one. */
static void
cut(Maker *maker)
{
    const Fragment bytes = { .kind = FRAGMENT_BYTES, .size = maker->bytes->len - maker->cut };
    if (bytes.size > 0)
        g_array_append_val(maker->fragments, bytes);
    maker->cut = maker->bytes->len;
}

static void
add_fragment(Maker *maker, const Fragment *fragment)
{
    cut(maker);
    g_array_append_vals(maker->fragments, fragment, 1);
}

static void
add_slot(Maker *maker, FragmentKind kind)
{
    const Fragment fragment = { .kind = kind };
    add_fragment(maker, &fragment);
}

/* How many octets a text is without its placeholders. */
typedef struct {
    size_t plain;
    size_t encoded; /* when it is quoted-printable */
} Measure;

/* The text around a placeholder ends with a soft line break and the value will, so that what stands
 * in between can have any length; decoded, nothing of it is seen. Answers the column behind it. */
static size_t
add_words(Maker *maker, const char *text, const char *end, bool html, size_t column,
          Measure *measure)
{
    while (text < end) {
        const char *piece = text;
        char letter;
        size_t size = take_piece(&text, end, &letter);
        size_t begin = maker->bytes->len;
        column = quoted_printable_write(maker->bytes, piece, size, column);
        measure->plain += size;
        measure->encoded += maker->bytes->len - begin;
        if (letter == 0)
            continue;
        const Fragment word = { .kind = FRAGMENT_WORD, .placeholder = letter, .html = html };
        g_string_append(maker->bytes, "=\r\n");
        add_fragment(maker, &word);
        column = 0;
    }
    return column;
}

static void
add_lines(Maker *maker, const EncodedLines *lines, Measure *measure)
{
    const Fragment fragment = { .kind = FRAGMENT_SHARED, .lines = lines };
    add_fragment(maker, &fragment);
    measure->plain += lines->end - lines->begin;
    measure->encoded += lines->size;
}

static Measure
add_quoted_printable(Maker *maker, const char *text, const GArray *shared, bool html)
{
    size_t size = strlen(text), at = 0, column = 0;
    Measure measure = { 0 };
    for (guint i = 0; shared != NULL && i < shared->len; i++) {
        const SharedText *each = &g_array_index(shared, SharedText, i);
        const EncodedLines *lines = shared_lines_get(maker->lines, text, size, each);
        if (lines == NULL)
            continue;
        size_t begin = each->at + lines->begin;
        add_words(maker, text + at, text + begin, html, column, &measure);
        add_lines(maker, lines, &measure);
        at = each->at + lines->end;
        column = 0;
    }
    add_words(maker, text + at, text + size, html, column, &measure);
    g_string_append(maker->bytes, "\r\n");
    return measure;
}

/* What stands for a mark, mostly a link of some 60 plain characters, is so much longer in base64. */
#define BASE64_MARK 20u

/* How many octets base64 makes of TEXT, less what quoted-printable makes of what stands for its marks. */
static size_t
base64_size(const char *text)
{
    const char *end = text + strlen(text);
    size_t octets = 0, marks = 0;
    char letter;
    do {
        const char *piece = text;
        size_t size = take_piece(&text, end, &letter);
        octets += size;
        for (size_t i = 0; i < size; i++)
            octets += piece[i] == '\n'; /* becomes CRLF */
        marks += letter != 0;
    } while (letter != 0);
    size_t characters = (octets + 2) / 3 * 4 + marks * BASE64_MARK;
    return characters + 2 * ((characters + BASE64_LINE - 1) / BASE64_LINE);
}

/* Base64 makes four octets of three, and more of line feeds: mostly that is known to be longer. */
static bool
is_short(const Measure *measure, const char *text)
{
    return 3 * measure->encoded <= 4 * measure->plain || measure->encoded <= base64_size(text);
}

static void
add_part_fields(Maker *maker, const char *type, const char *encoding)
{
    g_string_append_printf(maker->bytes,
                           "Content-Type: %s; charset=utf-8\r\n"
                           "Content-Transfer-Encoding: %s\r\n\r\n",
                           type, encoding);
}

/* Takes back what was added since there were FRAGMENTS, and SIZE bytes behind them. */
static void
cut_back(Maker *maker, guint fragments, size_t size)
{
    g_array_set_size(maker->fragments, fragments);
    g_string_truncate(maker->bytes, size);
    maker->cut = size;
}

/* Nearly always quoted-printable is shorter, and then it is there already. */
static void
add_part(Maker *maker, const char *type, const char *text, const GArray *shared, bool html)
{
    cut(maker);
    size_t size = maker->bytes->len;
    guint fragments = maker->fragments->len;
    add_part_fields(maker, type, "quoted-printable");
    Measure measure = add_quoted_printable(maker, text, shared, html);
    if (is_short(&measure, text))
        return;
    cut_back(maker, fragments, size);
    add_part_fields(maker, type, "base64");
    if (strstr(text, PLACEHOLDER_OPEN) == NULL) {
        base64_write_text(maker->bytes, text, strlen(text));
        return;
    }
    const Fragment whole = { .kind = FRAGMENT_BASE64, .html = html, .size = strlen(text) + 1 };
    add_fragment(maker, &whole);
    g_string_append_len(maker->bytes, text, (gssize)whole.size);
    maker->cut = maker->bytes->len;
}

static void
add_list_id(GString *out, const StencilSource *source)
{
    g_autofree char *id = g_strdup_printf("<%s>", source->list_id);
    if (source->list_name == NULL || !g_str_is_ascii(source->list_name)) {
        header_write_raw(out, "List-Id", id);
        return;
    }
    /* A phrase in quotes (RFC 2919, 3); beyond ASCII it is left out: readers compare this field. */
    g_autofree char *name = text_single_line(source->list_name);
    g_autoptr(GString) quoted = g_string_new("\"");
    for (const char *at = name; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\')
            g_string_append_c(quoted, '\\');
        g_string_append_c(quoted, *at);
    }
    g_string_append_printf(quoted, "\" %s", id);
    header_write_raw(out, "List-Id", quoted->str);
}

/* RFC 3834, 5; the other two are what responders look at that do not know it. */
static void
add_origin(GString *out, const StencilSource *source)
{
    g_string_append_printf(out,
                           "Precedence: bulk\r\n"
                           "Auto-Submitted: %s\r\n"
                           "X-Auto-Response-Suppress: All\r\n",
                           source->in_reply_to != NULL ? "auto-replied" : "auto-generated");
    if (source->in_reply_to != NULL)
        header_write_raw(out, "In-Reply-To", source->in_reply_to);
}

static void
add_header(Maker *maker, const StencilSource *source)
{
    g_autoptr(GTimeZone) zone = source->zone == NULL ? NULL : time_zone_find(source->zone);
    if (zone == NULL)
        zone = g_time_zone_new_utc();
    GString *out = maker->bytes;
    header_write_mailbox(out, "From", source->from);
    add_slot(maker, FRAGMENT_TO);
    if (source->reply_to != NULL)
        header_write_mailbox(out, "Reply-To", source->reply_to);
    header_write_text(out, "Subject", source->subject);
    header_write_date(out, "Date", source->date, zone);
    add_slot(maker, FRAGMENT_ID);
    add_list_id(out, source);
    if (source->help != NULL) {
        g_autofree char *url = mailto_new(source->help);
        g_autofree char *help = g_strdup_printf("<%s>", url);
        header_write_raw(out, "List-Help", help);
    }
    if (source->archive != NULL) {
        g_autofree char *archive = g_strdup_printf("<%s>", source->archive);
        header_write_raw(out, "List-Archive", archive);
    }
    if (source->feedback != NULL)
        header_write_raw(out, "Feedback-ID", source->feedback);
    add_slot(maker, FRAGMENT_LIST);
    add_origin(out, source);
    if (source->language != NULL)
        header_write_raw(out, "Content-Language", source->language);
    g_string_append(out, "MIME-Version: 1.0\r\n");
}

void
stencil_picture_free(StencilPicture *picture)
{
    g_free(picture->cid);
    g_free(picture->type);
    g_bytes_unref(picture->bytes);
    g_free(picture);
}

static void
add_picture(GString *out, const StencilPicture *picture)
{
    size_t size;
    const void *bytes = g_bytes_get_data(picture->bytes, &size);
    g_string_append_printf(out,
                           "Content-Type: %s\r\n"
                           "Content-Transfer-Encoding: base64\r\n"
                           "Content-ID: <%s>\r\n"
                           "Content-Disposition: inline\r\n\r\n",
                           picture->type, picture->cid);
    base64_write(out, bytes, size);
}

/* The HTML, and with it the pictures that it shows (RFC 2387). */
static void
add_html(Maker *maker, const StencilSource *source)
{
    if (source->pictures == NULL || source->pictures->len == 0) {
        add_part(maker, "text/html", source->html, source->html_shared, true);
        return;
    }
    g_string_append(maker->bytes, "Content-Type: multipart/related; type=\"text/html\";\r\n"
                                  " boundary=\"" RELATED "\"\r\n\r\n--" RELATED "\r\n");
    add_part(maker, "text/html", source->html, source->html_shared, true);
    for (guint i = 0; i < source->pictures->len; i++) {
        g_string_append(maker->bytes, "--" RELATED "\r\n");
        add_picture(maker->bytes, source->pictures->pdata[i]);
    }
    g_string_append(maker->bytes, "--" RELATED "--\r\n");
}

static void
add_alternatives(Maker *maker, const StencilSource *source)
{
    g_string_append(maker->bytes, "Content-Type: multipart/alternative;\r\n"
                                  " boundary=\"" ALTERNATIVE "\"\r\n\r\n--" ALTERNATIVE "\r\n");
    add_part(maker, "text/plain", source->text, source->text_shared, false);
    g_string_append(maker->bytes, "--" ALTERNATIVE "\r\n");
    add_html(maker, source);
    g_string_append(maker->bytes, "--" ALTERNATIVE "--\r\n");
}

/* A part's last line end belongs to the delimiter behind it; here the message ends. */
static void
add_text_alone(Maker *maker, const StencilSource *source)
{
    size_t size = strlen(source->text) - g_str_has_suffix(source->text, "\n");
    g_autofree char *text = g_strndup(source->text, size);
    add_part(maker, "text/plain", text, source->text_shared, false);
}

/* In buffers no larger than it is: many stencils are kept. */
static Stencil *
finish(Maker *maker)
{
    cut(maker);
    Stencil *stencil = g_new0(Stencil, 1);
    size_t fragments_size = maker->fragments->len * sizeof(Fragment);
    stencil->fragments = g_memdup2(maker->fragments->data, fragments_size);
    stencil->count = maker->fragments->len;
    stencil->bytes = g_memdup2(maker->bytes->str, maker->bytes->len);
    stencil->size = sizeof *stencil + fragments_size + maker->bytes->len;
    return stencil;
}

Stencil *
stencil_new(const StencilSource *source)
{
    g_auto(Maker) maker;
    maker_init(&maker, source->lines);
    add_header(&maker, source);
    if (source->html != NULL)
        add_alternatives(&maker, source);
    else
        add_text_alone(&maker, source);
    return finish(&maker);
}

void
stencil_free(Stencil *stencil)
{
    if (stencil == NULL)
        return;
    g_free(stencil->fragments);
    g_free(stencil->bytes);
    g_free(stencil);
}

size_t
stencil_size(const Stencil *stencil)
{
    return stencil->size;
}

/* Filling */

static void
append_link(GString *links, const char *url)
{
    g_string_append(links, links->len > 0 ? ", <" : "<");
    g_string_append(links, url);
    g_string_append_c(links, '>');
}

/* RFC 2369 and RFC 8058: the https link first, never encoded, and one-click only with it. */
static void
fill_list(const Filling *filling, GString *out)
{
    const StencilPerson *person = filling->person;
    g_autoptr(GString) links = g_string_new(NULL);
    if (person->unsubscribe_url != NULL)
        append_link(links, person->unsubscribe_url);
    if (filling->mailto != NULL)
        append_link(links, filling->mailto);
    if (links->len > 0)
        header_write_raw(out, "List-Unsubscribe", links->str);
    if (person->unsubscribe_url != NULL && g_str_has_prefix(person->unsubscribe_url, "https:"))
        header_write_raw(out, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
}

static void
fill_word(const Filling *filling, const Fragment *fragment, GString *out)
{
    g_autofree char *value = placeholder_value(filling, fragment->placeholder, fragment->html);
    quoted_printable_write(out, value, strlen(value), 0);
    g_string_append(out, "=\r\n");
}

static void
fill_base64(const Filling *filling, const char *source, bool html, GString *out)
{
    g_autofree char *text = fill_text(source, filling, html);
    base64_write_text(out, text, strlen(text));
}

void
stencil_fill(const Stencil *stencil, const StencilPerson *person, Message *message)
{
    g_auto(Filling) filling = { 0 };
    filling_init(&filling, person);
    message_clear(message);
    GString *own = message_own(message);
    const char *bytes = stencil->bytes;
    for (guint i = 0; i < stencil->count; i++) {
        const Fragment *fragment = &stencil->fragments[i];
        switch (fragment->kind) {
        case FRAGMENT_BYTES:
            message_share(message, bytes, fragment->size);
            bytes += fragment->size;
            break;
        case FRAGMENT_SHARED:
            message_share(message, fragment->lines->bytes, fragment->lines->size);
            break;
        case FRAGMENT_TO: header_write_mailbox(own, "To", person->to); break;
        case FRAGMENT_ID:
            g_string_append(own, "Message-ID: <");
            g_string_append(own, person->message_id);
            g_string_append(own, ">\r\n");
            break;
        case FRAGMENT_LIST: fill_list(&filling, own); break;
        case FRAGMENT_WORD: fill_word(&filling, fragment, own); break;
        case FRAGMENT_BASE64:
            fill_base64(&filling, bytes, fragment->html, own);
            bytes += fragment->size;
            break;
        }
    }
}
