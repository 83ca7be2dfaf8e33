#include "html/sanitize.h"

#include <string.h>

typedef struct {
    const char *rule;
    const char *html;
    const char *expect;
} TextCase;

static const TextCase cases[] = {
    { "plain text stays", "a b", "a b" },
    { "nothing stays nothing", "", "" },
    { "white space is folded", " a \n\t b  ", "a b" },
    { "references become characters", "Caf&eacute; &amp; &lt;b&gt; &#8211;", "Café & <b> –" },
    { "blocks are apart", "<p>a</p><div>b</div><h2>c</h2>", "a\n\nb\n\nc" },
    { "however many end at once", "<div><div><p>a</p></div></div><p>b</p>", "a\n\nb" },
    { "a break is a line feed", "a<br>b", "a\nb" },
    { "two breaks are a paragraph", "a<br><br/>b", "a\n\nb" },
    { "three are no more", "a<br><br><br>b", "a\n\nb" },
    { "items have hyphens", "<p>x</p><ul><li>a</li><li>b c</li></ul><p>y</p>",
      "x\n\n- a\n- b c\n\ny" },
    { "a paragraph in an item stays beside its hyphen", "<ul><li><p>a</p></li><li>b</li></ul>",
      "- a\n\n- b" },
    { "an empty item is none", "<ul><li> </li><li>b</li><li></li></ul>c", "- b\n\nc" },
    { "items with nothing but empty items", "<ul><li><ul><li></li></ul></li></ul>b", "b" },
    { "an item in an item", "<ul><li><ul><li>a</li></ul></li></ul>b", "- - a\n\nb" },
    { "spaces around inline mark-up stay", "a <b>b</b>c <i> d</i>", "a bc d" },
    { "no space before a line's end", "<p>a </p> <p> b</p>", "a\n\nb" },
    { "links and pictures leave their text", "<a href=\"/x\">a</a><img src=x alt=\"pic\"> b",
      "a b" },
    { "scripts and styles leave nothing", "a<script>x</script><style>y</style>b", "ab" },
    { "comments leave nothing", "a<!-- x -->b", "ab" },
    { "cells are apart", "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
      "a b\nc" },
    { "lines of <pre> stay", "<pre>a\n  b</pre>", "a\n  b" },
    { "no-break spaces are spaces", "a&nbsp;&nbsp;b", "a b" },
    { "what was never closed", "<p>a<b>b", "ab" },
    { "bad characters are repaired", "a\x01\xEF\xB7\x90z", "az" },
};

static void
test_case(const void *data)
{
    const TextCase *test = data;
    g_autofree char *exact = g_memdup2(test->html, strlen(test->html) + 1);
    g_autofree char *text = html_to_text(exact);
    g_assert_cmpstr(text, ==, test->expect);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions(); /* all cases that fail at once */
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *name = g_strdup_printf("/html/text/%s", cases[i].rule);
        g_test_add_data_func(name, &cases[i], test_case);
    }
    return g_test_run();
}
