#include "feed/article.h"

#include <string.h>

#include "base/text.h"
#include "feed/excerpt-internal.h"
#include "feed/table-internal.h"
#include "html/link.h"
#include "html/sanitize.h"

/* A title made of the text where the feed has none. */
#define MADE_TITLE_MAX 80u
#define CATEGORY_MAX   100u
/* A shorter teaser gives way to the first sentences of an article's page. */
#define EXCERPT_GOOD_MIN 60
#define LANGUAGE_MAX     35u /* RFC 5646, 4.4.1 */
#define SOURCE_MAX       60u /* the name of a newspaper */

/* What article_from_entry() leaves open is not here. */
static const Fact article_facts[] = {
    { "source", FACT_TEXT, offsetof(Article, source) },
    { "identities", FACT_TEXTS, offsetof(Article, identities) },
    { "url", FACT_TEXT, offsetof(Article, url) },
    { "title", FACT_TEXT, offsetof(Article, title) },
    { "author", FACT_TEXT, offsetof(Article, author) },
    { "language", FACT_TEXT, offsetof(Article, language) },
    { "excerpt", FACT_TEXT, offsetof(Article, excerpt) },
    { "content", FACT_TEXT, offsetof(Article, content) },
    { "image", FACT_TEXT, offsetof(Article, image) },
    { "comments", FACT_TEXT, offsetof(Article, comments) },
    { "categories", FACT_TEXTS, offsetof(Article, categories) },
    { "published", FACT_TIME, offsetof(Article, published) },
    { "taken", FACT_TIME, offsetof(Article, taken) },
};
/* All members take eight octets, the flags together; seq, feed_id, feed, feed_title, news_seq, the flags
 * and the text of the page are left open. */
G_STATIC_ASSERT(sizeof(Article) == 8 * (G_N_ELEMENTS(article_facts) + 7));

const FactTable article_table = { article_facts, G_N_ELEMENTS(article_facts), NULL };

Article *
article_new(void)
{
    Article *article = g_new0(Article, 1);
    article->categories = g_ptr_array_new_with_free_func(g_free);
    article->identities = g_ptr_array_new_with_free_func(g_free);
    return article;
}

void
article_free(Article *article)
{
    if (article == NULL)
        return;
    facts_clear(&article_table, article);
    g_free(article->feed);
    g_free(article->feed_title);
    article_free(article->full);
    g_free(article);
}

/* TEXT on one line of MAX characters; NULL when nothing is left. */
static char *
line_of(const char *text, size_t max)
{
    g_autofree char *line = text == NULL ? NULL : text_single_line(text);
    g_autofree char *composed = line == NULL ? NULL : text_compose(line);
    const char *best = composed != NULL ? composed : line;
    return best == NULL || *best == '\0' ? NULL : text_truncate(best, max);
}

/* Where the entry says it is: behind the redirects of aggregators when that shows, which *WRAPPED
 * tells. FEED may be NULL. */
static char *
url_of(const Entry *entry, const Feed *feed, const char *feed_url, bool *wrapped)
{
    const char *base = entry->base_url != NULL ? entry->base_url : feed_url;
    g_autofree char *url = entry->link == NULL ? NULL : link_resolve(base, entry->link);
    if (url == NULL)
        return NULL;
    g_autofree char *unwrapped = link_unwrap(url);
    *wrapped = unwrapped != NULL;
    const char *home = feed != NULL && feed->link != NULL ? feed->link : feed_url;
    g_autofree char *site = home != NULL ? link_host(home) : NULL;
    return link_canonical(url, site);
}

/* Aggregators put the newspaper behind the title: "The Title - The Paper" loses what is behind the
 * last SEPARATOR when that is SOURCE, or when SOURCE is NULL and it is short enough for a name. */
static char *
take_suffix(char *title, const char *separator, const char *source)
{
    char *end = g_strrstr(title, separator);
    if (end == NULL || end == title)
        return NULL;
    const char *suffix = end + strlen(separator);
    if (source != NULL ? strcmp(suffix, source) != 0 : g_utf8_strlen(suffix, -1) > SOURCE_MAX)
        return NULL;
    char *taken = g_strdup(suffix);
    *end = '\0';
    return taken;
}

static char *
source_of(const Entry *entry, char *title, bool wrapped)
{
    static const char *const separators[] = { " - ", " – ", " — ", " | " };
    g_autofree char *said = line_of(entry->source, SOURCE_MAX);
    if (said != NULL && strstr(said, "://") != NULL)
        g_clear_pointer(&said, g_free);
    if (said == NULL)
        return wrapped && title != NULL ? take_suffix(title, separators[0], NULL) : NULL;
    for (size_t i = 0; title != NULL && i < G_N_ELEMENTS(separators); i++)
        g_free(take_suffix(title, separators[i], said));
    return g_steal_pointer(&said);
}

/* What relative URLs in the entry's HTML stand against: what the feed says; else the article's own
 * page, for most writers forget the feed. */
static const char *
base_of(const Entry *entry, const char *url, const char *feed_url)
{
    if (entry->base_url != NULL)
        return entry->base_url;
    return url != NULL ? url : feed_url;
}

/* HTML fit for a mail. What is too long is cut and cleaned again, which closes what the cut left
 * open. */
static char *
content_of(const Html *html, const char *base)
{
    g_autofree char *content = html_clean(html, base);
    for (size_t max = ARTICLE_CONTENT_MAX; strlen(content) > ARTICLE_CONTENT_MAX;) {
        max -= max / 8;
        content[MIN(max, strlen(content))] = '\0';
        char *tag = strrchr(content, '<');
        if (tag != NULL && strchr(tag, '>') == NULL)
            *tag = '\0';
        g_autofree char *valid = g_utf8_make_valid(content, -1);
        g_free(content);
        content = html_sanitize(valid, base);
    }
    return g_steal_pointer(&content);
}

/* Identity */

/* A guid that is a URL is compared as one: "http" becomes "https" when a site moves. */
static char *
guid_key(const char *id)
{
    bool is_url = g_str_has_prefix(id, "http://") || g_str_has_prefix(id, "https://");
    return is_url ? link_key(id) : g_strdup(id);
}

/* Of an entry with neither guid nor link: its date is steadier than its text. */
static char *
hash_of(const Article *article, int64_t said)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, (const guchar *)article->title, (gssize)strlen(article->title) + 1);
    if (said != 0)
        g_checksum_update(checksum, (const guchar *)&said, sizeof said);
    else
        g_checksum_update(checksum, (const guchar *)article->content, -1);
    return g_strdup(g_checksum_get_string(checksum));
}

/* Another identity that is the last one and WHAT. */
static void
add_finer(GPtrArray *identities, const char *kind, const char *what)
{
    if (what == NULL)
        return;
    const char *last = identities->pdata[identities->len - 1];
    g_ptr_array_add(identities, g_strconcat(last, "\n", kind, what, NULL));
}

static void
add_identities(GPtrArray *identities, const Entry *entry, const Article *article, int64_t said)
{
    g_autofree char *link = article->url != NULL ? link_key(article->url) : NULL;
    if (entry->id != NULL) {
        g_autofree char *guid = guid_key(entry->id);
        g_ptr_array_add(identities, g_strconcat("guid:", guid, NULL));
        add_finer(identities, "link:", link);
    } else if (link != NULL) {
        g_ptr_array_add(identities, g_strconcat("link:", link, NULL));
    } else {
        g_autofree char *hash = hash_of(article, said);
        g_ptr_array_add(identities, g_strconcat("hash:", hash, NULL));
    }
    add_finer(identities, "title:", article->title);
}

static bool
is_language(const char *text)
{
    size_t size = strlen(text);
    if (size < 2 || size > LANGUAGE_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isalnum(text[i]) && text[i] != '-')
            return false;
    }
    return g_ascii_isalpha(text[0]);
}

/* "de_DE" is meant to be "de-DE". */
static char *
language_of(const Entry *entry, const Feed *feed)
{
    const char *said = entry->language != NULL ? entry->language : feed->language;
    if (said == NULL)
        return NULL;
    g_autofree char *language = g_strdelimit(g_strdup(said), "_", '-');
    return is_language(language) ? g_steal_pointer(&language) : NULL;
}

/* An entry of Atom or JSON Feed without authors has those of the feed (RFC 4287, 4.2.1). */
static const char *
author_of(const Entry *entry, const Feed *feed)
{
    if (entry->author != NULL || g_str_has_prefix(feed->format, "rss"))
        return entry->author;
    return feed->author;
}

static char *
image_of(const Entry *entry, const Html *html, const char *base)
{
    char *image = entry->image == NULL ? NULL : link_resolve(base, entry->image);
    return image != NULL ? image : html_image(html, base);
}

static void
sanitize(char **text, const char *base)
{
    g_autofree char *dirty = *text;
    if (dirty == NULL)
        return;
    g_autoptr(Html) html = html_new(dirty);
    *text = content_of(html, base);
}

void
entry_sanitize(Entry *entry, const char *feed_url)
{
    bool wrapped = false;
    g_autofree char *url = url_of(entry, NULL, feed_url, &wrapped);
    const char *base = base_of(entry, url, feed_url);
    sanitize(&entry->summary, base);
    sanitize(&entry->content, base);
}

Article *
article_from_entry(const Entry *entry, const Feed *feed, const char *feed_url, int64_t now)
{
    g_autoptr(Article) article = article_new();
    bool wrapped = false;
    article->url = url_of(entry, feed, feed_url, &wrapped);
    const char *base = base_of(entry, article->url, feed_url);
    g_autoptr(Html) summary = html_new(entry->summary != NULL ? entry->summary : "");
    g_autoptr(Html) content = entry->content != NULL ? html_new(entry->content) : NULL;
    const Html *html = content != NULL ? content : summary;
    article->content = content_of(html, base);
    article->title = line_of(entry->title, ARTICLE_TITLE_MAX);
    article->source = source_of(entry, article->title, wrapped);
    article->excerpt = excerpt_new(summary, content, article->title);
    if (article->title == NULL)
        article->title = line_of(article->excerpt, MADE_TITLE_MAX);
    if (article->title == NULL)
        return NULL;
    article->author = line_of(author_of(entry, feed), ARTICLE_AUTHOR_MAX);
    article->language = language_of(entry, feed);
    article->image = image_of(entry, html, base);
    if (entry->comments_feed != NULL)
        article->comments = link_resolve(base, entry->comments_feed);
    for (guint i = 0; i < entry->categories->len; i++) {
        char *category = line_of(entry->categories->pdata[i], CATEGORY_MAX);
        if (category != NULL)
            g_ptr_array_add(article->categories, category);
    }
    int64_t said = entry->published != 0 ? entry->published : entry->updated;
    article->published = said == 0 ? now : MIN(said, now);
    article->taken = now;
    add_identities(article->identities, entry, article, said);
    return g_steal_pointer(&article);
}

/* Pages */

/* A teaser of the feed's own that ends like one. */
static bool
is_good_excerpt(const char *excerpt)
{
    return g_utf8_strlen(excerpt, -1) >= EXCERPT_GOOD_MIN && !g_str_has_suffix(excerpt, "…");
}

static char *
own_or(const char *own, const char *other, size_t max)
{
    return own != NULL ? g_strdup(own) : line_of(other, max);
}

void
article_take_page(Article *article, const Extract *page)
{
    g_autoptr(Html) html = html_new(page->html);
    g_autofree char *content = content_of(html, article->url);
    if (strlen(content) <= strlen(article->content))
        return;
    Article *full = article_new();
    bool is_good = is_good_excerpt(article->excerpt);
    full->excerpt = is_good ? g_strdup(article->excerpt) : excerpt_new(NULL, html, article->title);
    full->content = g_steal_pointer(&content);
    full->url = g_strdup(article->url);
    full->title = g_strdup(article->title);
    full->source = g_strdup(article->source);
    full->author = own_or(article->author, page->byline, ARTICLE_AUTHOR_MAX);
    full->language = own_or(article->language, page->language, LANGUAGE_MAX);
    full->image =
        article->image != NULL ? g_strdup(article->image) : html_image(html, article->url);
    for (guint i = 0; i < article->categories->len; i++)
        g_ptr_array_add(full->categories, g_strdup(article->categories->pdata[i]));
    article_free(article->full);
    article->full = full;
}

/* Updates */

/* The text that readers see, without white space. */
static char *
words_of(const Article *article)
{
    g_autofree char *text =
        *article->content != '\0' ? html_to_text(article->content) : g_strdup(article->excerpt);
    g_autoptr(GString) words = g_string_sized_new(strlen(text));
    for (const char *at = text; *at != '\0'; at++) {
        if (!g_ascii_isspace(*at))
            g_string_append_c(words, *at);
    }
    return g_string_free(g_steal_pointer(&words), FALSE);
}

bool
article_has_new_text(const Article *before, const Article *now)
{
    if (strcmp(before->title, now->title) != 0)
        return true;
    g_autofree char *old_words = words_of(before);
    g_autofree char *new_words = words_of(now);
    return strcmp(old_words, new_words) != 0;
}
