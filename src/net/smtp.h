/* smtp.h - one SMTP connection: libcurl makes it, our own transactions run on it.
 *
 * libcurl (CURLOPT_CONNECT_ONLY) does TCP, greeting, EHLO, STARTTLS or SMTPS, and AUTH. From there
 * on this speaks RFC 5321 in lock-step over curl_easy_send() and curl_easy_recv(), because
 * libcurl's own transfer drops the connection at every refusal and hides what the server said.
 * Never a fall-back to clear text.                                                               */
#pragma once

#include "net/transport.h"

typedef struct Smtp Smtp;

/* Connects. NULL with the reply in RESULT when that failed. */
Smtp *smtp_open(const TransportSettings *settings, TransportResult *result);

/* As transport_send(). */
void smtp_send(Smtp *smtp, const Address *from, const Address *to, const GString *message,
               TransportResult *result);

/* False once the connection was lost or the server closed it (421): close it then. */
bool smtp_is_usable(const Smtp *smtp);

void smtp_close(Smtp *smtp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Smtp, smtp_close)
