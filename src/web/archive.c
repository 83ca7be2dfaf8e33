/* The archive (jobs/archive.h), at the path that archive_url has behind base_url. */
#include "web/site-internal.h"

#include <string.h>

#include "base/text.h"

/* A page costs more than any other of the site, and is the same for everybody: who asks within the minute
 * gets the one that is there. */
#define KEPT_SECONDS   60
#define KEPT_BYTES_MAX ((size_t)4 * 1024 * 1024)

/* Who reads all of it at once reads on a little slower. */
#define PAGES        120u
#define PAGE_SECONDS 1u

/* To search costs most, and nothing of it is kept. */
#define SEARCHES       10u
#define SEARCH_SECONDS 6u
/* However many ask, most of the time is left for everything else. */
#define ALL_SEARCHES       20u
#define ALL_SEARCH_SECONDS 2u

#define WORDS_MAX_CHARACTERS 200u

typedef struct {
    GString *body;
    const char *type;
    int64_t made_at;
} KeptPage;

struct ArchivePages {
    Archive *archive;
    char *path;       /* "/archive" */
    GHashTable *kept; /* path -> KeptPage */
    size_t kept_bytes;
    Budget *made;         /* of pages, for each block of addresses */
    Budget *searches;     /* for each block */
    Budget *all_searches; /* of all together */
};

static void
kept_page_free(void *data)
{
    KeptPage *page = data;
    g_string_free(page->body, TRUE);
    g_free(page);
}

void
archive_pages_free(ArchivePages *pages)
{
    if (pages == NULL)
        return;
    archive_close(pages->archive);
    g_hash_table_unref(pages->kept);
    budget_free(pages->made);
    budget_free(pages->searches);
    budget_free(pages->all_searches);
    g_free(pages->path);
    g_free(pages);
}

bool
archive_pages_open(Instance *instance, ArchivePages **pages, GError **error)
{
    const Config *config = instance->config;
    size_t size = strlen(config->base_url);
    bool is_ours = config->archive_url != NULL &&
                   strncmp(config->archive_url, config->base_url, size) == 0 &&
                   config->archive_url[size] == '/';
    *pages = NULL;
    if (!is_ours)
        return true;
    g_autoptr(Archive) archive = archive_open(instance, true, error);
    if (archive == NULL)
        return false;
    *pages = g_new0(ArchivePages, 1);
    (*pages)->archive = g_steal_pointer(&archive);
    (*pages)->path = g_strdup(config->archive_url + size);
    (*pages)->kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, kept_page_free);
    (*pages)->made = budget_new(PAGES, PAGE_SECONDS);
    (*pages)->searches = budget_new(SEARCHES, SEARCH_SECONDS);
    (*pages)->all_searches = budget_new(ALL_SEARCHES, ALL_SEARCH_SECONDS);
    return true;
}

const char *
archive_pages_match(const ArchivePages *pages, const char *path)
{
    size_t size = pages != NULL ? strlen(pages->path) : 0;
    if (pages == NULL || strncmp(path, pages->path, size) != 0)
        return NULL;
    if (path[size] == '\0')
        return path + size;
    return path[size] == '/' ? path + size + 1 : NULL;
}

/* Pages */

static void
reply_with(WebReply *reply, const char *type, GString *take_body)
{
    *reply = (WebReply){ .status = 200, .type = type, .body = take_body, .is_public = true };
}

static void
keep(ArchivePages *pages, const char *path, const char *type, const GString *body, int64_t now)
{
    if (pages->kept_bytes + body->len > KEPT_BYTES_MAX) {
        g_hash_table_remove_all(pages->kept);
        pages->kept_bytes = 0;
    }
    KeptPage *page = g_new(KeptPage, 1);
    *page = (KeptPage){ g_string_new_len(body->str, (gssize)body->len), type, now };
    const KeptPage *before = g_hash_table_lookup(pages->kept, path);
    pages->kept_bytes += body->len - (before != NULL ? before->body->len : 0);
    g_hash_table_replace(pages->kept, g_strdup(path), page);
}

static bool
write_page(const Visit *visit, WebReply *reply, GError **error)
{
    ArchivePages *pages = visit->site->archive;
    const KeptPage *kept = g_hash_table_lookup(pages->kept, visit->rest);
    if (kept != NULL && visit->now - kept->made_at < KEPT_SECONDS) {
        reply_with(reply, kept->type, g_string_new_len(kept->body->str, (gssize)kept->body->len));
        return true;
    }
    const char *type = NULL;
    g_autofree char *block = address_block(visit->request->peer);
    g_autoptr(GString) body = g_string_new(NULL);
    if (!budget_take(pages->made, block, visit->now))
        return page_write_message(visit, reply, 429, "web_wait", error);
    if (!archive_page(pages->archive, visit->rest, body, &type, error))
        return false;
    if (type == NULL)
        return page_write_message(visit, reply, 404, "web_page", error);
    keep(pages, visit->rest, type, body, visit->now);
    reply_with(reply, type, g_steal_pointer(&body));
    return true;
}

static bool
may_search(const Visit *visit)
{
    ArchivePages *pages = visit->site->archive;
    g_autofree char *block = address_block(visit->request->peer);
    return budget_take(pages->searches, block, visit->now) &&
           budget_take(pages->all_searches, "", visit->now);
}

static bool
search(const Visit *visit, WebReply *reply, GError **error)
{
    ArchivePages *pages = visit->site->archive;
    const char *asked = visit->request->search != NULL ? visit->request->search : "";
    g_autofree char *repaired = text_repair(asked, strlen(asked));
    g_autofree char *line = text_single_line(repaired);
    g_autofree char *words = text_truncate(line, WORDS_MAX_CHARACTERS);
    if (*words != '\0' && !may_search(visit))
        return page_write_message(visit, reply, 429, "web_wait", error);
    g_autoptr(GString) body = g_string_new(NULL);
    if (!archive_search(pages->archive, *words != '\0' ? words : NULL, body, error))
        return false;
    reply_with(reply, "text/html; charset=utf-8", g_steal_pointer(&body));
    return true;
}

bool
archive_pages_show(const Visit *visit, WebReply *reply, GError **error)
{
    if (visit->request->is_post)
        return page_write_message(visit, reply, 405, "web_page", error);
    return strcmp(visit->rest, "search") == 0 ? search(visit, reply, error)
                                              : write_page(visit, reply, error);
}
