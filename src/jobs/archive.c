#include "jobs/archive.h"

#include <errno.h>
#include <string.h>
#include <glib/gstdio.h>

#include "base/error.h"
#include "jobs/archive_find-internal.h"
#include "jobs/archive_pages-internal.h"
#include "jobs/edition.h"
#include "jobs/preview.h"
#include "store/issues.h"

/* To know what an issue is called it has to be made: so many stand on a page, and in a feed. */
#define LIST_ENTRIES_MAX  25
#define FEED_ENTRIES_MAX  25
#define INDEX_ENTRIES_MAX 10
/* The articles of so many issues stand in the feeds of topics. */
#define TOPIC_ISSUES_MAX 15

#define HTML "text/html; charset=utf-8"
#define ATOM "application/atom+xml; charset=utf-8"
#define XML  "application/xml; charset=utf-8"

struct Archive {
    Instance *instance;
    Templates *templates;
    char *url;          /* of the index */
    char *search_url;   /* or NULL */
    GHashTable *titles; /* id of an issue -> what it is called; "": it has nothing for nobody */
};

char *
archive_issue_url(const Config *config, const Issue *issue)
{
    if (config->archive_url == NULL || config_find_newsletter(config, issue->newsletter) == NULL)
        return NULL;
    return g_strdup_printf("%s/%s/%" G_GINT64_FORMAT ".html", config->archive_url,
                           issue->newsletter, issue->number);
}

void
archive_close(Archive *archive)
{
    if (archive == NULL)
        return;
    templates_free(archive->templates);
    g_free(archive->url);
    g_free(archive->search_url);
    g_hash_table_unref(archive->titles);
    g_free(archive);
}

Archive *
archive_open(Instance *instance, bool is_served, GError **error)
{
    const char *url = instance->config->archive_url;
    if (url == NULL) {
        g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                            "an archive needs archive_url: where its pages will be");
        return NULL;
    }
    g_autoptr(Templates) templates = templates_load(instance->config->templates, error);
    if (templates == NULL)
        return NULL;
    Archive *archive = g_new0(Archive, 1);
    archive->instance = instance;
    archive->templates = g_steal_pointer(&templates);
    archive->url = g_strconcat(url, "/", NULL);
    archive->search_url = is_served ? g_strconcat(url, "/search", NULL) : NULL;
    archive->titles = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    return archive;
}

/* What stands around lists in the language of NEWSLETTER, or of the first one. */
static ArchiveFrame
frame_of(const Archive *archive, const NewsletterConfig *newsletter)
{
    const GPtrArray *newsletters = archive->instance->config->newsletters;
    if (newsletter == NULL)
        newsletter = newsletters->pdata[0];
    return (ArchiveFrame){ .strings = templates_strings(archive->templates, newsletter->language),
                           .language = newsletter->language,
                           .url = archive->url,
                           .search_url = archive->search_url };
}

/* Issues */

/* Appends the page of ISSUE to OUT; *SUBJECT is NULL when nobody in particular gets nothing of it. */
static bool
write_issue(Archive *archive, const Issue *issue, char **subject, GString *out, GError **error)
{
    g_autoptr(Subscription) nobody = preview_nobody(archive->instance, issue->newsletter, error);
    g_autoptr(Edition) edition =
        nobody != NULL ? edition_open_public(archive->instance, issue, error) : NULL;
    EditionOutcome outcome = EDITION_EMPTY;
    *subject = NULL;
    if (edition == NULL || !edition_write_public(edition, nobody, subject, out, &outcome, error))
        return false;
    g_hash_table_insert(archive->titles, g_memdup2(&issue->id, sizeof issue->id),
                        g_strdup(*subject != NULL ? *subject : ""));
    return true;
}

/* What ISSUE is called; "" when it has no page. NULL with ERROR. */
static const char *
title_of(Archive *archive, const Issue *issue, GError **error)
{
    const char *known = g_hash_table_lookup(archive->titles, &issue->id);
    g_autofree char *subject = NULL;
    g_autoptr(GString) page = g_string_new(NULL);
    if (known != NULL)
        return known;
    if (!write_issue(archive, issue, &subject, page, error))
        return NULL;
    return g_hash_table_lookup(archive->titles, &issue->id);
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

/* The issues of LIST from number BEFORE on back, at most MAX. */
static bool
add_issues(Archive *archive, ArchiveList *list, int64_t before, int max, GError **error)
{
    g_autoptr(GPtrArray) issues =
        store_issues_sent(archive->instance->store, list->name, before, max, error);
    for (guint i = 0; issues != NULL && i < issues->len; i++) {
        const Issue *issue = issues->pdata[i];
        const char *title = title_of(archive, issue, error);
        g_autofree char *url = archive_issue_url(archive->instance->config, issue);
        if (title == NULL)
            return false;
        if (*title != '\0')
            g_ptr_array_add(list->entries, archive_entry_new(url, title, NULL, issue_date(issue)));
        if (i + 1 == (guint)max)
            list->older_url =
                g_strdup_printf("%solder-%" G_GINT64_FORMAT ".html", list->url, issue->number);
    }
    return issues != NULL;
}

/* Pages */

static bool
write_index(Archive *archive, GString *out, GError **error)
{
    const Config *config = archive->instance->config;
    const ArchiveFrame frame = frame_of(archive, NULL);
    g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func((GDestroyNotify)archive_list_free);
    for (guint i = 0; i < config->newsletters->len; i++) {
        ArchiveList *list = list_of(config, config->newsletters->pdata[i]);
        g_ptr_array_add(lists, list);
        if (!add_issues(archive, list, G_MAXINT64, INDEX_ENTRIES_MAX, error))
            return false;
    }
    archive_write_index(out, &frame, lists);
    return true;
}

/* Every issue, but for those that are known to have no page: none is made to find out. */
static bool
write_sitemap(Archive *archive, GString *out, GError **error)
{
    const Config *config = archive->instance->config;
    g_autoptr(GPtrArray) lists = g_ptr_array_new_with_free_func((GDestroyNotify)archive_list_free);
    for (guint i = 0; i < config->newsletters->len; i++) {
        ArchiveList *list = list_of(config, config->newsletters->pdata[i]);
        g_ptr_array_add(lists, list);
        g_autoptr(GPtrArray) issues =
            store_issues_sent(archive->instance->store, list->name, G_MAXINT64, G_MAXINT, error);
        for (guint n = 0; issues != NULL && n < issues->len; n++) {
            const Issue *issue = issues->pdata[n];
            g_autofree char *url = archive_issue_url(config, issue);
            if (g_strcmp0(g_hash_table_lookup(archive->titles, &issue->id), "") != 0)
                g_ptr_array_add(list->entries, archive_entry_new(url, "", NULL, issue_date(issue)));
        }
        if (issues == NULL)
            return false;
    }
    archive_write_sitemap(out, archive->url, lists);
    return true;
}

static bool
write_list(Archive *archive, const NewsletterConfig *newsletter, int64_t before, GString *out,
           GError **error)
{
    const ArchiveFrame frame = frame_of(archive, newsletter);
    g_autoptr(ArchiveList) list = list_of(archive->instance->config, newsletter);
    if (!add_issues(archive, list, before, LIST_ENTRIES_MAX, error))
        return false;
    archive_write_list(out, &frame, list);
    return true;
}

static bool
write_feed(Archive *archive, const NewsletterConfig *newsletter, GString *out, GError **error)
{
    g_autoptr(ArchiveList) list = list_of(archive->instance->config, newsletter);
    if (!add_issues(archive, list, G_MAXINT64, FEED_ENTRIES_MAX, error))
        return false;
    archive_write_atom(out, list, list->title);
    return true;
}

static bool
write_topic(const Archive *archive, const NewsletterConfig *newsletter, const char *name,
            GString *out, bool *found, GError **error)
{
    g_autoptr(ArchiveList) list = list_of(archive->instance->config, newsletter);
    ArchiveList *topic = NULL;
    for (guint i = 0; i < list->topics->len; i++) {
        ArchiveList *each = list->topics->pdata[i];
        if (strcmp(each->name, name) == 0)
            topic = each;
    }
    *found = topic != NULL;
    if (topic == NULL)
        return true;
    g_autoptr(GPtrArray) issues = store_issues_sent(archive->instance->store, list->name,
                                                    G_MAXINT64, TOPIC_ISSUES_MAX, error);
    for (guint i = 0; issues != NULL && i < issues->len; i++)
        if (!archive_add_topic(archive->instance, issues->pdata[i], topic, error))
            return false;
    if (issues == NULL)
        return false;
    archive_write_atom(out, topic, list->title);
    return true;
}

static bool
write_number(Archive *archive, const NewsletterConfig *newsletter, int64_t number, GString *out,
             bool *found, GError **error)
{
    g_autofree char *subject = NULL;
    g_autoptr(GPtrArray) issues =
        store_issues_sent(archive->instance->store, newsletter->name, number + 1, 1, error);
    *found = false;
    if (issues == NULL)
        return false;
    const Issue *issue = issues->len > 0 ? issues->pdata[0] : NULL;
    if (issue == NULL || issue->number != number ||
        g_strcmp0(g_hash_table_lookup(archive->titles, &issue->id), "") == 0)
        return true;
    if (!write_issue(archive, issue, &subject, out, error))
        return false;
    *found = subject != NULL;
    return true;
}

/* Paths */

/* The text between BEFORE and BEHIND in NAME, or NULL. */
static char *
inner(const char *name, const char *before, const char *behind)
{
    size_t first = strlen(before), last = strlen(behind), size = strlen(name);
    if (size <= first + last || !g_str_has_prefix(name, before) || !g_str_has_suffix(name, behind))
        return NULL;
    return g_strndup(name + first, size - first - last);
}

static bool
inner_number(const char *name, const char *before, const char *behind, int64_t *number)
{
    guint64 value = 0;
    g_autofree char *text = inner(name, before, behind);
    bool is_one = text != NULL && *text != '0' &&
                  g_ascii_string_to_unsigned(text, 10, 1, G_MAXINT32, &value, NULL);
    *number = (int64_t)value;
    return is_one;
}

/* The page NAME in the folder of NEWSLETTER. */
static bool
page_of_newsletter(Archive *archive, const NewsletterConfig *newsletter, const char *name,
                   GString *out, const char **type, GError **error)
{
    bool found = true, fine = true;
    int64_t number = 0;
    g_autofree char *topic = inner(name, "topic-", ".xml");
    *type = strstr(name, ".xml") != NULL ? ATOM : HTML;
    if (*name == '\0' || strcmp(name, "index.html") == 0)
        fine = write_list(archive, newsletter, G_MAXINT64, out, error);
    else if (strcmp(name, "atom.xml") == 0)
        fine = write_feed(archive, newsletter, out, error);
    else if (topic != NULL)
        fine = write_topic(archive, newsletter, topic, out, &found, error);
    else if (inner_number(name, "older-", ".html", &number))
        fine = write_list(archive, newsletter, number, out, error);
    else if (inner_number(name, "", ".html", &number))
        fine = write_number(archive, newsletter, number, out, &found, error);
    else
        found = false;
    if (!found)
        *type = NULL;
    return fine;
}

bool
archive_page(Archive *archive, const char *path, GString *out, const char **type, GError **error)
{
    const char *slash = strchr(path, '/');
    if (*path == '\0' || strcmp(path, "index.html") == 0) {
        *type = HTML;
        return write_index(archive, out, error);
    }
    if (strcmp(path, "sitemap.xml") == 0) {
        *type = XML;
        return write_sitemap(archive, out, error);
    }
    g_autofree char *folder = slash != NULL ? g_strndup(path, (gsize)(slash - path)) : NULL;
    const NewsletterConfig *newsletter =
        folder != NULL ? config_find_newsletter(archive->instance->config, folder) : NULL;
    *type = NULL;
    return newsletter == NULL ||
           page_of_newsletter(archive, newsletter, slash + 1, out, type, error);
}

bool
archive_search(Archive *archive, const char *words, GString *out, GError **error)
{
    const ArchiveFrame frame = frame_of(archive, NULL);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)archive_entry_free);
    g_autoptr(GError) problem = NULL;
    g_autoptr(Filter) filter = words != NULL ? filter_parse(words, &problem) : NULL;
    if (filter != NULL && !archive_find(archive->instance, filter, found, error))
        return false;
    archive_write_found(out, &frame, words, problem != NULL ? problem->message : NULL, found);
    return true;
}

/* Files */

typedef struct {
    Archive *archive;
    const char *folder;
    bool dry_run;
} Build;

static bool
make_folder(const Build *build, const char *folder, GError **error)
{
    if (build->dry_run || g_mkdir_with_parents(folder, 0755) == 0)
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "cannot make the folder \"%s\": %s",
                folder, g_strerror(errno));
    return false;
}

/* The page at PATH as a file; *WRITTEN is false when there is none. */
static bool
build_page(const Build *build, const char *path, bool *written, GError **error)
{
    const char *type = NULL;
    g_autoptr(GString) page = g_string_new(NULL);
    g_autofree char *file = g_build_filename(build->folder, path, NULL);
    g_autoptr(GError) problem = NULL;
    if (!archive_page(build->archive, path, page, &type, error))
        return false;
    *written = type != NULL;
    if (build->dry_run || type == NULL ||
        g_file_set_contents(file, page->str, (gssize)page->len, &problem))
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_TEMPORARY, "%s", problem->message);
    return false;
}

/* Page by page until there is nothing older. */
static bool
build_lists(const Build *build, const NewsletterConfig *newsletter, GError **error)
{
    int64_t before = G_MAXINT64;
    bool written;
    for (;;) {
        g_autofree char *path =
            before == G_MAXINT64
                ? g_strdup_printf("%s/index.html", newsletter->name)
                : g_strdup_printf("%s/older-%" G_GINT64_FORMAT ".html", newsletter->name, before);
        g_autoptr(GPtrArray) issues = store_issues_sent(
            build->archive->instance->store, newsletter->name, before, LIST_ENTRIES_MAX, error);
        if (issues == NULL || !build_page(build, path, &written, error))
            return false;
        if (issues->len < LIST_ENTRIES_MAX)
            return true;
        before = ((const Issue *)issues->pdata[issues->len - 1])->number;
    }
}

static bool
build_issues(const Build *build, const NewsletterConfig *newsletter, ArchiveReport *report,
             GError **error)
{
    g_autoptr(GPtrArray) issues = store_issues_sent(build->archive->instance->store,
                                                    newsletter->name, G_MAXINT64, G_MAXINT, error);
    for (guint i = 0; issues != NULL && i < issues->len; i++) {
        const Issue *issue = issues->pdata[i];
        bool written;
        g_autofree char *path =
            g_strdup_printf("%s/%" G_GINT64_FORMAT ".html", newsletter->name, issue->number);
        if (!build_page(build, path, &written, error))
            return false;
        report->issues += written;
    }
    return issues != NULL;
}

static bool
build_feeds(const Build *build, const NewsletterConfig *newsletter, ArchiveReport *report,
            GError **error)
{
    bool written;
    g_autofree char *all = g_strconcat(newsletter->name, "/atom.xml", NULL);
    if (!build_page(build, all, &written, error))
        return false;
    for (guint i = 0; i < newsletter->topics->len; i++) {
        const TopicConfig *topic = newsletter->topics->pdata[i];
        g_autofree char *path = g_strdup_printf("%s/topic-%s.xml", newsletter->name, topic->name);
        if (!build_page(build, path, &written, error))
            return false;
    }
    report->feeds += 1 + newsletter->topics->len;
    return true;
}

/* Issues come first: lists need to know what they are called. */
static bool
build_newsletter(const Build *build, const NewsletterConfig *newsletter, ArchiveReport *report,
                 GError **error)
{
    g_autofree char *folder = g_build_filename(build->folder, newsletter->name, NULL);
    return make_folder(build, folder, error) && build_issues(build, newsletter, report, error) &&
           build_lists(build, newsletter, error) && build_feeds(build, newsletter, report, error);
}

bool
archive_build(Instance *instance, const char *folder, ArchiveReport *report, GError **error)
{
    g_autoptr(Archive) archive = archive_open(instance, false, error);
    const Build build = { archive, folder, instance->dry_run };
    bool written;
    if (archive == NULL)
        return false;
    for (guint i = 0; i < instance->config->newsletters->len; i++)
        if (!build_newsletter(&build, instance->config->newsletters->pdata[i], report, error))
            return false;
    return build_page(&build, "index.html", &written, error) &&
           build_page(&build, "sitemap.xml", &written, error);
}
