#include "mail/sender-internal.h"

#include <string.h>

#include "mail/notice.h"
#include "mail/phrase.h"

/* Whether ADDRESS is one that servers write from. */
static bool
is_daemon(const char *address)
{
    static const char *const locals[] = { "mailer-daemon",
                                          "mailer_daemon",
                                          "mailerdaemon",
                                          "postmaster",
                                          "mail-daemon",
                                          "maildaemon",
                                          "mdaemon",
                                          "mail.daemon",
                                          "mmdf",
                                          "smtp-daemon",
                                          "bounce",
                                          "mail-delivery",
                                          "maildelivery",
                                          "microsoftexchange",
                                          "no-reply@bounce",
                                          "daemon@",
                                          NULL };
    g_autofree char *folded = phrase_fold(address);
    return phrase_begins(folded, locals);
}

bool
sender_is_daemon(const Pieces *pieces)
{
    static const char *const names[] = {
        "mail delivery",  "mailer-daemon", "mailer daemon",       "postmaster",
        "system admin",   "mail system",   "mail deliver",        "email delivery",
        "mail gateway",   "mail service",  "internet mail",       "delivery subsystem",
        "mail router",    "mail admin",    "systemadministrator", "microsoft exchange",
        "message router", "mail transfer", "smtp gateway",        NULL,
    };
    g_autofree char *name = phrase_fold(pieces->from_name != NULL ? pieces->from_name : "");
    return pieces->from == NULL || is_daemon(pieces->from) || phrase_begins(name, names);
}

bool
sender_is_nobody(const Inbound *inbound)
{
    return inbound->return_path != NULL && *inbound->return_path == '\0';
}

static bool
is_list(const Pieces *pieces)
{
    return fields_find(pieces->header, "List-Id") != NULL ||
           fields_find(pieces->header, "List-Post") != NULL;
}

bool
sender_could_be_server(const Inbound *inbound, const Pieces *pieces)
{
    return !is_list(pieces) && (inbound->return_path == NULL || sender_is_nobody(inbound) ||
                                is_daemon(inbound->return_path));
}

/* People write as postmaster, too: with an envelope of their own. */
static bool
is_person_in_office(const Inbound *inbound, const Pieces *pieces)
{
    bool is_known = inbound->return_path != NULL && !sender_is_nobody(inbound);
    return is_known && pieces->from != NULL &&
           g_ascii_strncasecmp(pieces->from, "postmaster@", strlen("postmaster@")) == 0;
}

Sender
sender_of(const Inbound *inbound, const Pieces *pieces)
{
    if (fields_find(pieces->header, "X-Failed-Recipients") != NULL)
        return SENDER_SERVER;
    if (pieces->subject != NULL && notice_is_reply(pieces->subject))
        return SENDER_PERSON;
    bool has_subject = pieces->subject != NULL && notice_has_subject(pieces->subject);
    if (!has_subject && !pieces->is_report && is_person_in_office(inbound, pieces))
        return SENDER_PERSON;
    /* Who writes about full mailboxes to catch passwords has such a name too, but no such envelope; a list of
     * postmasters may be called so. */
    bool is_server = pieces->from == NULL ||
                     (is_daemon(pieces->from) && (!is_list(pieces) || sender_is_nobody(inbound))) ||
                     (sender_is_daemon(pieces) && sender_could_be_server(inbound, pieces));
    if (is_server || pieces->is_report || (has_subject && sender_is_nobody(inbound)))
        return SENDER_SERVER;
    const char *submitted = fields_find(pieces->header, "Auto-Submitted");
    if (submitted != NULL && strcasestr(submitted, "failure") != NULL)
        return SENDER_SERVER;
    if (has_subject && sender_could_be_server(inbound, pieces))
        return SENDER_LIKELY;
    return sender_is_nobody(inbound) || submitted != NULL || inbound->auto_replied ? SENDER_MACHINE
                                                                                   : SENDER_PERSON;
}
