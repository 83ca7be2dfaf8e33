#include "html/tidy-internal.h"

#include <string.h>

/* What the quick reader reads is what libxml2 reads, which is made to read it by a comment. */

static void
write_nodes(GString *out, const HtmlNode *first)
{
    for (const HtmlNode *node = first; node != NULL; node = node->next) {
        if (node->element == NULL) {
            g_string_append_printf(out, "[%s]", node->text);
            continue;
        }
        bool is_frame = node_is(node, "html") || node_is(node, "body"); /* nobody asks for them */
        if (!is_frame)
            g_string_append_printf(out, "<%s", node->name);
        for (const HtmlAttribute *at = node->attributes; at != NULL; at = at->next)
            g_string_append_printf(out, " %s='%s'", at->name, at->value);
        if (!is_frame)
            g_string_append_c(out, '>');
        write_nodes(out, node->children);
        if (!is_frame)
            g_string_append(out, "</>");
    }
}

static char *
tree_text(const Html *html)
{
    GString *out = g_string_new(NULL);
    write_nodes(out, html_first(html));
    return g_string_free(out, FALSE);
}

/* Whether TEXT is tidy; if so, both have read the same. White space at the end is nobody's. */
static bool
is_tidy(const char *text)
{
    g_autofree char *bare = g_strchomp(g_strdup(text));
    g_autofree char *with_comment = g_strconcat(bare, "<!---->", NULL);
    g_autoptr(Html) empty = html_new("");
    if (!tidy_read(empty, bare))
        return false;
    g_autoptr(Html) quick = html_new(bare);
    g_autoptr(Html) slow = html_new(with_comment);
    g_autofree char *expect = tree_text(slow);
    g_autofree char *found = tree_text(quick);
    if (strcmp(found, expect) != 0)
        g_test_message("from: %s", bare);
    g_assert_cmpstr(found, ==, expect);
    return true;
}

static const struct {
    const char *rule;
    const char *html;
    bool tidy;
} cases[] = {
    { "nothing", "", true },
    { "plain text", "a b", true },
    { "paragraphs", "<p>a</p>\n<p>b <b>c</b></p>", true },
    { "a paragraph that no tag began", "a <b>c</b><p>b</p>c", true },
    { "blanks before anything", " \n<p>a</p>", true },
    { "lists", "<ul>\n<li>a</li> <li><p>b</p><ol><li>c</li></ol></li></ul>", true },
    { "tables", "<table><tbody><tr><th>a</th><td><p>b</p></td></tr></tbody></table>", true },
    { "pictures, both ways to end them", "<p><img src='a' alt=\"b\"><img src=\"c\" /><br/></p>",
      true },
    { "names in capitals", "<P CLASS=\"a\">b</P>", true },
    { "references", "<p>&amp;amp; &eacute;&#8211;&#x2013;&nbsp;</p>", true },
    { "what is no reference", "<p>a & b &foo; AT&T &copy</p>", true },
    { "references in values", "<a href=\"/a?b=1&amp;c=2&d=3&copy=4\">a</a>", true },
    { "blanks in an end tag", "<p>a</p >", true },
    { "values without quotes", "<p class=a>b</p>", false },
    { "attributes without a value", "<p hidden>b</p>", false },
    { "attributes that touch", "<p class=\"a\"id=\"b\">c</p>", false },
    { "attributes twice", "<p class=\"a\" class=\"b\">c</p>", false },
    { "mark-up in a value", "<p title=\"<b>\">c</p>", false },
    { "an element that is open at the end", "<p>a", false },
    { "an end without a beginning", "a</p>", false },
    { "elements that overlap", "<b>a<i>b</b>c</i>", false },
    { "a block in a paragraph", "<p><div>a</div></p>", false },
    { "a block in a span", "<span><p>a</p></span>", false },
    { "a link in a link", "<a href=\"/\">a<b><a>b</a></b></a>", false },
    { "text in a list", "<ul>a</ul>", false },
    { "a script", "<p>a</p><script>b</script>", false },
    { "an element that nobody knows", "<blink>a</blink>", false },
    { "a comment", "<p>a<!-- b --></p>", false },
    { "a tag in the middle of nowhere", "a < b", false },
    { "a tag that does not end", "<p>a</p", false },
    { "a name that does not end", "<b", false },
    { "a value that does not end", "<p class=\"a>b</p>", false },
    { "a reference to a control", "<p>&#133;</p>", false },
    { "a control", "<p>a\x01</p>", false },
    { "what is not UTF-8", "<p>\xE4</p>", false },
    { "a tag ended at once", "<p/>", false },
};

static void
test_case(const void *data)
{
    size_t i = (size_t)GPOINTER_TO_UINT(data);
    g_autofree char *exact = g_memdup2(cases[i].html, strlen(cases[i].html) + 1);
    g_assert_cmpint(is_tidy(exact), ==, cases[i].tidy);
}

/* Each element in each: no pair is called tidy that libxml2 would take apart. */
static void
test_pairs(void)
{
    static const char *const names[] = {
        "a",     "abbr",    "b",       "bdo",    "blockquote", "br",   "center", "cite",  "code",
        "dd",    "del",     "div",     "dl",     "dt",         "em",   "figure", "font",  "h1",
        "h4",    "hr",      "i",       "img",    "ins",        "li",   "main",   "mark",  "ol",
        "p",     "pre",     "q",       "s",      "section",    "span", "strike", "table", "tbody",
        "tfoot", "thead",   "td",      "th",     "time",       "tr",   "tt",     "u",     "ul",
        "var",   "article", "acronym", "footer", "figcaption",
    };
    static const char *const around[] = { "%s",
                                          "<ul><li>%s</li></ul>",
                                          "<dl>%s</dl>",
                                          "<ul>%s</ul>",
                                          "<table>%s</table>",
                                          "<table><tr>%s</tr></table>",
                                          "<table><tr><td>%s</td></tr></table>" };
    unsigned tidy = 0;
    for (size_t a = 0; a < G_N_ELEMENTS(names); a++)
        for (size_t b = 0; b < G_N_ELEMENTS(names); b++)
            for (size_t c = 0; c < G_N_ELEMENTS(around); c++) {
                g_autofree char *pair = g_strdup_printf("<%s>x<%s>y</%s>z</%s>u<%s>", names[a],
                                                        names[b], names[b], names[a], names[a]);
                g_autofree char *bare =
                    g_strdup_printf("<%s><%s>y</%s> </%s> <%s></%s>", names[a], names[b], names[b],
                                    names[a], names[b], names[b]);
                g_auto(GStrv) halves = g_strsplit(around[c], "%s", 2);
                g_autofree char *first =
                    g_strconcat(halves[0], pair, "</", names[a], ">", halves[1], NULL);
                g_autofree char *second = g_strconcat(halves[0], bare, halves[1], NULL);
                tidy += is_tidy(first) + is_tidy(second);
            }
    g_assert_cmpuint(tidy, >, 1000);
}

/* Soups that are mostly tidy, the same in every run. */
static void
write_soup(GString *out, GRand *random, int depth)
{
    static const char *const elements[] = { "p",  "b",     "i",  "div", "a",    "ul",        "li",
                                            "td", "table", "tr", "h2",  "span", "blockquote" };
    static const char *const leaves[] = { "text", " ",  "\n", "&amp;", "&#228;",         "<br>",
                                          "<hr>", "ä ", "& ", " ",     "<img src=\"p\">" };
    for (int i = g_rand_int_range(random, 0, 4); i > 0; i--) {
        if (depth == 0 || g_rand_boolean(random)) {
            g_string_append(out, leaves[g_rand_int_range(random, 0, G_N_ELEMENTS(leaves))]);
            continue;
        }
        const char *name = elements[g_rand_int_range(random, 0, G_N_ELEMENTS(elements))];
        g_string_append_printf(out, "<%s>", name);
        write_soup(out, random, depth - 1);
        g_string_append_printf(out, "</%s>", name);
    }
}

static void
test_soup(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(20261125);
    unsigned tidy = 0;
    for (int round = 0; round < 20000; round++) {
        g_autoptr(GString) soup = g_string_new(NULL);
        write_soup(soup, random, 4);
        tidy += is_tidy(soup->str);
    }
    g_assert_cmpuint(tidy, >, 2000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/html/tidy/", cases[i].rule, NULL);
        g_test_add_data_func(path, GUINT_TO_POINTER(i), test_case);
    }
    g_test_add_func("/html/tidy/pairs", test_pairs);
    g_test_add_func("/html/tidy/soup", test_soup);
    return g_test_run();
}
