/* message_id.h - the name of one mail, fixed by who gets what (RFC 5322, 3.6.4). */
#pragma once

#include <stdint.h>

/* "i12.<hash>@DOMAIN", derived from the issue and the subscription's random reference alone, so
 * that a repeated attempt after an uncertain one is recognised as the same message, whatever was
 * configured in between. The caller owns it. */
char *message_id_new(int64_t issue, uint64_t subscription, const char *domain);
