#include "net/smtp.h"

#include <string.h>

/* A reply is a few lines of 512 octets (RFC 5321, 4.5.3.1.5); what grows beyond this has no end. */
#define REPLY_MAX ((size_t)64 * 1024)
/* RFC 5321, 4.5.3.2.6: a server that has the whole message may take its time; to give up earlier
 * means not to know, and to send the same mail again. */
#define DOT_SECONDS (10 * 60)
/* QUIT is politeness; some servers never answer it. */
#define QUIT_SECONDS 5

/* What is offered to the connection at a time: a usual message as one piece, and of a large one the
 * dot not before the text has gone. */
#define CHUNK_SIZE ((size_t)64 * 1024)

/* What a conversation keeps for the next commands. */
#define KEPT_SIZE ((size_t)4 * 1024)

/* What was asked, and has still to be answered: replies come in that order (RFC 2920, 3.1). */
typedef enum {
    DUE_RESET,
    DUE_MAIL,
    DUE_RCPT,
    DUE_DATA,
    DUE_DOT,
    DUE_EMPTY_DOT, /* of a group whose recipient was refused, but whose DATA was not */
    DUE_QUIT,
} Due;

/* RSET MAIL RCPT DATA behind a dot, and some to spare. */
#define DUE_MAX 8u

/* A mail and how far it has come. */
typedef struct {
    Mail *mail; /* NULL: none */
    bool asked; /* its envelope has been written */
    bool failed;
    RelayResult result; /* why it failed */
} Transaction;

struct Smtp {
    SmtpOffers offers;
    int timeout;
    SmtpListener listener;

    Transaction next;    /* its envelope is out, or waits behind the dot of … */
    Transaction current; /* the one whose text the server awaits, or has */
    bool has_text;       /* its text has been written: the reply to its dot is due */
    bool released;       /* and so has its dot */
    GString *dot_in;     /* where the dot still lies: output or sending; NULL: it has left */
    size_t dot_at;

    Due due[DUE_MAX];
    guint due_count;
    guint unasked;    /* the last of them: not asked yet, since none of their commands has left */
    GString *output;  /* what is still to be sent */
    GString *sending; /* before that: it stands still while it leaves, as TLS wants it */
    size_t sent;      /* so much of it has left */
    size_t offered;   /* and so much of it may have */
    GString *input;   /* the beginning of a reply */
    bool needs_reset; /* a refused transaction is still open at the server */
    guint steps;      /* replies and sendings so far */
    bool quits;
    bool over;
    char *reason; /* why it ended, when it was lost */
};

/* Mails */

/* The two loops below have no branches: compilers make wide steps of them, and most texts have neither
 * eight bits nor such lines. */

static bool
has_eight_bit(const GString *text)
{
    char seen = 0;
    for (size_t i = 0; i < text->len; i++)
        seen |= text->str[i];
    return (seen & 0x80) != 0;
}

/* Whether a line begins with a dot. A bare LF counts as a line end here: a server that takes it for one
 * must not find a lone dot behind it. */
static bool
has_dot_line(const GString *text)
{
    unsigned char seen = text->str[0] == '.';
    for (size_t i = 1; i < text->len; i++)
        seen |= (unsigned char)((text->str[i - 1] == '\n') & (text->str[i] == '.'));
    return seen != 0;
}

/* Appends TEXT with a dot more in front of each line that begins with one (RFC 5321, 4.5.2). */
static void
write_stuffed(GString *out, const GString *text)
{
    for (size_t i = 0; i < text->len; i++) {
        bool begins = i == 0 || text->str[i - 1] == '\n';
        if (begins && text->str[i] == '.')
            g_string_append_c(out, '.');
        g_string_append_c(out, text->str[i]);
    }
}

/* Hands the mail back with what came of it. */
static void
transaction_end(Smtp *smtp, Transaction *transaction)
{
    Mail *mail = transaction->mail;
    g_auto(RelayResult) result = transaction->result;
    memset(transaction, 0, sizeof *transaction);
    smtp->listener.done(smtp->listener.user, mail, &result);
}

static void
transaction_lose(Smtp *smtp, Transaction *transaction, SmtpPhase phase, const char *reason)
{
    if (transaction->mail == NULL)
        return;
    if (!transaction->failed) { /* what the server said before counts more */
        transaction->result.phase = phase;
        smtp_reply_lost(&transaction->result.reply, reason);
    }
    transaction_end(smtp, transaction);
}

static void
end_current(Smtp *smtp)
{
    smtp->has_text = smtp->released = false;
    smtp->dot_in = NULL;
    transaction_end(smtp, &smtp->current);
}

/* Commands */

/* COMMAND, or the beginning of one: the rest of its line is the caller's. */
static void
say(Smtp *smtp, Due due, const char *command)
{
    g_assert(smtp->due_count < DUE_MAX);
    smtp->due[smtp->due_count++] = due;
    smtp->unasked++;
    g_string_append(smtp->output, command);
}

static void
say_mail(Smtp *smtp)
{
    Mail *mail = smtp->next.mail;
    say(smtp, DUE_MAIL, "MAIL FROM:<");
    g_string_append(smtp->output, mail->from != NULL ? address_text(mail->from) : "");
    g_string_append_c(smtp->output, '>');
    if (smtp->offers.size)
        g_string_append_printf(smtp->output, " SIZE=%" G_GSIZE_FORMAT, message_size(mail->message));
    if (mail_needs_utf8(mail))
        g_string_append(smtp->output, " SMTPUTF8");
    if (smtp->offers.eight_bit && !mail->is_plain && has_eight_bit(message_text(mail->message)))
        g_string_append(smtp->output, " BODY=8BITMIME");
    g_string_append(smtp->output, "\r\n");
}

static void
say_rcpt(Smtp *smtp)
{
    say(smtp, DUE_RCPT, "RCPT TO:<");
    g_string_append(smtp->output, address_text(smtp->next.mail->to));
    g_string_append(smtp->output, ">\r\n");
}

/* The envelope of the next mail: all of it, or its first command where each has to wait for its
 * reply. DATA may only be the last of a group of commands, but the text that it asks for may be the first
 * of the next group (RFC 2920, 3.1): so this may follow a text, and never another envelope. */
static void
say_envelope(Smtp *smtp)
{
    if (smtp->needs_reset) {
        smtp->needs_reset = false;
        say(smtp, DUE_RESET, "RSET\r\n");
        if (!smtp->offers.pipelining)
            return;
    }
    smtp->next.asked = true;
    say_mail(smtp);
    if (!smtp->offers.pipelining)
        return;
    say_rcpt(smtp);
    say(smtp, DUE_DATA, "DATA\r\n");
}

/* All that is sent before the final dot. */
static void
say_text(Smtp *smtp)
{
    Mail *mail = smtp->current.mail;
    GString *output = smtp->output;
    size_t begin = output->len;
    if (!mail->is_plain && has_dot_line(message_text(mail->message)))
        write_stuffed(output, message_text(mail->message));
    else
        message_write(mail->message, output);
    size_t size = output->len - begin;
    bool is_ended = size >= 2 && memcmp(output->str + output->len - 2, "\r\n", 2) == 0;
    if (size > 0 && !is_ended)
        g_string_append(output, "\r\n");
}

/* What may be said now that was not allowed before. QUIT may be the last of a group of commands, as DATA may
 * (RFC 2920, 3.1). */
static void
go_on(Smtp *smtp)
{
    bool text_is_out = smtp->current.mail == NULL || smtp->released;
    bool is_our_turn = smtp->offers.pipelining || smtp->due_count == 0;
    bool has_quit = smtp->due_count > 0 && smtp->due[smtp->due_count - 1] == DUE_QUIT;
    if (smtp->over || !text_is_out || !is_our_turn)
        return;
    if (smtp->next.mail != NULL && !smtp->next.asked)
        say_envelope(smtp);
    else if (smtp->next.mail == NULL && smtp->quits && !has_quit)
        say(smtp, DUE_QUIT, "QUIT\r\n");
}

/* Replies */

/* The size of the first whole reply in INPUT; 0: its end has not come yet. A line that is none of a
 * reply ends it as well: nothing that follows could be trusted. */
static size_t
reply_size(const GString *input)
{
    const char *line = input->str;
    const char *end = input->str + input->len;
    for (;;) {
        const char *feed = memchr(line, '\n', (size_t)(end - line));
        if (feed == NULL)
            return 0;
        bool goes_on = feed - line > 3 && line[3] == '-';
        line = feed + 1;
        if (!goes_on)
            return (size_t)(line - input->str);
    }
}

/* Keeps the first refusal of the next mail. */
static void
next_fail(Smtp *smtp, SmtpPhase phase, SmtpReply *reply)
{
    if (smtp->next.failed)
        return;
    smtp->next.failed = true;
    smtp->next.result.phase = phase;
    smtp->next.result.reply = *reply;
    memset(reply, 0, sizeof *reply);
}

/* MAIL or RCPT was answered. Without pipelining a refusal ends the transaction at once. */
static void
hear_envelope(Smtp *smtp, SmtpPhase phase, SmtpReply *reply)
{
    if (reply->code >= 400)
        next_fail(smtp, phase, reply);
    if (smtp->offers.pipelining)
        return;
    if (smtp->next.failed) {
        smtp->needs_reset = phase != SMTP_MAIL;
        transaction_end(smtp, &smtp->next);
    } else if (phase == SMTP_MAIL) {
        say_rcpt(smtp);
    } else {
        say(smtp, DUE_DATA, "DATA\r\n");
    }
}

static void
begin_text(Smtp *smtp)
{
    g_assert(smtp->current.mail == NULL);
    smtp->current = smtp->next;
    memset(&smtp->next, 0, sizeof smtp->next);
    smtp->listener.wants_release(smtp->listener.user, smtp->current.mail);
}

static void
hear_data(Smtp *smtp, SmtpReply *reply)
{
    bool accepted = reply->code < 400;
    if (accepted && !smtp->next.failed) {
        begin_text(smtp);
        return;
    }
    if (accepted) /* although nobody is there to get it: an empty text ends that (RFC 2920, 3.1) */
        say(smtp, DUE_EMPTY_DOT, ".\r\n");
    else /* the server may still remember MAIL, and would take the next one for a second */
        smtp->needs_reset = !smtp->next.failed || smtp->next.result.phase != SMTP_MAIL;
    if (!accepted)
        next_fail(smtp, SMTP_DATA, reply);
    transaction_end(smtp, &smtp->next);
}

/* Whether the server can have the dot: it has left, or has been offered to the connection. */
static bool
dot_may_be_out(const Smtp *smtp)
{
    bool is_offered = smtp->dot_in == smtp->sending && smtp->offered > smtp->dot_at;
    return smtp->released && (smtp->dot_in == NULL || is_offered);
}

static void
hear_dot(Smtp *smtp, SmtpReply *reply)
{
    smtp->current.result.phase = dot_may_be_out(smtp) ? SMTP_DOT : SMTP_BODY;
    smtp->current.result.reply = *reply;
    memset(reply, 0, sizeof *reply);
    end_current(smtp);
}

/* Whether CODE is one that can answer DUE (RFC 5321, 4.2.1: the first digit decides). Any other
 * says that we have lost step with the server. */
static bool
can_answer(Due due, int code)
{
    return code >= 400 || due == DUE_EMPTY_DOT || code / 100 == (due == DUE_DATA ? 3 : 2);
}

static void
hear_answer(Smtp *smtp, Due due, SmtpReply *reply)
{
    switch (due) {
    case DUE_RESET: break;
    case DUE_MAIL: hear_envelope(smtp, SMTP_MAIL, reply); break;
    case DUE_RCPT: hear_envelope(smtp, SMTP_RCPT, reply); break;
    case DUE_DATA: hear_data(smtp, reply); break;
    case DUE_DOT: hear_dot(smtp, reply); break;
    case DUE_EMPTY_DOT: break;
    case DUE_QUIT: smtp->over = true; break;
    }
}

/* 421 in place of any reply announces the end of the connection. */
static void
hear_closing(Smtp *smtp, Due due, SmtpReply *reply)
{
    g_autofree char *reason = g_strdup_printf("the server closed: %d %s", reply->code, reply->text);
    bool of_next = due == DUE_MAIL || due == DUE_RCPT || due == DUE_DATA;
    if (due == DUE_DOT)
        hear_dot(smtp, reply);
    else if (of_next)
        next_fail(smtp,
                  due == DUE_MAIL   ? SMTP_MAIL
                  : due == DUE_RCPT ? SMTP_RCPT
                                    : SMTP_DATA,
                  reply);
    smtp_lose(smtp, reason);
}

static void
hear_reply(Smtp *smtp, SmtpReply *reply)
{
    if (smtp->due_count == smtp->unasked) {
        g_autofree char *reason =
            g_strdup_printf("the server said without being asked: %d %s", reply->code, reply->text);
        smtp_lose(smtp, reason);
        return;
    }
    Due due = smtp->due[0];
    /* A refusal amid the text ends the connection as well: the server would take the rest of it for commands.
     * A consent to a dot that it cannot have yet means that we have lost step. */
    bool is_amid_text = due == DUE_DOT && (!smtp->released || smtp->dot_in != NULL);
    bool is_early = due == DUE_DOT && !dot_may_be_out(smtp);
    if (reply->code == 421 || (is_amid_text && reply->code >= 400)) {
        hear_closing(smtp, due, reply);
        return;
    }
    if (is_early || !can_answer(due, reply->code) || (due == DUE_RESET && reply->code >= 400)) {
        g_autofree char *reason =
            g_strdup_printf("unexpected reply \"%d %s\"", reply->code, reply->text);
        smtp_lose(smtp, reason);
        return;
    }
    smtp->steps++;
    memmove(smtp->due, smtp->due + 1, --smtp->due_count * sizeof smtp->due[0]);
    hear_answer(smtp, due, reply);
}

/* The usual answer to a command on one line. Nobody needs its words: they are not looked at, and REPLY has
 * none, which is not to be seen outside. */
static bool
hear_consent(const Smtp *smtp, SmtpReply *reply)
{
    const char *line = smtp->input->str;
    bool is_awaited = smtp->due_count > smtp->unasked && smtp->due[0] <= DUE_DATA;
    int code = smtp->due[0] == DUE_DATA ? 354 : 250;
    if (!is_awaited || !g_str_has_prefix(line, code == 354 ? "354 " : "250 "))
        return false;
    reply->code = code;
    return true;
}

void
smtp_hear(Smtp *smtp, const char *bytes, size_t size)
{
    g_string_append_len(smtp->input, bytes, (gssize)size);
    size_t length;
    while (!smtp->over && (length = reply_size(smtp->input)) > 0) {
        g_auto(SmtpReply) reply = { 0 };
        bool understood =
            hear_consent(smtp, &reply) || smtp_reply_parse(&reply, smtp->input->str, length);
        g_string_erase(smtp->input, 0, (gssize)length);
        if (understood)
            hear_reply(smtp, &reply);
        else
            smtp_lose(smtp, reply.text);
    }
    if (smtp->input->len > REPLY_MAX)
        smtp_lose(smtp, "a reply of more than 64 kB");
    go_on(smtp);
}

/* From outside */

Smtp *
smtp_new(const SmtpOffers *offers, int timeout, const SmtpListener *listener)
{
    Smtp *smtp = g_new0(Smtp, 1);
    smtp->offers = *offers;
    smtp->timeout = timeout;
    smtp->listener = *listener;
    smtp->output = g_string_new(NULL);
    smtp->sending = g_string_new(NULL);
    smtp->input = g_string_new(NULL);
    return smtp;
}

void
smtp_free(Smtp *smtp)
{
    if (smtp == NULL)
        return;
    smtp_lose(smtp, "the connection was given up");
    g_string_free(smtp->output, TRUE);
    g_string_free(smtp->sending, TRUE);
    g_string_free(smtp->input, TRUE);
    g_free(smtp->reason);
    g_free(smtp);
}

bool
smtp_wants_mail(const Smtp *smtp)
{
    bool room = smtp->offers.pipelining || smtp->current.mail == NULL;
    return !smtp->over && !smtp->quits && smtp->next.mail == NULL && room;
}

/* An address beyond ASCII needs SMTPUTF8 (RFC 6531, 3.4 and 3.5); there is no use in asking a
 * server that does not offer it. */
static bool
refuse_utf8(Smtp *smtp)
{
    static const char refusal[] = "553 5.6.7 the server cannot take the address (no SMTPUTF8)\r\n";
    const Mail *mail = smtp->next.mail;
    if (smtp->offers.utf8 || !mail_needs_utf8(mail))
        return false;
    bool of_sender = mail->from != NULL && address_needs_utf8(mail->from);
    smtp->next.result.phase = of_sender ? SMTP_MAIL : SMTP_RCPT;
    smtp_reply_parse(&smtp->next.result.reply, refusal, strlen(refusal));
    transaction_end(smtp, &smtp->next);
    return true;
}

void
smtp_take_mail(Smtp *smtp, Mail *mail)
{
    g_assert(smtp_wants_mail(smtp));
    smtp->next.mail = mail;
    if (!refuse_utf8(smtp))
        go_on(smtp);
}

/* A server may have seen enough amid the text, and say so: its reply comes where that to the dot is due. */
void
smtp_send_text(Smtp *smtp)
{
    if (smtp->current.mail == NULL || smtp->has_text)
        return; /* it was lost meanwhile, or is on its way */
    smtp->has_text = true;
    say_text(smtp);
    say(smtp, DUE_DOT, "");
}

void
smtp_release(Smtp *smtp)
{
    smtp_send_text(smtp);
    if (smtp->current.mail == NULL)
        return;
    smtp->released = true;
    smtp->dot_in = smtp->output;
    smtp->dot_at = smtp->output->len;
    g_string_append(smtp->output, ".\r\n");
    go_on(smtp);
}

void
smtp_withdraw(Smtp *smtp)
{
    g_assert(!smtp->released);
    if (smtp->current.mail == NULL)
        return; /* it was lost meanwhile */
    /* The next one is not to blame, and neither is the server. */
    transaction_lose(smtp, &smtp->next, SMTP_CONNECT, "the mail before it was withdrawn");
    smtp_lose(smtp, "the mail was withdrawn");
}

void
smtp_quit(Smtp *smtp)
{
    smtp->quits = true;
    go_on(smtp);
}

void
smtp_lose(Smtp *smtp, const char *reason)
{
    SmtpPhase phase = SMTP_MAIL;
    for (guint i = smtp->due_count; i > 0; i--) /* the first that is due */
        if (smtp->due[i - 1] == DUE_RCPT || smtp->due[i - 1] == DUE_DATA)
            phase = smtp->due[i - 1] == DUE_RCPT ? SMTP_RCPT : SMTP_DATA;
        else if (smtp->due[i - 1] == DUE_MAIL)
            phase = SMTP_MAIL;
    if (smtp->reason == NULL)
        smtp->reason = g_strdup(reason);
    smtp->over = true;
    smtp->due_count = smtp->unasked = 0;
    if (smtp->current.mail != NULL) {
        smtp->current.result.phase = dot_may_be_out(smtp) ? SMTP_DOT : SMTP_BODY;
        smtp_reply_lost(&smtp->current.result.reply, reason);
        end_current(smtp);
    }
    transaction_lose(smtp, &smtp->next, smtp->next.asked ? phase : SMTP_CONNECT, reason);
}

/* The last piece has left; what was written meanwhile is the next. */
static void
begin_sending(Smtp *smtp)
{
    GString *empty = smtp->sending;
    if (empty->allocated_len > KEPT_SIZE) { /* a text: others need its memory meanwhile */
        g_string_free(empty, TRUE);
        empty = g_string_new(NULL);
    }
    smtp->sending = smtp->output;
    smtp->output = empty;
    g_string_truncate(empty, 0);
    smtp->sent = smtp->offered = 0;
    smtp->unasked = 0;
}

const char *
smtp_output(Smtp *smtp, size_t *size)
{
    if (smtp->sent == smtp->sending->len)
        begin_sending(smtp);
    *size = smtp->over ? 0 : MIN(smtp->sending->len - smtp->sent, CHUNK_SIZE);
    if (*size == 0)
        return NULL;
    smtp->offered = smtp->sent + *size;
    return smtp->sending->str + smtp->sent;
}

void
smtp_sent(Smtp *smtp, size_t size)
{
    smtp->steps++;
    smtp->sent += size;
    smtp->offered = smtp->sent;
    if (smtp->dot_in == smtp->sending && smtp->sent > smtp->dot_at)
        smtp->dot_in = NULL;
}

int
smtp_patience(const Smtp *smtp)
{
    bool is_sending = smtp->sent < smtp->sending->len || smtp->output->len > 0;
    bool is_our_turn = smtp->due_count == 0 || (smtp->has_text && !smtp->released);
    if (is_sending || is_our_turn)
        return is_sending ? smtp->timeout : 0;
    switch (smtp->due[0]) {
    case DUE_DOT:
    case DUE_EMPTY_DOT: return MAX(DOT_SECONDS, smtp->timeout);
    case DUE_QUIT: return MIN(QUIT_SECONDS, smtp->timeout);
    case DUE_RESET:
    case DUE_MAIL:
    case DUE_RCPT:
    case DUE_DATA: return smtp->timeout;
    }
    g_assert_not_reached();
}

guint
smtp_steps(const Smtp *smtp)
{
    return smtp->steps;
}

bool
smtp_is_idle(const Smtp *smtp)
{
    return smtp->current.mail == NULL && smtp->next.mail == NULL;
}

const char *
smtp_reason(const Smtp *smtp)
{
    return smtp->reason;
}

bool
smtp_is_over(const Smtp *smtp)
{
    return smtp->over;
}
