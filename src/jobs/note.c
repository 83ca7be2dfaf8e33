#include "jobs/note.h"

#include "delivery/verdict.h"
#include "digest/templates.h"
#include "jobs/errand.h"
#include "jobs/relays.h"
#include "mail/dkim.h"
#include "mail/stencil.h"

struct NoteWriter {
    Instance *instance;
    Templates *templates;
    Dkim *dkim; /* or NULL */
};

NoteWriter *
note_writer_new(Instance *instance, GError **error)
{
    const DkimSettings settings = dkim_settings(instance->config);
    g_autoptr(NoteWriter) writer = g_new0(NoteWriter, 1);
    writer->instance = instance;
    writer->templates = templates_load(instance->config->templates, error);
    if (writer->templates == NULL)
        return NULL;
    if (settings.domain != NULL && (writer->dkim = dkim_open(&settings, error)) == NULL)
        return NULL;
    return g_steal_pointer(&writer);
}

void
note_writer_free(NoteWriter *writer)
{
    if (writer == NULL)
        return;
    templates_free(writer->templates);
    dkim_free(writer->dkim);
    g_free(writer);
}

/* Writing */

char *
note_day(const NoteWriter *writer, const char *language, int64_t time, const char *zone,
         GError **error)
{
    return templates_day(writer->templates, language, time, zone, error);
}

static void
put_publisher(Value *model, const Config *config, const NewsletterConfig *newsletter)
{
    Value *about = value_new_map();
    value_set_string(about, "title", newsletter->title);
    value_set_string(about, "imprint",
                     newsletter->imprint != NULL ? newsletter->imprint : config->imprint);
    value_set_string(about, "postal_address",
                     newsletter->postal_address != NULL ? newsletter->postal_address
                                                        : config->postal_address);
    value_take(model, "newsletter", about);
}

static Message *
write_message(const NoteWriter *writer, const Note *note, const Mailbox *from, const char *language,
              const char *subject, const char *text)
{
    const NewsletterConfig *newsletter = note->newsletter;
    int64_t now = clock_now(writer->instance->clock);
    g_autofree char *list_id =
        newsletter->list_id != NULL
            ? g_strdup(newsletter->list_id)
            : g_strdup_printf("%s.%s", newsletter->name, address_domain(from->address));
    const StencilSource source = {
        .from = from,
        .reply_to = note->reply_to,
        .subject = subject,
        .text = text,
        .language = language,
        .date = now,
        .zone = newsletter->zone,
        .list_id = list_id,
        .in_reply_to = note->in_reply_to,
    };
    g_autoptr(Stencil) stencil = stencil_new(&source);
    g_autoptr(Mailbox) to = mailbox_new(NULL, note->to);
    const StencilPerson person = { .to = to, .message_id = note->message_id };
    Message *message = message_new();
    stencil_fill(stencil, &person, message);
    GString *whole = message_text(message); /* the stencil goes */
    if (writer->dkim != NULL)
        dkim_sign(writer->dkim, now, whole);
    return message;
}

Mail *
note_write(NoteWriter *writer, const Note *note, Value *model, GError **error)
{
    const NewsletterConfig *newsletter = note->newsletter;
    const char *language = note->language != NULL ? note->language : newsletter->language;
    g_autoptr(Mailbox) from = mailbox_parse(newsletter->from, error);
    g_autoptr(GString) text = g_string_new(NULL);
    if (from == NULL)
        return NULL;
    put_publisher(model, writer->instance->config, newsletter);
    if (!templates_put_strings(writer->templates, language, note->strings, model, error) ||
        !templates_render(writer->templates, note->file, model, text, error))
        return NULL;
    const char *subject = value_find_string(value_find(model, "t"), note->subject);
    Message *message = write_message(writer, note, from, language, subject, text->str);
    return mail_new_take(note->is_answer ? NULL : address_copy(from->address),
                         address_copy(note->to), message, NULL);
}

/* Sending */

bool
note_send(const Instance *instance, Mail *mail, NoteFate *fate, GError **error)
{
    g_auto(RelayResult) result = { 0 };
    if (!errand_run(instance, mail, &result, error))
        return false;
    switch (verdict_of(&result.reply, result.phase)) {
    case VERDICT_SENT:
    case VERDICT_UNCERTAIN: *fate = NOTE_SENT; return true;
    case VERDICT_REFUSED: *fate = NOTE_REFUSED; return true;
    case VERDICT_LATER:
    case VERDICT_OUR_FAULT:
    case VERDICT_NOT_SENT: *fate = NOTE_DEFERRED; return true;
    }
    g_assert_not_reached();
}

Address *
note_address(const Instance *instance, TokenKind kind, uint64_t subscription, uint32_t number)
{
    const Config *config = instance->config;
    g_autoptr(Address) base = config->unsubscribe_address == NULL
                                  ? NULL
                                  : address_parse(config->unsubscribe_address, NULL);
    if (base == NULL)
        return NULL;
    g_autoptr(GString) detail = g_string_new(NULL);
    const Token token = { .kind = kind, .subscription = subscription, .issue = number };
    token_write(detail, instance->keys, &token);
    return address_with_detail(base, config->separator[0], detail->str, NULL);
}
