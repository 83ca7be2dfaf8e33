#include "html/sanitize.h"

#include <string.h>

#define BASE "https://example.org/a/b"

typedef struct {
    const char *rule;
    const char *html;
    const char *expect;
} SanitizeCase;

static const SanitizeCase cases[] = {
    { "good mark-up stays", "<p>a <b>b</b> <em>c</em></p>", "<p>a <b>b</b> <em>c</em></p>" },
    { "nothing stays nothing", "", "" },
    { "text becomes a paragraph", "a & b < c", "<p>a &amp; b &lt; c</p>" },
    { "scripts go with their text", "<p>a<script>alert(1)</script>b</p>", "<p>ab</p>" },
    { "a script within a script", "<scr<script>x</script>ipt>alert(1)</script><p>a</p>",
      "<p>xipt&gt;alert(1)</p><p>a</p>" },
    { "styles go with their text", "<style>p{}</style><p style=\"x:y\" class=c id=i>a</p>",
      "<p>a</p>" },
    { "forms are unwrapped, their parts go",
      "<form action=/x><p>a</p><input name=i><button>b</button></form>", "<div><p>a</p></div>" },
    { "frames and objects go", "<iframe src=//x></iframe><object><p>o</p></object><p>a</p>",
      "<p>a</p>" },
    { "svg and math go", "<svg><script>1</script></svg><math><mi>x</mi></math><p>a</p>",
      "<p>a</p>" },
    { "handlers of events go", "<p onclick=\"x()\" ONMOUSEOVER=y>a</p>", "<p>a</p>" },
    { "javascript is no link", "<a href=\"javascript:alert(1)\">a</a>", "<a>a</a>" },
    { "nor in disguise", "<a href=\" jAvA\tscript&#58;alert(1)\">a</a>", "<a>a</a>" },
    { "nor data", "<a href=\"data:text/html,x\">a</a><img src=\"data:image/png;base64,AA\">",
      "<a>a</a>" },
    { "links become absolute", "<a href=\"../c?d=1\">a</a>",
      "<a href=\"https://example.org/c?d=1\">a</a>" },
    { "trackers go", "<a href=\"/x?utm_source=feed&amp;id=1\">a</a>",
      "<a href=\"https://example.org/x?id=1\">a</a>" },
    { "mail addresses stay", "<a href=\"mailto:a@example.org\">a</a>",
      "<a href=\"mailto:a@example.org\">a</a>" },
    { "pictures keep what is harmless",
      "<img src=p.png alt='a \"b\"' width=10 height=20% onerror=x srcset=y loading=lazy>",
      "<img src=\"https://example.org/a/p.png\" alt=\"a &quot;b&quot;\" width=\"10\">" },
    { "pictures of one pixel go", "<p>a<img src=x.gif width=1 height=1></p>", "<p>a</p>" },
    { "pictures that nobody sees go",
      "<p>a<img src=x.gif style='border:0; WIDTH : 1px;height:1px'><img src=x.gif hidden>"
      "<img src=x.gif style='display: none'></p>",
      "<p>a</p>" },
    { "other styles hide none",
      "<p><img src=x.gif style='max-width:1px;border-width:0;width:100%;height:1em'></p>",
      "<p><img src=\"https://example.org/a/x.gif\"></p>" },
    { "known counters go", "<p>a<img src=\"https://vg05.met.vgwort.de/na/0123\"></p>", "<p>a</p>" },
    { "pictures without a source go", "<p>a<img alt=x></p>", "<p>a</p>" },
    { "comments go, Word's too", "<!-- a --><!--[if mso]><p>w</p><![endif]--><p>b</p>",
      "<p>b</p>" },
    { "marks of sections go, what is between them stays",
      "<p>a</p><![if !IE]><p>b</p><![endif]><![CDATA[<p>c]]d</p>]]><p>e]]&gt;</p>",
      "<p>a</p><p>b</p><p>c]]d</p><p>e]]&gt;</p>" },
    { "but in comments they are none", "<p>a<!-- <![CDATA[ -->b]]></p>", "<p>ab]]&gt;</p>" },
    { "a mark that does not end takes the rest", "<p>a</p><![if <b>", "<p>a</p>" },
    { "nor does a mark hide a script", "<p>a</p><scr<![x]>ipt>b</script>", "<p>a</p>" },
    { "unknown elements are unwrapped", "<blink>a <marquee>b</marquee></blink>", "<p>a b</p>" },
    { "unknown blocks stay blocks", "<section>a</section><article>b</article>",
      "<div>a</div><div>b</div>" },
    { "what was open is closed", "<p><b>a", "<p><b>a</b></p>" },
    { "broken ends are forgotten", "<p>a</i></b></p></div>", "<p>a</p>" },
    { "tables stay", "<table><tr><td colspan=2 align=right valign=x>a</td></tr></table>",
      "<table><tr><td colspan=\"2\" align=\"right\">a</td></tr></table>" },
    { "language and direction stay", "<p lang=de-AT dir=RTL>a</p><p lang='x\"y' dir=up>b</p>",
      "<p lang=\"de-AT\" dir=\"RTL\">a</p><p>b</p>" },
    { "references stay characters", "<p>&eacute; &amp;lt; &#8211;</p>", "<p>é &amp;lt; –</p>" },
    { "references to nothing stay text", "<p>&foo; &bar=1</p>", "<p>&amp;foo; &amp;bar=1</p>" },
    { "noncharacters cannot forge a mark",
      "<p title=\"\xEF\xB7\x90n\xEF\xB7\x91\">a\xEF\xB7\x90</p>", "<p title=\"n\">a</p>" },
    { "raw text cannot be left", "<xmp><p>a</p></xmp><plaintext><script>x</script>", "" },
    { "letters and their marks become one",
      "<p title=\"u\xCC\x88\">Mu\xCC\x88ller, e\xCC\x81te\xCC\x81 „o\xCC\x88“</p>",
      "<p title=\"ü\">Müller, été „ö“</p>" },
    { "templates and noscript go",
      "<template><p>t</p></template><noscript><p title=\"</noscript><img src=x onerror=y>\">a</p>",
      "" },
};

/* Shapes that got past other sanitisers, and shapes that a second parser could read differently. */
static const char *const hostile[] = {
    "<p><p><p>a</p>",
    "<p><div>a</div>b</p>",
    "<p><section><p>a</p></section>b</p>",
    "<b><p>a</b>b</p>",
    "<a href=/1>a<a href=/2>b</a>c</a>",
    "<table><p>a<tr><div>b<td>c</table>",
    "<td>a</td><tr><li>b",
    "<ul><ul><li>a<ul>b</li></ul>",
    "<li>a<li>b<dd>c<dt>d",
    "<h1><h2>a</h1>b</h2>",
    "<select><option><p>a</select><p>b",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    ("<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 "
     "onerror=x&gt;\">"),
    "<img src=\"x`onerror=alert(1)\">",
    "<a title='\"><script>x</script>'>a</a>",
    "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "<<p>a",
    "<p/onclick=x/>a",
    "<a/href=\"/x\"onclick=y>a</a>",
    "<p title=\"a\" TITLE=\"b\">c</p>",
    "<html><head><title>t</title></head><body onload=x><p>a",
    "<body><body><html><p>a",
    "<frameset><frame src=x></frameset>",
    "<p>a<br></br>b</br>",
    "<pre>\n\n a\n</pre>",
    "\xEF\xBB\xBF<p>a",
    "<p>\xC2\x91quoted\xC2\x92</p>",
    "<blockquote cite=\"javascript:x\"><q cite=/y>a",
    "<ruby>a<rt>b<rp>c",
    "<caption>a<col><colgroup><tbody>b",
    "<font><center><p>a</center></font>",
    "<![CDATA[a]]><?php b ?><!DOCTYPE c>",
    "a\n\n  b",
    /* What a mark would change if it met it. */
    "<p>&lt;<b>\xCC\xB8</b>&gt;\xCC\xB8<!-- x -->\xCC\xB8 =&#824;",
    "<p title='&gt;\xCC\xB8'>\xCC\xB8</p>\xCC\xB8",
    "<a href='/\xCC\xB8'>\xCC\xB8</a>",
};

static void
test_case(const void *data)
{
    const SanitizeCase *test = data;
    g_autofree char *exact = g_memdup2(test->html, strlen(test->html) + 1);
    g_autofree char *clean = html_sanitize(exact, BASE);
    g_assert_cmpstr(clean, ==, test->expect);
}

static void
assert_stable(const char *html)
{
    g_autofree char *once = html_sanitize(html, BASE);
    g_autofree char *twice = html_sanitize(once, BASE);
    if (strcmp(once, twice) != 0)
        g_test_message("from: %s", html);
    g_assert_cmpstr(twice, ==, once);
    g_assert_true(g_utf8_validate(once, -1, NULL));
}

static void
test_stable(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_stable(cases[i].html);
    for (size_t i = 0; i < G_N_ELEMENTS(hostile); i++)
        assert_stable(hostile[i]);
}

/* Soups of tags in any order, the same ones in every run. */
static void
test_stable_soup(void)
{
    static const char *const parts[] = {
        "<p>",           "</p>",      "<div>",    "</div>",    "<a href=/x>", "</a>",
        "<b>",           "</b>",      "<ul>",     "</ul>",     "<li>",        "</li>",
        "<table>",       "</table>",  "<tr>",     "<td>",      "</td>",       "</tr>",
        "<pre>",         "</pre>",    "<h1>",     "</h1>",     "<br>",        "<img src=p>",
        "<dl>",          "<dt>",      "<dd>",     "<form>",    "</form>",     "<section>",
        "</section>",    "text",      " ",        "\n",        "<q>",         "</q>",
        "<center>",      "</center>", "<font>",   "</font>",   "<hr>",        "<!--x-->",
        "&amp;",         "<title>",   "<script>", "</script>", "<style>",     "<body>",
        "\xCC\xB8",      "a\xCC\x88", "<head>",   "</html>",   "<option>",    "<blockquote>",
        "</blockquote>", "<span>",    "</span>",
    };
    g_autoptr(GRand) random = g_rand_new_with_seed(20260301);
    for (int round = 0; round < 4000; round++) {
        g_autoptr(GString) soup = g_string_new(NULL);
        for (int i = g_rand_int_range(random, 1, 14); i > 0; i--)
            g_string_append(soup, parts[g_rand_int_range(random, 0, G_N_ELEMENTS(parts))]);
        assert_stable(soup->str);
    }
}

static void
test_deep(void)
{
    g_autoptr(GString) html = g_string_new(NULL);
    for (int i = 0; i < 100000; i++)
        g_string_append(html, "<div><b>");
    g_string_append(html, "a");
    assert_stable(html->str);
}

static void
test_large(void)
{
    g_autoptr(GString) html = g_string_new(NULL);
    while (html->len < 2 * SANITIZE_INPUT_MAX)
        g_string_append(html, "<p>Grüße</p>");
    g_autofree char *clean = html_sanitize(html->str, NULL);
    g_assert_cmpuint(strlen(clean), <=, SANITIZE_INPUT_MAX + 64);
    g_assert_true(g_utf8_validate(clean, -1, NULL));
}

/* The HTML parser's time grows with the square of a tag's attributes: such a tag, and what follows,
 * is not read. */
static void
test_many_attributes(void)
{
    g_autoptr(GString) html = g_string_new("<p>a</p><p ");
    for (int i = 0; i < 60000; i++)
        g_string_append_printf(html, "a%d ", i);
    g_string_append(html, ">b</p>");
    g_autofree char *clean = html_sanitize(html->str, NULL);
    g_assert_cmpstr(clean, ==, "<p>a</p>");
}

static void
test_less_than_in_prose(void)
{
    g_autoptr(GString) html = g_string_new("<p>1 < 2");
    for (int i = 0; i < 1000; i++)
        g_string_append(html, " word");
    g_string_append(html, "</p><p>b</p>");
    g_autofree char *clean = html_sanitize(html->str, NULL);
    g_assert_true(g_str_has_prefix(clean, "<p>1 &lt; 2 word"));
    g_assert_true(g_str_has_suffix(clean, " word</p><p>b</p>"));
}

static void
test_relative_without_base(void)
{
    g_autofree char *clean = html_sanitize("<a href=\"x\">a</a><img src=\"y\">", NULL);
    g_assert_cmpstr(clean, ==, "<a>a</a>");
}

static const SanitizeCase images[] = {
    { "the first picture", "<p>a<img src=\"/p.png\"><img src=\"/q.png\">",
      "https://example.org/p.png" },
    { "no pixel", "<img src=/1.gif width=1><img src=/2.png>", "https://example.org/2.png" },
    { "no data", "<img src=\"data:image/gif;base64,R0\"><b><img src=/2.png></b>",
      "https://example.org/2.png" },
    { "not what is dropped", "<noscript><img src=/1.png></noscript>", NULL },
    { "none", "<p>a</p>", NULL },
};

static void
test_image(const void *data)
{
    const SanitizeCase *test = data;
    g_autoptr(Html) html = html_new(test->html);
    g_autofree char *url = html_image(html, BASE);
    g_assert_cmpstr(url, ==, test->expect);
}

static void
test_escape(void)
{
    g_autoptr(GString) out = g_string_new("=");
    html_escape(out, "a<b>&\"c'");
    g_assert_cmpstr(out->str, ==, "=a&lt;b&gt;&amp;&quot;c&#39;");
}

static void
add(const char *group, const SanitizeCase *list, size_t count, GTestDataFunc run)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *name = g_strdup_printf("/html/%s/%s", group, list[i].rule);
        g_test_add_data_func(name, &list[i], run);
    }
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions(); /* all cases that fail at once */
    add("sanitize", cases, G_N_ELEMENTS(cases), test_case);
    add("image", images, G_N_ELEMENTS(images), test_image);
    g_test_add_func("/html/sanitize again changes nothing", test_stable);
    g_test_add_func("/html/sanitize again changes nothing in soups", test_stable_soup);
    g_test_add_func("/html/sanitize deep", test_deep);
    g_test_add_func("/html/sanitize large", test_large);
    g_test_add_func("/html/sanitize many attributes", test_many_attributes);
    g_test_add_func("/html/sanitize less than in prose", test_less_than_in_prose);
    g_test_add_func("/html/sanitize without base", test_relative_without_base);
    g_test_add_func("/html/escape", test_escape);
    return g_test_run();
}
