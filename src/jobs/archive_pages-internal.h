/* archive_pages-internal.h - what an archive says, made into HTML, Atom and a sitemap. Pure. */
#pragma once

#include <stdint.h>
#include <glib.h>

/* A page, or an article elsewhere. */
typedef struct {
    char *url;
    char *title;
    char *summary; /* plain text, or NULL */
    int64_t time;
} ArchiveEntry;

ArchiveEntry *archive_entry_new(const char *url, const char *title, const char *summary,
                                int64_t time);
void archive_entry_free(ArchiveEntry *entry);

/* A newsletter, or a topic of one. */
typedef struct {
    char *name; /* "morgen": its folder; "ki": its file */
    char *title;
    char *language; /* of a newsletter */
    char *url;      /* of its page; of a topic, of its newsletter's */
    char *feed_url;
    GPtrArray *entries; /* of ArchiveEntry *, newest first */
    GPtrArray *topics;  /* of ArchiveList *; of a topic: NULL */
} ArchiveList;

void archive_list_free(ArchiveList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ArchiveList, archive_list_free)

/* Each appends a whole document to OUT. */
void archive_write_index(GString *out, const GPtrArray *lists);
void archive_write_list(GString *out, const ArchiveList *list);
void archive_write_atom(GString *out, const ArchiveList *list, const char *author);
void archive_write_sitemap(GString *out, const char *url, const GPtrArray *lists);
