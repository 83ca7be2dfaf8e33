/* inbound.h - reading a mail that came back: for whom it is, and whether a machine wrote it.
 *
 * GMime reads it, in a sandboxed child (base/sandbox.h), because Debian 12's GMime can hang on a
 * hostile header. Only the header is looked at so far.                                           */
#pragma once

#include <stdbool.h>
#include <glib.h>

/* Read of a message; what is beyond is drained and not looked at. */
#define INBOUND_BYTES_MAX (256u * 1024)

typedef struct {
    GPtrArray *recipients; /* of char *, most trustworthy first: Delivered-To, X-Original-To,
                              Envelope-To, To, Cc; addr-specs as they stand, untrusted */
    char *from;            /* addr-spec, or NULL; untrusted: never act on it */
    char *subject;         /* decoded, one line, or NULL; a hint: GMime 3.2.13 ends it behind a
                              base64 word that is padded */
    char *message_id;      /* or NULL */
    bool auto_replied;     /* Auto-Submitted: auto-replied or its older relatives (RFC 3834): a
                              vacation, which never acts */
} Inbound;

void inbound_free(Inbound *inbound);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Inbound, inbound_free)

/* NULL and DEPESCHE_ERROR_INPUT when the bytes are no message or met a limit of the sandbox. */
Inbound *inbound_parse(GBytes *message, GError **error);
