/* dkim.h - signs finished messages (RFC 6376, RFC 8463): relaxed/relaxed, without a length limit.
 *
 * A Dkim is constant: any number of threads may sign with one. The same message, time and key give
 * the same bytes.                                                                                */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

typedef struct {
    const char *domain;    /* that signs (d=) */
    const char *selector;  /* the public key is at SELECTOR._domainkey.DOMAIN (s=) */
    const char *key_file;  /* PEM: an RSA key of 1024 bits or more, or an Ed25519 key */
    const char *algorithm; /* "rsa-sha256" or "ed25519-sha256" */
} DkimSettings;

typedef struct Dkim Dkim;

/* Reads the key. DEPESCHE_ERROR_SETUP, naming the file, when it cannot be used: others can read it,
 * it is no key, or one of another kind. */
Dkim *dkim_open(const DkimSettings *settings, GError **error);
void dkim_free(Dkim *dkim);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dkim, dkim_free)

/* Puts a DKIM-Signature field in front of MESSAGE (CRLF lines). TIME is when it was signed (t=): of
 * the issue, so that a mail that is sent again has the same bytes. Signed are the fields that say who
 * it is from, to whom and about what, and both of List-Unsubscribe, as RFC 8058 demands; From once
 * more than it is there, so that nobody can add another. */
void dkim_sign(const Dkim *dkim, int64_t time, GString *message);
