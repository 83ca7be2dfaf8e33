#include "jobs/archive_find-internal.h"

#include <string.h>

#include "digest/settings.h"
#include "jobs/archive.h"
#include "jobs/edition.h"
#include "jobs/preview.h"
#include "store/issues.h"

#define MARK_BEFORE "«"
#define MARK_AFTER  "»"

/* So many stand on a page. */
#define FOUND_MAX 30u
/* Somebody waits for it, and everybody else behind them: so much text is looked at, which takes some tenths of
 * a second, in so many issues of each newsletter. */
#define LOOKED_AT_BYTES ((size_t)2 * 1024 * 1024)
#define ISSUES_MAX      200
/* What an article costs beside its text. */
#define ARTICLE_BYTES 1024u

/* On topics */

static bool
has_entry(const ArchiveList *list, const char *url)
{
    for (guint i = 0; i < list->entries->len; i++) {
        if (strcmp(((const ArchiveEntry *)list->entries->pdata[i])->url, url) == 0)
            return true;
    }
    return false;
}

/* A topic as reasons have it: "ki (ki, sprachmodell*)". */
static bool
names_topic(const GPtrArray *reasons, const char *name)
{
    for (guint i = 0; i < reasons->len; i++) {
        const char *reason = reasons->pdata[i];
        size_t size = strlen(name);
        if (strncmp(reason, name, size) == 0 && (reason[size] == '\0' || reason[size] == ' '))
            return true;
    }
    return false;
}

static bool
add_article(ArchiveList *topic, Edition *edition, const Subscription *nobody, const Issue *issue,
            const Article *article, GError **error)
{
    g_auto(EditionReason) reason = { 0 };
    if (article->url == NULL || has_entry(topic, article->url))
        return true;
    if (!edition_explain(edition, nobody, article->seq, &reason, error))
        return false;
    if (reason.rule == RULE_COUNT && names_topic(reason.topics, topic->name))
        g_ptr_array_add(topic->entries, archive_entry_new(article->url, article->title,
                                                          article->excerpt, issue_date(issue)));
    return true;
}

bool
archive_add_topic(Instance *instance, const Issue *issue, ArchiveList *topic, GError **error)
{
    if (issue->kind != ISSUE_DIGEST)
        return true;
    g_autoptr(Subscription) nobody = preview_nobody(instance, issue->newsletter, error);
    g_autoptr(Edition) edition =
        nobody != NULL ? edition_open_public(instance, issue, error) : NULL;
    g_autoptr(GPtrArray) articles =
        edition != NULL ? store_issue_articles(instance->store, issue->id, error) : NULL;
    if (articles == NULL)
        return false;
    for (guint i = articles->len; i-- > 0;) {
        if (!add_article(topic, edition, nobody, issue, articles->pdata[i], error))
            return false;
    }
    return true;
}

/* That somebody looks for */

typedef struct {
    Instance *instance;
    const Filter *filter;
    GPtrArray *found;
    GHashTable *told; /* seq (int64_t): the issues of several rhythms have the same articles */
    size_t room;      /* for more to look at, in octets */
} Find;

static ArchiveEntry *
entry_of(const Find *find, const Issue *issue, const Article *article)
{
    g_autofree char *title = filter_mark(find->filter, article->title, FIELD_TITLE,
                                         article->language, MARK_BEFORE, MARK_AFTER);
    g_autofree char *excerpt = filter_mark(find->filter, article->excerpt, FIELD_TEXT,
                                           article->language, MARK_BEFORE, MARK_AFTER);
    char *issue_url = archive_issue_url(find->instance->config, issue);
    ArchiveEntry *entry = archive_entry_new(article->url != NULL ? article->url : issue_url, title,
                                            excerpt, issue_date(issue));
    entry->issue_url = issue_url;
    entry->issue_title = g_strdup_printf(
        "%s %" G_GINT64_FORMAT,
        config_find_newsletter(find->instance->config, issue->newsletter)->title, issue->number);
    return entry;
}

/* What of CORPUS has the words, and could be sent: an issue has all of its feeds, also what its newsletter's
 * filter kept from everybody. */
static Bitset *
find_articles(const Find *find, const Settings *settings, Corpus *corpus)
{
    for (guint i = 0; i < settings->topics->len; i++) {
        const Topic *topic = settings->topics->pdata[i];
        g_autoptr(Bitset) set = filter_select(topic->filter, corpus);
        corpus_add_topic(corpus, topic->name, set); /* for the filters behind it */
    }
    Bitset *found = filter_select(find->filter, corpus);
    g_autoptr(Bitset) sent =
        settings->filter != NULL ? filter_select(settings->filter, corpus) : NULL;
    if (sent != NULL)
        bitset_and(found, sent);
    return found;
}

static Settings *
settings_of(const Find *find, const Issue *issue, GError **error)
{
    g_autoptr(GBytes) snapshot =
        store_snapshot_get(find->instance->store, issue->settings_hash, error);
    return snapshot != NULL ? settings_parse(snapshot, error) : NULL;
}

/* Takes out of ARTICLES, the oldest of which come first, those that there is no room for. */
static void
leave_out_oldest(Find *find, GPtrArray *articles)
{
    guint first = articles->len;
    while (first > 0 && find->room > 0) {
        const Article *article = articles->pdata[--first];
        find->room -= MIN(find->room, ARTICLE_BYTES + strlen(article->content));
    }
    if (first > 0)
        g_ptr_array_remove_range(articles, 0, first);
}

static bool
find_in_issue(Find *find, const Issue *issue, GError **error)
{
    g_autoptr(Settings) settings = settings_of(find, issue, error);
    g_autoptr(GPtrArray) articles =
        settings != NULL ? store_issue_articles(find->instance->store, issue->id, error) : NULL;
    if (articles == NULL)
        return false;
    leave_out_oldest(find, articles);
    g_autoptr(Corpus) corpus = corpus_new(articles, settings->language, issue->cut_at);
    g_autoptr(Bitset) set = find_articles(find, settings, corpus);
    for (guint i = articles->len; i-- > 0 && find->found->len < FOUND_MAX;) {
        const Article *article = articles->pdata[i];
        if (bitset_has(set, i) &&
            g_hash_table_add(find->told, g_memdup2(&article->seq, sizeof article->seq)))
            g_ptr_array_add(find->found, entry_of(find, issue, article));
    }
    return true;
}

static int
compare_newest(gconstpointer a, gconstpointer b)
{
    const Issue *left = *(const Issue *const *)a, *right = *(const Issue *const *)b;
    int64_t left_date = issue_date(left), right_date = issue_date(right);
    return (left_date < right_date) - (left_date > right_date);
}

/* The issues of all newsletters (of Issue *), newest first. */
static GPtrArray *
recent_issues(const Find *find, GError **error)
{
    const GPtrArray *newsletters = find->instance->config->newsletters;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)issue_free);
    for (guint i = 0; i < newsletters->len; i++) {
        const NewsletterConfig *newsletter = newsletters->pdata[i];
        GPtrArray *issues = store_issues_sent(find->instance->store, newsletter->name, G_MAXINT64,
                                              ISSUES_MAX, error);
        if (issues == NULL)
            return NULL;
        g_ptr_array_extend_and_steal(all, issues);
    }
    g_ptr_array_sort(all, compare_newest);
    return g_steal_pointer(&all);
}

bool
archive_find(Instance *instance, const Filter *filter, GPtrArray *found, GError **error)
{
    g_autoptr(GHashTable) told = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    Find find = { instance, filter, found, told, LOOKED_AT_BYTES };
    g_autoptr(GPtrArray) issues = recent_issues(&find, error);
    for (guint i = 0; issues != NULL && i < issues->len; i++) {
        if (found->len >= FOUND_MAX || find.room == 0)
            return true;
        if (!find_in_issue(&find, issues->pdata[i], error))
            return false;
    }
    return issues != NULL;
}
