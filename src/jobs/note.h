/* note.h - one mail in words to one person, beside the issues: what asks to confirm, what answers.
 *
 * It is text alone, made from a template, signed as mails of issues are, and sent at once. Whoever sends
 * it has recorded so before.                                                                        */
#pragma once

#include "jobs/instance.h"
#include "net/relay.h"

typedef struct NoteWriter NoteWriter;

/* Reads the templates and the key that signs; borrows INSTANCE. */
NoteWriter *note_writer_new(Instance *instance, GError **error);
void note_writer_free(NoteWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NoteWriter, note_writer_free)

/* templates_day() */
char *note_day(const NoteWriter *writer, const char *language, int64_t time, const char *zone,
               GError **error);

typedef struct {
    const NewsletterConfig *newsletter; /* who writes */
    const Address *to;
    const char *language; /* NULL: the newsletter's */
    const char *file;     /* the template: "web/confirm.txt.mustache" */
    const char *strings;  /* what the names of its strings begin with: "web_" */
    const char *subject;  /* the one that is the subject */
    const char *message_id;
    const Mailbox *reply_to; /* may be NULL */
    bool is_answer;          /* nobody is to answer it by machine: from <> (RFC 3834, 3.3) */
    const char *in_reply_to; /* Message-ID of what it answers; may be NULL */
} Note;

/* MODEL is what the template shows; the publisher and the strings are added to it. */
Mail *note_write(NoteWriter *writer, const Note *note, Value *model, GError **error);

typedef enum {
    NOTE_SENT, /* or nobody knows: it is not sent again */
    NOTE_REFUSED,
    NOTE_DEFERRED, /* no server took it: again later */
} NoteFate;

/* Sends MAIL, which is taken over. False only when the relays cannot be used as they are configured. */
bool note_send(const Instance *instance, Mail *mail, NoteFate *fate, GError **error);

/* The address where answers come in, with SUBSCRIPTION's token of KIND and NUMBER; NULL when there is
 * none. */
Address *note_address(const Instance *instance, TokenKind kind, uint64_t subscription,
                      uint32_t number);
