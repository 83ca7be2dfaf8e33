/* libFuzzer's door to mail that comes back: contrib/fuzz inbound. The test suite gives it the corpus and
 * the collection in tests/data/inbound (replay.c).                                                */
#include "mail/inbound.h"
#include "mail/wish.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text)
{
    g_assert_true(text == NULL || g_utf8_validate(text, -1, NULL));
}

static void
check_list(const GPtrArray *list)
{
    for (guint i = 0; i < list->len; i++)
        check_text(list->pdata[i]);
}

static void
check_failures(const GPtrArray *failures)
{
    for (guint i = 0; i < failures->len; i++) {
        const Failure *failure = failures->pdata[i];
        g_assert_nonnull(failure->address);
        check_text(failure->address);
        check_text(failure->status);
        check_text(failure->diagnostic);
    }
}

/* Whatever a mail is, it is one of the kinds, and all that is said of it can be shown. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Inbound) inbound = inbound_read((const char *)data, size);
    if (inbound == NULL)
        return 0;
    g_autoptr(Wish) wish = wish_find(inbound->subject, inbound->first_line);
    g_assert_true(wish->days >= 0 && wish->until.month >= 0 && wish->until.month <= 12);
    g_assert_nonnull(inbound_kind_name(inbound->kind));
    g_assert_true(inbound->failures->len == 0 || inbound->kind != INBOUND_OTHER);
    check_text(inbound->from);
    check_text(inbound->return_path);
    check_text(inbound->subject);
    check_text(inbound->first_line);
    check_text(inbound->answer);
    check_text(inbound->message_id);
    check_text(inbound->returned_id);
    check_list(inbound->recipients);
    check_list(inbound->returned);
    check_failures(inbound->failures);
    return 0;
}
