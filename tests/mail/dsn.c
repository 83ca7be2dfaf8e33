#include "mail/dsn.h"

/* Fields of reports, and what they come to: "ADDRESS STATUS (words)" for each that failed, then how many
 * are delayed and were reached. */
static const struct {
    const char *rule;
    const char *text;
    const char *failures;
    guint delayed;
    guint reached;
} reports[] = {
    { "a failure",
      "Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; a@example.net\n"
      "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 unknown\n",
      "a@example.net 5.1.1 (550 unknown)" },
    { "with CRLF, whatever the case",
      "reporting-mta: dns; mx\r\n\r\nFINAL-RECIPIENT: RFC822;a@example.net\r\nACTION: Failed\r\n"
      "STATUS: 5.1.1\r\n",
      "a@example.net 5.1.1" },
    { "a folded field", "Final-Recipient: rfc822;\n a@example.net\nAction: failed\nStatus: 5.2.2\n",
      "a@example.net 5.2.2" },
    { "whom we wrote to, not where it went",
      "Original-Recipient: rfc822; a@example.net\nFinal-Recipient: rfc822; b@example.org\n"
      "Action: failed\nStatus: 5.1.1\n",
      "a@example.net 5.1.1" },
    { "an address beyond ASCII",
      "Final-Recipient: utf-8; \xC3\xA4rna@example.net\nAction: failed\nStatus: 5.1.1\n",
      "\xC3\xA4rna@example.net 5.1.1" },
    { "and by its number",
      "Final-Recipient: utf-8; \\x{E4}rna@example.net\nAction: failed\nStatus: 5.1.1\n",
      "\xC3\xA4rna@example.net 5.1.1" },
    { "a number that is none stays",
      "Final-Recipient: utf-8; x\\x{zz}a@example.net\nAction: failed\nStatus: 5.1.1\n",
      "x{zz}a@example.net 5.1.1" },
    { "the words say more than the field",
      "Final-Recipient: rfc822; a@example.net\nAction: failed\nStatus: 5.0.0\n"
      "Diagnostic-Code: smtp; 550 5.1.1 unknown\n",
      "a@example.net 5.1.1 (550 5.1.1 unknown)" },
    { "no Status: by the words",
      "Final-Recipient: rfc822; a@example.net\nAction: failed\n"
      "Diagnostic-Code: smtp; 552 mailbox full\n",
      "a@example.net 5.2.2 (552 mailbox full)" },
    { "no Action: by the class, a failure",
      "Final-Recipient: rfc822; a@example.net\nStatus: 5.1.1\n", "a@example.net 5.1.1" },
    { "a delay", "Final-Recipient: rfc822; a@example.net\nStatus: 4.4.1\n", "", 1 },
    { "a success", "Final-Recipient: rfc822; a@example.net\nStatus: 2.0.0\n", "", 0, 1 },
    { "delayed, relayed, expanded, delivered",
      "Final-Recipient: rfc822; a@example.net\nAction: delayed\nStatus: 5.0.0\n\n"
      "Final-Recipient: rfc822; b@example.net\nAction: relayed\n\n"
      "Final-Recipient: rfc822; c@example.net\nAction: expanded (to 3)\n\n"
      "Final-Recipient: rfc822; d@example.net\nAction: delivered\n",
      "", 1, 3 },
    { "several, of which one failed",
      "Final-Recipient: rfc822; a@example.net\nAction: delivered\nStatus: 2.1.5\n\n"
      "Final-Recipient: rfc822; b@example.net\nAction: failed\nStatus: 5.2.1\n",
      "b@example.net 5.2.1", 0, 1 },
    { "the same twice",
      "Final-Recipient: rfc822; a@example.net\nAction: failed\nStatus: 5.1.1\n\n"
      "Final-Recipient: rfc822; A@Example.net\nAction: failed\nStatus: 5.1.1\n",
      "a@example.net 5.1.1" },
    { "a failure that says it went well has no status",
      "Final-Recipient: rfc822; a@example.net\nAction: failed\nStatus: 2.0.0\n",
      "a@example.net -" },
    { "nobody is named", "Final-Recipient: X400; c=de;s=Meyer\nAction: failed\nStatus: 5.1.1\n",
      "- 5.1.1" },
    { "a block about the mail alone", "Reporting-MTA: dns; mx\nStatus: 5.0.0\n", "" },
    { "nothing", "", "" },
};

static char *
describe(const Dsn *dsn)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (guint i = 0; i < dsn->failures->len; i++) {
        const Failure *failure = dsn->failures->pdata[i];
        g_string_append_printf(out, "%s%s %s", i > 0 ? ", " : "",
                               failure->address != NULL ? failure->address : "-",
                               failure->status != NULL ? failure->status : "-");
        if (failure->diagnostic != NULL)
            g_string_append_printf(out, " (%s)", failure->diagnostic);
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
test_reports(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(reports); i++) {
        g_autofree char *exact = g_strdup(reports[i].text);
        g_autoptr(Dsn) dsn = dsn_new();
        dsn_read(dsn, exact);
        g_autofree char *is = describe(dsn);
        g_test_message("%s", reports[i].rule);
        g_assert_cmpstr(is, ==, reports[i].failures);
        g_assert_cmpuint(dsn->delayed, ==, reports[i].delayed);
        g_assert_cmpuint(dsn->reached, ==, reports[i].reached);
    }
}

/* A report without end is read as far as anybody needs it. */
static void
test_many(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < 5000; i++)
        g_string_append_printf(
            text, "Final-Recipient: rfc822; a%d@example.net\nAction: failed\nStatus: 5.1.1\n\n", i);
    g_autoptr(Dsn) dsn = dsn_new();
    dsn_read(dsn, text->str);
    g_assert_cmpuint(dsn->failures->len, >=, 100);
    g_assert_cmpuint(dsn->failures->len, <=, 1000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dsn/reports", test_reports);
    g_test_add_func("/dsn/many", test_many);
    return g_test_run();
}
