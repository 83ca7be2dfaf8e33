#include "feed/opml.h"

#include <string.h>

#include "base/error.h"

typedef struct {
    const char *rule;
    const char *opml;
    const char *expect; /* "url|title|category" a feed, separated by spaces; NULL: refused */
} ReadCase;

#define OPML(body) "<opml version=\"2.0\"><head/><body>" body "</body></opml>"

static const ReadCase reads[] = {
    { "a feed", OPML("<outline text='A' xmlUrl='http://a/'/>"), "http://a/|A|-" },
    { "title before text", OPML("<outline text='A' title='B' xmlUrl='http://a/'/>"),
      "http://a/|B|-" },
    { "OPML 1.0, other case",
      "<OPML version='1.0'><body><outline XMLURL='http://a/'/></body></OPML>", "http://a/|-|-" },
    { "folders",
      OPML("<outline text='F'><outline title='G'><outline xmlUrl='http://a/'/></outline>"
           "<outline xmlUrl='http://b/'/></outline><outline xmlUrl='http://c/'/>"),
      "http://a/|-|F/G http://b/|-|F http://c/|-|-" },
    { "a folder's slash makes no second one",
      OPML("<outline text='F/G'><outline xmlUrl='http://a/'/></outline>"), "http://a/|-|F-G" },
    { "a category of its own", OPML("<outline xmlUrl='http://a/' category='/F/G,/H'/>"),
      "http://a/|-|F/G" },
    { "the folder before it",
      OPML("<outline text='F'><outline xmlUrl='http://a/' category='/H'/></outline>"),
      "http://a/|-|F" },
    { "no feed", OPML("<outline text='A' url='http://a/'/>"), "" },
    { "without a body", "<opml><outline xmlUrl='http://a/'/></opml>", "http://a/|-|-" },
    { "not well-formed", "\n<?xml version='1.0'?><opml><body><outline xmlUrl='http://a/?b=1&c=2'>",
      "http://a/?b=1&c=2|-|-" },
    { "lines in attributes", OPML("<outline text='A&#10;B' xmlUrl='http://a/'/>"),
      "http://a/|A_B|-" },
    { "latin-1",
      "<?xml version='1.0' encoding='iso-8859-1'?>" OPML(
          "<outline text='\xFC' xmlUrl='http://a/'/>"),
      "http://a/|\xC3\xBC|-" },
    { "nothing", "", NULL },
    { "a feed instead of a list", "<rss version='2.0'><channel/></rss>", NULL },
    { "a page", "<!doctype html><title>OPML</title>", NULL },
    { "an entity is not read",
      "<!DOCTYPE opml [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>" OPML(
          "<outline text='&x;' xmlUrl='http://a/'/>"),
      "http://a/|&x;|-" },
    { "entities in entities cost nothing",
      "<!DOCTYPE opml [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
      "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'><!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;'>]>" OPML(
          "<outline text='t' xmlUrl='http://a/'/>"),
      "http://a/|t|-" },
};

static char *
shown(const GPtrArray *list)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < list->len; i++) {
        const Outline *outline = list->pdata[i];
        g_autofree char *title = g_strdup(outline->title != NULL ? outline->title : "-");
        g_string_append_printf(text, "%s%s|%s|%s", i > 0 ? " " : "", outline->url,
                               g_strdelimit(title, " ", '_'),
                               outline->category != NULL ? outline->category : "-");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
test_read(const void *data)
{
    const ReadCase *test = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = g_bytes_new(test->opml, strlen(test->opml));
    g_autoptr(GPtrArray) list = opml_parse(bytes, &error);
    if (test->expect == NULL) {
        g_assert_null(list);
        g_assert_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT);
        return;
    }
    g_assert_no_error(error);
    g_autofree char *text = shown(list);
    g_assert_cmpstr(text, ==, test->expect);
}

/* Deeper than anybody sorts feeds, and more of them than anybody reads. */
static void
test_hostile(void)
{
    g_autoptr(GString) deep = g_string_new("<opml><body>");
    for (int i = 0; i < 100000; i++)
        g_string_append(deep, "<outline text='x'>");
    g_autoptr(GString) wide = g_string_new("<opml><body>");
    for (int i = 0; i < 100000; i++)
        g_string_append_printf(wide, "<outline xmlUrl='http://a/%d'/>", i);
    g_string_append(wide, "</body></opml>");
    GString *const texts[] = { deep, wide };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(GBytes) bytes = g_bytes_new(texts[i]->str, texts[i]->len);
        g_autoptr(GPtrArray) list = opml_parse(bytes, NULL);
        if (list != NULL)
            g_assert_cmpuint(list->len, ==, i == 0 ? 0 : OPML_OUTLINES_MAX);
        g_assert_true(list != NULL || i == 0);
    }
}

static void
test_round_trip(void)
{
    static const char *const feeds[][3] = {
        { "https://a.example/?b=1&c=\"2\"", "A <b> & 'C'", NULL },
        { "https://b.example/", NULL, "Heute" },
        { "https://c.example/", "C", "Technik" },
        { "https://d.example/", "D", "Technik/Netze" },
        { "https://e.example/", "E", "Technik/Strom" },
        { "https://f.example/", "F", "Ö & Ü/Netze" },
    };
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)outline_free);
    for (size_t i = 0; i < G_N_ELEMENTS(feeds); i++)
        g_ptr_array_add(list, outline_new(feeds[i][0], feeds[i][1], feeds[i][2]));
    g_autoptr(GString) text = g_string_new(NULL);
    opml_write(text, "Meine <Feeds>", list);
    g_autoptr(GBytes) bytes = g_bytes_new(text->str, text->len);
    g_autoptr(GPtrArray) read = opml_parse(bytes, NULL);
    g_assert_cmpuint(read->len, ==, list->len);
    for (guint i = 0; i < list->len; i++) {
        const Outline *before = list->pdata[i];
        const Outline *after = read->pdata[i];
        g_assert_cmpstr(after->url, ==, before->url);
        g_assert_cmpstr(after->title, ==, before->title != NULL ? before->title : before->url);
        g_assert_cmpstr(after->category, ==, before->category);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions(); /* all cases that fail at once */
    for (size_t i = 0; i < G_N_ELEMENTS(reads); i++) {
        g_autofree char *name = g_strdup_printf("/feed/opml/%s", reads[i].rule);
        g_test_add_data_func(name, &reads[i], test_read);
    }
    g_test_add_func("/feed/opml/hostile", test_hostile);
    g_test_add_func("/feed/opml/round trip", test_round_trip);
    return g_test_run();
}
