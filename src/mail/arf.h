/* arf.h - what mailbox providers pass on of their users' clicks on "spam": feedback reports (RFC 5965).
 * Pure.                                                                                             */
#pragma once

#include <stdbool.h>
#include <glib.h>

typedef enum {
    ARF_ABUSE,    /* a complaint; so are "fraud", "virus", "other", and what is not known */
    ARF_OPT_OUT,  /* wants no more of it */
    ARF_NOT_SPAM, /* took it out of the spam folder */
    ARF_REPORT, /* "auth-failure" and the like (RFC 6591): about our signatures, not about a person */
} ArfKind;

typedef struct {
    ArfKind kind;
    char *type;            /* as it was given, or NULL */
    char *mail_from;       /* the envelope sender of our mail, with its token: or NULL */
    GPtrArray *recipients; /* of char *: often redacted or missing; untrusted */
} Arf;

/* Reads the fields of a message/feedback-report. Never NULL. */
Arf *arf_read(const char *text);
void arf_free(Arf *arf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Arf, arf_free)
