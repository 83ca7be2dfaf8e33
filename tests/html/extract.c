/* What belongs to an article and what does not, rule by rule. */
#include "html/extract.h"

#include <string.h>

/* Two paragraphs that are an article. */
#define ONE                                                                                        \
    "<p>Der Rat hat am Dienstag lange beraten, wie es mit der Brücke weitergehen soll, und am "   \
    "Ende entschieden, dass sie gebaut wird, obwohl das Geld dafür noch fehlt.</p>"
#define TWO                                                                                        \
    "<p>Dagegen stimmten vor allem die Freien Wähler, die den Bedarf bezweifeln, denn über den " \
    "Fluss führen schon zwei Brücken, und eine dritte nützt nur den Pendlern.</p>"
#define ONE_TEXT                                                                                   \
    "Der Rat hat am Dienstag lange beraten, wie es mit der Brücke weitergehen soll, und am Ende " \
    "entschieden, dass sie gebaut wird, obwohl das Geld dafür noch fehlt."
#define TWO_TEXT                                                                                   \
    "Dagegen stimmten vor allem die Freien Wähler, die den Bedarf bezweifeln, denn über den "    \
    "Fluss "                                                                                       \
    "führen schon zwei Brücken, und eine dritte nützt nur den Pendlern."

/* Each stands between the two paragraphs and must be gone. */
static const struct {
    const char *rule;
    const char *html;
} furniture[] = {
    { "similar news by its class",
      "<div class='yarpp-related'><ol><li><a href=/1>Eins</a></ol></div>" },
    { "similar news by its heading", "<h3>Das könnte Sie auch interessieren</h3><ul><li><a "
                                     "href=/1>Eins</a><li><a href=/2>Zwei</a></ul>" },
    { "a line that leads elsewhere",
      "<p>Lesen Sie auch: <a href=/1>Der Streit um die Fähre</a></p>" },
    { "a teaser with an arrow", "<p><a href=/1>Mehr zum Thema Brücken</a></p>" },
    { "an offer of a newsletter", "<div class=newsletter-box><h4>Post aus dem Rathaus</h4><p>Jeden "
                                  "Freitag kostenlos.</p></div>" },
    { "an offer that is only said", "<p>Ihre E-Mail-Adresse</p>" },
    { "a book", "<div class='buchtipp'><p>Anna Ast: Brücken. 200 Seiten, 20 Euro.</p></div>" },
    { "a book that is only said", "<p>ISBN 978-3-00-000000-1, 22 Euro</p>" },
    { "a book with its price",
      "<p>Anna Ast: Brücken, 200 Seiten, 20 Euro <a href=/s>Leseprobe</a></p>" },
    { "an offer of mails that is a sentence",
      "<p>Abonnieren Sie jetzt unseren wöchentlichen Newsletter und verpassen Sie nichts.</p>" },
    { "a picture before a phrase", "<p>🔔 Folgen Sie uns auf <a href=/w>WhatsApp</a>!</p>" },
    { "what is done with comments",
      "<p>Kommentare zu diesem Beitrag werden moderiert, bevor sie erscheinen.</p>" },
    { "an offer of mails",
      "<div><h3>Post vom Bau</h3><p>Jeden Freitag in Ihrem Postfach.</p></div>" },
    { "an offer with a button", "<div><h3>Unser Kalender</h3><p>Zwölf Brücken.</p><p><a class=btn "
                                "href=/k>Ansehen</a></p></div>" },
    { "a sentence in large letters", "<div class=x1>„obwohl das Geld dafür noch fehlt“</div>" },
    { "a sentence in large letters, and who said it",
      "<div><div>„obwohl das Geld ‚dafür‘ noch fehlt“</div><div>Anna Ast, Rätin</div></div>" },
    { "another article with what it is about",
      "<div><a href=/1><img src=/1.jpg></a><div><a href=/1><h4>Die Fähre geht</h4></a><p>Sie fuhr "
      "noch einmal, und dann nicht mehr.</p></div></div>" },
    { "sentences that are paid for", "<div><p><small>Paid for by Boote</small></p><p>Was wäre ein "
                                     "Fluss ohne ein Boot? <a href=/b>Hier</a>.</p></div>" },
    { "a call for money", "<p>We are run by neighbors. If you can, please chip in a dollar.</p>" },
    { "a minute", "<p>90'</p>" },
    { "a time in English", "<p>3.04pm GMT</p>" },
    { "whose picture it is", "<figure><div><img src=/p.jpg><span>Ines Quast</span></div>"
                             "<figcaption>Die Brücke im Bau</figcaption></figure>" },
    { "jobs", "<h3>Stellenangebote</h3><ul><li><a href=/j>Bauleiter (m/w/d)</a></ul>" },
    { "what is said about comments",
      "<p>Ihr Kommentar wartet auf Freischaltung durch die Redaktion.</p>" },
    { "a bar to share", "<div class='shariff'><ul><li><a href=#>teilen</a></ul></div>" },
    { "a box about the author",
      "<div class='author-box'><p>Anna Ast schreibt über Brücken und anderes.</p></div>" },
    { "the way here", "<div class=breadcrumbs><a href=/>Start</a> &gt; Lokales</div>" },
    { "a table of contents", "<div id=ez-toc-container><ul><li><a href=#a>Der Rat</a><li><a "
                             "href=#b>Die Brücke</a></ul></div>" },
    { "a note about cookies", "<p>Wir verwenden Cookies, um Inhalte zu personalisieren.</p>" },
    { "content from elsewhere",
      "<p>Empfohlener externer Inhalt: Mit einem Klick können Sie ihn sehen.</p>" },
    { "the credit of a picture", "<p>Foto: Ines Quast</p>" },
    { "a caption", "<figure><img src=/p.jpg><figcaption>Die Brücke im Bau</figcaption></figure>" },
    { "a counter of pictures", "<p>1/12</p>" },
    { "an advertisement", "<div><p>Anzeige</p><p><a href=/x>Matratzen im Test</a></p></div>" },
    { "a player", "<div class='audio-player'><p>Artikel vorlesen</p></div>" },
    { "text for screen readers", "<span class=screen-reader-text>Beitragsnavigation</span>" },
    { "what is hidden",
      "<p style='display: none'>Dieser Satz ist nicht zu sehen, von niemandem.</p>" },
    { "an offer of a newsletter by its heading",
      "<div><h3>Rathaus kompakt - der Newsletter</h3><p>Werktags um sechs</p></div>" },
    { "what must be done to read on",
      "<div><h3>You've read 5 articles in the last month</h3><p>It's quick, and it is free.</p>"
      "</div>" },
    { "what may be done with an article",
      "<ul><li>Facebook</li><li>E-Mail</li><li>Link kopieren</li></ul>" },
    { "the time of an entry", "<p>15:04 Uhr</p>" },
    { "words beside a picture that nothing calls a caption",
      "<div><img src=/p.jpg><div>Die Brücke im Bau <span>Quelle: Bote</span></div></div>" },
    { "text beside paragraphs that nothing holds",
      "<a href=/1><span>Streit</span> <span>Warum der Fluss zu breit ist</span><p>Zwei Ufer. "
      "mehr</p></a>" },
    { "a heading that nothing is left under",
      "<h2>Weitere Meldungen</h2><ul><li><a href=/1>Eins</a></ul>" },
    { "scripts, styles and comments",
      "<script>if (a<b) x('<p>nein</p>')</script><style>p{}</style><!-- <p>nein</p> -->" },
};

/* Each stands between the two paragraphs and must stay. */
static const struct {
    const char *rule;
    const char *html;
    const char *expect;
} content[] = {
    { "a heading", "<h2>Der Weg zur Brücke</h2>", "Der Weg zur Brücke" },
    { "a heading that is a link to itself", "<h2 id=a><a href=#a>Zum Verfahren</a></h2>",
      "Zum Verfahren" },
    { "a list", "<ul><li>40 Meter lang<li>acht Meter breit</ul>",
      "- 40 Meter lang\n- acht Meter breit" },
    { "a list with some links", "<ul><li>der <a href=/p>Plan</a> von gestern<li>das Geld</ul>",
      "- der Plan von gestern\n- das Geld" },
    { "a table", "<table><tr><td>Kategorie<td>Euro<tr><td>Stahl<td>4.000</table>",
      "Kategorie Euro\nStahl 4.000" },
    { "a quotation", "<blockquote><p>Das ist eine Schnapsidee.</p></blockquote>",
      "Das ist eine Schnapsidee." },
    { "a short sentence", "<p>Ohne Erfolg.</p>", "Ohne Erfolg." },
    { "a sentence of links",
      "<p>Der Rat hat gestern <a href=/1>lange über den Plan beraten</a>, und <a href=/2>noch "
      "länger über das Geld für die Brücke</a>.</p>",
      "Der Rat hat gestern lange über den Plan beraten, und noch länger über das Geld für die "
      "Brücke." },
    { "a paragraph with a link", "<p>Der <a href=/plan>Plan</a> liegt im Rathaus aus.</p>",
      "Der Plan liegt im Rathaus aus." },
    { "an element called furniture within a sentence",
      "<p>Das sagte <span class=author>Anna Ast</span> am Abend.</p>",
      "Das sagte Anna Ast am Abend." },
    { "a sentence that begins like a teaser", "<p>Dies könnte sich bald ändern, sagte sie.</p>",
      "Dies könnte sich bald ändern, sagte sie." },
    { "a heading in the header of a part",
      "<section><header><h2>Der Weg zur Brücke</h2></header><p>Er ist weit.</p></section>",
      "Der Weg zur Brücke\n\nEr ist weit." },
    { "a heading that is called like an offer",
      "<h3 class='subhead-embed color-promo'>Der Weg zur Brücke</h3>", "Der Weg zur Brücke" },
    { "a heading whose class is a tag", "<h3 class=edTag>Der Weg zur Brücke</h3>",
      "Der Weg zur Brücke" },
    { "a sentence that begins like a label", "<p>Anzeige hat bisher niemand erstattet.</p>",
      "Anzeige hat bisher niemand erstattet." },
};

static char *
extract_between(const char *html)
{
    g_autofree char *page = g_strdup_printf(
        "<html lang=de><title>Die Brücke kommt - Bote</title><body><nav><a href=/>Start</a></nav>"
        "<article><h1>Die Brücke kommt</h1><div class=entry-content>" ONE "%s" TWO
        "</div></article></body></html>",
        html);
    g_autoptr(Extract) extract = extract_new(page, "https://example.org/b");
    g_assert_cmpstr(extract->title, ==, "Die Brücke kommt");
    g_assert_cmpstr(extract->language, ==, "de");
    return g_steal_pointer(&extract->text);
}

static void
test_furniture(const void *data)
{
    g_autofree char *text = extract_between(data);
    g_assert_cmpstr(text, ==, ONE_TEXT "\n\n" TWO_TEXT);
}

static void
test_content(const void *data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autofree char *text = extract_between(content[i].html);
    g_autofree char *expect =
        g_strconcat(ONE_TEXT "\n\n", content[i].expect, "\n\n" TWO_TEXT, NULL);
    g_assert_cmpstr(text, ==, expect);
}

#define TEASER                                                                                     \
    "<a href=/t><h3>Eine andere Meldung</h3></a><p>Worum es darin geht, steht hier in einem "      \
    "Satz, "                                                                                       \
    "der lang genug ist, um für einen Absatz gehalten zu werden, wenn man nicht aufpasst.</p>"

/* Whole pages whose article is ONE and TWO. */
static const struct {
    const char *rule;
    const char *html;
} pages[] = {
    { "more teasers than article",
      "<div><div>" ONE TWO "</div><div>" TEASER TEASER TEASER TEASER TEASER TEASER "</div></div>" },
    { "another article below", "<article><h1>Die Brücke kommt</h1><div class=entry-content>" ONE TWO
                               "</div></article><article><h1>Noch eine</h1><div "
                               "class=entry-content><p>Ein ganz anderer Text, "
                               "der länger ist.</p>" ONE ONE ONE ONE "</div></article>" },
    { "tags and categories that are called like furniture",
      "<article class='post hentry category-podcast tag-newsletter'><div class=entry-content>" ONE
          TWO "</div></article><div class=widget>" TEASER TEASER TEASER "</div>" },
    { "each paragraph in a box of its own",
      "<div class=elementor-widget-text-editor><div class=elementor-widget-container>" ONE
      "</div></div><div class=elementor-widget-text-editor><div "
      "class=elementor-widget-container>" TWO
      "</div></div><div class=elementor-widget-posts>" TEASER "</div>" },
    { "all of it in a form",
      "<form id=aspnetForm><div id=header>Bote</div><div class=newsBody>" ONE TWO
      "</div><div id=footer>Copyright 2026 Bote, alle Rechte</div></form>" },
    { "lines with breaks",
      "<div id=x><h1>Die Brücke kommt</h1><div>" ONE "<br><br>" TWO "</div></div>" },
    { "comments longer than it",
      "<div class=post>" ONE TWO "</div><div id=comments><h3>3 Kommentare</h3>" ONE ONE ONE ONE
      "</div>" },
    { "nothing but paragraphs", ONE TWO },
    { "boxes in boxes that nobody named",
      "<div><div><a href=/>Bote</a></div><div><div><div><div>" ONE
      "</div></div><div>Anzeige</div><div>"
      "<div><div>" TWO "</div></div></div></div></div></div>" },
    { "paragraphs that are called an offer",
      "<div><div class=subscriber-only>" ONE "</div><div class=promo-newsletter><p>Jeden Freitag "
      "Neues von der Brücke.</p></div><div class=subscriber-only>" TWO "</div></div>" },
    { "the author's initials", "<div>" ONE TWO "<p>(jo)</p></div>" },
    { "the agency and its place", "<div>" ONE TWO "<p>ULM (bote.example/dpa)</p></div>" },
    { "who wrote it, at its end",
      "<meta name=author content='Anna Ast'><div>" ONE TWO
      "<div><div>Anna Ast</div><p>Anna Ast schreibt über Brücken und anderes.</p></div></div>" },
    { "a note in italics at its end",
      "<div>" ONE TWO "<p><em>Anna Ast leitet das Ressort Brücken.</em></p></div>" },
    { "words before the title", "<div><p>Lokales:</p><h1>Die Brücke kommt</h1>" ONE TWO "</div>" },
    { "title, name and date in one paragraph",
      "<div><div>Die Brücke kommt<br>Von Anna Ast<br>4. Mai 2026<br><br>" ONE_TEXT
      "<br><br>" TWO_TEXT "</div></div>" },
    { "a guest book", "<div>" ONE TWO "<p>Gästebuch</p>" ONE "</div>" },
    { "the next article of a page without end",
      "<div class=a><div class=head><h1>Die Brücke kommt</h1><p>Anna Ast</p></div><div class=t>" ONE
          TWO "</div></div><div class=a><div class=head><h2>Die Fähre geht</h2><p>Jo Doe</p></div>"
      "<div class=t>" ONE TWO ONE "</div></div>" },
    { "whom to write to, before it",
      "<div><p><em>Fragen an frage@example.org.</em></p>" ONE TWO "</div>" },
    { "a column at the right",
      "<table><tr><td>" ONE TWO "<td class=rightcol><b>Briefe</b><br>Warum "
      "steht hier nie etwas über den Kanal? Er ist doch grün.</table>" },
    { "a title with a word before it",
      "<meta property=og:title content='Die Brücke kommt'><div><h2><span>Rat:</span> Die Brücke "
      "kommt</h2>" ONE TWO "</div>" },
    { "a price before it", "<div><table><tr><td>Brücken AG<td>48,20 EUR</table>" ONE TWO "</div>" },
    { "a narrow column beside it",
      "<div class=row><div class=col-md-8>" ONE TWO
      "</div><div class=col-md-4><h4>Über uns</h4><p>Wir berichten aus der Region und für die "
      "Region, gedruckt und im Netz.</p></div></div>" },
    { "paragraphs of another column that are called the same",
      "<div><div><h1>Die Brücke kommt</h1><div class=bodytext>" ONE "</div><div class=bodytext>" TWO
      "</div></div><div><div class=bodytext><p>Das Büro ist dienstags und freitags für Sie da, "
      "sonst ein Gerät.</p></div></div></div>" },
    { "two names that are one only together",
      "<div class=article id=content><div class=text-body>" ONE TWO
      "</div><div><p>Die Brücke von gestern war aus Holz, und auch sie war nicht umsonst.</p>"
      "<p>Die von morgen ist aus Stahl und wird es auch nicht sein.</p></div></div>" },
    { "what an agency says about it, behind a rule",
      "<div>" ONE TWO "<p>___</p><p>Anna Ast berichtete aus Talbrücken.</p></div>" },
    { "boxes that are called the same and numbered",
      "<div><div class=StoryBody data-testid=column-0>" ONE "</div><div class=StoryBody "
      "data-testid=column-1>" TWO "</div></div>" },
    { "how to reach the author at its end",
      "<div>" ONE TWO "<p>Schreiben Sie Anna Ast: ast@example.org.</p></div>" },
};

static void
test_page(const void *data)
{
    g_autofree char *page =
        g_strdup_printf("<html><head><title>Die Brücke kommt - Bote</title></head>"
                        "<body>%s</body></html>",
                        (const char *)data);
    g_autoptr(Extract) extract = extract_new(page, "https://example.org/b");
    g_assert_cmpstr(extract->text, ==, ONE_TEXT "\n\n" TWO_TEXT);
}

/* What belongs to the article though it stands before what is called so. */
static const struct {
    const char *rule;
    const char *html; /* between the title and the text */
    const char *expect;
} leads[] = {
    { "a sentence", "<p>Lange war es unsicher, ob die Brücke kommt.</p>",
      "Lange war es unsicher, ob die Brücke kommt.\n\n" },
    { "what is called so, without a full stop",
      "<p class=article-dek>Lange war es unsicher, ob die Brücke kommt</p>",
      "Lange war es unsicher, ob die Brücke kommt\n\n" },
    { "the article in short",
      "<ul><li>Der Rat hat lange beraten, bevor er entschied<li>Das Geld fehlt noch, sagt der "
      "Kämmerer</ul>",
      "- Der Rat hat lange beraten, bevor er entschied\n- Das Geld fehlt noch, sagt der "
      "Kämmerer\n\n" },
    { "not a subtitle", "<h2>Lange war es unsicher, ob die Brücke kommt.</h2>", "" },
    { "not a date and a name", "<p>4. Mai 2026</p><p>Von Anna Ast und Jo Doe, Talbrücken</p>", "" },
    { "not a caption",
      "<figure><figcaption>Das ist die Brücke, wie sie war und bleibt."
      "</figcaption></figure>",
      "" },
    { "not what was written for elsewhere",
      "<p class=post-excerpt>Lange war es unsicher, ob die Brücke kommt.</p>", "" },
};

static void
test_lead(const void *data)
{
    gsize i = GPOINTER_TO_SIZE(data);
    g_autofree char *page = g_strdup_printf(
        "<title>Die Brücke kommt</title><article><header><h1>Die Brücke kommt</h1>%s</header>"
        "<div class=article-body>" ONE TWO "</div></article>",
        leads[i].html);
    g_autofree char *expect = g_strconcat(leads[i].expect, ONE_TEXT "\n\n" TWO_TEXT, NULL);
    g_autoptr(Extract) extract = extract_new(page, NULL);
    g_assert_cmpstr(extract->text, ==, expect);
}

/* Lines apart by <br><br> are paragraphs, wherever they stand. */
static void
test_breaks(void)
{
    static const char *const forms[] = {
        "<table><tr><td>%s</table>",
        "<div><font size=2>%s</font></div>",
        "<p>%s</p>",
        "<article><b>%s</b></article>",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        const char *lines = ONE_TEXT "<br> <br/>Lesen Sie auch: <a href=/1>Die Fähre</a>"
                                     "<br><br><br>" TWO_TEXT "<br><br>zurück | nach oben";
        g_autofree char *page = g_strdup_printf(forms[i], lines);
        g_autoptr(Extract) extract = extract_new(page, NULL);
        g_assert_cmpstr(extract->text, ==, ONE_TEXT "\n\n" TWO_TEXT);
    }
}

typedef struct {
    const char *rule;
    const char *html;
    const char *title;
    const char *byline;
    const char *site;
} ClaimCase;

static const ClaimCase claims[] = {
    { "the page's title without its site", "<title>Die Brücke kommt doch - Talbote</title>",
      "Die Brücke kommt doch", NULL, "example.org" },
    { "the heading that is in it",
      "<title>Talbote: Die Brücke kommt</title><h1>Die Brücke kommt</h1>", "Die Brücke kommt", NULL,
      "example.org" },
    { "Open Graph",
      "<meta property=og:title content='Die &amp;amp; Brücke'><meta property=og:site_name "
      "content=Bote>",
      "Die & Brücke", NULL, "Bote" },
    { "authors of JSON-LD",
      "<script type=application/ld+json>[{\"@type\":\"Article\",\"headline\":\"A\",\"author\":"
      "[{\"name\":\"Anna Ast\"},\"Jo Doe\"],\"publisher\":{\"name\":\"Bote\"}}]</script>",
      "A", "Anna Ast, Jo Doe", "Bote" },
    { "an author of JSON-LD who is named elsewhere",
      "<script type=application/ld+json>{\"@graph\":[{\"@type\":\"Article\",\"headline\":\"A\","
      "\"author\":{\"@id\":\"#ast\"}},{\"@id\":\"#ast\",\"name\":\"Anna Ast\"}]}</script>",
      "A", "Anna Ast", "example.org" },
    { "the page's title without section and site",
      "<title>Die Brücke kommt doch | Lokales | Talbote</title>", "Die Brücke kommt doch", NULL,
      "example.org" },
    { "the page's title behind its site, as an element that is no heading shows it",
      "<title>Talbote - Die Brücke kommt</title><span>Die Brücke kommt</span>", "Die Brücke kommt",
      NULL, "example.org" },
    { "the only heading, where all pages are called the same",
      "<title>Bote - Lokales</title><h2>Die Brücke kommt doch noch</h2>",
      "Die Brücke kommt doch noch", NULL, "example.org" },
    { "an author without their office", "<meta name=author content='Anna Ast Staff Writer'>", NULL,
      "Anna Ast", "example.org" },
    { "a dash within the title", "<title>Die Brücke kommt – und die Fähre bleibt - Bote</title>",
      "Die Brücke kommt – und die Fähre bleibt", NULL, "example.org" },
    { "the name that is a link, beside a title and a time",
      "<p class=byline><span class=author><a href=/a>Anna Ast</a> <span>Redakteurin</span></span> "
      "07:41, 22. Juli 2026</p>",
      NULL, "Anna Ast", "example.org" },
    { "a line that names the author", "<div><span>Von <a href=/a>Anna Ast</a></span></div>", NULL,
      "Anna Ast", "example.org" },
    { "who wrote it rather than for whom",
      "<script type=application/ld+json>{\"@type\":\"Article\",\"headline\":\"A\",\"author\":"
      "{\"@type\":\"NewsMediaOrganization\",\"name\":\"Bote\"}}</script><p>Von Anna Ast</p>",
      "A", "Anna Ast", "example.org" },
    { "for whom, when nobody says who",
      "<script type=application/ld+json>{\"@type\":\"Article\",\"headline\":\"A\",\"author\":"
      "{\"@type\":\"NewsMediaOrganization\",\"name\":\"Bote\"}}</script>",
      "A", "Bote", "example.org" },
    { "a date is no author", "<div class=byline>4. Mai 2026, 6.01 Uhr</div>", NULL, NULL,
      "example.org" },
    { "a site is no author", "<meta name=author content=bote.example>", NULL, NULL, "example.org" },
    { "an author without their address", "<meta name=author content='By Anna Ast ast@example.org'>",
      NULL, "Anna Ast", "example.org" },
    { "an author's page is no name",
      "<meta name=author content='https://example.org/anna'>"
      "<a rel=author href=/anna>Von Anna Ast</a>",
      NULL, "Anna Ast", "example.org" },
};

static void
test_claim(const void *data)
{
    const ClaimCase *test = data;
    g_autoptr(Extract) extract = extract_new(test->html, "https://www.example.org/b");
    g_assert_cmpstr(extract->title, ==, test->title);
    g_assert_cmpstr(extract->byline, ==, test->byline);
    g_assert_cmpstr(extract->site, ==, test->site);
}

/* Tags that a page may leave out. */
static void
test_no_body(void)
{
    g_autoptr(Extract) extract =
        extract_new("<!doctype html><html lang=de><meta charset=utf-8><title>Die Brücke - Bote"
                    "</title><main><article><h1>Die Brücke</h1>" ONE TWO "</article></main>",
                    NULL);
    g_assert_cmpstr(extract->title, ==, "Die Brücke");
    g_assert_cmpstr(extract->text, ==, ONE_TEXT "\n\n" TWO_TEXT);
}

/* What is too short for all that tells text from furniture. */
static void
test_short(void)
{
    g_autoptr(Extract) extract =
        extract_new("<title>Notiz - Bote</title><nav><a href=/>Start</a></nav><h1>Notiz</h1>"
                    "<p>Heute zu.</p>",
                    NULL);
    g_assert_cmpstr(extract->title, ==, "Notiz");
    g_assert_cmpstr(extract->text, ==, "Heute zu.");
}

/* A short note between a banner and terms that are longer. */
static void
test_note(void)
{
    g_autoptr(Extract) extract =
        extract_new("<title>Die Brücke kommt</title><div>" ONE ONE "</div><div><h1>Die Brücke "
                    "kommt</h1><p>Die Brücke wird gebaut, hat der Rat am Dienstag "
                    "entschieden.</p><p>Sie wird aus Stahl sein und den Fluss überspannen.</p>"
                    "</div><div>" TWO TWO "</div>",
                    NULL);
    g_assert_cmpstr(extract->text, ==,
                    "Die Brücke wird gebaut, hat der Rat am Dienstag entschieden.\n\n"
                    "Sie wird aus Stahl sein und den Fluss überspannen.");
}

/* Sections that are made the same way as the one with the title. */
static void
test_sections(void)
{
    g_autoptr(Extract) extract =
        extract_new("<title>Die Brücke kommt</title><div><div class=s><div class=h><h1>Die Brücke "
                    "kommt</h1></div><div class=t>" ONE TWO "</div></div><div class=s><div class=h>"
                    "<h2>Der Bau</h2></div><div class=t>" ONE TWO "</div></div></div>",
                    NULL);
    g_assert_cmpstr(extract->text, ==,
                    ONE_TEXT "\n\n" TWO_TEXT "\n\nDer Bau\n\n" ONE_TEXT "\n\n" TWO_TEXT);
}

/* An offer is gone with its picture. */
static void
test_offer_has_no_picture(void)
{
    g_autoptr(Extract) extract = extract_new(
        "<article>" ONE "<div><div><img src=https://example.org/k.jpg></div><div><h3>Unser Kalender"
        "</h3><p>Zwölf Brücken.</p><a class=btn href=/k>Ansehen</a></div></div>" TWO "</article>",
        NULL);
    g_assert_cmpstr(extract->text, ==, ONE_TEXT "\n\n" TWO_TEXT);
    g_assert_null(strstr(extract->html, "<img"));
}

static void
test_language(void)
{
    static const struct {
        const char *html;
        const char *expect;
    } cases[] = {
        { "<html lang=fr>" ONE TWO, "fr" },
        { "<meta property=og:locale content=de_AT>" ONE TWO, "de-AT" },
        { ONE TWO ONE, "de" },
        { "<p>The council of the town has decided that it is time for a bridge, and the people of "
          "the other side are with it.</p>",
          "en" },
        { "<p>Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor.</p>",
          NULL },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Extract) extract = extract_new(cases[i].html, NULL);
        g_assert_cmpstr(extract->language, ==, cases[i].expect);
    }
}

/* What a page hides from those who do not pay, and gives to search engines. */
static void
test_hidden_body(void)
{
    const char *page =
        "<script type=application/ld+json>{\"@type\":\"NewsArticle\",\"articleBody\":"
        "\"" ONE_TEXT "\\n\\n" TWO_TEXT " " ONE_TEXT "\"}</script><article><p>Der Rat hat am "
        "Dienstag lange beraten, wie es weitergehen soll.</p><p>Jetzt Abo "
        "abschließen</p></article>";
    g_autoptr(Extract) extract = extract_new(page, NULL);
    g_assert_cmpstr(extract->text, ==, ONE_TEXT "\n\n" TWO_TEXT " " ONE_TEXT);
    g_assert_true(g_str_has_prefix(extract->html, "<p>Der Rat"));
}

/* The HTML keeps captions, has absolute links, and pictures that would be loaded late. */
static void
test_html(void)
{
    const char *page =
        "<article>" ONE "<figure><img src='data:x' data-src=/p.jpg alt=P><figcaption>"
        "Die Brücke</figcaption></figure>" TWO "<p>Ein <a href=/c onclick=x()>Link</a> "
        "steht hier.</p></article>";
    g_autoptr(Extract) extract = extract_new(page, "https://example.org/a/b");
    g_assert_nonnull(strstr(extract->html, "<img src=\"https://example.org/p.jpg\" alt=\"P\">"));
    g_assert_nonnull(strstr(extract->html, "<figcaption>Die Brücke</figcaption>"));
    g_assert_nonnull(strstr(extract->html, "<a href=\"https://example.org/c\">Link</a>"));
    g_assert_null(strstr(extract->text, "Die Brücke\n"));
}

/* A page may say what its URLs are relative to; the first that is one counts. */
static void
test_base(void)
{
    const char *page = "<head><base target=_top><base href='javascript:x'><base href='/files/'>"
                       "<base href='/no/'></head><article>" ONE TWO
                       "<p>Ein <a href=c>Link</a> steht hier.</p></article>";
    g_autoptr(Extract) extract = extract_new(page, "https://example.org/a/b");
    g_assert_nonnull(strstr(extract->html, "<a href=\"https://example.org/files/c\">Link</a>"));
}

static void
add_case(const char *group, const char *rule, const void *data, GTestDataFunc test)
{
    g_autofree char *name = g_strdup_printf("/html/extract/%s/%s", group, rule);
    g_test_add_data_func(name, data, test);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions(); /* all cases that fail at once */
    for (size_t i = 0; i < G_N_ELEMENTS(furniture); i++)
        add_case("furniture", furniture[i].rule, furniture[i].html, test_furniture);
    for (gsize i = 0; i < G_N_ELEMENTS(content); i++)
        add_case("content", content[i].rule, GSIZE_TO_POINTER(i), test_content);
    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++)
        add_case("pages", pages[i].rule, pages[i].html, test_page);
    for (gsize i = 0; i < G_N_ELEMENTS(leads); i++)
        add_case("lead", leads[i].rule, GSIZE_TO_POINTER(i), test_lead);
    for (size_t i = 0; i < G_N_ELEMENTS(claims); i++)
        add_case("claims", claims[i].rule, &claims[i], test_claim);
    g_test_add_func("/html/extract/breaks", test_breaks);
    g_test_add_func("/html/extract/no-body", test_no_body);
    g_test_add_func("/html/extract/short", test_short);
    g_test_add_func("/html/extract/note", test_note);
    g_test_add_func("/html/extract/sections", test_sections);
    g_test_add_func("/html/extract/an offer has no picture", test_offer_has_no_picture);
    g_test_add_func("/html/extract/language", test_language);
    g_test_add_func("/html/extract/hidden-body", test_hidden_body);
    g_test_add_func("/html/extract/html", test_html);
    g_test_add_func("/html/extract/base", test_base);
    return g_test_run();
}
