#include "mail/wish.h"

/* Topics are "+a -b" in the expectation. */
static const struct {
    const char *line;
    WishKind kind;
    int days;
    const char *topics;
} lines[] = {
    { "unsubscribe", WISH_LEAVE },
    { "Bitte abmelden!", WISH_LEAVE },
    { "KÜNDIGUNG", WISH_LEAVE },
    { "Anmelden.", WISH_JOIN },
    { "pause", WISH_PAUSE, 0 },
    { "Pause 14 days", WISH_PAUSE, 14 },
    { "pause 14 Tage", WISH_PAUSE, 14 },
    { "pausieren für 2 Wochen", WISH_PAUSE, 14 },
    { "pause 10", WISH_PAUSE, 10 },
    { "pause 9999 months", WISH_NONE },
    { "pause for thought", WISH_NONE },
    { "resume", WISH_RESUME },
    { "Weiter", WISH_RESUME },
    { "topics +energie -sport", WISH_TOPICS, 0, "+energie -sport" },
    { "Themen: Energie, -Sport", WISH_TOPICS, 0, "+energie -sport" },
    { "topics", WISH_NONE },
    { "Hilfe", WISH_HELP },
    { "How do I unsubscribe", WISH_NONE },
    { "", WISH_NONE },
    { NULL, WISH_NONE },
};

static void
test_lines(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autoptr(Wish) wish = wish_parse(lines[i].line);
        g_autoptr(GString) topics = g_string_new(NULL);
        for (guint k = 0; k < wish->wanted->len; k++)
            g_string_append_printf(topics, "+%s ", (char *)wish->wanted->pdata[k]);
        for (guint k = 0; k < wish->unwanted->len; k++)
            g_string_append_printf(topics, "-%s ", (char *)wish->unwanted->pdata[k]);
        g_strchomp(topics->str);
        g_test_message("%s", lines[i].line);
        g_assert_cmpint(wish->kind, ==, lines[i].kind);
        g_assert_cmpint(wish->days, ==, lines[i].days);
        g_assert_cmpstr(topics->str, ==, lines[i].topics != NULL ? lines[i].topics : "");
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wish/lines", test_lines);
    return g_test_run();
}
