#include "mail/classify-internal.h"

#include <string.h>

#include "base/text.h"
#include "mail/arf.h"
#include "mail/dsn.h"
#include "mail/notice.h"
#include "mail/phrase.h"
#include "mail/sender-internal.h"
#include "mail/spot.h"
#include "mail/status.h"
#include "mail/vacation.h"
#include "mail/wish.h"

#define FIRST_LINE_MAX 200 /* characters */
#define ANSWER_LINES   3
#define RETURNED_MAX   50

Inbound *
inbound_new(void)
{
    Inbound *inbound = g_new0(Inbound, 1);
    inbound->recipients = g_ptr_array_new_with_free_func(g_free);
    inbound->failures = failures_new();
    inbound->returned = g_ptr_array_new_with_free_func(g_free);
    return inbound;
}

static void
add_address(GPtrArray *list, const char *address)
{
    if (address != NULL && list->len < RETURNED_MAX)
        g_ptr_array_add(list, g_strdup(address));
}

/* All addresses in TEXT. */
static void
add_addresses(GPtrArray *list, const char *text)
{
    Spot spot;
    for (const char *at = text; at != NULL && list->len < RETURNED_MAX && spot_find(at, &spot);
         at = spot.begin + spot.size)
        g_ptr_array_add(list, g_strndup(spot.begin, spot.size));
}

/* A mail, what of its text is its own, and the header of the mail that came back with it. */
typedef struct {
    const Pieces *pieces;
    char *own;            /* its text up to the original */
    const char *original; /* in its text, at its end when there is none */
    Fields *returned;     /* or NULL */
} Mail;

/* The mail that came back */

/* Its header: a part of its own, or what follows a notice in the same text. */
static Fields *
read_returned(const Pieces *pieces, const char *original)
{
    const char *at = pieces->returned->str;
    Fields *fields = fields_read(&at);
    at = fields == NULL ? original : "";
    while (fields == NULL) {
        Fields *block = fields_read(&at);
        if (block == NULL)
            return NULL;
        if (fields_find(block, "Message-ID") != NULL || fields_find(block, "From") != NULL ||
            fields_find(block, "To") != NULL)
            return block;
        fields_free(block);
    }
    return fields;
}

static void
mail_init(Mail *mail, const Pieces *pieces)
{
    const char *text = pieces->text->str;
    mail->pieces = pieces;
    mail->original = notice_find_original(text);
    mail->own = g_strndup(text, (gsize)(mail->original - text));
    mail->returned = read_returned(pieces, mail->original);
}

static void
mail_clear(Mail *mail)
{
    g_free(mail->own);
    fields_free(mail->returned);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Mail, mail_clear)

/* Where our tokens stand in a mail of ours. */
static void
take_returned(Inbound *inbound, const Fields *returned)
{
    static const char *const names[] = { "Return-Path", "X-Envelope-From", "List-Unsubscribe",
                                         "Reply-To" };
    if (returned == NULL)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        add_addresses(inbound->returned, fields_find(returned, names[i]));
    const char *id = fields_find(returned, "Message-ID");
    inbound->returned_id = id == NULL ? NULL : text_single_line(id);
}

/* Whom it was for. */
static GPtrArray *
intended_of(const Fields *returned)
{
    static const char *const names[] = { "X-HmXmrOriginalRecipient", "Delivered-To", "Envelope-To",
                                         "X-Original-To", "To" };
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; returned != NULL && list->len == 0 && i < G_N_ELEMENTS(names); i++)
        add_addresses(list, fields_find(returned, names[i]));
    return list;
}

/* Addresses that stand in a bounce and did not fail: whom it is for, who sent the mail, and (WITH_SENDER) who
 * wrote the bounce. */
static GPtrArray *
strangers_of(const Mail *mail, bool with_sender)
{
    const Pieces *pieces = mail->pieces;
    const Fields *returned = mail->returned;
    static const char *const names[] = { "From", "Sender", "Return-Path", "Reply-To" };
    GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < pieces->recipients->len; i++)
        add_address(list, pieces->recipients->pdata[i]);
    if (with_sender)
        add_address(list, pieces->from);
    for (size_t i = 0; returned != NULL && i < G_N_ELEMENTS(names); i++)
        add_addresses(list, fields_find(returned, names[i]));
    return list;
}

/* Reports */

static void
add_complaint(Inbound *inbound, const char *address, const char *type)
{
    if (failures_find(inbound->failures, address) == NULL)
        g_ptr_array_add(inbound->failures, failure_new(address, NULL, type));
}

static void
take_feedback(Inbound *inbound, const Mail *mail)
{
    static const InboundKind kinds[] = {
        [ARF_ABUSE] = INBOUND_COMPLAINT,
        [ARF_OPT_OUT] = INBOUND_UNSUBSCRIBE,
        [ARF_NOT_SPAM] = INBOUND_OTHER,
        [ARF_REPORT] = INBOUND_OTHER,
    };
    g_autoptr(Arf) arf = arf_read(mail->pieces->feedback->str);
    inbound->kind = kinds[arf->kind];
    if (inbound->kind == INBOUND_OTHER)
        return;
    inbound->is_feedback = true;
    add_address(inbound->returned, arf->mail_from);
    g_autoptr(GPtrArray) intended = arf->recipients->len == 0 ? intended_of(mail->returned) : NULL;
    const GPtrArray *about = intended != NULL ? intended : arf->recipients;
    for (guint i = 0; i < about->len; i++)
        add_complaint(inbound, about->pdata[i], arf->type != NULL ? arf->type : "abuse");
}

/* Microsoft's reports (JMRP) are a mail in a mail, with the recipient in a field of their own. */
static bool
take_complaint(Inbound *inbound, const Mail *mail)
{
    const Pieces *pieces = mail->pieces;
    const Fields *returned = mail->returned;
    bool is_complaint =
        (pieces->subject != NULL &&
         g_ascii_strncasecmp(pieces->subject, "complaint about message from", 28) == 0) ||
        (returned != NULL && fields_find(returned, "X-HmXmrOriginalRecipient") != NULL &&
         !pieces->is_report && pieces->status->len == 0);
    if (!is_complaint || returned == NULL)
        return false;
    g_autoptr(GPtrArray) intended = intended_of(returned);
    inbound->kind = INBOUND_COMPLAINT;
    inbound->is_feedback = true;
    for (guint i = 0; i < intended->len; i++)
        add_complaint(inbound, intended->pdata[i], "abuse");
    return true;
}

/* What a report leaves open its words may say: whom it is about. */
static void
complete_failures(GPtrArray *failures, const Mail *mail)
{
    g_autoptr(GPtrArray) strangers = strangers_of(mail, true);
    g_autoptr(GPtrArray) intended = intended_of(mail->returned);
    g_autoptr(GPtrArray) named = NULL;
    for (guint i = failures->len; i > 0; i--) {
        Failure *failure = failures->pdata[i - 1];
        if (failure->address != NULL)
            continue;
        if (named == NULL)
            named = notice_failures(mail->own, strangers, intended);
        const Failure *first = named->len > 0 ? named->pdata[0] : NULL;
        if (first != NULL && failures_find(failures, first->address) == NULL)
            failure->address = g_strdup(first->address);
        else
            g_ptr_array_remove_index(failures, i - 1);
    }
}

/* False when the report does not say what became of the mail. */
static bool
take_status(Inbound *inbound, const Mail *mail)
{
    g_autoptr(Dsn) dsn = dsn_new();
    dsn_read(dsn, mail->pieces->status->str);
    if (dsn->failures->len == 0)
        return dsn->delayed + dsn->reached > 0;
    complete_failures(dsn->failures, mail);
    g_ptr_array_unref(inbound->failures);
    inbound->failures = g_steal_pointer(&dsn->failures);
    dsn->failures = failures_new();
    inbound->kind = INBOUND_BOUNCE;
    return true;
}

/* Bounces in words */

/* Exim and those who took it over name whom it is about in a field. */
static void
add_failed_field(Inbound *inbound, const Pieces *pieces, const GPtrArray *named)
{
    const char *value;
    for (guint i = 0; (value = fields_find_nth(pieces->header, "X-Failed-Recipients", i)) != NULL;
         i++) {
        g_autoptr(GPtrArray) addresses = g_ptr_array_new_with_free_func(g_free);
        add_addresses(addresses, value);
        for (guint k = 0; k < addresses->len; k++) {
            const Failure *known = failures_find(named, addresses->pdata[k]);
            const Failure *said = known == NULL && named->len == 1 ? named->pdata[0] : known;
            if (failures_find(inbound->failures, addresses->pdata[k]) == NULL)
                g_ptr_array_add(inbound->failures,
                                failure_new(addresses->pdata[k], said ? said->status : NULL,
                                            said ? said->diagnostic : NULL));
        }
    }
}

/* A report whose fields stand in the text, as where the boundary was lost on the way. */
static bool
take_status_in_text(Inbound *inbound, const Mail *mail)
{
    const char *fields = strcasestr(mail->own, "\nFinal-Recipient:");
    if (fields == NULL)
        return false;
    g_autoptr(Dsn) dsn = dsn_new();
    dsn_read(dsn, fields);
    for (guint i = 0; i < dsn->failures->len; i++) {
        const Failure *failure = dsn->failures->pdata[i];
        if (failure->address != NULL)
            g_ptr_array_add(inbound->failures,
                            failure_new(failure->address, failure->status, failure->diagnostic));
    }
    if (inbound->failures->len > 0)
        inbound->kind = INBOUND_BOUNCE;
    return inbound->failures->len > 0 || dsn->delayed + dsn->reached > 0;
}

/* Whether TEXT repeats a server's refusal: that is the same in languages that nobody here knows. */
static bool
says_code(const char *text)
{
    g_autofree char *status = status_find(text);
    return status != NULL ? *status == '5' : status_reply_code(text) >= 500;
}

static bool
has_form(const Mail *mail)
{
    g_autoptr(GPtrArray) strangers = strangers_of(mail, false);
    return notice_has_form(mail->own, strangers);
}

/* Whether a mail that talks of failure, in which FAILURES were found, is a bounce. */
static bool
is_believed(const Inbound *inbound, const Mail *mail, Sender sender)
{
    bool says_why = false;
    for (guint i = 0; i < inbound->failures->len; i++)
        says_why = says_why || ((const Failure *)inbound->failures->pdata[i])->status != NULL;
    switch (sender) {
    case SENDER_SERVER:
        return inbound->failures->len > 0 || sender_could_be_server(inbound, mail->pieces);
    case SENDER_LIKELY: return mail->returned != NULL || (says_why && has_form(mail));
    case SENDER_MACHINE:
        return inbound->failures->len > 0 &&
               (sender_could_be_server(inbound, mail->pieces) || (says_why && has_form(mail)));
    case SENDER_PERSON: return false;
    }
    g_assert_not_reached();
}

/* Who is named. Some servers write in the name of whom they could not reach; other machines have a name of
 * their own. */
static GPtrArray *
find_failures(const Mail *mail, Sender sender)
{
    g_autoptr(GPtrArray) strangers = strangers_of(mail, true);
    g_autoptr(GPtrArray) intended = intended_of(mail->returned);
    GPtrArray *named = notice_failures(mail->own, strangers, intended);
    if (named->len > 0 || sender == SENDER_MACHINE || sender_is_daemon(mail->pieces))
        return named;
    g_ptr_array_unref(named);
    g_autoptr(GPtrArray) others = strangers_of(mail, false);
    return notice_failures(mail->own, others, intended);
}

/* Somebody whom other lists write to by an address of their own: "bounces+a=example.org@…". */
static char *
address_in_local_part(const char *recipient)
{
    const char *at = strrchr(recipient, '@');
    const char *equals = at != NULL ? g_strrstr_len(recipient, at - recipient, "=") : NULL;
    if (equals == NULL)
        return NULL;
    const char *begin = equals;
    while (begin > recipient && strchr("+-", begin[-1]) == NULL)
        begin--;
    g_autofree char *address = g_strdup_printf("%.*s@%.*s", (int)(equals - begin), begin,
                                               (int)(at - equals - 1), equals + 1);
    Spot spot;
    bool is_whole = spot_find(address, &spot) && spot.size == strlen(address);
    return is_whole ? g_steal_pointer(&address) : NULL;
}

static void
add_from_local_parts(Inbound *inbound, const Mail *mail)
{
    const GPtrArray *recipients = mail->pieces->recipients;
    for (guint i = 0; i < recipients->len && inbound->failures->len == 0; i++) {
        g_autofree char *address = address_in_local_part(recipients->pdata[i]);
        g_autofree char *status = address != NULL ? status_derive(mail->own) : NULL;
        if (address != NULL)
            g_ptr_array_add(inbound->failures, failure_new(address, status, mail->own));
    }
}

/* Where the words name nobody, the subject may: "Delivery failed: a@example.org". */
static void
add_from_subject(Inbound *inbound, const Mail *mail)
{
    const char *subject = mail->pieces->subject;
    if (inbound->failures->len > 0 || subject == NULL)
        return;
    g_autoptr(GPtrArray) strangers = strangers_of(mail, true);
    g_autofree char *address = spot_first(subject);
    g_autofree char *status = status_derive(mail->own);
    for (guint i = 0; address != NULL && i < strangers->len; i++) {
        if (g_ascii_strcasecmp(strangers->pdata[i], address) == 0)
            return;
    }
    if (address != NULL)
        g_ptr_array_add(inbound->failures, failure_new(address, status, mail->own));
}

/* Where the words do not say why, the subject may: "Returned mail: User unknown". */
static void
take_reason_from_subject(Inbound *inbound, const Mail *mail)
{
    const Failure *only = inbound->failures->len == 1 ? inbound->failures->pdata[0] : NULL;
    const char *subject = mail->pieces->subject;
    if (only == NULL || only->status != NULL || only->finality != FINALITY_UNKNOWN ||
        subject == NULL)
        return;
    g_autofree char *status = status_derive(subject);
    if (status == NULL)
        return;
    Failure *said =
        failure_new(only->address, status, only->diagnostic != NULL ? only->diagnostic : subject);
    g_ptr_array_set_size(inbound->failures, 0);
    g_ptr_array_add(inbound->failures, said);
}

/* True when it is settled what the mail is. */
static bool
take_notice(Inbound *inbound, const Mail *mail)
{
    const Pieces *pieces = mail->pieces;
    Sender sender = sender_of(inbound, pieces);
    if (sender == SENDER_PERSON ||
        (sender == SENDER_MACHINE && vacation_has_text(pieces->text->str)))
        return false;
    if (take_status_in_text(inbound, mail))
        return true;
    NoticeKind kind = notice_judge(mail->own);
    if (kind == NOTICE_NONE && sender == SENDER_SERVER && pieces->subject != NULL)
        kind = notice_judge(pieces->subject);
    bool has_field = fields_find(pieces->header, "X-Failed-Recipients") != NULL;
    bool has_code = sender == SENDER_SERVER && says_code(mail->own);
    if (kind == NOTICE_DELAYED || (kind == NOTICE_NONE && !has_field && !has_code))
        return kind == NOTICE_DELAYED;
    g_autoptr(GPtrArray) named = find_failures(mail, sender);
    add_failed_field(inbound, pieces, named);
    if (inbound->failures->len == 0) {
        g_ptr_array_unref(inbound->failures);
        inbound->failures = g_steal_pointer(&named);
    }
    if (kind == NOTICE_FAILED && sender == SENDER_SERVER) {
        add_from_local_parts(inbound, mail);
        add_from_subject(inbound, mail);
        take_reason_from_subject(inbound, mail);
    }
    bool is_sure =
        is_believed(inbound, mail, sender) && (kind == NOTICE_FAILED || inbound->failures->len > 0);
    if (is_sure)
        inbound->kind = INBOUND_BOUNCE;
    else
        g_ptr_array_set_size(inbound->failures, 0);
    return is_sure;
}

/* What people ask for */

/* Behind what cannot be seen: editors put marks of their own and blanks that do not break at the beginning. */
static const char *
skip_space(const char *at)
{
    for (;; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (!g_unichar_isspace(c) && c != 0x200B && c != 0xFEFF)
            return at;
    }
}

/* "Hallo," "Liebe Redaktion," is no line that says anything. */
static bool
is_greeting(const char *line)
{
    static const char *const beginnings[] = { "hello",        "hi",    "dear ",  "hey",
                                              "good ",        "hallo", "guten ", "liebe",
                                              "sehr geehrte", "moin",  "servus", NULL };
    g_autofree char *words = phrase_fold(line);
    return phrase_begins(words, beginnings) &&
           (g_str_has_suffix(words, ",") || g_str_has_suffix(words, "!"));
}

/* The first that says anything, of what the writer wrote themselves. */
static char *
first_line_of(const Pieces *pieces)
{
    for (const char *at = skip_space(pieces->text->str); *at != '\0' && *at != '>';) {
        size_t size = strcspn(at, "\n");
        g_autofree char *raw = g_strndup(at, size);
        g_autofree char *line = text_single_line(raw);
        if (!is_greeting(line))
            return text_truncate(line, FIRST_LINE_MAX);
        at = skip_space(at + size);
    }
    return NULL;
}

/* What stands between a writer's own lines and the mail that they answer, or a signature. */
static bool
ends_own_lines(const char *line)
{
    static const char *const beginnings[] = { ">",      "--",   "__",    "from:", "von:",
                                              "*from:", "de :", "*von:", "de:",   NULL };
    g_autofree char *words = phrase_fold(line);
    return phrase_begins(words, beginnings) || g_str_has_suffix(words, ":");
}

/* A no may stand below a greeting and a thank you. Further down are signatures and what lawyers want there. */
static char *
answer_of(const Pieces *pieces)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    const char *at = skip_space(pieces->text->str);
    for (int lines = 0; *at != '\0' && lines < ANSWER_LINES; lines++) {
        size_t size = strcspn(at, "\n");
        g_autofree char *raw = g_strndup(at, size);
        g_autofree char *line = text_single_line(raw);
        g_autofree char *cut = text_truncate(line, FIRST_LINE_MAX);
        if (ends_own_lines(line))
            break;
        g_string_append_printf(answer, "%s%s", lines > 0 ? " " : "", cut);
        at = skip_space(at + size);
    }
    return answer->len > 0 ? g_string_free(g_steal_pointer(&answer), FALSE) : NULL;
}

static InboundKind
wish_of(const Inbound *inbound)
{
    bool is_answer = inbound->subject != NULL && notice_is_reply(inbound->subject);
    const char *const lines[] = { is_answer ? NULL : inbound->subject, inbound->first_line };
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(Wish) wish = wish_parse(lines[i]);
        if (wish->kind == WISH_LEAVE)
            return INBOUND_UNSUBSCRIBE;
        if (wish->kind == WISH_JOIN)
            return INBOUND_SUBSCRIBE;
    }
    return INBOUND_OTHER;
}

/* RFC 3834, 2, and what keeps lists and responders from answering each other. */
static bool
must_not_be_answered(const Inbound *inbound, const Pieces *pieces)
{
    static const char *const names[] = {
        "List-Id", "List-Unsubscribe",        "List-Post", "List-Help", "Feedback-ID",
        "X-Loop",  "X-Auto-Response-Suppress"
    };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (fields_find(pieces->header, names[i]) != NULL)
            return true;
    }
    const char *submitted = fields_find(pieces->header, "Auto-Submitted");
    const char *precedence = fields_find(pieces->header, "Precedence");
    bool is_automatic = submitted != NULL && g_ascii_strncasecmp(submitted, "no", 2) != 0;
    return is_automatic || precedence != NULL || sender_is_nobody(inbound) ||
           inbound->auto_replied || sender_is_daemon(pieces);
}

/* Sieve's "reject" answers with a receipt that says that the mail was deleted (RFC 5429, 2.1.2). */
static bool
is_rejected_by_receipt(const Pieces *pieces)
{
    return sender_is_daemon(pieces) && notice_judge(pieces->text->str) == NOTICE_FAILED;
}

static void
judge(Inbound *inbound, const Mail *mail)
{
    const Pieces *pieces = mail->pieces;
    if (pieces->feedback->len > 0) {
        take_feedback(inbound, mail);
        return;
    }
    if (pieces->status->len > 0 && take_status(inbound, mail))
        return;
    bool is_receipt = pieces->is_receipt && !is_rejected_by_receipt(pieces);
    if (is_receipt || vacation_has_subject(pieces->subject)) {
        inbound->kind = INBOUND_AUTO_REPLY;
        inbound->auto_replied = true;
        return;
    }
    if (take_complaint(inbound, mail) || take_notice(inbound, mail))
        return;
    bool is_absence = sender_is_nobody(inbound) && vacation_has_text(pieces->text->str);
    inbound->kind = inbound->auto_replied || is_absence ? INBOUND_AUTO_REPLY : wish_of(inbound);
}

static char *
return_path_of(const Pieces *pieces)
{
    const char *value = fields_find(pieces->header, "Return-Path");
    if (value == NULL)
        return NULL;
    char *address = spot_first(value);
    return address != NULL ? address : g_strdup(strstr(value, "<>") != NULL ? "" : value);
}

Inbound *
inbound_classify(const Pieces *pieces)
{
    Inbound *inbound = inbound_new();
    for (guint i = 0; i < pieces->recipients->len; i++)
        g_ptr_array_add(inbound->recipients, g_strdup(pieces->recipients->pdata[i]));
    inbound->from = g_strdup(pieces->from);
    inbound->return_path = return_path_of(pieces);
    inbound->subject = g_strdup(pieces->subject);
    inbound->first_line = first_line_of(pieces);
    inbound->answer = answer_of(pieces);
    inbound->message_id = g_strdup(pieces->message_id);
    inbound->auto_replied =
        vacation_has_header(pieces->header) || vacation_has_subject(pieces->subject);
    inbound->no_answer = must_not_be_answered(inbound, pieces);
    g_auto(Mail) mail = { 0 };
    mail_init(&mail, pieces);
    take_returned(inbound, mail.returned);
    judge(inbound, &mail);
    return inbound;
}
