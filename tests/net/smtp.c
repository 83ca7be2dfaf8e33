/* Conversations, to be read beside RFC 5321 (3.3) and RFC 2920. No network: what the server says is
 * in the table, and so is what has to be said to it.                                            */
#include "net/smtp.h"

#include <string.h>

/* What happens, in order. */
typedef enum {
    END,
    TAKE,     /* a mail to TEXT comes */
    SAYS,     /* exactly TEXT is to be sent, and is */
    HEARS,    /* the server says TEXT */
    WANTS,    /* the mail to TEXT wants its release */
    TEXT,     /* its text may leave */
    RELEASE,  /* and so may its dot */
    WITHDRAW, /* or not */
    DONE,     /* the mail to TEXT is done, with PHASE and CODE */
    QUIT,
    LOSE, /* the connection breaks */
    OVER, /* the conversation has ended */
    FULL, /* no room for another mail */
    ROOM,
} StepKind;

typedef struct {
    StepKind kind;
    const char *text;
    SmtpPhase phase;
    int code;
} Step;

typedef struct {
    const char *rule;
    SmtpOffers offers;
    const char *message; /* NULL: "x\r\n" */
    Step steps[24];
} Conversation;

#define MAIL_FROM   "MAIL FROM:<b@example.org>\r\n"
#define RCPT(name)  "RCPT TO:<" name "@example.net>\r\n"
#define GROUP(name) MAIL_FROM RCPT(name) "DATA\r\n"

static const Conversation conversations[] = {
    { "the envelope of the next mail rides behind the dot of this one",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { FULL },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TAKE, "bert" },
        { FULL },
        { SAYS, "" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" GROUP("bert") },
        { HEARS, "250 2.0.0 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n" },
        { DONE, "anna", SMTP_DOT, 250 },
        { WANTS, "bert" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" },
        { HEARS, "250 queued\r\n" },
        { DONE, "bert", SMTP_DOT, 250 } } },
    { "one that comes after the dot goes at once",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" },
        { ROOM },
        { TAKE, "bert" },
        { SAYS, GROUP("bert") },
        { HEARS, "250 queued\r\n250 ok\r\n" },
        { DONE, "anna", SMTP_DOT, 250 },
        { LOSE },
        { DONE, "bert", SMTP_RCPT, 0 } } },
    { "without pipelining each command waits for its reply",
      { 0 },
      NULL,
      { { TAKE, "anna" },
        { SAYS, MAIL_FROM },
        { FULL },
        { HEARS, "250 ok\r\n" },
        { SAYS, RCPT("anna") },
        { HEARS, "250 ok\r\n" },
        { SAYS, "DATA\r\n" },
        { HEARS, "354 go\r\n" },
        { WANTS, "anna" },
        { FULL },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" },
        { HEARS, "250 queued\r\n" },
        { DONE, "anna", SMTP_DOT, 250 },
        { ROOM } } },
    { "RSET only after a failure, and only before the next mail",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n550 5.1.1 nobody\r\n554 no valid recipients\r\n" },
        { DONE, "anna", SMTP_RCPT, 550 },
        { SAYS, "" },
        { TAKE, "bert" },
        { SAYS, "RSET\r\n" GROUP("bert") },
        { HEARS, "250 reset\r\n250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "bert" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" },
        { HEARS, "250 queued\r\n" },
        { DONE, "bert", SMTP_DOT, 250 },
        { TAKE, "carl" },
        { SAYS, GROUP("carl") } } },
    { "a refusal behind a dot takes nothing from the mail before it",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TAKE, "bert" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" GROUP("bert") },
        { HEARS, "250 queued\r\n250 ok\r\n450 4.2.0 later\r\n503 no\r\n" },
        { DONE, "anna", SMTP_DOT, 250 },
        { DONE, "bert", SMTP_RCPT, 450 } } },
    { "354 although the recipient was refused: a lone dot ends that",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n550 5.1.1 nobody\r\n354 go\r\n" },
        { DONE, "anna", SMTP_RCPT, 550 },
        { SAYS, ".\r\n" },
        { TAKE, "bert" },
        { SAYS, GROUP("bert") },
        { HEARS, "554 no recipients\r\n250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "bert" } } },
    { "MAIL refused: no transaction is open, no RSET is needed",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "550 5.7.1 not you\r\n503 no MAIL\r\n503 no MAIL\r\n" },
        { DONE, "anna", SMTP_MAIL, 550 },
        { TAKE, "bert" },
        { SAYS, GROUP("bert") } } },
    { "the first refusal is the one that counts",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n450 4.2.1 full\r\n451 4.3.0 what\r\n" },
        { DONE, "anna", SMTP_RCPT, 450 } } },
    { "DATA refused",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n451 4.3.0 later\r\n" },
        { DONE, "anna", SMTP_DATA, 451 },
        { TAKE, "bert" },
        { SAYS, "RSET\r\n" GROUP("bert") } } },
    { "the text refused: the transaction is closed by that",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" },
        { HEARS, "554 5.7.1 spam\r\n" },
        { DONE, "anna", SMTP_DOT, 554 },
        { TAKE, "bert" },
        { SAYS, GROUP("bert") } } },
    { "in lock-step a refusal saves the rest of the envelope",
      { 0 },
      NULL,
      { { TAKE, "anna" },
        { SAYS, MAIL_FROM },
        { HEARS, "250 ok\r\n" },
        { SAYS, RCPT("anna") },
        { HEARS, "550 5.1.1 nobody\r\n" },
        { DONE, "anna", SMTP_RCPT, 550 },
        { SAYS, "" },
        { TAKE, "bert" },
        { SAYS, "RSET\r\n" },
        { HEARS, "250 reset\r\n" },
        { SAYS, MAIL_FROM },
        { HEARS, "250 ok\r\n" },
        { SAYS, RCPT("bert") } } },
    { "a reset that is refused is the end",
      { 0 },
      NULL,
      { { TAKE, "anna" },
        { SAYS, MAIL_FROM },
        { HEARS, "250 ok\r\n" },
        { SAYS, RCPT("anna") },
        { HEARS, "550 nobody\r\n" },
        { DONE, "anna", SMTP_RCPT, 550 },
        { TAKE, "bert" },
        { SAYS, "RSET\r\n" },
        { HEARS, "500 what\r\n" },
        { DONE, "bert", SMTP_CONNECT, 0 },
        { OVER } } },
    { "421 to MAIL",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "421 4.3.2 going down\r\n" },
        { DONE, "anna", SMTP_MAIL, 421 },
        { OVER } } },
    { "421 to the dot is a definite answer; the mail behind it was not touched",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TAKE, "bert" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" GROUP("bert") },
        { HEARS, "421 4.3.2 going down\r\n" },
        { DONE, "anna", SMTP_DOT, 421 },
        { DONE, "bert", SMTP_MAIL, 0 },
        { OVER } } },
    { "421 while the text is awaited: nothing was sent",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { HEARS, "421 4.4.2 too slow\r\n" },
        { DONE, "anna", SMTP_BODY, 0 },
        { OVER } } },
    { "lost behind the dot: nobody can know; behind it, the next is untouched",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TAKE, "bert" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" GROUP("bert") },
        { LOSE },
        { DONE, "anna", SMTP_DOT, 0 },
        { DONE, "bert", SMTP_MAIL, 0 },
        { OVER } } },
    { "lost before the release: nothing was sent",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { LOSE },
        { DONE, "anna", SMTP_BODY, 0 } } },
    { "lost when released, but before a byte was offered: nothing was sent",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { RELEASE },
        { LOSE },
        { DONE, "anna", SMTP_BODY, 0 } } },
    { "lost with DATA unanswered",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n" },
        { LOSE },
        { DONE, "anna", SMTP_DATA, 0 } } },
    { "lost after a refusal: the refusal counts",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n550 5.1.1 nobody\r\n" },
        { LOSE },
        { DONE, "anna", SMTP_RCPT, 550 } } },
    { "withdrawn: the connection ends, since there is no other way out of DATA",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TAKE, "bert" },
        { WITHDRAW },
        { DONE, "bert", SMTP_CONNECT, 0 },
        { DONE, "anna", SMTP_BODY, 0 },
        { SAYS, "" },
        { OVER } } },
    { "the text leaves ahead of its dot, behind which the next envelope rides",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TEXT },
        { TAKE, "bert" },
        { SAYS, "x\r\n" },
        { TEXT },
        { SAYS, "" },
        { RELEASE },
        { SAYS, ".\r\n" GROUP("bert") },
        { HEARS, "250 queued\r\n250 ok\r\n250 ok\r\n354 go\r\n" },
        { DONE, "anna", SMTP_DOT, 250 },
        { WANTS, "bert" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" } } },
    { "the dot is released before the text has gone",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TEXT },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" },
        { HEARS, "250 queued\r\n" },
        { DONE, "anna", SMTP_DOT, 250 },
        { ROOM } } },
    { "a text is refused before its dot is released: the connection ends, the next mail is "
      "untouched",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TEXT },
        { SAYS, "x\r\n" },
        { TAKE, "bert" },
        { HEARS, "552 5.3.4 too large\r\n" },
        { DONE, "anna", SMTP_BODY, 552 },
        { DONE, "bert", SMTP_CONNECT, 0 },
        { RELEASE },
        { SAYS, "" },
        { OVER } } },
    { "421 before the dot is released",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TEXT },
        { SAYS, "x\r\n" },
        { HEARS, "421 4.4.2 too slow\r\n" },
        { DONE, "anna", SMTP_BODY, 421 },
        { OVER } } },
    { "a consent to a text without its dot: out of step, and no mail",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TEXT },
        { SAYS, "x\r\n" },
        { HEARS, "250 queued\r\n" },
        { DONE, "anna", SMTP_BODY, 0 },
        { OVER } } },
    { "lost between the text and its dot: there is no mail",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TEXT },
        { SAYS, "x\r\n" },
        { RELEASE },
        { LOSE },
        { DONE, "anna", SMTP_BODY, 0 },
        { OVER } } },
    { "withdrawn behind its text: the server gets no dot",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TEXT },
        { SAYS, "x\r\n" },
        { TAKE, "bert" },
        { WITHDRAW },
        { DONE, "bert", SMTP_CONNECT, 0 },
        { DONE, "anna", SMTP_BODY, 0 },
        { SAYS, "" },
        { OVER } } },
    { "QUIT waits for the dot that waits",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TEXT },
        { QUIT },
        { SAYS, "x\r\n" },
        { RELEASE },
        { SAYS, ".\r\nQUIT\r\n" },
        { HEARS, "250 queued\r\n221 bye\r\n" },
        { DONE, "anna", SMTP_DOT, 250 },
        { OVER } } },
    { "QUIT follows the last mail",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { QUIT },
        { FULL },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { RELEASE },
        { SAYS, "x\r\n.\r\nQUIT\r\n" },
        { HEARS, "250 queued\r\n" },
        { DONE, "anna", SMTP_DOT, 250 },
        { SAYS, "" },
        { HEARS, "221 bye\r\n" },
        { OVER } } },
    { "QUIT at once where the last dot is out already, and only once",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" },
        { QUIT },
        { SAYS, "QUIT\r\n" },
        { QUIT },
        { SAYS, "" },
        { HEARS, "250 queued\r\n221 bye\r\n" },
        { DONE, "anna", SMTP_DOT, 250 },
        { OVER } } },
    { "QUIT waits for the mail whose envelope is out",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { TAKE, "bert" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" GROUP("bert") },
        { QUIT },
        { SAYS, "" },
        { HEARS, "250 queued\r\n250 ok\r\n550 5.1.1 nobody\r\n554 no valid recipients\r\n" },
        { DONE, "anna", SMTP_DOT, 250 },
        { DONE, "bert", SMTP_RCPT, 550 },
        { SAYS, "QUIT\r\n" },
        { HEARS, "221 bye\r\n" },
        { OVER } } },
    { "a server that leaves instead of answering QUIT has taken the mail",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { QUIT },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { RELEASE },
        { SAYS, "x\r\n.\r\nQUIT\r\n" },
        { HEARS, "250 queued\r\n" },
        { LOSE },
        { DONE, "anna", SMTP_DOT, 250 },
        { OVER } } },
    { "without PIPELINING QUIT waits for the reply to the last dot",
      { 0 },
      NULL,
      { { TAKE, "anna" },
        { SAYS, MAIL_FROM },
        { HEARS, "250 ok\r\n" },
        { SAYS, "RCPT TO:<anna@example.net>\r\n" },
        { HEARS, "250 ok\r\n" },
        { SAYS, "DATA\r\n" },
        { QUIT },
        { HEARS, "354 go\r\n" },
        { WANTS, "anna" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" },
        { HEARS, "250 queued\r\n" },
        { DONE, "anna", SMTP_DOT, 250 },
        { SAYS, "QUIT\r\n" },
        { HEARS, "221 bye\r\n" },
        { OVER } } },
    { "a reply that nobody asked for: out of step",
      { .pipelining = true },
      NULL,
      { { HEARS, "250 hello\r\n" }, { OVER } } },
    { "two replies to one command: the next would be taken for the wrong one's",
      { 0 },
      NULL,
      { { TAKE, "anna" },
        { SAYS, MAIL_FROM },
        { HEARS, "250 ok\r\n250 ok\r\n" },
        { DONE, "anna", SMTP_RCPT, 0 },
        { OVER } } },
    { "354 to MAIL",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "354 go\r\n" },
        { DONE, "anna", SMTP_MAIL, 0 },
        { OVER } } },
    { "250 to DATA",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n250 ok\r\n" },
        { DONE, "anna", SMTP_DATA, 0 },
        { OVER } } },
    { "354 to the dot leaves it open whether the mail was taken",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250 ok\r\n250 ok\r\n354 go\r\n" },
        { WANTS, "anna" },
        { RELEASE },
        { SAYS, "x\r\n.\r\n" },
        { HEARS, "354 more\r\n" },
        { DONE, "anna", SMTP_DOT, 0 },
        { OVER } } },
    { "garbage",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "hello there\r\n" },
        { DONE, "anna", SMTP_MAIL, 0 },
        { OVER } } },
    { "a reply of many lines",
      { .pipelining = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, GROUP("anna") },
        { HEARS, "250-2.1.0 one\r\n250 2.1.0 two\r\n250-a\r\n250 b\r\n354-c\r\n354 d\r\n" },
        { WANTS, "anna" } } },
    { "SIZE, 8BITMIME and SMTPUTF8 as they are offered and needed",
      { .pipelining = true, .size = true, .eight_bit = true, .utf8 = true },
      "gr\xC3\xBC\xC3\x9F\x65\r\n",
      { { TAKE, "j\xC3\xBCrgen" },
        { SAYS, "MAIL FROM:<b@example.org> SIZE=9 SMTPUTF8 BODY=8BITMIME\r\n"
                "RCPT TO:<j\xC3\xBCrgen@example.net>\r\nDATA\r\n" } } },
    { "8BITMIME is offered, but not needed",
      { .pipelining = true, .size = true, .eight_bit = true },
      NULL,
      { { TAKE, "anna" },
        { SAYS, "MAIL FROM:<b@example.org> SIZE=3\r\n" RCPT("anna") "DATA\r\n" } } },
    { "an address that needs SMTPUTF8 and a server without it",
      { .pipelining = true },
      NULL,
      { { TAKE, "j\xC3\xBCrgen" },
        { DONE, "j\xC3\xBCrgen", SMTP_RCPT, 553 },
        { SAYS, "" },
        { ROOM } } },
};

/* What the listener was told. */
typedef struct {
    Smtp *smtp;
    GQueue wants; /* of char *: names */
    GQueue done;  /* of Told * */
} World;

typedef struct {
    char *name;
    RelayResult result;
} Told;

static char *
name_of(const Mail *mail)
{
    return g_strdup(address_local(mail->to));
}

static void
on_wants_release(void *user, Mail *mail)
{
    World *world = user;
    g_queue_push_tail(&world->wants, name_of(mail));
}

static void
on_done(void *user, Mail *mail, RelayResult *result)
{
    World *world = user;
    Told *told = g_new0(Told, 1);
    told->name = name_of(mail);
    told->result = *result;
    memset(result, 0, sizeof *result);
    g_queue_push_tail(&world->done, told);
    mail_free(mail);
}

static void
told_free(Told *told)
{
    g_free(told->name);
    relay_result_clear(&told->result);
    g_free(told);
}

static void
world_init(World *world, const SmtpOffers *offers)
{
    *world = (World){ 0 };
    const SmtpListener listener = { on_wants_release, on_done, world };
    world->smtp = smtp_new(offers, 30, &listener);
}

static void
world_clear(World *world)
{
    smtp_free(world->smtp);
    g_queue_clear_full(&world->wants, g_free);
    g_queue_clear_full(&world->done, (GDestroyNotify)told_free);
}

/* TEXT, every other piece of it shared: the first of one byte, each of twice as many as the one before. */
static Message *
message_of(const char *text)
{
    Message *message = message_new();
    bool is_shared = false;
    size_t left = strlen(text);
    for (size_t size = 1; left > 0; size *= 2) {
        size = MIN(size, left);
        if (is_shared)
            message_share(message, text, size);
        else
            g_string_append_len(message_own(message), text, (gssize)size);
        is_shared = !is_shared;
        text += size;
        left -= size;
    }
    return message;
}

/* MESSAGE has to live as long as the mail. */
static Mail *
mail_to(const char *name, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_strconcat(name, "@example.net", NULL);
    Address *to = address_parse(text, &error);
    g_assert_no_error(error);
    return mail_new_take(address_parse("b@example.org", NULL), to, message_of(message), NULL);
}

/* All that is to be sent now. */
static char *
take_output(Smtp *smtp)
{
    GString *out = g_string_new(NULL);
    const char *bytes;
    size_t size;
    while ((bytes = smtp_output(smtp, &size)) != NULL) {
        g_string_append_len(out, bytes, (gssize)size);
        smtp_sent(smtp, size);
    }
    return g_string_free(out, FALSE);
}

static void
check_done(World *world, const Step *step)
{
    Told *told = g_queue_pop_head(&world->done);
    g_assert_nonnull(told);
    g_assert_cmpstr(told->name, ==, step->text);
    g_assert_cmpstr(smtp_phase_name(told->result.phase), ==, smtp_phase_name(step->phase));
    g_assert_cmpint(told->result.reply.code, ==, step->code);
    g_assert_nonnull(told->result.reply.text);
    told_free(told);
}

/* PIECE: the server's words come in pieces of this size; 0: as they are. */
static void
hear(Smtp *smtp, const char *text, size_t piece)
{
    size_t size = strlen(text);
    for (size_t at = 0; at<size; at += piece> 0 ? piece : size) {
        size_t length = piece > 0 ? MIN(piece, size - at) : size;
        g_autofree char *copy = g_memdup2(text + at, length);
        smtp_hear(smtp, copy, length);
    }
}

static void
take_step(World *world, const Conversation *conversation, const Step *step, size_t piece)
{
    const char *message = conversation->message != NULL ? conversation->message : "x\r\n";
    g_autofree char *text = NULL;
    switch (step->kind) {
    case TAKE: smtp_take_mail(world->smtp, mail_to(step->text, message)); break;
    case SAYS:
        text = take_output(world->smtp);
        g_assert_cmpstr(text, ==, step->text);
        break;
    case HEARS: hear(world->smtp, step->text, piece); break;
    case WANTS:
        text = g_queue_pop_head(&world->wants);
        g_assert_cmpstr(text, ==, step->text);
        break;
    case TEXT: smtp_send_text(world->smtp); break;
    case RELEASE: smtp_release(world->smtp); break;
    case WITHDRAW: smtp_withdraw(world->smtp); break;
    case DONE: check_done(world, step); break;
    case QUIT: smtp_quit(world->smtp); break;
    case LOSE: smtp_lose(world->smtp, "gone"); break;
    case OVER: g_assert_true(smtp_is_over(world->smtp)); break;
    case FULL: g_assert_false(smtp_wants_mail(world->smtp)); break;
    case ROOM: g_assert_true(smtp_wants_mail(world->smtp)); break;
    case END: g_assert_not_reached();
    }
}

static void
test_conversations(void)
{
    static const size_t pieces[] = { 0, 1, 7 };
    for (size_t p = 0; p < G_N_ELEMENTS(pieces); p++) {
        for (size_t i = 0; i < G_N_ELEMENTS(conversations); i++) {
            const Conversation *conversation = &conversations[i];
            World world;
            g_test_message("%s (in pieces of %zu)", conversation->rule, pieces[p]);
            world_init(&world, &conversation->offers);
            for (const Step *step = conversation->steps; step->kind != END; step++)
                take_step(&world, conversation, step, pieces[p]);
            g_assert_cmpuint(world.done.length, ==, 0);
            g_assert_cmpuint(world.wants.length, ==, 0);
            world_clear(&world);
        }
    }
}

/* The text, byte by byte */

typedef struct {
    const char *rule;
    const char *message;
    const char *expect;
} Text;

static const Text texts[] = {
    { "empty", "", ".\r\n" },
    { "last line without an end", "a\r\nb", "a\r\nb\r\n.\r\n" },
    { "last line ends in a bare line feed", "a\n", "a\n\r\n.\r\n" },
    { "last line is a dot without an end", "a\r\n.", "a\r\n..\r\n.\r\n" },
    { "only a dot", ".\r\n", "..\r\n.\r\n" },
    { "dots at the beginning of lines", ".a\r\n..\r\nb\r\n.c\r\n",
      "..a\r\n...\r\nb\r\n..c\r\n.\r\n" },
    { "a dot inside a line", "a.\r\nb.c\r\n", "a.\r\nb.c\r\n.\r\n" },
    { "a bare line feed hides no dot", "a\n.\r\nb\r\n", "a\n..\r\nb\r\n.\r\n" },
};

static void
begin_text(World *world, const char *message)
{
    world_init(world, &(SmtpOffers){ .pipelining = true });
    smtp_take_mail(world->smtp, mail_to("anna", message));
    g_free(take_output(world->smtp));
    hear(world->smtp, "250 ok\r\n250 ok\r\n354 go\r\n", 0);
    smtp_release(world->smtp);
}

static void
test_texts(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        World world;
        g_test_message("%s", texts[i].rule);
        begin_text(&world, texts[i].message);
        g_autofree char *text = take_output(world.smtp);
        g_assert_cmpstr(text, ==, texts[i].expect);
        world_clear(&world);
    }
}

/* Of a large message the dot is not offered before the text has gone: a loss before that is no
 * riddle. And what is offered stays where it is, whatever is written meanwhile. */
static void
test_large_text(void)
{
    g_autofree char *message = g_strnfill(300000, 'x');
    World world;
    size_t size, again;
    begin_text(&world, message);
    const char *bytes = smtp_output(world.smtp, &size);
    g_assert_cmpuint(size, <, 300000);
    smtp_take_mail(world.smtp, mail_to("bert", "x\r\n"));
    g_assert_true(smtp_output(world.smtp, &again) == bytes);
    g_assert_cmpuint(again, ==, size);
    smtp_sent(world.smtp, size);
    smtp_lose(world.smtp, "gone");
    check_done(&world, &(Step){ DONE, "anna", SMTP_BODY, 0 });
    world_clear(&world);

    begin_text(&world, message);
    while ((bytes = smtp_output(world.smtp, &size)) != NULL && size == 65536)
        smtp_sent(world.smtp, size);
    smtp_lose(world.smtp, "gone"); /* the last piece, with the dot, was offered */
    check_done(&world, &(Step){ DONE, "anna", SMTP_DOT, 0 });
    world_clear(&world);
}

/* A refusal that overtakes the rest of the text is an answer, but what we still have to say of the text
 * would be commands to the server: the connection ends, wherever the dot lies. */
static void
test_refused_while_the_dot_waits(void)
{
    World world;
    size_t size;
    begin_text(&world, "x\r\n");
    smtp_take_mail(world.smtp, mail_to("bert", "x\r\n"));
    g_assert_nonnull(smtp_output(world.smtp, &size)); /* and the socket has no room */
    hear(world.smtp, "552 5.3.4 too big\r\n", 0);
    check_done(&world, &(Step){ DONE, "anna", SMTP_DOT, 552 });
    check_done(&world, &(Step){ DONE, "bert", SMTP_MAIL, 0 });
    g_assert_true(smtp_is_over(world.smtp));
    world_clear(&world);
}

static void
test_reply_without_end(void)
{
    g_autoptr(GString) reply = g_string_new(NULL);
    while (reply->len < 70000)
        g_string_append(reply, "250-and another thing\r\n");
    World world;
    world_init(&world, &(SmtpOffers){ .pipelining = true });
    smtp_take_mail(world.smtp, mail_to("anna", "x\r\n"));
    hear(world.smtp, reply->str, 0);
    Told *told = g_queue_pop_head(&world.done);
    g_assert_nonnull(strstr(told->result.reply.text, "64 kB"));
    told_free(told);
    g_assert_true(smtp_is_over(world.smtp));
    world_clear(&world);
}

/* RFC 5321, 4.5.3.2: the final dot has ten minutes, whatever is configured for the rest. */
static void
test_patience(void)
{
    World world;
    world_init(&world, &(SmtpOffers){ .pipelining = true });
    g_assert_cmpint(smtp_patience(world.smtp), ==, 0);
    smtp_take_mail(world.smtp, mail_to("anna", "x\r\n"));
    g_assert_cmpint(smtp_patience(world.smtp), ==, 30);
    g_free(take_output(world.smtp));
    guint steps = smtp_steps(world.smtp);
    hear(world.smtp, "250 ok\r\n", 0);
    g_assert_cmpuint(smtp_steps(world.smtp), >, steps);
    steps = smtp_steps(world.smtp);
    hear(world.smtp, "250-dripping", 0);
    g_assert_cmpuint(smtp_steps(world.smtp), ==, steps);
    hear(world.smtp, "\r\n250 ok\r\n354 go\r\n", 0);
    g_assert_cmpint(smtp_patience(world.smtp), ==, 0); /* it is we who are awaited */
    smtp_send_text(world.smtp);
    g_assert_cmpint(smtp_patience(world.smtp), ==, 30);
    g_free(take_output(world.smtp));
    g_assert_cmpint(smtp_patience(world.smtp), ==, 0);
    smtp_release(world.smtp);
    g_free(take_output(world.smtp));
    g_assert_cmpint(smtp_patience(world.smtp), ==, 600);
    hear(world.smtp, "250 queued\r\n", 0);
    smtp_quit(world.smtp);
    g_free(take_output(world.smtp));
    g_assert_cmpint(smtp_patience(world.smtp), ==, 5);
    world_clear(&world);
}

static void
test_free_gives_back(void)
{
    World world;
    world_init(&world, &(SmtpOffers){ .pipelining = true });
    smtp_take_mail(world.smtp, mail_to("anna", "x\r\n"));
    smtp_free(g_steal_pointer(&world.smtp));
    check_done(&world, &(Step){ DONE, "anna", SMTP_MAIL, 0 });
    world_clear(&world);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/smtp/conversations", test_conversations);
    g_test_add_func("/smtp/texts", test_texts);
    g_test_add_func("/smtp/large-text", test_large_text);
    g_test_add_func("/smtp/refused-while-the-dot-waits", test_refused_while_the_dot_waits);
    g_test_add_func("/smtp/reply-without-end", test_reply_without_end);
    g_test_add_func("/smtp/patience", test_patience);
    g_test_add_func("/smtp/free-gives-back", test_free_gives_back);
    return g_test_run();
}
