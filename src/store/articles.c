#include "store/article-internal.h"

#include "html/link.h"
#include "store/feeds.h"

#define FINGERPRINT_SIZE 32

/* Categories are one line each, so lines keep them apart. */
static char *
join_categories(const GPtrArray *categories)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < categories->len; i++) {
        if (i > 0)
            g_string_append_c(text, '\n');
        g_string_append(text, categories->pdata[i]);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void
split_categories(const char *text, GPtrArray *categories)
{
    if (*text == '\0')
        return;
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++)
        g_ptr_array_add(categories, g_strdup(lines[i]));
}

Article *
article_read(Query *query)
{
    Article *article = article_new();
    int column = 0;
    article->seq = query_integer(query, column++);
    article->feed_id = query_integer(query, column++);
    article->feed = query_copy(query, column++);
    article->feed_title = query_copy(query, column++);
    g_ptr_array_add(article->identities, query_copy(query, column++));
    article->url = query_copy(query, column++);
    article->title = query_copy(query, column++);
    article->author = query_copy(query, column++);
    article->source = query_copy(query, column++);
    article->language = query_copy(query, column++);
    article->excerpt = query_copy(query, column++);
    article->content = query_copy(query, column++);
    article->image = query_copy(query, column++);
    article->comments = query_copy(query, column++);
    split_categories(query_text(query, column++), article->categories);
    article->published = query_integer(query, column++);
    article->taken = query_integer(query, column++);
    article->backlog = query_integer(query, column++) != 0;
    article->held = query_integer(query, column++) != 0;
    article->news_seq = query_integer(query, column++);
    article->updated = query_integer(query, column++) != 0;
    article->pinned = query_integer(query, column++) != 0;
    return article;
}

/* Revisions */

static void
add_text(GChecksum *checksum, const char *text)
{
    /* NULL and "" differ, and no text runs into the next. */
    g_checksum_update(checksum, (const guchar *)(text != NULL ? "+" : "-"), 1);
    if (text != NULL)
        g_checksum_update(checksum, (const guchar *)text, (gssize)strlen(text) + 1);
}

static void
fingerprint_of(const Article *article, const char *categories, uint8_t print[FINGERPRINT_SIZE])
{
    const char *const texts[] = { article->url,     article->title,    article->author,
                                  article->source,  article->language, article->excerpt,
                                  article->content, article->image,    categories };
    gsize size = FINGERPRINT_SIZE;
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        add_text(checksum, texts[i]);
    g_checksum_get_digest(checksum, print, &size);
}

static bool
insert_revision(Store *store, int64_t seq, int64_t number, const Article *article, int64_t at,
                GError **error)
{
    uint8_t print[FINGERPRINT_SIZE];
    g_autofree char *categories = join_categories(article->categories);
    const char *comments = article->comments;
    /* What the feed has is compared with what it will have; what its page has is shown. */
    fingerprint_of(article, categories, print);
    if (article->full != NULL)
        article = article->full;
    g_autoptr(Query) query = query_new(
        store,
        "INSERT INTO revision (seq, number, at, fingerprint, url, title, author, source, language, "
        "                      excerpt, content, image, comments, categories) "
        "VALUES ($seq, $number, $at, $fingerprint, $url, $title, $author, $source, $language, "
        "        $excerpt, $content, $image, $comments, $categories)");
    query_bind_integer(query, "$seq", seq);
    query_bind_integer(query, "$number", number);
    query_bind_integer(query, "$at", at);
    query_bind_blob(query, "$fingerprint", print, sizeof print);
    query_bind_text(query, "$url", article->url);
    query_bind_text(query, "$title", article->title);
    query_bind_text(query, "$author", article->author);
    query_bind_text(query, "$source", article->source);
    query_bind_text(query, "$language", article->language);
    query_bind_text(query, "$excerpt", article->excerpt);
    query_bind_text(query, "$content", article->content);
    query_bind_text(query, "$image", article->image);
    query_bind_text(query, "$comments", comments);
    query_bind_text(query, "$categories", categories);
    return query_run(query, error);
}

bool
article_insert(Store *store, int64_t feed_id, const Article *article, const char *identity,
               ArticlePlace place, int64_t *seq, GError **error)
{
    if (!store_next_sequence(store, seq, error))
        return false;
    g_autofree char *link = article->url != NULL ? link_key(article->url) : NULL;
    g_autoptr(Query) query = query_new(
        store,
        "INSERT INTO article (seq, feed_id, identity, link, published, taken, backlog, held, "
        "                     news_seq) "
        "VALUES ($seq, $feed, $identity, $link, $published, $taken, $backlog, $held, $seq)");
    query_bind_integer(query, "$seq", *seq);
    query_bind_integer(query, "$feed", feed_id);
    query_bind_text(query, "$identity", identity);
    query_bind_text(query, "$link", link);
    query_bind_integer(query, "$published", article->published);
    query_bind_integer(query, "$taken", article->taken);
    query_bind_integer(query, "$backlog", place.backlog);
    query_bind_integer(query, "$held", place.held);
    return query_run(query, error) &&
           insert_revision(store, *seq, 0, article, article->taken, error);
}

/* Where an article's texts stand, seen from one that its feed has now. */
typedef struct {
    bool known;    /* there is such an article */
    int64_t equal; /* the revision that is the same; -1: none */
    int64_t present;
    int64_t last;
} Revisions;

static bool
compare_revisions(Store *store, int64_t seq, const Article *article, Revisions *revisions,
                  GError **error)
{
    uint8_t print[FINGERPRINT_SIZE];
    g_autofree char *categories = join_categories(article->categories);
    fingerprint_of(article, categories, print);
    g_autoptr(Query) query = query_new(
        store, "SELECT article.revision, "
               "  (SELECT MAX(number) FROM revision WHERE revision.seq = article.seq), "
               "  (SELECT COALESCE(MAX(number), -1) FROM revision WHERE revision.seq = article.seq "
               "   AND fingerprint = $fingerprint) "
               "FROM article WHERE seq = $seq");
    query_bind_blob(query, "$fingerprint", print, sizeof print);
    query_bind_integer(query, "$seq", seq);
    *revisions = (Revisions){ .equal = -1 };
    if (query_step(query)) {
        revisions->known = true;
        revisions->present = query_integer(query, 0);
        revisions->last = query_integer(query, 1);
        revisions->equal = query_integer(query, 2);
    }
    return query_run(query, error);
}

static bool
find_article(Store *store, int64_t seq, Article **article, GError **error)
{
    g_autoptr(Query) query = query_new(
        store, "SELECT " ARTICLE_COLUMNS(ARTICLE_SOURCE, "article.news_seq", "0",
                                         "0") " FROM " ARTICLE_TABLES "WHERE article.seq = $seq");
    query_bind_integer(query, "$seq", seq);
    *article = query_step(query) ? article_read(query) : NULL;
    return query_finish(query, error);
}

static bool
show_revision(Store *store, int64_t seq, int64_t number, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE article SET revision = $number WHERE seq = $seq");
    query_bind_integer(query, "$number", number);
    query_bind_integer(query, "$seq", seq);
    return query_run(query, error);
}

bool
article_renew(Store *store, int64_t seq, GError **error)
{
    int64_t next = 0;
    if (!store_next_sequence(store, &next, error))
        return false;
    g_autoptr(Query) query =
        query_new(store, "UPDATE article SET updated_seq = $next WHERE seq = $seq");
    query_bind_integer(query, "$next", next);
    query_bind_integer(query, "$seq", seq);
    return query_run(query, error);
}

bool
article_revise(Store *store, int64_t seq, const Article *article, int64_t now, bool *updated,
               GError **error)
{
    Revisions revisions;
    *updated = false;
    if (!compare_revisions(store, seq, article, &revisions, error))
        return false;
    if (!revisions.known || revisions.equal == revisions.present)
        return true;
    if (revisions.equal >= 0) /* it goes back and forth: no news */
        return show_revision(store, seq, revisions.equal, error);
    if (revisions.last + 1 >= REVISIONS_MAX)
        return true;
    g_autoptr(Article) before = NULL;
    if (!find_article(store, seq, &before, error) ||
        !insert_revision(store, seq, revisions.last + 1, article, now, error) ||
        !show_revision(store, seq, revisions.last + 1, error))
        return false;
    const Article *shown = article->full != NULL ? article->full : article;
    *updated = before != NULL && article_has_new_text(before, shown);
    return true;
}

bool
article_differs(Store *store, int64_t seq, const Article *article, bool *differs, GError **error)
{
    Revisions revisions;
    if (!compare_revisions(store, seq, article, &revisions, error))
        return false;
    *differs = revisions.known && revisions.equal < 0;
    return true;
}

/* What was held */

bool
article_release(Store *store, int64_t seq, GError **error)
{
    int64_t news = 0;
    if (!store_next_sequence(store, &news, error))
        return false;
    g_autoptr(Query) query = query_new(
        store, "UPDATE article SET held = 0, news_seq = $news, updated_seq = 0 WHERE seq = $seq");
    query_bind_integer(query, "$news", news);
    query_bind_integer(query, "$seq", seq);
    return query_run(query, error);
}

bool
article_drop(Store *store, int64_t seq, GError **error)
{
    static const char *const statements[] = {
        "UPDATE seen SET article = 0 WHERE article = $seq "
        "AND feed_id = (SELECT feed_id FROM article WHERE seq = $seq)",
        "DELETE FROM revision WHERE seq = $seq",
        "DELETE FROM article WHERE seq = $seq",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(statements); i++) {
        g_autoptr(Query) query = query_new(store, statements[i]);
        query_bind_integer(query, "$seq", seq);
        if (!query_run(query, error))
            return false;
    }
    return true;
}

/* Lists */

bool
store_article_find(Store *store, int64_t seq, Article **article, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT " ARTICLE_COLUMNS(
                             ARTICLE_SOURCE, "article.news_seq",
                             "CASE WHEN article.updated_seq > 0 THEN 1 ELSE 0 "
                             "END",
                             "article.pinned") " FROM " ARTICLE_TABLES "WHERE article.seq = $seq");
    query_bind_integer(query, "$seq", seq);
    *article = query_step(query) ? article_read(query) : NULL;
    return query_finish(query, error);
}

GPtrArray *
store_articles_list(Store *store, const ArticleQuery *wanted, GError **error)
{
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_autoptr(Query) query = query_new(
        store,
        "SELECT " ARTICLE_COLUMNS(ARTICLE_SOURCE, "article.news_seq",
                                  "CASE WHEN article.updated_seq > 0 THEN 1 ELSE 0 "
                                  "END",
                                  "article.pinned") " FROM " ARTICLE_TABLES
                                                    "WHERE (feed.name = $feed OR ($feed IS NULL "
                                                    "AND feed.origin <> $follow)) AND "
                                                    "article.taken >= $since AND "
                                                    "($before = 0 OR article.seq < $before) "
                                                    "ORDER BY article.seq DESC LIMIT $limit");
    query_bind_text(query, "$feed", wanted->feed);
    query_bind_integer(query, "$follow", FEED_FROM_FOLLOW);
    query_bind_integer(query, "$since", wanted->since);
    query_bind_integer(query, "$before", wanted->before);
    query_bind_integer(query, "$limit", wanted->limit > 0 ? wanted->limit : INT64_MAX);
    while (query_step(query))
        g_ptr_array_add(articles, article_read(query));
    return query_finish(query, error) ? g_steal_pointer(&articles) : NULL;
}
