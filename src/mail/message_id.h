/* message_id.h - the name of one mail, fixed by who gets what (RFC 5322, 3.6.4). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* "i12.<hash>@DOMAIN", derived from the issue and the subscription's random reference alone, so
 * that a repeated attempt after an uncertain one is recognised as the same message, whatever was
 * configured in between. The caller owns it. */
char *message_id_new(int64_t issue, uint64_t subscription, const char *domain);

/* The issue in ID, with or without <>, that may be one of these; 0: it cannot be. */
int64_t message_id_issue(const char *id);

/* Whether ID (without <>) may be repeated in a header of ours: visible ASCII, of a sane length. */
bool message_id_is_plain(const char *id);
