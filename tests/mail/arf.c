#include "mail/arf.h"

/* The fields of feedback reports; recipients are separated by a space. */
static const struct {
    const char *rule;
    const char *text;
    ArfKind kind;
    const char *type;
    const char *mail_from;
    const char *recipients;
} reports[] = {
    { "a complaint", "Feedback-Type: abuse\nVersion: 1\n", ARF_ABUSE, "abuse", NULL, "" },
    { "whatever the case, with CRLF", "feedback-type: ABUSE\r\nVersion: 1\r\n", ARF_ABUSE, "ABUSE",
      NULL, "" },
    { "fraud is a complaint", "Feedback-Type: fraud\n", ARF_ABUSE, "fraud", NULL, "" },
    { "so is what nobody knows", "Feedback-Type: x-strange\n", ARF_ABUSE, "x-strange", NULL, "" },
    { "and what says nothing", "User-Agent: robot/1.0\n", ARF_ABUSE, NULL, NULL, "" },
    { "wants no more of it", "Feedback-Type: opt-out\n", ARF_OPT_OUT, "opt-out", NULL, "" },
    { "of the whole list", "Feedback-Type: opt-out-list\n", ARF_OPT_OUT, "opt-out-list", NULL, "" },
    { "took it out of the spam folder", "Feedback-Type: not-spam\n", ARF_NOT_SPAM, "not-spam", NULL,
      "" },
    { "about signatures", "Feedback-Type: auth-failure\nAuth-Failure: dkim\n", ARF_REPORT,
      "auth-failure", NULL, "" },
    { "whom it was for, and its envelope",
      "Feedback-Type: abuse\nOriginal-Mail-From: <bounce+x@depesche.example>\n"
      "Original-Rcpt-To: <a@example.net>\nOriginal-Rcpt-To: b@example.net\n",
      ARF_ABUSE, "abuse", "bounce+x@depesche.example", "a@example.net b@example.net" },
    { "as others call it", "Feedback-Type: opt-out\nRemoval-Recipient: a@example.net\n",
      ARF_OPT_OUT, "opt-out", NULL, "a@example.net" },
    { "redacted", "Feedback-Type: abuse\nOriginal-Rcpt-To: redacted\nOriginal-Mail-From: <>\n",
      ARF_ABUSE, "abuse", NULL, "" },
    { "nothing at all", "", ARF_ABUSE, NULL, NULL, "" },
};

static char *
join(const GPtrArray *list)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(out, "%s%s", i > 0 ? " " : "", (char *)list->pdata[i]);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
test_reports(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(reports); i++) {
        g_autofree char *exact = g_strdup(reports[i].text);
        g_autoptr(Arf) arf = arf_read(exact);
        g_autofree char *recipients = join(arf->recipients);
        g_test_message("%s", reports[i].rule);
        g_assert_cmpint(arf->kind, ==, reports[i].kind);
        g_assert_cmpstr(arf->type, ==, reports[i].type);
        g_assert_cmpstr(arf->mail_from, ==, reports[i].mail_from);
        g_assert_cmpstr(recipients, ==, reports[i].recipients);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/arf/reports", test_reports);
    return g_test_run();
}
