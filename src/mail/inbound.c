#include "mail/inbound.h"

#include <string.h>
#include <gmime/gmime.h>

#include "base/error.h"
#include "base/json.h"
#include "base/sandbox.h"
#include "base/text.h"

/* A header is read in milliseconds; GMime 3.2.13 can hang on a hostile one. */
#define CPU_SECONDS      2
#define WALL_SECONDS     10
#define MEMORY           (128u * 1024 * 1024)
#define OUTPUT_MAX       (256u * 1024)
#define RECIPIENTS_MAX   100
#define ADDRESS_TEXT_MAX 320
#define SUBJECT_MAX      500 /* characters */

void
inbound_free(Inbound *inbound)
{
    if (inbound == NULL)
        return;
    g_ptr_array_unref(inbound->recipients);
    g_free(inbound->from);
    g_free(inbound->subject);
    g_free(inbound->message_id);
    g_free(inbound);
}

/* In the child: GMime reads, JSON goes back */

static void
add_addresses(Value *list, InternetAddressList *addresses)
{
    int count = addresses == NULL ? 0 : internet_address_list_length(addresses);
    for (int i = 0; i < count && value_length(list) < RECIPIENTS_MAX; i++) {
        InternetAddress *address = internet_address_list_get_address(addresses, i);
        if (!INTERNET_ADDRESS_IS_MAILBOX(address))
            continue;
        const char *spec = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
        if (spec != NULL && strlen(spec) <= ADDRESS_TEXT_MAX)
            value_take_item(list, value_new_string(spec));
    }
}

static void
add_header_addresses(Value *list, GMimeObject *message, const char *name)
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

static bool
header_begins(GMimeObject *message, const char *name, const char *beginning)
{
    const char *value = g_mime_object_get_header(message, name);
    return value != NULL && g_ascii_strncasecmp(value, beginning, strlen(beginning)) == 0;
}

/* Subjects of vacation programs that set no header. */
static bool
is_vacation_subject(const char *subject)
{
    static const char *const beginnings[] = {
        "out of office",
        "out of the office",
        "automatic reply",
        "auto reply",
        "autoreply",
        "auto-reply",
        "abwesenheitsnotiz",
        "abwesend",
        "automatische antwort",
        "abwesenheitsnachricht",
        "réponse automatique",
        "absence du bureau",
        "respuesta automática",
        "fuera de la oficina",
    };
    if (subject == NULL)
        return false;
    g_autofree char *folded = text_fold(subject);
    for (size_t i = 0; i < G_N_ELEMENTS(beginnings); i++) {
        if (g_str_has_prefix(folded, beginnings[i]))
            return true;
    }
    return false;
}

/* RFC 3834, 5, and what came before it. "auto-generated" is not meant: providers' buttons send so. */
static bool
is_auto_replied(GMimeObject *message, const char *subject)
{
    return header_begins(message, "Auto-Submitted", "auto-replied") ||
           header_begins(message, "Precedence", "auto_reply") ||
           g_mime_object_get_header(message, "X-Autoreply") != NULL ||
           g_mime_object_get_header(message, "X-Autorespond") != NULL ||
           is_vacation_subject(subject);
}

static void
describe(GMimeMessage *message, GString *output)
{
    static const char *const names[] = { "Delivered-To", "X-Original-To",
                                         "Envelope-To",  "X-Envelope-To",
                                         "To",           "Cc" };
    GMimeObject *object = GMIME_OBJECT(message);
    g_autoptr(Value) map = value_new_map();
    Value *recipients = value_new_list();
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        add_header_addresses(recipients, object, names[i]);
    value_take(map, "recipients", recipients);

    g_autoptr(Value) senders = value_new_list();
    add_addresses(senders, g_mime_message_get_from(message));
    if (value_length(senders) > 0)
        value_set_string(map, "from", value_string(value_item(senders, 0)));
    const char *words = g_mime_message_get_subject(message);
    g_autofree char *line = words == NULL ? NULL : text_single_line(words);
    g_autofree char *subject = line == NULL ? NULL : text_truncate(line, SUBJECT_MAX);
    value_set_string(map, "subject", subject);
    value_set_string(map, "message_id", g_mime_message_get_message_id(message));
    value_set_bool(map, "auto_replied", is_auto_replied(object, subject));
    json_write(output, map, 0);
}

static bool
read_message(void *input, GString *output, GError **error)
{
    gsize size = 0;
    const char *bytes = g_bytes_get_data(input, &size);
    g_mime_init();
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, size);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
    if (message == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "not a mail");
    else
        describe(message, output);
    return message != NULL; /* the process ends here: nothing needs to be freed */
}

/* In the parent: what the child says is no more to be trusted than the mail */

static char *
take_text(const Value *map, const char *key)
{
    const char *text = value_find_string(map, key);
    return text == NULL ? NULL : text_single_line(text);
}

static Inbound *
inbound_from(const Value *map)
{
    Inbound *inbound = g_new0(Inbound, 1);
    inbound->recipients = g_ptr_array_new_with_free_func(g_free);
    inbound->from = take_text(map, "from");
    inbound->subject = take_text(map, "subject");
    inbound->message_id = take_text(map, "message_id");
    const Value *flag = value_find(map, "auto_replied");
    inbound->auto_replied = flag != NULL && value_kind(flag) == VALUE_BOOL && value_bool(flag);
    const Value *recipients = value_find(map, "recipients");
    if (recipients == NULL || value_kind(recipients) != VALUE_LIST)
        return inbound;
    for (size_t i = 0; i < value_length(recipients); i++) {
        const Value *recipient = value_item(recipients, i);
        if (value_kind(recipient) == VALUE_STRING)
            g_ptr_array_add(inbound->recipients, text_single_line(value_string(recipient)));
    }
    return inbound;
}

/* The header of MESSAGE with the empty line behind it: all that is read so far. */
static GBytes *
header_of(GBytes *message)
{
    gsize size = 0;
    const char *bytes = g_bytes_get_data(message, &size);
    size = MIN(size, INBOUND_BYTES_MAX);
    for (gsize i = 0; i + 1 < size; i++) {
        bool empty_line =
            bytes[i] == '\n' && (bytes[i + 1] == '\n' ||
                                 (bytes[i + 1] == '\r' && i + 2 < size && bytes[i + 2] == '\n'));
        if (empty_line)
            return g_bytes_new_from_bytes(message, 0, i + 1 + (bytes[i + 1] == '\r' ? 2 : 1));
    }
    return g_bytes_new_from_bytes(message, 0, size);
}

/* The converters that mail needs most. glibc keeps their tables in files, which the child may not
 * open; what is open in the parent when it forks works there too. */
typedef struct {
    GIConv open[4];
} Converters;

static void
converters_init(Converters *converters)
{
    static const char *const charsets[] = { "ISO-8859-1", "ISO-8859-15", "WINDOWS-1252",
                                            "ISO-8859-2" };
    for (size_t i = 0; i < G_N_ELEMENTS(charsets); i++)
        converters->open[i] = g_iconv_open("UTF-8", charsets[i]);
}

static void
converters_clear(Converters *converters)
{
    for (size_t i = 0; i < G_N_ELEMENTS(converters->open); i++) {
        if (converters->open[i] != (GIConv)-1)
            g_iconv_close(converters->open[i]);
    }
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Converters, converters_clear)

Inbound *
inbound_parse(GBytes *message, GError **error)
{
    static const SandboxLimits limits = {
        .cpu_seconds = CPU_SECONDS,
        .wall_seconds = WALL_SECONDS,
        .memory = MEMORY,
        .output_max = OUTPUT_MAX,
    };
    if (g_bytes_get_size(message) == 0) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "the mail is empty");
        return NULL;
    }
    g_autoptr(GBytes) header = header_of(message);
    g_auto(Converters) converters;
    converters_init(&converters);
    g_autoptr(GBytes) answer = sandbox_run(read_message, header, &limits, error);
    if (answer == NULL)
        return NULL;
    g_autoptr(Value) map = json_parse(answer, error);
    return map == NULL ? NULL : inbound_from(map);
}
