/* addressee.h - the tokens in the addresses of a mail: for whom it is, and that we said so.
 *
 * A token is looked for where it is most trustworthy first: in what the mail server says the recipient
 * is, in the recipients that the mail names, then in the mail that came back with it.               */
#pragma once

#include "base/token.h"
#include "config/config.h"
#include "mail/inbound.h"

typedef enum {
    ADDRESSEE_NOBODY,  /* nothing like a token */
    ADDRESSEE_FALSE,   /* an address of ours, with something behind it that we did not sign */
    ADDRESSEE_TOKEN,   /* ours, in an address that the mail was sent to */
    ADDRESSEE_RETURNED /* ours, in the mail that came back */
} Addressee;

/* RECIPIENTS (NULL-terminated) and INBOUND may be NULL. TOKEN is set for the last two. */
Addressee addressee_find(const Config *config, const KeyRing *keys, const char *const *recipients,
                         const Inbound *inbound, Token *token);
