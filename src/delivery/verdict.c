#include "delivery/verdict.h"

#include <string.h>

const char *
verdict_name(Verdict verdict)
{
    switch (verdict) {
    case VERDICT_SENT: return "sent";
    case VERDICT_LATER: return "deferred";
    case VERDICT_REFUSED: return "refused";
    case VERDICT_OUR_FAULT: return "refused because of us";
    case VERDICT_NOT_SENT: return "not sent";
    case VERDICT_UNCERTAIN: return "uncertain";
    }
    g_assert_not_reached();
}

/* What an enhanced status says of the sender: class 5.7 is policy, authentication and reputation
 * (RFC 3463, 3.8), 5.5 the protocol, 5.1.7 and 5.1.8 the sender's address. Two of 5.7 speak of the
 * recipient: the owner of the mailbox, or of the domain, has changed (RFC 7293). */
static bool
status_blames_us(const char *status)
{
    if (strcmp(status, "5.7.17") == 0 || strcmp(status, "5.7.18") == 0)
        return false;
    return g_str_has_prefix(status, "5.7.") || g_str_has_prefix(status, "5.5.") ||
           strcmp(status, "5.1.7") == 0 || strcmp(status, "5.1.8") == 0;
}

/* Where there is no status, or one that says nothing, the code and the words have to do. */
static bool
words_blame_us(const SmtpReply *reply)
{
    static const char *const words[] = { "relay",     "policy",    "spam",         "blocked",
                                         "blacklist", "blocklist", "reputation",   "authenticat",
                                         "sender",    "dmarc",     "not permitted" };
    switch (reply->code) {
    case 503: /* bad sequence */
    case 530: /* authentication required (RFC 4954, 6) */
    case 534:
    case 535:
    case 538: return true;
    default: break;
    }
    g_autofree char *lower = g_ascii_strdown(reply->text != NULL ? reply->text : "", -1);
    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strstr(lower, words[i]) != NULL)
            return true;
    }
    return false;
}

/* When in doubt it is us: a wrong bounce costs somebody the newsletter, a wrong fault only time. */
static bool
blames_us(const SmtpReply *reply)
{
    bool telling = reply->status != NULL && strcmp(reply->status, "5.0.0") != 0;
    return telling ? status_blames_us(reply->status) : words_blame_us(reply);
}

/* Everything the server can say before it knows the recipient is about us. */
static Verdict
verdict_before_recipient(const SmtpReply *reply)
{
    if (reply->code == 421)
        return VERDICT_NOT_SENT; /* it closes the connection, for whatever reason */
    return reply->code >= 400 ? VERDICT_OUR_FAULT : VERDICT_NOT_SENT;
}

/* A refusal that may be the recipient's: at RCPT, or of the message for this one recipient. */
static Verdict
verdict_on_recipient(const SmtpReply *reply)
{
    if (reply->code >= 500)
        return blames_us(reply) ? VERDICT_OUR_FAULT : VERDICT_REFUSED;
    return VERDICT_LATER;
}

Verdict
verdict_of(const SmtpReply *reply, SmtpPhase phase)
{
    bool lost = reply->code < 200 || reply->code > 599;
    switch (phase) {
    case SMTP_CONNECT:
    case SMTP_MAIL: return verdict_before_recipient(reply);
    case SMTP_RCPT:
        if (lost || reply->code == 421 || reply->code < 400)
            return VERDICT_NOT_SENT;
        return verdict_on_recipient(reply);
    case SMTP_DATA:
        /* With one recipient, accepted before, a refusal of DATA is about the transaction. Some
         * servers hold back their verdict on the recipient until here: 4.x.x then is theirs. */
        if (lost || reply->code == 421 || reply->code < 400)
            return VERDICT_NOT_SENT;
        return reply->code < 500 ? VERDICT_LATER : VERDICT_OUR_FAULT;
    case SMTP_BODY: /* without the final dot there is no message; but who has seen enough of it may say so */
        return reply->code / 10 == 55 ? verdict_on_recipient(reply) : VERDICT_NOT_SENT;
    case SMTP_DOT:
        if (lost || (reply->code >= 300 && reply->code < 400))
            return VERDICT_UNCERTAIN;
        if (reply->code < 300)
            return VERDICT_SENT;
        return verdict_on_recipient(reply); /* a reply to the dot is definite, 421 too */
    }
    g_assert_not_reached();
}

bool
verdict_slow_down(const SmtpReply *reply)
{
    bool is_policy = reply->status != NULL && g_str_has_prefix(reply->status, "4.7.");
    return reply->code == 421 || is_policy;
}
