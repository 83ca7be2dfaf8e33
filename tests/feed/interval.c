/* How often a feed wants to be asked. */
#include "feed/parse.h"

#include <string.h>

#define SY       "xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
#define MONDAY   0x01
#define SATURDAY 0x20
#define SUNDAY   0x40

typedef struct {
    const char *rule;
    const char *channel;
    int64_t ttl;
    guint32 skip_hours;
    guint8 skip_days;
    int64_t update_period;
} Case;

static const Case cases[] = {
    { "nothing is said", "" },
    { "minutes", "<ttl>60</ttl>", .ttl = 3600 },
    { "blanks around them", "<ttl> 5\n</ttl>", .ttl = 300 },
    { "no number, no word", "<ttl>soon</ttl>" },
    { "nor one below nothing", "<ttl>-60</ttl>" },
    { "for ever is a year", "<ttl>99999999999999999</ttl>", .ttl = 31536000 },
    { "an item has no such thing", "<item><ttl>60</ttl></item>" },
    { "hours from 0 to 23", "<skipHours><hour>0</hour><hour>23</hour></skipHours>",
      .skip_hours = 1u << 0 | 1u << 23 },
    { "24 is midnight", "<skipHours> <hour>24</hour> <hour>01</hour></skipHours>",
      .skip_hours = 1u << 0 | 1u << 1 },
    { "there is no hour 25", "<skipHours><hour>25</hour><hour>99999</hour><hour/></skipHours>" },
    { "days", "<skipDays><day>Monday</day><day>sunday</day></skipDays>",
      .skip_days = MONDAY | SUNDAY },
    { "days in short", "<skipDays><day>Sat</day><day>Funday</day></skipDays>",
      .skip_days = SATURDAY },
    { "once in a period", "<sy:updatePeriod " SY ">hourly</sy:updatePeriod>",
      .update_period = 3600 },
    { "several times",
      "<sy:updateFrequency>4</sy:updateFrequency><sy:updatePeriod> Daily </sy:updatePeriod>",
      .update_period = 6 * 3600 },
    { "a frequency alone counts in days", "<sy:updateFrequency " SY ">2</sy:updateFrequency>",
      .update_period = 12 * 3600 },
    { "a frequency of nothing is once",
      "<sy:updatePeriod>weekly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
      .update_period = 7 * 24 * 3600 },
    { "a period nobody knows", "<sy:updatePeriod " SY ">always</sy:updatePeriod>" },
    { "after the items as well", "<item><title>a</title></item><ttl>1</ttl>", .ttl = 60 },
};

static void
test_case(const void *data)
{
    const Case *test = data;
    g_autofree char *text =
        g_strdup_printf("<rss version='2.0'><channel>%s</channel></rss>", test->channel);
    g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
    g_autoptr(GError) error = NULL;
    g_autoptr(Feed) feed = feed_parse(bytes, NULL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpint(feed->ttl, ==, test->ttl);
    g_assert_cmphex(feed->skip_hours, ==, test->skip_hours);
    g_assert_cmphex(feed->skip_days, ==, test->skip_days);
    g_assert_cmpint(feed->update_period, ==, test->update_period);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strdup_printf("/interval/%s", cases[i].rule);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    return g_test_run();
}
