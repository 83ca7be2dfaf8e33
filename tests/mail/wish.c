#include "mail/wish.h"

/* Topics are "+a -b" in the expectation. */
static const struct {
    const char *line;
    WishKind kind;
    int days;
    const char *topics;
    WishDay until;
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
    { "pause 2w", WISH_PAUSE, 14 },
    { "pause two weeks", WISH_PAUSE, 14 },
    { "Pause ein Monat", WISH_PAUSE, 30 },
    { "14 days pause", WISH_PAUSE, 14 },
    { "Bitte für 2 Wochen pausieren", WISH_PAUSE, 14 },
    { "Re: AW: pause\u00A014 days, please", WISH_PAUSE, 14 },
    { "pause until 2026-12-24", WISH_PAUSE, .until = { 2026, 12, 24 } },
    { "Pause bis zum 24.12.", WISH_PAUSE, .until = { 0, 12, 24 } },
    { "pause bis 7. Dezember 2026", WISH_PAUSE, .until = { 2026, 12, 7 } },
    { "pause until December 7th", WISH_PAUSE, .until = { 0, 12, 7 } },
    { "pause bis 29.2.", WISH_PAUSE, .until = { 0, 2, 29 } },
    { "pause until 2026-02-29", WISH_UNCLEAR },
    { "pause until 24/12", WISH_UNCLEAR },
    { "pause until monday", WISH_UNCLEAR },
    { "pause 9999 months", WISH_UNCLEAR },
    { "pause 0 days", WISH_UNCLEAR },
    { "pause for thought", WISH_UNCLEAR },
    { "resume", WISH_RESUME },
    { "Weiter", WISH_RESUME },
    { "topics +energie -sport", WISH_TOPICS, 0, "+energie -sport" },
    { "Themen: Energie, -Sport", WISH_TOPICS, 0, "+energie -sport" },
    { "topics +energie \u2013sport", WISH_TOPICS, 0,
      "+energie -sport" }, /* as editors make of "-" */
    { "topics + energie - sport", WISH_TOPICS, 0, "+energie -sport" },
    { "Themen energie und kultur ohne sport", WISH_TOPICS, 0, "+energie +kultur -sport" },
    { "topics", WISH_HELP },
    { "topics + -", WISH_UNCLEAR },
    { "Hilfe?", WISH_HELP },
    { "Please remove me from your list, thanks.", WISH_LEAVE },
    { "Fwd: Bitte aus dem Verteiler austragen", WISH_LEAVE },
    { "danke", WISH_NONE },
    { "Re:", WISH_NONE },
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
        g_assert_cmpint(wish->until.year, ==, lines[i].until.year);
        g_assert_cmpint(wish->until.month, ==, lines[i].until.month);
        g_assert_cmpint(wish->until.day, ==, lines[i].until.day);
        g_assert_cmpstr(topics->str, ==, lines[i].topics != NULL ? lines[i].topics : "");
    }
}

/* What is clear goes before what is not, then the subject before the line. */
static void
test_find(void)
{
    static const struct {
        const char *subject, *line;
        WishKind kind;
    } mails[] = {
        { "pause", "unsubscribe", WISH_PAUSE },   { "Hallo", "resume", WISH_RESUME },
        { "pause maybe", "help", WISH_HELP },     { "pause maybe", "Hallo", WISH_UNCLEAR },
        { NULL, "pause maybe", WISH_UNCLEAR },    { "Hallo", NULL, WISH_NONE },
        { "pause maybe", "topics ?", WISH_HELP },
    };
    for (gsize i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autoptr(Wish) wish = wish_find(mails[i].subject, mails[i].line);
        g_assert_cmpint(wish->kind, ==, mails[i].kind);
    }
}

/* Answers to "please confirm". */
static const struct {
    const char *line;
    bool is_no;
} answers[] = {
    { NULL, false },
    { "", false },
    { "Hiermit bestätige ich.", false },
    { "Ja, gern!", false },
    { "Yes please", false },
    { "ok", false },
    { "Nein!", true },
    { "No thanks, I did not ask for this.", true },
    { "Ich habe das nicht bestellt", true },
    { "Wrong address", true },
    { "abmelden", true },
    { "please take me off your list", true },
    { "Was ist das?", true },
    { "Non merci", true },
    { "Norbert Nicht-Müller", false },
    { "Norbert Nicht\u2010Müller", false },
    { "I haven't asked for this", true },
    { "I haven\u2019t asked for this", true },
    { "This doesn't concern me", true },
    { "Ik heb dit niet besteld", true },
    { "não", true },
    { "Nein\u2026", true },
    { "No\u2014thanks", true },
    { "(no)", true },
    { "'no'", true },
    { "-no-", true },
};

static void
test_answers(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(answers); i++) {
        g_test_message("%s", answers[i].line);
        g_assert_cmpint(wish_is_no(answers[i].line), ==, answers[i].is_no);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wish/lines", test_lines);
    g_test_add_func("/wish/find", test_find);
    g_test_add_func("/wish/answers", test_answers);
    return g_test_run();
}
