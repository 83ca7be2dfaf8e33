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

/* What a fragment stands for. */
typedef enum {
    FRAGMENT_BYTES, /* the same for all */
    FRAGMENT_TO,    /* header fields of the person */
    FRAGMENT_ID,
    FRAGMENT_LIST,
    FRAGMENT_WORD,   /* a placeholder in a quoted-printable part */
    FRAGMENT_BASE64, /* a whole base64 part: it cannot be cut where a placeholder stands */
} FragmentKind;

typedef struct {
    FragmentKind kind;
    char placeholder; /* of FRAGMENT_WORD */
    bool html;        /* of FRAGMENT_WORD and _BASE64: values are escaped */
    GString *bytes;   /* of FRAGMENT_BYTES and _BASE64 (there: the text) */
} Fragment;

struct Stencil {
    GArray *fragments; /* of Fragment */
    size_t size;
};

static void
fragment_clear(Fragment *fragment)
{
    if (fragment->bytes != NULL)
        g_string_free(fragment->bytes, TRUE);
}

/* Placeholders */

/* Takes the text before the first mark off *TEXT, and the mark with it: *LETTER says which it was, 0
 * that there was none. Answers how many bytes that text has. */
static size_t
take_piece(const char **text, char *letter)
{
    const size_t open = strlen(PLACEHOLDER_OPEN);
    const char *piece = *text;
    const char *mark = strstr(piece, PLACEHOLDER_OPEN);
    while (mark != NULL) {
        if (mark[open] != '\0' && g_str_has_prefix(mark + open + 1, PLACEHOLDER_CLOSE)) {
            *letter = mark[open];
            *text = mark + open + 1 + strlen(PLACEHOLDER_CLOSE);
            return (size_t)(mark - piece);
        }
        mark = strstr(mark + open, PLACEHOLDER_OPEN);
    }
    *letter = 0;
    *text = piece + strlen(piece);
    return strlen(piece);
}

/* A mailto: URL (RFC 6068, 2): '+' stands for itself there, and many clients take it so even where
 * it is encoded; '?', '&', '=', '/', '#' and all beyond ASCII do not. */
static char *
mailto_new(const Address *address)
{
    g_autofree char *local = g_uri_escape_string(address_local(address), "+!$'*", false);
    return g_strconcat("mailto:", local, "@", address_domain(address), NULL);
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
    g_autoptr(GString) out = g_string_sized_new(strlen(text) + 256);
    char letter;
    do {
        const char *piece = text;
        size_t size = take_piece(&text, &letter);
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

/* The fragment at the end that takes bytes. */
static GString *
tail(Stencil *stencil)
{
    GArray *fragments = stencil->fragments;
    if (fragments->len > 0) {
        Fragment *last = &g_array_index(fragments, Fragment, fragments->len - 1);
        if (last->kind == FRAGMENT_BYTES)
            return last->bytes;
    }
    Fragment fresh = { .kind = FRAGMENT_BYTES, .bytes = g_string_new(NULL) };
    g_array_append_val(fragments, fresh);
    return fresh.bytes;
}

static void
add_slot(Stencil *stencil, FragmentKind kind)
{
    Fragment fragment = { .kind = kind };
    g_array_append_val(stencil->fragments, fragment);
}

/* The text around a placeholder ends with a soft line break and the value will, so that what stands
 * in between can have any length; decoded, nothing of it is seen. Answers how many octets the text is. */
static size_t
add_quoted_printable(Stencil *stencil, const char *text, bool html)
{
    char letter;
    size_t column = 0, total = 0;
    do {
        const char *piece = text;
        size_t size = take_piece(&text, &letter);
        GString *out = tail(stencil);
        size_t begin = out->len;
        column = quoted_printable_write(out, piece, size, column);
        total += out->len - begin;
        g_string_append(out, letter != 0 ? "=\r\n" : "\r\n");
        if (letter != 0) {
            Fragment word = { .kind = FRAGMENT_WORD, .placeholder = letter, .html = html };
            g_array_append_val(stencil->fragments, word);
            column = 0;
        }
    } while (letter != 0);
    return total;
}

/* How many octets base64 makes of TEXT; its marks are gone when it is encoded. */
static size_t
base64_size(const char *text)
{
    size_t octets = 0;
    char letter;
    do {
        const char *piece = text;
        size_t size = take_piece(&text, &letter);
        octets += size;
        for (size_t i = 0; i < size; i++)
            octets += piece[i] == '\n'; /* becomes CRLF */
    } while (letter != 0);
    size_t characters = (octets + 2) / 3 * 4;
    return characters + 2 * ((characters + BASE64_LINE - 1) / BASE64_LINE);
}

static void
add_part_fields(Stencil *stencil, const char *type, const char *encoding)
{
    g_string_append_printf(tail(stencil),
                           "Content-Type: %s; charset=utf-8\r\n"
                           "Content-Transfer-Encoding: %s\r\n\r\n",
                           type, encoding);
}

/* Takes back what was added since there were FRAGMENTS, the last of them with SIZE bytes. */
static void
cut_back(Stencil *stencil, guint fragments, size_t size)
{
    g_array_set_size(stencil->fragments, fragments);
    g_string_truncate(tail(stencil), size);
}

/* Nearly always quoted-printable is shorter, and then it is there already. */
static void
add_part(Stencil *stencil, const char *type, const char *text, bool html)
{
    size_t size = tail(stencil)->len;
    guint fragments = stencil->fragments->len;
    add_part_fields(stencil, type, "quoted-printable");
    if (add_quoted_printable(stencil, text, html) <= base64_size(text))
        return;
    cut_back(stencil, fragments, size);
    add_part_fields(stencil, type, "base64");
    if (strstr(text, PLACEHOLDER_OPEN) == NULL) {
        base64_write_text(tail(stencil), text, strlen(text));
        return;
    }
    Fragment whole = { .kind = FRAGMENT_BASE64, .html = html, .bytes = g_string_new(text) };
    g_array_append_val(stencil->fragments, whole);
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
add_header(Stencil *stencil, const StencilSource *source)
{
    g_autoptr(GTimeZone) zone = source->zone == NULL ? NULL : time_zone_find(source->zone);
    if (zone == NULL)
        zone = g_time_zone_new_utc();
    header_write_mailbox(tail(stencil), "From", source->from);
    add_slot(stencil, FRAGMENT_TO);
    GString *out = tail(stencil);
    if (source->reply_to != NULL)
        header_write_mailbox(out, "Reply-To", source->reply_to);
    header_write_text(out, "Subject", source->subject);
    header_write_date(out, "Date", source->date, zone);
    add_slot(stencil, FRAGMENT_ID);
    out = tail(stencil);
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
    add_slot(stencil, FRAGMENT_LIST);
    out = tail(stencil);
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
add_html(Stencil *stencil, const StencilSource *source)
{
    if (source->pictures == NULL || source->pictures->len == 0) {
        add_part(stencil, "text/html", source->html, true);
        return;
    }
    g_string_append(tail(stencil), "Content-Type: multipart/related; type=\"text/html\";\r\n"
                                   " boundary=\"" RELATED "\"\r\n\r\n--" RELATED "\r\n");
    add_part(stencil, "text/html", source->html, true);
    GString *out = tail(stencil);
    for (guint i = 0; i < source->pictures->len; i++) {
        g_string_append(out, "--" RELATED "\r\n");
        add_picture(out, source->pictures->pdata[i]);
    }
    g_string_append(out, "--" RELATED "--\r\n");
}

static void
add_alternatives(Stencil *stencil, const StencilSource *source)
{
    g_string_append(tail(stencil), "Content-Type: multipart/alternative;\r\n"
                                   " boundary=\"" ALTERNATIVE "\"\r\n\r\n--" ALTERNATIVE "\r\n");
    add_part(stencil, "text/plain", source->text, false);
    g_string_append(tail(stencil), "--" ALTERNATIVE "\r\n");
    add_html(stencil, source);
    g_string_append(tail(stencil), "--" ALTERNATIVE "--\r\n");
}

/* A buffer that has grown is up to twice as large as what is in it, and many stencils are kept. */
static void
shrink(Stencil *stencil)
{
    stencil->size = sizeof *stencil;
    for (guint i = 0; i < stencil->fragments->len; i++) {
        Fragment *fragment = &g_array_index(stencil->fragments, Fragment, i);
        stencil->size += sizeof *fragment;
        if (fragment->bytes == NULL)
            continue;
        GString *bytes = fragment->bytes;
        char *copy = g_memdup2(bytes->str, bytes->len + 1);
        g_free(bytes->str);
        bytes->str = copy;
        bytes->allocated_len = bytes->len + 1;
        stencil->size += bytes->allocated_len;
    }
}

Stencil *
stencil_new(const StencilSource *source)
{
    Stencil *stencil = g_new0(Stencil, 1);
    stencil->fragments = g_array_new(FALSE, FALSE, sizeof(Fragment));
    g_array_set_clear_func(stencil->fragments, (GDestroyNotify)fragment_clear);
    add_header(stencil, source);
    if (source->html != NULL) {
        add_alternatives(stencil, source);
    } else {
        /* A part's last line end belongs to the delimiter behind it; here the message ends. */
        size_t size = strlen(source->text) - g_str_has_suffix(source->text, "\n");
        g_autofree char *text = g_strndup(source->text, size);
        add_part(stencil, "text/plain", text, false);
    }
    shrink(stencil);
    return stencil;
}

void
stencil_free(Stencil *stencil)
{
    if (stencil == NULL)
        return;
    g_array_unref(stencil->fragments);
    g_free(stencil);
}

size_t
stencil_size(const Stencil *stencil)
{
    return stencil->size;
}

/* Filling */

/* RFC 2369 and RFC 8058: the https link first, never encoded, and one-click only with it. */
static void
fill_list(const Filling *filling, GString *out)
{
    const StencilPerson *person = filling->person;
    g_autoptr(GString) links = g_string_new(NULL);
    if (person->unsubscribe_url != NULL)
        g_string_append_printf(links, "<%s>", person->unsubscribe_url);
    if (filling->mailto != NULL)
        g_string_append_printf(links, "%s<%s>", links->len > 0 ? ", " : "", filling->mailto);
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
fill_base64(const Filling *filling, const Fragment *fragment, GString *out)
{
    g_autofree char *text = fill_text(fragment->bytes->str, filling, fragment->html);
    base64_write_text(out, text, strlen(text));
}

void
stencil_fill(const Stencil *stencil, const StencilPerson *person, GString *message)
{
    g_auto(Filling) filling = { 0 };
    filling_init(&filling, person);
    g_string_truncate(message, 0);
    for (guint i = 0; i < stencil->fragments->len; i++) {
        const Fragment *fragment = &g_array_index(stencil->fragments, Fragment, i);
        switch (fragment->kind) {
        case FRAGMENT_BYTES:
            g_string_append_len(message, fragment->bytes->str, (gssize)fragment->bytes->len);
            break;
        case FRAGMENT_TO: header_write_mailbox(message, "To", person->to); break;
        case FRAGMENT_ID:
            g_string_append(message, "Message-ID: <");
            g_string_append(message, person->message_id);
            g_string_append(message, ">\r\n");
            break;
        case FRAGMENT_LIST: fill_list(&filling, message); break;
        case FRAGMENT_WORD: fill_word(&filling, fragment, message); break;
        case FRAGMENT_BASE64: fill_base64(&filling, fragment, message); break;
        }
    }
}
