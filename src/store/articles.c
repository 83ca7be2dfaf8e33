#include "store/article-internal.h"
#include "store/feeds.h"

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
    article->identity = query_copy(query, column++);
    article->url = query_copy(query, column++);
    article->title = query_copy(query, column++);
    article->author = query_copy(query, column++);
    article->language = query_copy(query, column++);
    article->excerpt = query_copy(query, column++);
    article->content = query_copy(query, column++);
    article->image = query_copy(query, column++);
    split_categories(query_text(query, column++), article->categories);
    article->published = query_integer(query, column++);
    article->taken = query_integer(query, column++);
    article->backlog = query_integer(query, column++) != 0;
    return article;
}

bool
article_insert(Store *store, int64_t feed_id, const Article *article, bool backlog, GError **error)
{
    int64_t seq = 0;
    if (!store_next_sequence(store, &seq, error))
        return false;
    g_autofree char *categories = join_categories(article->categories);
    g_autoptr(Query) query = query_new(
        store,
        "INSERT INTO article (seq, feed_id, identity, url, title, author, language, excerpt, "
        "                     content, image, categories, published, taken, backlog) "
        "VALUES ($seq, $feed, $identity, $url, $title, $author, $language, $excerpt, "
        "        $content, $image, $categories, $published, $taken, $backlog)");
    query_bind_integer(query, "$seq", seq);
    query_bind_integer(query, "$feed", feed_id);
    query_bind_text(query, "$identity", article->identity);
    query_bind_text(query, "$url", article->url);
    query_bind_text(query, "$title", article->title);
    query_bind_text(query, "$author", article->author);
    query_bind_text(query, "$language", article->language);
    query_bind_text(query, "$excerpt", article->excerpt);
    query_bind_text(query, "$content", article->content);
    query_bind_text(query, "$image", article->image);
    query_bind_text(query, "$categories", categories);
    query_bind_integer(query, "$published", article->published);
    query_bind_integer(query, "$taken", article->taken);
    query_bind_integer(query, "$backlog", backlog);
    return query_run(query, error);
}

GPtrArray *
store_articles_list(Store *store, const ArticleQuery *wanted, GError **error)
{
    g_autoptr(GPtrArray) articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_autoptr(Query) query =
        query_new(store, "SELECT " ARTICLE_COLUMNS(
                             ARTICLE_SOURCE) " FROM article JOIN feed ON feed.id = article.feed_id "
                                             "WHERE ($feed IS NULL OR feed.name = $feed) AND "
                                             "article.taken >= $since "
                                             "ORDER BY article.seq DESC LIMIT $limit");
    query_bind_text(query, "$feed", wanted->feed);
    query_bind_integer(query, "$since", wanted->since);
    query_bind_integer(query, "$limit", wanted->limit > 0 ? wanted->limit : INT64_MAX);
    while (query_step(query))
        g_ptr_array_add(articles, article_read(query));
    return query_finish(query, error) ? g_steal_pointer(&articles) : NULL;
}
