#include "mail/vacation.h"

static const struct {
    const char *rule;
    const char *header;
    bool expect;
} headers[] = {
    { "RFC 3834", "Auto-Submitted: auto-replied", true },
    { "with a reason behind it", "Auto-Submitted: auto-replied; type=vacation", true },
    { "a button sends so", "Auto-Submitted: auto-generated", false },
    { "a person", "Auto-Submitted: no", false },
    { "an old sign", "X-Autoreply: yes", true },
    { "another", "Precedence: auto_reply", true },
    { "bulk is a list's", "Precedence: bulk", false },
    { "the name must be whole", "X-Autoreply-Suppress: yes", false },
    { "nothing of the kind", "Subject: vacation", false },
};

static void
test_header(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(headers); i++) {
        const char *at = headers[i].header;
        g_autoptr(Fields) fields = fields_read(&at);
        g_test_message("%s", headers[i].rule);
        g_assert_cmpint(vacation_has_header(fields), ==, headers[i].expect);
    }
}

static const struct {
    const char *subject;
    bool expect;
} subjects[] = {
    { "Out of Office: until Monday", true },
    { "OUT OF OFFICE", true },
    { "Automatische Antwort: Der Morgen", true },
    { "R\xC3\xA9ponse automatique : Der Morgen", true },
    { "Re\xCC\x81ponse automatique", true }, /* its accent apart */
    { "Urlaub vom 1. bis 14. Dezember", true },
    { "Absent jusqu'au 7", true },
    { "Estar\xC3\xA9 ausente", true },
    { "Sono in ferie", true },
    { "Met vakantie tot 7 december", true },
    { "Automatikus v\xC3\xA1lasz: Der Morgen", true },
    { "Otomatik Yan\xC4\xB1t: Der Morgen", true },
    { "My out of office reply", false }, /* talks of it */
    { "Der Morgen", false },
    { "", false },
    { NULL, false },
};

static void
test_subject(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(subjects); i++) {
        g_test_message("%s", subjects[i].subject);
        g_assert_cmpint(vacation_has_subject(subjects[i].subject), ==, subjects[i].expect);
    }
}

static void
test_text(void)
{
    g_assert_true(vacation_has_text("Hello,\nI am out of\nthe office until Monday."));
    g_assert_true(vacation_has_text("Bis zum 20. bin ich im Urlaub."));
    g_assert_false(vacation_has_text("Thanks for the digest."));
    g_assert_false(vacation_has_text(""));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vacation/header", test_header);
    g_test_add_func("/vacation/subject", test_subject);
    g_test_add_func("/vacation/text", test_text);
    return g_test_run();
}
