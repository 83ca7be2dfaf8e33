#include "mail/pieces-internal.h"

#include <string.h>
#include <gmime/gmime.h>

#include "base/text.h"
#include "mail/plain.h"

#define RECIPIENTS_MAX   100
#define ADDRESS_TEXT_MAX 320
#define SUBJECT_MAX      500 /* characters */
/* Reports have three or four parts; more, or deeper, is read by nobody. */
#define PARTS_MAX 50
#define DEPTH_MAX 10
/* Of each kind of piece: what failed stands at the beginning. */
#define PIECE_MAX (64u * 1024)

void
pieces_free(Pieces *pieces)
{
    if (pieces == NULL)
        return;
    fields_free(pieces->header);
    g_ptr_array_unref(pieces->recipients);
    g_free(pieces->from);
    g_free(pieces->from_name);
    g_free(pieces->subject);
    g_free(pieces->message_id);
    g_string_free(pieces->text, TRUE);
    g_string_free(pieces->status, TRUE);
    g_string_free(pieces->feedback, TRUE);
    g_string_free(pieces->returned, TRUE);
    g_free(pieces);
}

/* The header */

static void
add_addresses(GPtrArray *list, InternetAddressList *addresses)
{
    int count = addresses == NULL ? 0 : internet_address_list_length(addresses);
    for (int i = 0; i < count && list->len < RECIPIENTS_MAX; i++) {
        InternetAddress *address = internet_address_list_get_address(addresses, i);
        if (!INTERNET_ADDRESS_IS_MAILBOX(address))
            continue;
        const char *spec = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
        if (spec != NULL && strlen(spec) <= ADDRESS_TEXT_MAX)
            g_ptr_array_add(list, text_single_line(spec));
    }
}

static void
add_header_addresses(GPtrArray *list, GMimeObject *message, const char *name)
{
    GMimeHeaderList *headers = g_mime_object_get_header_list(message);
    int count = g_mime_header_list_get_count(headers);
    for (int i = 0; i < count; i++) {
        GMimeHeader *header = g_mime_header_list_get_header_at(headers, i);
        if (g_ascii_strcasecmp(g_mime_header_get_name(header), name) != 0)
            continue;
        const char *value = g_mime_header_get_value(header);
        InternetAddressList *addresses =
            value == NULL ? NULL : internet_address_list_parse(NULL, value);
        add_addresses(list, addresses);
        if (addresses != NULL)
            g_object_unref(addresses);
    }
}

static void
read_from(Pieces *pieces, GMimeMessage *message)
{
    g_autoptr(GPtrArray) senders = g_ptr_array_new_with_free_func(g_free);
    InternetAddressList *from = g_mime_message_get_from(message);
    add_addresses(senders, from);
    if (senders->len > 0)
        pieces->from = g_strdup(senders->pdata[0]);
    InternetAddress *first = from != NULL && internet_address_list_length(from) > 0
                                 ? internet_address_list_get_address(from, 0)
                                 : NULL;
    const char *name = first == NULL ? NULL : internet_address_get_name(first);
    pieces->from_name = name == NULL ? NULL : text_single_line(name);
}

static void
read_header(Pieces *pieces, GMimeMessage *message)
{
    static const char *const names[] = { "Delivered-To", "X-Original-To",
                                         "Envelope-To",  "X-Envelope-To",
                                         "To",           "Cc" };
    GMimeObject *object = GMIME_OBJECT(message);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        add_header_addresses(pieces->recipients, object, names[i]);
    read_from(pieces, message);
    const char *words = g_mime_message_get_subject(message);
    g_autofree char *line = words == NULL ? NULL : text_single_line(words);
    pieces->subject = line == NULL ? NULL : text_truncate(line, SUBJECT_MAX);
    const char *id = g_mime_message_get_message_id(message);
    pieces->message_id = id == NULL ? NULL : text_single_line(id);
    g_autofree char *raw = g_mime_object_get_headers(object, NULL);
    g_autofree char *text = text_repair(raw, strlen(raw));
    const char *at = text;
    pieces->header = fields_read(&at);
    if (pieces->header == NULL) {
        at = "-";
        pieces->header = fields_read(&at); /* one without fields */
    }
}

/* The parts */

typedef struct {
    Pieces *pieces;
    guint parts;
    bool has_plain; /* text that needs no stripping */
} Walk;

/* The content of PART as UTF-8. */
static char *
text_of(GMimePart *part)
{
    GMimeDataWrapper *content = g_mime_part_get_content(part);
    if (content == NULL)
        return g_strdup("");
    GMimeStream *stream = g_mime_stream_mem_new();
    g_mime_data_wrapper_write_to_stream(content, stream);
    GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
    const char *charset = g_mime_content_type_get_parameter(type, "charset");
    char *text = bytes->len == 0 ? g_strdup("")
                                 : plain_from_bytes((const char *)bytes->data,
                                                    MIN(bytes->len, PIECE_MAX), charset);
    g_object_unref(stream);
    return text;
}

/* Pieces of one kind are apart from each other by an empty line. */
static void
add_piece(GString *piece, const char *text)
{
    if (piece->len >= PIECE_MAX)
        return;
    if (piece->len > 0)
        g_string_append(piece, "\n\n");
    g_string_append(piece, text);
}

/* HTML mostly says the same again as the text before it. */
static void
add_text(Walk *walk, GMimePart *part, bool is_html)
{
    if (is_html && walk->has_plain)
        return;
    g_autofree char *text = text_of(part);
    g_autofree char *plain = is_html ? plain_from_html(text) : NULL;
    add_piece(walk->pieces->text, is_html ? plain : text);
    walk->has_plain = walk->has_plain || (!is_html && *text != '\0');
}

static void
add_returned(Pieces *pieces, const char *header)
{
    if (pieces->returned->len == 0)
        add_piece(pieces->returned, header);
}

static void
take_part(Walk *walk, GMimePart *part)
{
    static const struct {
        const char *type;
        const char *subtype;
        size_t piece;
    } kinds[] = {
        { "message", "delivery-status", offsetof(Pieces, status) },
        { "message", "global-delivery-status", offsetof(Pieces, status) },
        { "message", "feedback-report", offsetof(Pieces, feedback) },
    };
    static const char *const headers[][2] = { { "text", "rfc822-headers" },
                                              { "message", "rfc822-headers" },
                                              { "message", "global-headers" },
                                              { "text", "rfc822-header" } };
    GMimeContentType *type = g_mime_object_get_content_type(GMIME_OBJECT(part));
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!g_mime_content_type_is_type(type, kinds[i].type, kinds[i].subtype))
            continue;
        g_autofree char *text = text_of(part);
        add_piece(G_STRUCT_MEMBER(GString *, walk->pieces, kinds[i].piece), text);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        if (!g_mime_content_type_is_type(type, headers[i][0], headers[i][1]))
            continue;
        g_autofree char *text = text_of(part);
        add_returned(walk->pieces, text);
        return;
    }
    if (g_mime_content_type_is_type(type, "message", "disposition-notification") ||
        g_mime_content_type_is_type(type, "message", "global-disposition-notification")) {
        /* Some servers refuse in this form: then it is read as a notice. */
        g_autofree char *text = text_of(part);
        add_piece(walk->pieces->text, text);
        walk->pieces->is_receipt = true;
    }
    if (g_mime_content_type_is_type(type, "text", "*"))
        add_text(walk, part, g_mime_content_type_is_type(type, "text", "html"));
}

/* A mail in the mail is not looked into beyond its header: what it says, somebody passes on. */
static void
take_message(Pieces *pieces, GMimeMessagePart *part)
{
    GMimeMessage *message = g_mime_message_part_get_message(part);
    if (message == NULL)
        return;
    g_autofree char *raw = g_mime_object_get_headers(GMIME_OBJECT(message), NULL);
    g_autofree char *text = text_repair(raw, strlen(raw));
    add_returned(pieces, text);
}

static void
walk_part(Walk *walk, GMimeObject *object, int depth)
{
    if (depth > DEPTH_MAX || ++walk->parts > PARTS_MAX)
        return;
    if (GMIME_IS_MESSAGE_PART(object)) {
        take_message(walk->pieces, GMIME_MESSAGE_PART(object));
    } else if (GMIME_IS_MULTIPART(object)) {
        GMimeMultipart *parts = GMIME_MULTIPART(object);
        int count = g_mime_multipart_get_count(parts);
        for (int i = 0; i < count; i++)
            walk_part(walk, g_mime_multipart_get_part(parts, i), depth + 1);
    } else if (GMIME_IS_PART(object)) {
        take_part(walk, GMIME_PART(object));
    }
}

/* What stands behind the header, for mails whose structure is broken. */
static void
take_raw_text(Pieces *pieces, const char *bytes, size_t size)
{
    const char *end = memmem(bytes, size, "\n\n", 2);
    const char *network = memmem(bytes, size, "\r\n\r\n", 4);
    if (end == NULL || (network != NULL && network < end))
        end = network;
    if (end == NULL)
        return;
    size_t left = (size_t)(bytes + size - end);
    g_autofree char *text = plain_from_bytes(end, MIN(left, PIECE_MAX), NULL);
    add_piece(pieces->text, text);
}

static bool
is_blank(const char *text)
{
    return text[strspn(text, " \t\n")] == '\0';
}

/* Mailbox files and some pipes put a line "From SENDER DATE" before the header. */
static void
skip_envelope_line(const char **bytes, size_t *size)
{
    const char *begin = *bytes;
    const char *end = begin + *size;
    while (begin < end && (*begin == '\n' || *begin == '\r'))
        begin++;
    size_t left = (size_t)(end - begin);
    bool has_line = (left > 5 && memcmp(begin, "From ", 5) == 0) ||
                    (left > 6 && memcmp(begin, ">From ", 6) == 0);
    const char *line_end = has_line ? memchr(begin, '\n', left) : NULL;
    *bytes = line_end != NULL ? line_end + 1 : begin;
    *size = (size_t)(end - *bytes);
}

static Pieces *
pieces_new(void)
{
    Pieces *pieces = g_new0(Pieces, 1);
    pieces->recipients = g_ptr_array_new_with_free_func(g_free);
    pieces->text = g_string_new(NULL);
    pieces->status = g_string_new(NULL);
    pieces->feedback = g_string_new(NULL);
    pieces->returned = g_string_new(NULL);
    return pieces;
}

Pieces *
pieces_read(const char *bytes, size_t size)
{
    skip_envelope_line(&bytes, &size);
    g_mime_init();
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, size);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    g_object_unref(parser);
    g_object_unref(stream);
    if (message == NULL)
        return NULL;

    Pieces *pieces = pieces_new();
    read_header(pieces, message);
    GMimeObject *root = g_mime_message_get_mime_part(message);
    if (root != NULL) {
        GMimeContentType *type = g_mime_object_get_content_type(root);
        pieces->is_report = g_mime_content_type_is_type(type, "multipart", "report");
        Walk walk = { .pieces = pieces };
        walk_part(&walk, root, 0);
    }
    if (is_blank(pieces->text->str) && pieces->status->len == 0)
        take_raw_text(pieces, bytes, size);
    g_object_unref(message);
    return pieces;
}
