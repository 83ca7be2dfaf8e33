#include "delivery/verdict.h"

/* One reply in one phase: what it means for the delivery. */
static const struct {
    const char *rule;
    SmtpPhase phase;
    int code;
    const char *status;
    Verdict expect;
} cases[] = {
    { "250 to the dot", SMTP_DOT, 250, "2.0.0", VERDICT_SENT },
    { "any 2yz to the dot", SMTP_DOT, 252, NULL, VERDICT_SENT },
    { "no reply to the dot", SMTP_DOT, 0, NULL, VERDICT_UNCERTAIN },
    { "a reply to the dot that is none", SMTP_DOT, 354, NULL, VERDICT_UNCERTAIN },
    { "421 to the dot is an answer", SMTP_DOT, 421, "4.3.2", VERDICT_LATER },
    { "451 to the dot", SMTP_DOT, 451, NULL, VERDICT_LATER },
    { "554 to the dot", SMTP_DOT, 554, NULL, VERDICT_REFUSED },
    { "mailbox full at the dot", SMTP_DOT, 552, "5.2.2", VERDICT_REFUSED },
    { "policy at the dot", SMTP_DOT, 554, "5.7.1", VERDICT_OUR_FAULT },
    { "no such user", SMTP_RCPT, 550, "5.1.1", VERDICT_REFUSED },
    { "no such user, without a status", SMTP_RCPT, 550, NULL, VERDICT_REFUSED },
    { "mailbox full", SMTP_RCPT, 552, "5.2.2", VERDICT_REFUSED },
    { "a policy against us", SMTP_RCPT, 554, "5.7.1", VERDICT_OUR_FAULT },
    { "DMARC", SMTP_RCPT, 550, "5.7.26", VERDICT_OUR_FAULT },
    { "greylisting, whatever its class", SMTP_RCPT, 450, "4.7.1", VERDICT_LATER },
    { "mailbox busy", SMTP_RCPT, 450, "4.2.1", VERDICT_LATER },
    { "421 before the dot closes", SMTP_RCPT, 421, NULL, VERDICT_NOT_SENT },
    { "lost at RCPT", SMTP_RCPT, 0, NULL, VERDICT_NOT_SENT },
    { "our address is refused", SMTP_MAIL, 550, "5.7.1", VERDICT_OUR_FAULT },
    { "421 to MAIL", SMTP_MAIL, 421, NULL, VERDICT_NOT_SENT },
    { "lost at MAIL", SMTP_MAIL, 0, NULL, VERDICT_NOT_SENT },
    { "a wrong password", SMTP_CONNECT, 535, "5.7.8", VERDICT_OUR_FAULT },
    { "no connection", SMTP_CONNECT, 0, NULL, VERDICT_NOT_SENT },
    { "the server is closing", SMTP_CONNECT, 421, NULL, VERDICT_NOT_SENT },
    { "greylisted at DATA", SMTP_DATA, 450, NULL, VERDICT_LATER },
    { "refused at DATA", SMTP_DATA, 554, NULL, VERDICT_OUR_FAULT },
    { "lost at DATA", SMTP_DATA, 0, NULL, VERDICT_NOT_SENT },
    { "lost in the text", SMTP_BODY, 0, NULL, VERDICT_NOT_SENT },
    { "closing in the text", SMTP_BODY, 421, "4.3.2", VERDICT_NOT_SENT },
    { "refused in the text", SMTP_BODY, 554, "5.6.0", VERDICT_REFUSED },
    { "refused in the text because of us", SMTP_BODY, 554, "5.7.1", VERDICT_OUR_FAULT },
    { "not now, in the text", SMTP_BODY, 452, "4.3.1", VERDICT_NOT_SENT },
    { "tired in the text", SMTP_BODY, 500, NULL, VERDICT_NOT_SENT },
};

static void
test_table(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        SmtpReply reply = {
            .code = cases[i].code,
            .status = (char *)cases[i].status,
            .text = (char *)"",
        };
        Verdict verdict = verdict_of(&reply, cases[i].phase);
        if (verdict == cases[i].expect)
            continue;
        g_test_message("%s: %s", cases[i].rule, verdict_name(verdict));
        g_test_fail();
    }
}

/* Refusals without a telling status: the code and the words decide, and in doubt it is us. */
static const struct {
    const char *rule;
    SmtpPhase phase;
    int code;
    const char *status;
    const char *text;
    Verdict expect;
} wordings[] = {
    { "a relay that we may not use", SMTP_RCPT, 554, NULL, "Relay access denied",
      VERDICT_OUR_FAULT },
    { "a status that says nothing", SMTP_RCPT, 550, "5.0.0", "blocked by policy",
      VERDICT_OUR_FAULT },
    { "spam, after the text", SMTP_DOT, 554, NULL, "Message looks like SPAM", VERDICT_OUR_FAULT },
    { "authentication required", SMTP_RCPT, 530, NULL, "", VERDICT_OUR_FAULT },
    { "a bad sequence", SMTP_RCPT, 503, NULL, "", VERDICT_OUR_FAULT },
    { "our address, by its status", SMTP_RCPT, 550, "5.1.8", "", VERDICT_OUR_FAULT },
    { "the protocol, by its status", SMTP_RCPT, 501, "5.5.4", "", VERDICT_OUR_FAULT },
    { "a status counts more than words", SMTP_RCPT, 550, "5.1.1", "unknown at this relay",
      VERDICT_REFUSED },
    { "the owner has changed", SMTP_RCPT, 550, "5.7.17", "", VERDICT_REFUSED },
    { "nobody of that name", SMTP_RCPT, 550, NULL, "User unknown", VERDICT_REFUSED },
    { "a full mailbox", SMTP_DOT, 552, NULL, "Mailbox full", VERDICT_REFUSED },
};

static void
test_wordings(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(wordings); i++) {
        SmtpReply reply = {
            .code = wordings[i].code,
            .status = (char *)wordings[i].status,
            .text = (char *)wordings[i].text,
        };
        g_test_message("%s", wordings[i].rule);
        g_assert_cmpint(verdict_of(&reply, wordings[i].phase), ==, wordings[i].expect);
    }
}

/* Whatever a server says: nobody bounces by a code below 500, and nothing counts as sent before the
 * dot. */
static void
test_every_code(void)
{
    for (int phase = SMTP_CONNECT; phase <= SMTP_DOT; phase++) {
        for (int code = 0; code < 1000; code++) {
            SmtpReply reply = { .code = code, .text = (char *)"" };
            Verdict verdict = verdict_of(&reply, (SmtpPhase)phase);
            if (verdict == VERDICT_SENT)
                g_assert_true(phase == SMTP_DOT && code >= 200 && code < 300);
            if (verdict == VERDICT_REFUSED)
                g_assert_true(code >= 500);
            if (verdict == VERDICT_UNCERTAIN)
                g_assert_cmpint(phase, ==, SMTP_DOT);
        }
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/delivery/verdict/wordings", test_wordings);
    g_test_add_func("/delivery/verdict/table", test_table);
    g_test_add_func("/delivery/verdict/every-code", test_every_code);
    return g_test_run();
}
