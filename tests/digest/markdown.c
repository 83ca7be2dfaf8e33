#include "digest/markdown-internal.h"

#include <string.h>

static void
test_text(void)
{
    static const struct {
        const char *rule, *markdown, *text;
    } cases[] = {
        { "nothing", "", "" },
        { "paragraphs are wrapped",
          "Dieser Satz ist mit Absicht so lang,\ndass er nicht in eine einzige Zeile passt.",
          "Dieser Satz ist mit Absicht so lang, dass er nicht in eine einzige Zeile\npasst." },
        { "a hard line break", "eins  \nzwei\\\ndrei", "eins\nzwei\ndrei" },
        { "headings are underlined", "# Öl\n\n## Gas\ntext", "Öl\n==\n\nGas\n---\n\ntext" },
        { "a link is followed by its address", "[hier](https://example.org/a)!",
          "hier <https://example.org/a>!" },
        { "but not when it is its own text", "<https://example.org/a> <anna@example.org>",
          "https://example.org/a anna@example.org" },
        { "an address that is none is left out", "[hier](javascript:x) [da](/a)", "hier da" },
        { "a picture leaves its description", "![Die Fähre](https://example.org/a.jpg)",
          "Die Fähre" },
        { "a tight list", "- eins\n- zwei\n  - drei", "- eins\n- zwei\n  - drei" },
        { "a loose list", "- eins\n\n- zwei", "- eins\n\n- zwei" },
        { "a numbered list goes on counting", "3. drei\n4. vier", "3. drei\n4. vier" },
        { "the lines of an item are indented",
          "- Dieser Satz ist mit Absicht so lang, dass er nicht in eine einzige Zeile passt.",
          "- Dieser Satz ist mit Absicht so lang, dass er nicht in eine einzige\n  Zeile passt." },
        { "quotations", "> eins\n>\n> zwei\n>> drei", "> eins\n>\n> zwei\n>\n> > drei" },
        { "code stays as it is", "```\nif (a  &&  b)\n\n    x();\n```",
          "    if (a  &&  b)\n\n        x();" },
        { "code within a line", "das `a  b`", "das a b" },
        { "a line", "a\n\n---\n\nb", "a\n\n* * *\n\nb" },
        { "raw HTML is left out", "a <b>b</b>\n\n<script>alert(1)</script>\n\nc", "a b\n\nc" },
        { "characters by name", "&auml; &amp; \\*", "ä & *" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *markdown = g_memdup2(cases[i].markdown, strlen(cases[i].markdown) + 1);
        g_autofree char *text = markdown_to_text(markdown, 72);
        g_test_message("%s", cases[i].rule);
        g_assert_cmpstr(text, ==, cases[i].text);
    }
}

static void
test_html(void)
{
    static const struct {
        const char *rule, *markdown, *html;
    } cases[] = {
        { "paragraphs", "eins\n\n*zwei*", "<p>eins</p>\n<p><em>zwei</em></p>" },
        { "raw HTML is left out, its text is not", "<b onclick=x>a</b>", "<p>a</p>" },
        { "a script is left out whole", "<script>alert(1)</script>", "" },
        { "tags of templates are text", "{{{a}}}", "<p>{{{a}}}</p>" },
        { "a picture where it is", "![Die *neue* Fähre](faehre.png 'x')",
          "<p><img src=\"https://example.org/f\" alt=\"Die neue Fähre\" title=\"x\"></p>" },
        { "a picture that is nowhere leaves its description",
          "Hier: ![die **neue** Brücke](b.png)!",
          "<p>Hier: die <strong>neue</strong> Brücke!</p>" },
        { "in a link, too", "[![Karte](k.png)](https://example.org/k)",
          "<p><a href=\"https://example.org/k\">Karte</a></p>" },
    };
    g_autoptr(GHashTable) sources = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(sources, (char *)"faehre.png", (char *)"https://example.org/f");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *html = markdown_to_html(cases[i].markdown, sources);
        g_test_message("%s", cases[i].rule);
        g_assert_cmpstr(g_strstrip(html), ==, cases[i].html);
    }
}

static void
test_pictures(void)
{
    g_autoptr(GPtrArray) found = markdown_pictures(
        "![a](a.png) text ![](https://example.org/b.png)\n\n> ![a again](a.png)\n\n`![c](c.png)`");
    g_assert_cmpuint(found->len, ==, 2);
    g_assert_cmpstr(found->pdata[0], ==, "a.png");
    g_assert_cmpstr(found->pdata[1], ==, "https://example.org/b.png");
}

/* Each level costs two columns and a call. */
static void
test_depth(void)
{
    g_autoptr(GString) deep = g_string_new(NULL);
    for (int i = 0; i < 5000; i++)
        g_string_append(deep, "> ");
    g_string_append(deep, "unten\n\noben");
    g_autofree char *text = markdown_to_text(deep->str, 72);
    g_assert_cmpstr(text, ==, "oben");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/digest/markdown/text", test_text);
    g_test_add_func("/digest/markdown/html", test_html);
    g_test_add_func("/digest/markdown/pictures", test_pictures);
    g_test_add_func("/digest/markdown/depth", test_depth);
    return g_test_run();
}
