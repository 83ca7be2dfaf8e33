/* address.h - an e-mail address that can be trusted in a command and in a header.
 *
 * An Address cannot hold CR, LF, NUL, space, quotes, a source route or a leading '-': parsing it
 * is the only way to get one. The grammar is RFC 5321 Mailbox with Dot-string local parts only
 * (UTF-8 in them: RFC 6531), at most 64 octets before and 254 in all; domains are lower-cased
 * A-labels (RFC 5890).                                                                           */
#pragma once

#include <stdbool.h>
#include <glib.h>

typedef struct Address Address;

/* Reads an addr-spec alone. NULL and DEPESCHE_ERROR_INPUT with the reason. */
Address *address_parse(const char *text, GError **error);
Address *address_copy(const Address *address);
void address_free(Address *address);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Address, address_free)

const char *address_text(const Address *address); /* local part as given @ domain as A-labels */
const char *address_local(const Address *address);
const char *address_domain(const Address *address);
const char *address_key(const Address *address); /* all in lower case: two equal keys, one person */

/* Appends the address_key() of what address_parse() would make of TEXT, at much less cost; anything when
 * that is no address. */
void address_write_key(GString *out, const char *text);

bool address_needs_utf8(const Address *address); /* the local part is not ASCII: SMTPUTF8 */

/* ADDRESS with DETAIL behind its local part: "unsubscribe" '+' "u3k…" @ domain. NULL and
 * DEPESCHE_ERROR_SETUP when the local part grows beyond 64 octets. */
Address *address_with_detail(const Address *address, char separator, const char *detail,
                             GError **error);

/* The detail of RECIPIENT when it is ADDRESS with one (case does not matter), else NULL; borrowed
 * from RECIPIENT. */
const char *address_find_detail(const Address *recipient, const Address *address, char separator);

/* A person or a sender: an address with a display name (may be NULL). */
typedef struct {
    char *name;
    Address *address;
} Mailbox;

/* Reads "Name <addr>" , "\"Na, me\" <addr>" or "addr". */
Mailbox *mailbox_parse(const char *text, GError **error);
Mailbox *mailbox_new(const char *name, const Address *address);
void mailbox_free(Mailbox *mailbox);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mailbox, mailbox_free)
