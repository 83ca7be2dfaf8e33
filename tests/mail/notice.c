#include "mail/notice.h"

#include <string.h>
#include "mail/notice-internal.h"
#include "mail/phrase.h"

/* What is not written as text is folded would never be found. */
static void
test_phrases_are_folded(void)
{
    const char *const *const lists[] = { notice_failing,  notice_delaying, notice_finishing,
                                         notice_subjects, notice_replies,  notice_boundaries,
                                         notice_labels,   notice_origins,  notice_headings,
                                         notice_strange };
    for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (const char *const *phrase = lists[i]; *phrase != NULL; phrase++) {
            g_autofree char *folded = phrase_fold(*phrase);
            g_autofree char *trimmed = g_strstrip(g_strdup(*phrase));
            g_assert_cmpstr(folded, ==, trimmed);
        }
    }
}

static const struct {
    const char *rule;
    const char *text;
    NoticeKind kind;
} texts[] = {
    { "failed", "Your mail could not be\ndelivered.", NOTICE_FAILED },
    { "delayed", "Your mail has not yet been delivered.", NOTICE_DELAYED },
    { "failed after delays", "It was delayed. This is a permanent error now.", NOTICE_FAILED },
    { "German", "Ihre Nachricht konnte nicht zugestellt werden", NOTICE_FAILED },
    { "nothing of the kind", "Good morning!", NOTICE_NONE },
};

static void
test_judge(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_test_message("%s", texts[i].rule);
        g_assert_cmpint(notice_judge(texts[i].text), ==, texts[i].kind);
    }
}

static void
test_subject(void)
{
    g_assert_true(notice_has_subject("Undelivered Mail Returned to Sender"));
    g_assert_true(notice_has_subject("Unzustellbar: Der Morgen"));
    g_assert_false(notice_has_subject("Re: Undelivered Mail Returned to Sender"));
    g_assert_false(notice_has_subject("WG: Unzustellbar: Der Morgen"));
    g_assert_false(notice_has_subject("Der Morgen"));
}

static void
test_original(void)
{
    const char *text = "Not delivered.\n\n--- Original message follows ---\nTo: a@example.org\n";
    g_assert_true(g_str_has_prefix(notice_find_original(text), "--- Original"));
    g_assert_cmpstr(notice_find_original("Original message follows\n"), ==, "");
}

/* Programs name somebody on a line of their own or behind a label. */
static void
test_form(void)
{
    static const struct {
        const char *text;
        bool expect;
    } forms[] = {
        { "Failed:\n\n  a@example.org\n", true },
        { "<a@example.org>: 550 no\n", true },
        { "Recipient: a@example.org\n", true },
        { "Could not be delivered to: <a@example.org>\n", true },
        { "My mail to a@example.org was returned with 550 5.1.1, why?\n", false },
        { "Dear a@example.org, your mailbox is full.\n", false },
        { "Bye\n\nus@example.net\n", false },
        { "", false },
    };
    g_autoptr(GPtrArray) strangers = g_ptr_array_new();
    g_ptr_array_add(strangers, (char *)"us@example.net");
    for (gsize i = 0; i < G_N_ELEMENTS(forms); i++)
        g_assert_cmpint(notice_has_form(forms[i].text, strangers), ==, forms[i].expect);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/notice/phrases-are-folded", test_phrases_are_folded);
    g_test_add_func("/notice/judge", test_judge);
    g_test_add_func("/notice/subject", test_subject);
    g_test_add_func("/notice/original", test_original);
    g_test_add_func("/notice/form", test_form);
    return g_test_run();
}
