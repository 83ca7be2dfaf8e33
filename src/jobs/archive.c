#include "jobs/archive.h"

#include <errno.h>
#include <string.h>
#include <glib/gstdio.h>

#include "base/error.h"
#include "jobs/archive_pages-internal.h"
#include "jobs/edition.h"
#include "jobs/preview.h"
#include "store/issues.h"

/* The articles of so many issues stand in the feeds of topics. */
#define TOPIC_ISSUES_MAX 30u

typedef struct {
    Instance *instance;
    const char *folder;
    ArchiveReport *report;
} Archive;

char *
archive_issue_url(const Config *config, const Issue *issue)
{
    if (config->archive_url == NULL || config_find_newsletter(config, issue->newsletter) == NULL)
        return NULL;
    return g_strdup_printf("%s/%s/%" G_GINT64_FORMAT ".html", config->archive_url,
                           issue->newsletter, issue->number);
}

/* Files */

static bool
write_file(const Archive *archive, const char *folder, const char *name, const GString *bytes,
           GError **error)
{
    if (archive->instance->dry_run)
        return true;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) problem = NULL;
    if (g_file_set_contents(path, bytes->str, (gssize)bytes->len, &problem))
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "%s", problem->message);
    return false;
}

static bool
make_folder(const Archive *archive, const char *folder, GError **error)
{
    if (archive->instance->dry_run || g_mkdir_with_parents(folder, 0755) == 0)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot make the folder \"%s\": %s",
                folder, g_strerror(errno));
    return false;
}

/* Lists */

static ArchiveList *
list_new(const char *name, const char *title)
{
    ArchiveList *list = g_new0(ArchiveList, 1);
    list->name = g_strdup(name);
    list->title = g_strdup(title != NULL ? title : name);
    list->entries = g_ptr_array_new_with_free_func((GDestroyNotify)archive_entry_free);
    return list;
}

static ArchiveList *
list_of(const Config *config, const NewsletterConfig *newsletter)
{
    ArchiveList *list = list_new(newsletter->name, newsletter->title);
    list->language = g_strdup(newsletter->language);
    list->url = g_strdup_printf("%s/%s/", config->archive_url, newsletter->name);
    list->feed_url = g_strconcat(list->url, "atom.xml", NULL);
    list->topics = g_ptr_array_new_with_free_func((GDestroyNotify)archive_list_free);
    for (guint i = 0; i < newsletter->topics->len; i++) {
        const TopicConfig *config_topic = newsletter->topics->pdata[i];
        ArchiveList *topic = list_new(config_topic->name, config_topic->title);
        topic->url = g_strdup(list->url);
        topic->feed_url = g_strdup_printf("%stopic-%s.xml", list->url, topic->name);
        g_ptr_array_add(list->topics, topic);
    }
    return list;
}

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
add_article(ArchiveList *list, Edition *edition, const Subscription *nobody, const Issue *issue,
            const Article *article, GError **error)
{
    g_auto(EditionReason) reason = { 0 };
    if (article->url == NULL)
        return true;
    if (!edition_explain(edition, nobody, article->seq, &reason, error))
        return false;
    if (reason.rule != RULE_COUNT)
        return true;
    for (guint i = 0; i < list->topics->len; i++) {
        ArchiveList *topic = list->topics->pdata[i];
        if (names_topic(reason.topics, topic->name) && !has_entry(topic, article->url))
            g_ptr_array_add(topic->entries, archive_entry_new(article->url, article->title,
                                                              article->excerpt, issue->cut_at));
    }
    return true;
}

static bool
add_articles(const Archive *archive, ArchiveList *list, Edition *edition,
             const Subscription *nobody, const Issue *issue, GError **error)
{
    g_autoptr(GPtrArray) articles =
        store_issue_articles(archive->instance->store, issue->id, error);
    if (articles == NULL)
        return false;
    for (guint i = articles->len; i-- > 0;) {
        if (!add_article(list, edition, nobody, issue, articles->pdata[i], error))
            return false;
    }
    return true;
}

/* Issues */

static bool
was_sent(const Archive *archive, const Issue *issue, bool *sent, GError **error)
{
    IssueCounts counts;
    if (!store_issue_counts(archive->instance->store, issue->id, &counts, error))
        return false;
    *sent = counts.sent > 0;
    return true;
}

/* The page of ISSUE, when nobody in particular would have got something, and its line in LIST. */
static bool
add_issue(const Archive *archive, ArchiveList *list, const Issue *issue, const char *folder,
          GError **error)
{
    g_autoptr(Subscription) nobody = preview_nobody(archive->instance, issue->newsletter, error);
    g_autoptr(Edition) edition =
        nobody != NULL ? edition_open_public(archive->instance, issue, error) : NULL;
    if (edition == NULL)
        return false;
    EditionOutcome outcome = EDITION_EMPTY;
    g_autofree char *subject = NULL;
    g_autoptr(GString) html = g_string_new(NULL);
    if (!edition_write_public(edition, nobody, &subject, html, &outcome, error))
        return false;
    if (outcome != EDITION_READY)
        return true;
    g_autofree char *name = g_strdup_printf("%" G_GINT64_FORMAT ".html", issue->number);
    g_autofree char *url = archive_issue_url(archive->instance->config, issue);
    g_ptr_array_add(list->entries, archive_entry_new(url, subject, NULL, issue->cut_at));
    archive->report->issues++;
    if (!write_file(archive, folder, name, html, error))
        return false;
    return issue->kind != ISSUE_DIGEST || list->entries->len > TOPIC_ISSUES_MAX ||
           add_articles(archive, list, edition, nobody, issue, error);
}

static bool
add_issues(const Archive *archive, ArchiveList *list, const char *folder, GError **error)
{
    g_autoptr(GPtrArray) issues =
        store_issues_list(archive->instance->store, list->name, false, error);
    if (issues == NULL)
        return false;
    for (guint i = issues->len; i-- > 0;) {
        bool sent;
        if (!was_sent(archive, issues->pdata[i], &sent, error) ||
            (sent && !add_issue(archive, list, issues->pdata[i], folder, error)))
            return false;
    }
    return true;
}

static bool
write_feed(const Archive *archive, const ArchiveList *list, const char *folder, const char *name,
           const char *author, GError **error)
{
    g_autoptr(GString) atom = g_string_new(NULL);
    archive_write_atom(atom, list, author);
    archive->report->feeds++;
    return write_file(archive, folder, name, atom, error);
}

static bool
write_newsletter(const Archive *archive, const ArchiveList *list, const char *folder,
                 GError **error)
{
    g_autoptr(GString) page = g_string_new(NULL);
    archive_write_list(page, list);
    if (!write_file(archive, folder, "index.html", page, error) ||
        !write_feed(archive, list, folder, "atom.xml", list->title, error))
        return false;
    for (guint i = 0; i < list->topics->len; i++) {
        const ArchiveList *topic = list->topics->pdata[i];
        g_autofree char *name = g_strdup_printf("topic-%s.xml", topic->name);
        if (!write_feed(archive, topic, folder, name, list->title, error))
            return false;
    }
    return true;
}

static bool
build_newsletter(const Archive *archive, const NewsletterConfig *newsletter, GPtrArray *lists,
                 GError **error)
{
    ArchiveList *list = list_of(archive->instance->config, newsletter);
    g_ptr_array_add(lists, list);
    g_autofree char *folder = g_build_filename(archive->folder, newsletter->name, NULL);
    return make_folder(archive, folder, error) && add_issues(archive, list, folder, error) &&
           write_newsletter(archive, list, folder, error);
}

bool
archive_build(Instance *instance, const char *folder, ArchiveReport *report, GError **error)
{
    const Config *config = instance->config;
    const Archive archive = { instance, folder, report };
    if (config->archive_url == NULL) {
        g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                            "an archive needs archive_url: where its pages will be");
        return false;
    }
    g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func((GDestroyNotify)archive_list_free);
    for (guint i = 0; i < config->newsletters->len; i++)
        if (!build_newsletter(&archive, config->newsletters->pdata[i], lists, error))
            return false;
    g_autoptr(GString) index = g_string_new(NULL);
    g_autoptr(GString) sitemap = g_string_new(NULL);
    g_autofree char *url = g_strconcat(config->archive_url, "/", NULL);
    archive_write_index(index, lists);
    archive_write_sitemap(sitemap, url, lists);
    return write_file(&archive, folder, "index.html", index, error) &&
           write_file(&archive, folder, "sitemap.xml", sitemap, error);
}
