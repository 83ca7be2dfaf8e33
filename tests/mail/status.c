#include "mail/status-internal.h"
#include "mail/phrase.h"
#include <string.h>

static const struct {
    const char *rule;
    const char *text;
    const char *status;
    int reply;
} texts[] = {
    { "reply and status", "550 5.1.1 no such user", "5.1.1", 550 },
    { "a status of three digits", "550 5.7.515 access denied", "5.7.515", 550 },
    { "in brackets", "sorry (#5.2.2)", "5.2.2", 0 },
    { "on several lines", "550-5.1.1 no\n550 5.1.1 such user", "5.1.1", 550 },
    { "with a dash", "550-5.1.1 no such user", "5.1.1", 550 },
    { "what says more comes first", "5.0.0 and then 5.1.1", "5.1.1", 0 },
    { "what says little is better than nothing", "status 5.0.0", "5.0.0", 0 },
    { "an address is no status", "host 5.1.1.9 said no", NULL, 0 },
    { "nor is a part of one", "host 192.5.1.1 said no", NULL, 0 },
    { "nor a version", "Exim 4.96.2 here", NULL, 0 },
    { "a number is no reply code", "after 5500 seconds in mx550", NULL, 0 },
    { "good news is none", "250 2.1.5 ok", NULL, 0 },
    { "a reply code alone", "552 no", "5.2.2", 552 },
    { "a temporary one", "451 try later", "4.3.0", 451 },
    { "words alone", "Sorry, User Unknown here", "5.1.1", 0 },
    { "words with a reply code", "450 mailbox full", "4.2.2", 450 },
    { "an address between them", "550 user <a@example.org> unknown", "5.1.1", 550 },
    { "and one in words", "the account 'a@example.org' does not exist", "5.1.1", 0 },
    { "one word, when nothing else says it", "Das Konto ist gesperrt", "5.2.1", 0 },
    { "but not before what says more", "Postfach unbekannt, da voll: mailbox full", "5.2.2", 0 },
    { "a server that refuses to be connected", "Connection refused by mx.example.org", "4.4.1", 0 },
    { "German words", "Das Postfach ist voll", "5.2.2", 0 },
    { "French words, with a curly apostrophe", "L\u2019adresse n\u2019existe pas", "5.1.1", 0 },
    { "policy comes before the address", "550 blocked using rbl.example, user unknown", "5.7.1",
      550 },
    { "time is of class 4", "retry timeout exceeded", "4.4.7", 0 },
    { "another's mailbox is not the reader's", "550 Sender verify failed: no such user", "5.1.8",
      550 },
    { "nor is another's domain", "501 Domain of sender address a@example.org does not exist",
      "5.1.8", 501 },
    { "the same, later", "451 Could not complete sender verify callout", "4.1.8", 451 },
    { "a sender who may not", "550 Sender address rejected: not allowed", "5.7.1", 550 },
    { "a list that is grey", "450 Recipient address rejected: Greylisted", "4.7.0", 450 },
    { "a server that has too much to do", "421 Too many concurrent SMTP connections", "4.7.0",
      421 },
    { "its disk is not the mailbox", "452 Insufficient system storage", "4.3.1", 452 },
    { "many, not one", "452 Too many recipients received this hour", "4.5.3", 452 },
    { "a form that is none", "553 malformed address: a@", "5.1.3", 553 },
    { "a mail's form", "550 maximum allowed line length is 998 octets", "5.6.0", 550 },
    { "an account is blocked", "550 Account blocked for inactivity", "5.2.1", 550 },
    { "we are blocked", "554 Blocked - see https://example.org/", "5.7.1", 554 },
    { "relaying, whatever the code", "553 Relaying disallowed", "5.7.1", 553 },
    { "a server that is its own relay", "lowest numbered MX record points to local host", "5.4.6",
      0 },
    { "names that are not found", "all host address lookups failed permanently", "5.1.2", 0 },
    { "names that cannot be asked for", "host lookup did not complete", "4.4.3", 0 },
    { "somebody who has moved", "550 Account moved to another server", "5.1.6", 550 },
    { "a name, not a policy", "553 mailbox name not allowed", "5.1.3", 553 },
    { "somebody who has gone", "550 user a@example.org has been suspended", "5.2.1", 550 },
    { "not so the server that asks", "550 your IP has been suspended", "5.7.1", 550 },
    { "somebody who was not there", "550 Email address could not be found", "5.1.1", 550 },
    { "Polish words", "550 Nie ma takiego konta", "5.1.1", 550 },
    { "a relay that rests is no mailbox that does",
      "delivery temporarily suspended: connect to mx.example.org[192.0.2.9]:25: Connection timed "
      "out",
      "4.4.1", 0 },
    { "nor one that lets us rest", "550 sending temporarily suspended", "5.7.1", 550 },
    { "a mailbox that rests", "550 The account has been temporarily suspended", "5.2.1", 550 },
    { "a connection that rests", "554 idle: inactivity timeout", "5.0.0", 554 },
    { "and is closed", "421 connection closed due to inactivity", "4.3.2", 421 },
    { "a mailbox that rested too long", "550 disabled due to inactivity", "5.2.1", 550 },
    { "our form, not the reader's", "501 Sender address rejected: malformed address", "5.1.8",
      501 },
    { "our account", "550 Sender verify failed: account is disabled", "5.1.8", 550 },
    { "our full mailbox", "550 Sender verify failed: mailbox full", "5.1.8", 550 },
    { "our domain", "550 Sender address rejected: Domain does not accept mail (nullMX)", "5.1.8",
      550 },
    { "our address", "550 The sender address is not valid", "5.1.8", 550 },
    { "our address, in German", "550 Ungültige Absenderadresse", "5.1.8", 550 },
    { "our address, in French", "550 L\u2019adresse de l\u2019expéditeur non valide", "5.1.8",
      550 },
    { "our return path", "550 Return-path is invalid", "5.1.8", 550 },
    { "our greeting", "550 HELO IP address is invalid", "5.7.1", 550 },
    { "our certificate", "550 Certificat non valide", "5.7.1", 550 },
    { "our name", "550 reverse host name could not be found", "5.7.1", 550 },
    { "our account at a relay", "554 your account has been blocked for sending spam", "5.7.1",
      554 },
    { "the account that sends", "550 sending account is blocked", "5.7.1", 550 },
    { "a mail that is put elsewhere", "451 moved to another queue", "4.3.0", 451 },
    { "into quarantine, say", "550 message has been moved to another folder", "5.7.1", 550 },
    { "whosever address it is", "550 The sender's address is invalid", "5.1.8", 550 },
    { "nothing said", "hello", NULL, 0 },
};

static void
test_derive(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *exact = g_strdup(texts[i].text);
        g_autofree char *status = status_derive(exact);
        g_test_message("%s", texts[i].rule);
        g_assert_cmpstr(status, ==, texts[i].status);
        g_assert_cmpint(status_reply_code(exact), ==, texts[i].reply);
    }
}

/* A field, the server's words, and which of them counts. */
static const struct {
    const char *rule;
    const char *field;
    const char *words;
    const char *status;
} choices[] = {
    { "the field", "5.1.1", "550 5.2.2 full", "5.1.1" },
    { "with a comment", "5.1.1 (bad destination)", NULL, "5.1.1" },
    { "words that say more", "5.0.0", "550 5.1.1 unknown", "5.1.1" },
    { "words without a code change nothing", "5.0.0", "550 user unknown", "5.0.0" },
    { "no field", NULL, "550 user unknown", "5.1.1" },
    { "nothing", NULL, NULL, NULL },
    { "rubbish", "unknown", "hm", NULL },
};

static void
test_choose(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(choices); i++) {
        g_autofree char *status = status_choose(choices[i].field, choices[i].words);
        g_test_message("%s", choices[i].rule);
        g_assert_cmpstr(status, ==, choices[i].status);
    }
}

/* What is not written as text is folded would never be found. */
static void
test_phrases_are_folded(void)
{
    for (gsize i = 0; status_reasons[i].detail != NULL; i++) {
        for (const char *const *phrase = status_reasons[i].phrases; *phrase != NULL; phrase++) {
            g_autofree char *folded = phrase_fold(*phrase);
            g_assert_cmpstr(folded, ==, *phrase);
            g_assert_null(strchr(*phrase, '_'));
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/status/derive", test_derive);
    g_test_add_func("/status/choose", test_choose);
    g_test_add_func("/status/phrases-are-folded", test_phrases_are_folded);
    return g_test_run();
}
