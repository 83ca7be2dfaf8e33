#include "feed/article.h"

#include <string.h>

#include "base/text.h"
#include "feed/excerpt-internal.h"
#include "html/link.h"
#include "html/sanitize.h"

/* A summary that is a teaser of its own has about this much text; shorter ones say nothing, longer
 * ones are the article. In characters. */
#define TEASER_MIN 60
#define TEASER_MAX 600

#define CATEGORIES_MAX 50u
#define CATEGORY_MAX   100u  /* characters */
#define IDENTITY_MAX   1000u /* octets; a longer guid is hashed */
#define LANGUAGE_MAX   35u

Article *
article_new(void)
{
    Article *article = g_new0(Article, 1);
    article->categories = g_ptr_array_new_with_free_func(g_free);
    return article;
}

void
article_free(Article *article)
{
    if (article == NULL)
        return;
    g_free(article->feed);
    g_free(article->feed_title);
    g_free(article->identity);
    g_free(article->url);
    g_free(article->title);
    g_free(article->author);
    g_free(article->language);
    g_free(article->excerpt);
    g_free(article->content);
    g_free(article->image);
    g_ptr_array_unref(article->categories);
    g_free(article);
}

static char *
clean_line(const char *text, size_t max)
{
    g_autofree char *line = text == NULL ? NULL : text_single_line(text);
    return line == NULL || *line == '\0' ? NULL : text_truncate(line, max);
}

static char *
article_url(const Entry *entry, const char *base)
{
    g_autofree char *url = entry->link == NULL ? NULL : link_resolve(base, entry->link);
    return url == NULL ? NULL : link_without_trackers(url);
}

/* Guid, else link, else a hash of what it says. */
static char *
identity_of(const Entry *entry, const Article *article)
{
    g_autofree char *id = entry->id == NULL ? NULL : text_single_line(entry->id);
    if (id != NULL && *id != '\0' && strlen(id) <= IDENTITY_MAX)
        return g_strconcat("guid:", id, NULL);
    if (id != NULL && *id != '\0') {
        g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, id, -1);
        return g_strconcat("guid:", hash, NULL);
    }
    if (article->url != NULL) {
        g_autofree char *key = link_key(article->url);
        return g_strconcat("link:", key, NULL);
    }
    g_autofree char *all = g_strconcat(article->title, "\n", article->content, NULL);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, all, -1);
    return g_strconcat("hash:", hash, NULL);
}

/* HTML within ARTICLE_CONTENT_MAX: what is longer is cut as text, so that no tag is left open. */
static char *
sanitized(const char *html, const char *base)
{
    g_autofree char *clean = html_sanitize(html, base);
    if (strlen(clean) <= ARTICLE_CONTENT_MAX)
        return g_steal_pointer(&clean);
    g_autofree char *text = html_to_text(clean);
    g_autofree char *cut = text_truncate(text, ARTICLE_CONTENT_MAX / 8);
    g_autoptr(GString) out = g_string_new("<p>");
    html_escape(out, cut);
    g_string_append(out, "</p>");
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static size_t
characters(const char *text)
{
    return (size_t)g_utf8_strlen(text, -1);
}

static void
take_content(Article *article, const Entry *entry, const char *base)
{
    g_autofree char *summary = html_to_text(entry->summary != NULL ? entry->summary : "");
    const char *html = entry->content != NULL ? entry->content : entry->summary;
    article->content = sanitized(html != NULL ? html : "", base);
    g_autofree char *text = html_to_text(article->content);
    bool is_teaser = characters(summary) >= TEASER_MIN && characters(summary) <= TEASER_MAX;
    bool is_all = *text == '\0';
    article->excerpt = excerpt_new(is_teaser || is_all ? summary : text, article->title);
}

static void
take_categories(Article *article, const Entry *entry)
{
    for (guint i = 0; i < entry->categories->len && article->categories->len < CATEGORIES_MAX;
         i++) {
        char *category = clean_line(entry->categories->pdata[i], CATEGORY_MAX);
        if (category != NULL)
            g_ptr_array_add(article->categories, category);
    }
}

static char *
take_image(const Entry *entry, const char *html, const char *base)
{
    char *image = entry->image == NULL ? NULL : link_resolve(base, entry->image);
    for (guint i = 0; image == NULL && i < entry->enclosures->len; i++) {
        const Enclosure *enclosure = entry->enclosures->pdata[i];
        if (enclosure->url != NULL && enclosure->type != NULL &&
            g_str_has_prefix(enclosure->type, "image/"))
            image = link_resolve(base, enclosure->url);
    }
    return image != NULL ? image : html_first_image(html, base);
}

static char *
take_language(const Entry *entry, const Feed *feed)
{
    const char *language = entry->language != NULL ? entry->language : feed->language;
    g_autofree char *line = clean_line(language, LANGUAGE_MAX);
    if (line == NULL || !g_ascii_isalpha(line[0]) || !g_str_is_ascii(line))
        return NULL;
    for (char *at = line; *at != '\0'; at++) {
        if (*at == '_')
            *at = '-';
        else if (!g_ascii_isalnum(*at) && *at != '-')
            return NULL;
    }
    return g_steal_pointer(&line);
}

/* An item without a title is called by what it begins with, as readers do. */
static char *
take_title(const Entry *entry)
{
    char *title = clean_line(entry->title, ARTICLE_TITLE_MAX);
    if (title != NULL)
        return title;
    const char *html = entry->summary != NULL ? entry->summary : entry->content;
    g_autofree char *text = html_to_text(html != NULL ? html : "");
    return clean_line(text, 80);
}

Article *
article_from_entry(const Entry *entry, const Feed *feed, const char *feed_url, int64_t now)
{
    const char *base = entry->base_url != NULL ? entry->base_url : feed_url;
    g_autoptr(Article) article = article_new();
    article->title = take_title(entry);
    if (article->title == NULL)
        return NULL;
    article->url = article_url(entry, base);
    article->author = clean_line(entry->author, ARTICLE_AUTHOR_MAX);
    article->language = take_language(entry, feed);
    take_content(article, entry,
                 article->url != NULL && entry->base_url == NULL ? article->url : base);
    take_categories(article, entry);
    article->image = take_image(entry, article->content, base);
    article->identity = identity_of(entry, article);
    article->taken = now;
    int64_t said = entry->published != 0 ? entry->published : entry->updated;
    article->published = said != 0 ? MIN(said, now) : now;
    return g_steal_pointer(&article);
}
