/* archive_pages-internal.h - what an archive says, made into HTML, Atom and a sitemap. Pure. */
#pragma once

#include <stdint.h>
#include <glib.h>
#include "base/value.h"

/* A page, or an article elsewhere. */
typedef struct {
    char *url;
    char *title;
    char *summary; /* plain text, or NULL */
    int64_t time;
    char *issue_url; /* of an article that was found: the page of its issue; else NULL */
    char *issue_title;
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
    char *older_url;    /* of the page with what does not fit into ENTRIES; or NULL */
    GPtrArray *entries; /* of ArchiveEntry *, newest first */
    GPtrArray *topics;  /* of ArchiveList *; of a topic: NULL */
} ArchiveList;

void archive_list_free(ArchiveList *list);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ArchiveList, archive_list_free)

/* What pages have beside their lists. */
typedef struct {
    const Value *strings;   /* of templates/strings: archive_… */
    const char *language;   /* of a page about no newsletter */
    const char *url;        /* of the index */
    const char *search_url; /* or NULL: nobody searches */
} ArchiveFrame;

/* Each appends a whole document to OUT. */
void archive_write_index(GString *out, const ArchiveFrame *frame, const GPtrArray *lists);
void archive_write_list(GString *out, const ArchiveFrame *frame, const ArchiveList *list);
void archive_write_atom(GString *out, const ArchiveList *list, const char *author);
void archive_write_sitemap(GString *out, const char *url, const GPtrArray *lists);

/* FOUND (of ArchiveEntry *) by WORDS, or what is wrong with them (PROBLEM, else NULL); WORDS may be NULL. */
void archive_write_found(GString *out, const ArchiveFrame *frame, const char *words,
                         const char *problem, const GPtrArray *found);
