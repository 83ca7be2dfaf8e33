/* token.h - the capability in every mail: who it was sent to, and that we said so.
 *
 *     KIND KEYID SUBSCRIPTION [ISSUE] MAC        in base32, lower case (a-z2-7)
 *      1    1     13           5       21        characters
 *
 * SUBSCRIPTION is the random 64-bit reference of the subscription, never derived from the address;
 * ISSUE (24 bits) stands in bounce and confirm tokens only. MAC is HMAC-SHA256(key, "depesche1" KIND KEYID
 * SUBSCRIPTION ISSUE) cut to 104 bits (RFC 2104, 5). Kinds are apart: a bounce token can never
 * unsubscribe. Local parts get lower- and upper-cased on their way, so case does not matter when
 * it is read. 36 or 41 characters leave room in the 64 octets of a local part (RFC 5321,
 * 4.5.3.1.1).                                                                                    */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

typedef enum {
    TOKEN_UNSUBSCRIBE = 'u',
    TOKEN_BOUNCE = 'b',
    TOKEN_CONFIRM = 'c', /* what was asked for; one for each request */
    TOKEN_PAUSE = 'p',   /* in an address: a mail there pauses, if it says nothing else */
    TOKEN_WISH = 'w',    /* likewise, but only what it says counts */
} TokenKind;

#define TOKEN_LENGTH_MAX 41u

typedef struct {
    TokenKind kind;
    uint64_t subscription; /* the subscription's random reference */
    uint32_t issue; /* of a bounce token: the issue's id modulo 2^24, of a confirm token that of the
                       request; else 0 */
} Token;

/* The secret keys of an instance. The newest signs, all verify: people click old mails. */
typedef struct KeyRing KeyRing;

/* Reads a key file: lines of "ID HEX" (one letter a-z, 64 hex digits), newest last; '#' begins a
 * comment. DEPESCHE_ERROR_SETUP names file and line, also when others than the owner can read it. */
KeyRing *key_ring_open(const char *path, GError **error);

/* Makes a key file with one fresh key, mode 0600. Fails when the file is there. */
bool key_ring_create(const char *path, GError **error);

void key_ring_free(KeyRing *ring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeyRing, key_ring_free)

/* Appends the token, signed by the newest key. */
void token_write(GString *out, const KeyRing *ring, const Token *token);

/* Reads TEXT, which must be a token and nothing else. False when it is none or was not signed by
 * a key of RING; the MAC is compared in constant time. */
bool token_parse(const char *text, const KeyRing *ring, Token *token);

/* TEXT's keyed hash, in 32 characters of base32: the same for the same TEXT as long as the ring keeps
 * its oldest key. Without the key nobody can tell by trying what it is the hash of. */
char *key_ring_hash(const KeyRing *ring, const char *text);

/* A fresh 64-bit reference from the kernel's random source; never 0, and below 2^63 so that every
 * database's signed integers hold it. */
uint64_t token_reference_new(void);

/* COUNT of them (of uint64_t, the caller's), in ascending order, that begin with the same 15 bits: in an
 * index they lie side by side. The other 48 are random for each. */
GArray *token_references_new(guint count);

/* SIZE bytes in base32, lower case, without padding. Not secret: also names boundaries and ids. */
void base32_write(GString *out, const uint8_t *bytes, size_t size);
