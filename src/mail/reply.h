/* reply.h - what a mail server said, and when (RFC 5321, 4.2; enhanced codes: RFC 3463). */
#pragma once

#include <stdbool.h>
#include <glib.h>

/* Where in a transaction a reply came, or the connection was lost. */
typedef enum {
    SMTP_CONNECT, /* greeting, EHLO, STARTTLS, AUTH */
    SMTP_MAIL,
    SMTP_RCPT,
    SMTP_DATA, /* the DATA command, before any text of the message */
    SMTP_BODY, /* text of the message is on its way, the final dot is not */
    SMTP_DOT,  /* the final dot is, or may be, out */
} SmtpPhase;

typedef struct {
    int code;     /* 250, 550 …; 0: no reply, the connection was lost or timed out */
    char *status; /* enhanced status "5.1.1", or NULL */
    char *text;   /* the server's words on one line, without code and status; never NULL */
} SmtpReply;

/* Reads one complete reply (one or more lines, each ended by CRLF or LF). False when it is none:
 * REPLY is then cleared to code 0 with TEXT saying what was wrong. */
bool smtp_reply_parse(SmtpReply *reply, const char *lines, size_t size);

/* A reply that never came, for REASON. */
void smtp_reply_lost(SmtpReply *reply, const char *reason);

void smtp_reply_clear(SmtpReply *reply);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SmtpReply, smtp_reply_clear)

const char *smtp_phase_name(SmtpPhase phase); /* "RCPT" */
