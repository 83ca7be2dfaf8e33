#include "feed/article.h"

#include <string.h>

#include "html/sanitize.h"

#define NOW      1767225600 /* 2026-01-01T00:00:00Z */
#define FEED_URL "https://x.example/feeds/all.xml"

static Entry *
new_entry(const char *id, const char *link, const char *title, const char *content)
{
    Entry *entry = entry_new();
    entry->id = g_strdup(id);
    entry->link = g_strdup(link);
    entry->title = g_strdup(title);
    entry->content = g_strdup(content);
    return entry;
}

static Article *
take_article(Entry *entry)
{
    g_autoptr(Entry) taken = entry;
    g_autoptr(Feed) feed = feed_new();
    feed->format = "rss-2.0";
    return article_from_entry(taken, feed, FEED_URL, NOW);
}

/* Identity and URL */

typedef struct {
    const char *rule;
    const char *id;
    const char *link;
    const char *identity;
    const char *url;
} IdentityCase;

static const IdentityCase identities[] = {
    { "the guid, as it stands", "Tag:1 ", "https://x.example/1", "guid:Tag:1 ",
      "https://x.example/1" },
    { "else the link, as it compares", NULL, "http://www.X.example/1/?utm_source=rss",
      "link://x.example/1", "http://www.X.example/1/" },
    { "relative links stand against the feed", NULL, "../1", "link://x.example/1",
      "https://x.example/1" },
    { "else title and text", NULL, NULL, "hash:", NULL },
    { "a link that is none", "1", "javascript:x", "guid:1", NULL },
    { "a guid that is a URL, as it compares", "http://www.x.example/?p=7&utm_source=rss", "/7",
      "guid://x.example?p=7", "https://x.example/7" },
    { "its fragment tells articles apart", "https://x.example/#7", "/7", "guid://x.example#7",
      "https://x.example/7" },
    { "a ref to the feed's own site goes", "1", "https://y.example/1?ref=x.example", "guid:1",
      "https://y.example/1" },
    { "an aggregator's redirect is followed", NULL,
      "https://www.google.com/url?url=https://y.example/1%3Futm_source%3Dg&ct=ga",
      "link://y.example/1", "https://y.example/1" },
};

static void
test_identity(const void *data)
{
    const IdentityCase *test = data;
    g_autoptr(Article) article = take_article(new_entry(test->id, test->link, "t", "<p>c</p>"));
    const char *identity = article->identities->pdata[0];
    if (strcmp(test->identity, "hash:") != 0)
        g_assert_cmpstr(identity, ==, test->identity);
    g_assert_true(g_str_has_prefix(identity, test->identity));
    g_assert_cmpstr(article->url, ==, test->url);
}

/* Without id and link, the same words are the same article, and others are not. */
static void
test_hash(void)
{
    g_autoptr(Article) first = take_article(new_entry(NULL, NULL, "t", "<p>c</p>"));
    g_autoptr(Article) same = take_article(new_entry(NULL, NULL, "t", "<p onclick=x>c</p>"));
    g_autoptr(Article) other = take_article(new_entry(NULL, NULL, "t", "<p>d</p>"));
    g_autoptr(Article) moved = take_article(new_entry(NULL, NULL, "t<p>c", ""));
    g_assert_cmpstr(first->identities->pdata[0], ==, same->identities->pdata[0]);
    g_assert_cmpstr(first->identities->pdata[0], !=, other->identities->pdata[0]);
    g_assert_cmpstr(first->identities->pdata[0], !=, moved->identities->pdata[0]);
}

/* With a date, the text may change. */
static void
test_hash_dated(void)
{
    Entry *entries[] = { new_entry(NULL, NULL, "t", "<p>c</p>"),
                         new_entry(NULL, NULL, "t", "<p>d</p>"),
                         new_entry(NULL, NULL, "t", "<p>c</p>") };
    entries[0]->published = entries[1]->published = NOW - 5;
    entries[2]->published = NOW - 6;
    g_autoptr(Article) first = take_article(entries[0]);
    g_autoptr(Article) edited = take_article(entries[1]);
    g_autoptr(Article) other = take_article(entries[2]);
    g_assert_cmpstr(first->identities->pdata[0], ==, edited->identities->pdata[0]);
    g_assert_cmpstr(first->identities->pdata[0], !=, other->identities->pdata[0]);
}

static void
test_finer(void)
{
    static const char *const expect[] = { "guid:7", "guid:7\nlink://x.example/7",
                                          "guid:7\nlink://x.example/7\ntitle:t" };
    g_autoptr(Article) article = take_article(new_entry("7", "/7", "t", NULL));
    g_assert_cmpuint(article->identities->len, ==, G_N_ELEMENTS(expect));
    for (size_t i = 0; i < G_N_ELEMENTS(expect); i++)
        g_assert_cmpstr(article->identities->pdata[i], ==, expect[i]);
}

/* Sources */

typedef struct {
    const char *rule;
    const char *link;
    const char *title;
    const char *said;
    const char *expect_title;
    const char *expect_source;
} SourceCase;

#define WRAPPED "https://www.google.com/url?url=https://y.example/1"

static const SourceCase sources[] = {
    { "none", "/1", "Up - Down", NULL, "Up - Down", NULL },
    { "behind the title", "/1", "Up - Down - Paper", "Paper", "Up - Down", "Paper" },
    { "with another dash", "/1", "Up – Paper", "Paper", "Up", "Paper" },
    { "not behind the title", "/1", "Up - Down", "Paper", "Up - Down", "Paper" },
    { "an aggregator that does not say", WRAPPED, "Up - Down - Paper", NULL, "Up - Down", "Paper" },
    { "what is too long for a name", WRAPPED,
      "Up - and then a whole sentence follows, with which the title goes on for a while", NULL,
      "Up - and then a whole sentence follows, with which the title goes on for a while", NULL },
    { "the title alone stays", WRAPPED, "Paper", "Paper", "Paper", "Paper" },
    { "a URL is no name", "/1", "Up", "https://y.example/", "Up", NULL },
};

static void
test_source(const void *data)
{
    const SourceCase *test = data;
    Entry *entry = new_entry("1", test->link, test->title, NULL);
    entry->source = g_strdup(test->said);
    g_autoptr(Article) article = take_article(entry);
    g_assert_cmpstr(article->title, ==, test->expect_title);
    g_assert_cmpstr(article->source, ==, test->expect_source);
}

/* Updates */

typedef struct {
    const char *rule;
    const char *title;
    const char *content;
    bool expect;
} UpdateCase;

static const UpdateCase updates[] = {
    { "nothing", "t", "<p>Two <b>words</b></p>", false },
    { "mark-up", "t", "<div>Two words</div>", false },
    { "white space", "t", "<p>Two</p> <p>words</p>", false },
    { "a link", "t", "<p>Two <a href=\"https://x.example/\">words</a></p>", false },
    { "a picture", "t", "<p><img src=\"https://x.example/i.png\">Two words</p>", false },
    { "a word", "t", "<p>Three words</p>", true },
    { "the title", "T", "<p>Two words</p>", true },
};

static void
test_update(const void *data)
{
    const UpdateCase *test = data;
    g_autoptr(Article) before = take_article(new_entry("1", NULL, "t", "<p>Two words</p>"));
    g_autoptr(Article) now = take_article(new_entry("1", NULL, test->title, test->content));
    g_assert_true(article_has_new_text(before, now) == test->expect);
}

/* Excerpts */

typedef struct {
    const char *rule;
    const char *summary;
    const char *content;
    const char *expect;
} ExcerptCase;

#define SENTENCE_60 "Sechzig Zeichen sind lang genug für eine gute Zusammenfassung."

/* Has room behind nothing. */
#define REST                                                                                       \
    " Danach geschah noch so vieles, dass niemand es an einem einzigen Abend erzählen könnte, "  \
    "weshalb hier nur von den ersten Stunden die Rede sein soll, die freilich lang genug waren, "  \
    "um von ihnen ausführlich zu berichten, bis alle schlafen und träumen, was bald der Fall "   \
    "sein "                                                                                        \
    "wird, wenn nichts dazwischenkommt."

static const ExcerptCase excerpts[] = {
    { "a good summary", SENTENCE_60, "<p>Der ganze Text.</p>", SENTENCE_60 },
    { "a short summary says less than the text", "Kurz.", "<p>Der ganze Text.</p>",
      "Der ganze Text." },
    { "a short summary is better than nothing", "Kurz.", NULL, "Kurz." },
    { "a summary that was cut is not used", SENTENCE_60 " Und dann […]", "<p>Der ganze Text.</p>",
      "Der ganze Text." },
    { "but for nothing else", "<p>Und dann kam es [...]</p>", NULL, "Und dann kam es…" },
    { "links to the rest go", "<p>Es war einmal.</p><p><a href=/x>Weiterlesen →</a></p>", NULL,
      "Es war einmal." },
    { "in English too", "It was. Continue reading »", NULL, "It was." },
    { "the credit of a blog goes",
      "<p>It was.</p><p>The post <a href=/1>A</a> appeared first on <a href=/>B</a>.</p>", NULL,
      "It was." },
    { "and in German", "<p>Es war.</p><p>Der Beitrag A erschien zuerst auf B.</p>", NULL,
      "Es war." },
    { "the writer's own points stay", "Wer weiß …", NULL, "Wer weiß …" },
    { "the title is not repeated", "<h1>The Title!</h1><p>The text.</p>", NULL, "The text." },
    { "a dateline goes", "Berlin (dpa) – Der Text beginnt.", NULL, "Der Text beginnt." },
    { "parentheses of the text stay", "Wir (beide) – ja, wir.", NULL, "Wir (beide) – ja, wir." },
    { "a dateline of two agencies", "LONDON (AP/Reuters) - It began.", NULL, "It began." },
    { "paragraphs are joined", "<p>Eins.</p><p>Zwei</p><ul><li>drei</li></ul>", NULL,
      "Eins. Zwei - drei" },
    { "abbreviations end no sentence",
      "Am 3. Mai kam z. B. Dr. Meier mit ca. 5 Mio. Euro, d.h. viel Geld. Dann kamen Frau Nr. 2, "
      "Mr. Smith and the U.S. Army, vgl. Abs. 4, und alle gingen im Okt. Nach Hause zu gehen war "
      "aber nicht vorgesehen, denn der Weg war noch sehr weit und alle waren bereits müde "
      "geworden, hungrig und schlecht gelaunt.",
      NULL, "Am 3. Mai kam z. B. Dr. Meier mit ca. 5 Mio. Euro, d.h. viel Geld." },
    { "a quotation ends behind its mark",
      "„Das ist es.“ Sie lachte „laut!“ und ging. "
      "Danach geschah noch so vieles, dass niemand es an einem einzigen Abend erzählen könnte, "
      "weshalb hier nur von den ersten Stunden die Rede sein soll, die freilich lang genug waren, "
      "um von ihnen ausführlich zu berichten, bis alle schlafen und träumen.",
      NULL, "„Das ist es.“ Sie lachte „laut!“ und ging." },
    { "a long sentence ends at a comma",
      "In a sentence that goes on for far too long without ever coming to what could be called a "
      "point, somebody once tried to say everything at once about the weather and the harbour and "
      "the ships and all of their cargo, and nobody listened to any of it because it was already "
      "late in the evening",
      NULL,
      "In a sentence that goes on for far too long without ever coming to what could be called a "
      "point, somebody once tried to say everything at once about the weather and the harbour and "
      "the ships and all of their cargo…" },
    { "nor with a king, a street or a doctor",
      "Unter Wilhelm II. Kaiser zu sein, war nach St. Petersburg und Dr. med. Hirt kein Spaß. "
      "At 5th Ave. Hotel guests met Gov. Smith, Sgt. Pepper and others for e.g. "
      "Christmas dinner. Der Rest dieser Geschichte ist so lang, dass sie hier nicht mehr stehen "
      "kann, und das ist auch gut so, denn sie ist langweilig und hat kein Ende, wie man weiß.",
      NULL,
      "Unter Wilhelm II. Kaiser zu sein, war nach St. Petersburg und Dr. med. Hirt kein Spaß. "
      "At 5th Ave. Hotel guests met Gov. Smith, Sgt. Pepper and others for e.g. "
      "Christmas dinner." },
    { "a comma in a number is none",
      "In einem Satz ohne Komma und ohne Punkt und ohne alles was einem Leser hilft steht am Ende "
      "eine Zahl die gar nicht groß ist aber mit einem Komma geschrieben wird und davor kommen "
      "noch "
      "sehr viele Wörter die nichts zu sagen haben und darum hier nur gezählt werden bis 1,234567 "
      "erreicht ist und noch mehr Worte folgen",
      NULL,
      "In einem Satz ohne Komma und ohne Punkt und ohne alles was einem Leser hilft steht am Ende "
      "eine Zahl die gar nicht groß ist aber mit einem Komma geschrieben wird und davor kommen "
      "noch "
      "sehr viele Wörter die nichts zu sagen haben und darum hier nur gezählt werden bis…" },
    { "an address stays whole or goes",
      "Wer wissen will wie es um die Brücke steht und wann sie wieder befahren werden kann der "
      "findet "
      "alles was dazu beschlossen wurde mit sämtlichen Plänen und Gutachten auf einer eigenen "
      "Seite "
      "https://www.example.org/verkehr/bruecken/nordbruecke/sanierung/"
      "plaene-und-gutachten-2026.html "
      "und dort auch die Termine",
      NULL,
      "Wer wissen will wie es um die Brücke steht und wann sie wieder befahren werden kann der "
      "findet "
      "alles was dazu beschlossen wurde mit sämtlichen Plänen und Gutachten auf einer eigenen "
      "Seite…" },
    { "an abbreviation in quotation marks", "Das sagt „Prof. Weber, Dr. Koch“ in Kiel." REST, NULL,
      "Das sagt „Prof. Weber, Dr. Koch“ in Kiel." },
    { "or behind a hyphen", "Dipl.-Ing. Koch kommt in die Hauptstr. 5 um 9.30 Uhr." REST, NULL,
      "Dipl.-Ing. Koch kommt in die Hauptstr. 5 um 9.30 Uhr." },
    { "numbers and dates", "Es kostet 1.000,50 Euro, 3.5 mal so viel wie am 24. 12. 1999." REST,
      NULL, "Es kostet 1.000,50 Euro, 3.5 mal so viel wie am 24. 12. 1999." },
    { "a number of something", "He moved to No. 10 again." REST, NULL,
      "He moved to No. 10 again." },
    { "which is no number", "The answer is no." REST, NULL, "The answer is no." },
    { "a year ends a sentence", "Das war 1998." REST, NULL, "Das war 1998." },
    { "points within a sentence", "Er kam … und ging." REST, NULL, "Er kam … und ging." },
    { "points at its end", "Sie wartete …" REST, NULL, "Sie wartete …" },
    { "an address at its end", "Alles steht auf https://example.org/a.B?c=d." REST, NULL,
      "Alles steht auf https://example.org/a.B?c=d." },
    { "a question in a sentence", "„Wer kommt?“, fragte sie „Ich!“." REST, NULL,
      "„Wer kommt?“, fragte sie „Ich!“." },
    { "a name with a mark",
      "Yahoo! kauft z.\xC2\xA0"
      "B. Inseln." REST,
      NULL, "Yahoo! kauft z. B. Inseln." },
    { "where it was written", "<p>ELK HOLLOW, Iowa — It began.</p>", NULL, "It began." },
    { "a dash of the text", "Iowa — it began. NATO — it ended.", NULL,
      "Iowa — it began. NATO — it ended." },
    { "the credit of a picture", "<p>Foto: dpa / Anna Ast</p><p>Es begann.</p>", NULL,
      "Es begann." },
    { "how new it is", "<p>Stand: 17.01.2026 21:48 Uhr</p><p>Es begann.</p>", NULL, "Es begann." },
    { "mark-up is no text", "<p>1 &lt; 2 &amp;amp; <b>more</b></p>", NULL, "1 < 2 &amp; more" },
    { "nothing", NULL, NULL, "" },
};

static void
test_excerpt(const void *data)
{
    const ExcerptCase *test = data;
    Entry *entry = new_entry("1", NULL, "The Title", test->content);
    entry->summary = g_strdup(test->summary);
    g_autoptr(Article) article = take_article(entry);
    g_assert_cmpstr(article->excerpt, ==, test->expect);
}

/* What the title has said need not be said again, in other words for it. */
static void
test_excerpt_repeats_title(void)
{
    Entry *entry = new_entry("1", NULL, "Brücke über die Aller bleibt bis Ostern gesperrt",
                             "<p>Die Brücke über die Aller bleibt bis Ostern gesperrt.</p>"
                             "<p>Die Brücke hat Risse.</p>");
    g_autoptr(Article) article = take_article(entry);
    g_assert_cmpstr(article->excerpt, ==, "Die Brücke hat Risse.");
}

/* One word of any length is cut, and never within a character. */
static void
test_excerpt_long_word(void)
{
    g_autoptr(GString) word = g_string_new(NULL);
    for (int i = 0; i < 10000; i++)
        g_string_append(word, "ü");
    g_autoptr(Article) article = take_article(new_entry("1", NULL, "t", word->str));
    g_assert_true(g_utf8_validate(article->excerpt, -1, NULL));
    g_assert_cmpint(g_utf8_strlen(article->excerpt, -1), <=, 280);
    g_assert_true(g_str_has_suffix(article->excerpt, "ü…"));
}

/* The rest */

static void
test_nothing_to_show(void)
{
    g_assert_null(take_article(new_entry("1", "https://x.example/", NULL, NULL)));
    g_assert_null(take_article(new_entry("1", NULL, " \n", "<script>x</script>")));
}

static void
test_title(void)
{
    g_autoptr(Article) made = take_article(new_entry("1", NULL, NULL, "<p>First. Second.</p>"));
    g_assert_cmpstr(made->title, ==, "First. Second.");
    g_autofree char *long_title = g_strnfill(2 * ARTICLE_TITLE_MAX, 'x');
    g_autoptr(Article) cut = take_article(new_entry("1", NULL, long_title, NULL));
    g_assert_cmpint(g_utf8_strlen(cut->title, -1), <=, ARTICLE_TITLE_MAX);
    g_autoptr(Article) line = take_article(new_entry("1", NULL, "a\r\n\xE2\x80\xAE b\x01", NULL));
    g_assert_cmpstr(line->title, ==, "a b");
}

static void
test_content(void)
{
    Entry *entry = new_entry("1", "/a/b", "t", "<p onclick=x><img src=c.png>d</p>");
    g_autoptr(Article) article = take_article(entry);
    g_assert_cmpstr(article->content, ==, "<p><img src=\"https://x.example/a/c.png\">d</p>");
    g_assert_cmpstr(article->image, ==, "https://x.example/a/c.png");

    entry = new_entry("1", "/a/b", "t", "<img src=c.png>");
    entry->base_url = g_strdup("https://y.example/z/");
    entry->image = g_strdup("own.png");
    g_autoptr(Article) based = take_article(entry);
    g_assert_cmpstr(based->content, ==, "<img src=\"https://y.example/z/c.png\">");
    g_assert_cmpstr(based->image, ==, "https://y.example/z/own.png");
}

static void
test_content_too_long(void)
{
    g_autoptr(GString) html = g_string_new("<div>");
    while (html->len < 2 * ARTICLE_CONTENT_MAX)
        g_string_append(html, "<p>ü &amp; <a href=\"https://x.example/\">y</a></p>");
    g_autoptr(Article) article = take_article(new_entry("1", NULL, "t", html->str));
    g_autofree char *again = html_sanitize(article->content, NULL);
    g_assert_cmpuint(strlen(article->content), <=, ARTICLE_CONTENT_MAX);
    g_assert_cmpuint(strlen(article->content), >, ARTICLE_CONTENT_MAX / 2);
    g_assert_cmpstr(again, ==, article->content);
}

static int64_t
published(int64_t published, int64_t updated)
{
    Entry *entry = new_entry("1", NULL, "t", NULL);
    entry->published = published;
    entry->updated = updated;
    g_autoptr(Article) article = take_article(entry);
    g_assert_cmpint(article->taken, ==, NOW);
    return article->published;
}

static void
test_time(void)
{
    g_assert_cmpint(published(NOW - 5, NOW - 1), ==, NOW - 5);
    g_assert_cmpint(published(0, NOW - 1), ==, NOW - 1);
    g_assert_cmpint(published(0, 0), ==, NOW);
    g_assert_cmpint(published(NOW + 5, 0), ==, NOW);
}

static void
test_from_feed(void)
{
    g_autoptr(Feed) feed = feed_new();
    g_autoptr(Entry) entry = new_entry("1", NULL, "t", NULL);
    feed->author = g_strdup("Desk");
    feed->language = g_strdup("de_AT");
    feed->format = "rss-2.0";
    g_autoptr(Article) rss = article_from_entry(entry, feed, FEED_URL, NOW);
    g_assert_null(rss->author); /* an editor has not written it */
    g_assert_cmpstr(rss->language, ==, "de-AT");
    feed->format = "atom-1.0";
    entry->language = g_strdup("x\r\ny");
    g_ptr_array_add(entry->categories, g_strdup(" a\n b "));
    g_ptr_array_add(entry->categories, g_strdup(" "));
    g_autoptr(Article) atom = article_from_entry(entry, feed, FEED_URL, NOW);
    g_assert_cmpstr(atom->author, ==, "Desk");
    g_assert_null(atom->language);
    g_assert_cmpuint(atom->categories->len, ==, 1);
    g_assert_cmpstr(atom->categories->pdata[0], ==, "a b");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_set_nonfatal_assertions(); /* all cases that fail at once */
    for (size_t i = 0; i < G_N_ELEMENTS(identities); i++) {
        g_autofree char *name = g_strdup_printf("/feed/article/%s", identities[i].rule);
        g_test_add_data_func(name, &identities[i], test_identity);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++) {
        g_autofree char *name = g_strdup_printf("/feed/article/source/%s", sources[i].rule);
        g_test_add_data_func(name, &sources[i], test_source);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(updates); i++) {
        g_autofree char *name = g_strdup_printf("/feed/article/update/%s", updates[i].rule);
        g_test_add_data_func(name, &updates[i], test_update);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(excerpts); i++) {
        g_autofree char *name = g_strdup_printf("/feed/excerpt/%s", excerpts[i].rule);
        g_test_add_data_func(name, &excerpts[i], test_excerpt);
    }
    g_test_add_func("/feed/excerpt/one long word", test_excerpt_long_word);
    g_test_add_func("/feed/excerpt/the title in other words", test_excerpt_repeats_title);
    g_test_add_func("/feed/article/hash", test_hash);
    g_test_add_func("/feed/article/hash of what is dated", test_hash_dated);
    g_test_add_func("/feed/article/finer identities", test_finer);
    g_test_add_func("/feed/article/nothing to show", test_nothing_to_show);
    g_test_add_func("/feed/article/title", test_title);
    g_test_add_func("/feed/article/content", test_content);
    g_test_add_func("/feed/article/content too long", test_content_too_long);
    g_test_add_func("/feed/article/time", test_time);
    g_test_add_func("/feed/article/what the feed says", test_from_feed);
    return g_test_run();
}
