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

/* Class 5.7 is policy, authentication and reputation (RFC 3463, 3.8): it speaks of the sender. The
 * exceptions speak of this recipient's own rules. */
static bool
is_policy(const SmtpReply *reply)
{
    if (reply->status == NULL || !g_str_has_prefix(reply->status, "5.7."))
        return false;
    return strcmp(reply->status, "5.7.17") != 0 && /* mailbox owner has changed (RFC 7293) */
           strcmp(reply->status, "5.7.18") != 0;   /* domain owner has changed */
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
        return is_policy(reply) ? VERDICT_OUR_FAULT : VERDICT_REFUSED;
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
    case SMTP_BODY: return VERDICT_NOT_SENT; /* without the final dot there is no message */
    case SMTP_DOT:
        if (lost || (reply->code >= 300 && reply->code < 400))
            return VERDICT_UNCERTAIN;
        if (reply->code < 300)
            return VERDICT_SENT;
        return verdict_on_recipient(reply); /* a reply to the dot is definite, 421 too */
    }
    g_assert_not_reached();
}
