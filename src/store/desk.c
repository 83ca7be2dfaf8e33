#include "store/desk.h"

#include <string.h>

#include "html/link.h"
#include "store/article-internal.h"
#include "store/feeds.h"

void
article_name_free(ArticleName *name)
{
    if (name == NULL)
        return;
    g_free(name->title);
    g_free(name);
}

/* Names */

/* How one text names articles: by one of these. */
typedef struct {
    int64_t seq;    /* or 0 */
    char *link_key; /* or NULL */
    char **words;   /* folded; or NULL */
} Wanted;

static void
wanted_clear(Wanted *wanted)
{
    g_free(wanted->link_key);
    g_strfreev(wanted->words);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Wanted, wanted_clear)

static Wanted
wanted_parse(const char *name)
{
    Wanted wanted = { 0 };
    if (g_ascii_string_to_signed(name, 10, 1, G_MAXINT64, &wanted.seq, NULL))
        return wanted;
    if (strstr(name, "://") != NULL) {
        wanted.link_key = link_key(name);
        return wanted;
    }
    g_autofree char *folded = g_utf8_casefold(name, -1);
    wanted.words = g_strsplit(folded, " ", -1);
    return wanted;
}

static bool
has_words(const char *title, char **words)
{
    g_autofree char *folded = g_utf8_casefold(title, -1);
    for (guint i = 0; words[i] != NULL; i++)
        if (strstr(folded, words[i]) == NULL)
            return false;
    return true;
}

static bool
is_wanted(const Wanted *wanted, int64_t seq, const char *url, const char *title)
{
    if (wanted->seq != 0)
        return seq == wanted->seq;
    if (wanted->words != NULL)
        return has_words(title, wanted->words);
    g_autofree char *key = url != NULL ? link_key(url) : NULL;
    return g_strcmp0(key, wanted->link_key) == 0;
}

GPtrArray *
store_articles_named(Store *store, const char *name, GError **error)
{
    g_auto(Wanted) wanted = wanted_parse(name);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func((GDestroyNotify)article_name_free);
    g_autoptr(Query) query =
        query_new(store, "SELECT article.seq, revision.url, revision.title FROM " ARTICLE_TABLES
                         "WHERE article.seq = $seq OR ($seq = 0 AND feed.origin <> $follow) "
                         "ORDER BY article.seq DESC");
    query_bind_integer(query, "$seq", wanted.seq);
    query_bind_integer(query, "$follow", FEED_FROM_FOLLOW);
    while (names->len <= ARTICLE_NAMES_MAX && query_step(query)) {
        int64_t seq = query_integer(query, 0);
        const char *title = query_text(query, 2);
        if (!is_wanted(&wanted, seq, query_text(query, 1), title))
            continue;
        ArticleName *found = g_new0(ArticleName, 1);
        found->seq = seq;
        found->title = g_strdup(title);
        g_ptr_array_add(names, found);
    }
    return query_finish(query, error) ? g_steal_pointer(&names) : NULL;
}

/* Edits */

/* How an article is at present. */
typedef struct {
    bool found;
    bool pinned;
    bool held;
    bool mailed; /* it is in an issue */
} Standing;

static bool
read_standing(Store *store, int64_t seq, Standing *standing, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT pinned, held, CASE WHEN EXISTS (SELECT 1 FROM issue_article "
                         "  WHERE issue_article.seq = article.seq) THEN 1 ELSE 0 END "
                         "FROM article WHERE seq = $seq");
    query_bind_integer(query, "$seq", seq);
    standing->found = query_step(query);
    if (standing->found) {
        standing->pinned = query_integer(query, 0) != 0;
        standing->held = query_integer(query, 1) != 0;
        standing->mailed = query_integer(query, 2) != 0;
    }
    return query_run(query, error);
}

static DeskOutcome
judge(const Standing *standing, DeskVerb verb)
{
    if (!standing->found)
        return DESK_NOT_FOUND;
    switch (verb) {
    case DESK_PIN: return standing->pinned ? DESK_ALREADY : DESK_DONE;
    case DESK_UNPIN: return standing->pinned ? DESK_DONE : DESK_ALREADY;
    case DESK_APPROVE: return standing->held ? DESK_DONE : DESK_ALREADY;
    case DESK_HOLD:
        if (standing->held)
            return DESK_ALREADY;
        return standing->mailed ? DESK_MAILED : DESK_DONE;
    case DESK_DROP: return standing->mailed ? DESK_MAILED : DESK_DONE;
    }
    g_assert_not_reached();
}

static bool
set_pinned(Store *store, int64_t seq, bool pinned, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "UPDATE article SET pinned = $pinned WHERE seq = $seq");
    query_bind_integer(query, "$pinned", pinned);
    query_bind_integer(query, "$seq", seq);
    return query_run(query, error);
}

static bool
hold(Store *store, int64_t seq, GError **error)
{
    g_autoptr(Query) query = query_new(store, "UPDATE article SET held = 1 WHERE seq = $seq");
    query_bind_integer(query, "$seq", seq);
    return query_run(query, error);
}

static bool
apply(Store *store, int64_t seq, DeskVerb verb, GError **error)
{
    switch (verb) {
    case DESK_PIN: return set_pinned(store, seq, true, error);
    case DESK_UNPIN: return set_pinned(store, seq, false, error);
    case DESK_HOLD: return hold(store, seq, error);
    case DESK_APPROVE: return article_release(store, seq, error);
    case DESK_DROP: return article_drop(store, seq, error);
    }
    g_assert_not_reached();
}

bool
store_article_edit(Store *store, int64_t seq, DeskVerb verb, DeskOutcome *outcome, GError **error)
{
    Standing standing = { 0 };
    g_autoptr(Transaction) transaction = transaction_begin(store, error);
    if (transaction == NULL || !read_standing(store, seq, &standing, error))
        return false;
    *outcome = judge(&standing, verb);
    if (*outcome != DESK_DONE)
        return true;
    return apply(store, seq, verb, error) && transaction_commit(transaction, error);
}
