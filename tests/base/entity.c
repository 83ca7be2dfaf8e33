#include "base/entity.h"

static const struct {
    const char *name;
    gunichar c;
} names[] = {
    { "AElig", 0xC6 },                          /* the first of the table */
    { "zwnj", 0x200C },                         /* the last */
    { "auml", 0xE4 },                           /* case tells them apart */
    { "Auml", 0xC4 },    { "thetasym", 0x3D1 }, /* the longest of HTML 4 */
    { "Scaron", 0x160 },                        /* of HTML 4 and of Latin-2 */
    { "ccaron", 0x10D }, { "AUML", 0 },         { "aum", 0 },
    { "auml;", 0 },      { "apos", '\'' }, /* XML's */
    { "", 0 },
};

static void
test_names(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_cmpuint(entity_find(names[i].name), ==, names[i].c);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/entity/names", test_names);
    return g_test_run();
}
