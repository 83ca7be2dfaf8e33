/* stencil.h - a message made once for many people.
 *
 * stencil_new() encodes everything that is the same for all: headers, both parts in the shorter of
 * quoted-printable and base64, boundaries. Lines that other messages have, too, are encoded once for
 * all of them (mail/shared_lines.h). stencil_fill() puts in between what differs: the To
 * field, Message-ID, tokens, the name in a greeting. Filling twice with the same person gives the same
 * bytes. Lines end in CRLF and never begin with a dot; all is ASCII but for addresses in the header that
 * are not.                                                                                        */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "mail/address.h"
#include "mail/message.h"
#include "mail/shared_lines.h"

/* A picture that the HTML shows as "cid:CID". */
typedef struct {
    char *cid;
    char *type; /* "image/png" */
    GBytes *bytes;
} StencilPicture;

void stencil_picture_free(StencilPicture *picture);

typedef struct {
    const Mailbox *from;
    const Mailbox *reply_to; /* may be NULL */
    const char *subject;
    const char *text;        /* with placeholders (base/placeholder.h) */
    const char *html;        /* with placeholders; NULL: a mail with text alone */
    const char *language;    /* Content-Language; may be NULL */
    int64_t date;            /* of the issue, so that a repeated mail has the same bytes */
    const char *zone;        /* in which Date is written; NULL: UTC */
    const char *list_id;     /* "digest.example.org" (RFC 2919) */
    const char *list_name;   /* shown beside it; may be NULL */
    const char *in_reply_to; /* Message-ID of a mail that this one answers; NULL: answers none */
    const Address *help;     /* List-Help; may be NULL */
    const char *archive;     /* List-Archive, a URL; may be NULL */
    const char *feedback; /* Feedback-ID: what mailbox providers count complaints by; may be NULL */
    const GPtrArray *pictures; /* of StencilPicture *; may be NULL */
    const GArray
        *text_shared; /* of SharedText, in order: what of the text other mails have; or NULL */
    const GArray *html_shared; /* the same of the HTML */
    SharedLines *lines;        /* where these are encoded; it must outlive the stencil */
} StencilSource;

typedef struct {
    const Mailbox *to;
    const char *message_id;             /* without <> */
    const Address *unsubscribe_address; /* with the token; List-Unsubscribe: mailto; may be NULL */
    const char *unsubscribe_url;        /* https, one-click (RFC 8058); may be NULL */
    const char *preferences_url;        /* the page of their choices; may be NULL */
    const Address *pause_address;       /* a mail there pauses; may be NULL */
} StencilPerson;

typedef struct Stencil Stencil;

Stencil *stencil_new(const StencilSource *source);
void stencil_free(Stencil *stencil);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Stencil, stencil_free)

/* Replaces the content of MESSAGE, which shares bytes with STENCIL and its SharedLines: both have to live until it
 * does not any more (message_share()). The visible link (PLACEHOLDER_UNSUBSCRIBE) is the https URL where there is one, else the mailto: URL. */
void stencil_fill(const Stencil *stencil, const StencilPerson *person, Message *message);

/* TEXT with its placeholders filled for PERSON, escaped for HTML when HTML is true: what a preview
 * shows. */
char *stencil_fill_text(const char *text, const StencilPerson *person, bool html);

/* How much memory it holds by itself, in bytes: caches are limited by it. */
size_t stencil_size(const Stencil *stencil);
