/* libFuzzer's door to what a child answers, which hostile bytes may have taken over: contrib/fuzz facts.
 * The first octet of the input says of what the rest are the packed facts. The test suite gives it
 * corpus/facts (replay.c).                                                                       */
#include "base/json.h"
#include "feed/article.h"
#include "feed/table-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is believed says the same when it is sent on, and can be shown. */
static void
check(const FactTable *table, const void *object, size_t size)
{
    g_autoptr(GString) packed = g_string_new(NULL);
    facts_pack(table, object, packed);
    g_assert_cmpuint(packed->len, ==, size);
    g_autoptr(GString) text = g_string_new(NULL);
    JsonWriter writer = { .out = text };
    facts_write(table, object, &writer);
    g_autoptr(GBytes) bytes = g_string_free_to_bytes(g_steal_pointer(&text));
    g_autoptr(Value) shown = json_parse(bytes, NULL);
    g_assert_nonnull(shown);
}

static void
unpack(const FactTable *table, void *object, const char *packed, const char *end)
{
    const char *at = packed;
    if (facts_unpack(table, object, &at, end))
        check(table, object, (size_t)(at - packed));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *packed = (const char *)data + 1;
    const char *end = (const char *)data + size;
    g_autoptr(Entry) entry = entry_new();
    g_autoptr(Feed) feed = feed_new();
    g_autoptr(Article) article = article_new();
    switch (size > 0 ? data[0] : '\0') {
    case 'e': unpack(&entry_table, entry, packed, end); break;
    case 'f': unpack(&feed_table, feed, packed, end); break;
    case 'a': unpack(&article_table, article, packed, end); break;
    }
    return 0;
}
