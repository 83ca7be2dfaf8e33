/* archive.h - the issues that were sent, as web pages about nobody: HTML, Atom, a sitemap.
 *
 *     index.html                 the newsletters and their issues
 *     sitemap.xml
 *     NEWSLETTER/index.html      its issues, newest first
 *     NEWSLETTER/older-N.html    those before number N
 *     NEWSLETTER/NUMBER.html     one, as somebody would have got it who chose nothing
 *     NEWSLETTER/atom.xml        the newest issues
 *     NEWSLETTER/topic-TOPIC.xml the newest articles on a topic
 *
 * Nothing in it is about a person: no name, no address, no token. It stands at archive_url, where the
 * link "view in browser" of mails leads: as files (archive_build()), or served one page at a time. An
 * issue of which nothing has been sent is not in it.                                            */
#pragma once

#include "digest/issue.h"
#include "jobs/instance.h"

/* Where the page of ISSUE will be, or NULL: there is no archive, or none of its newsletter (letters to the
 * operator, comments that somebody follows). */
char *archive_issue_url(const Config *config, const Issue *issue);

typedef struct {
    guint issues; /* pages of issues */
    guint feeds;  /* of newsletters and topics */
} ArchiveReport;

/* Writes all of it to FOLDER, which is made; what is there already is replaced, file by file.
 * DEPESCHE_ERROR_SETUP without archive_url. */
bool archive_build(Instance *instance, const char *folder, ArchiveReport *report, GError **error);

typedef struct Archive Archive;

/* Pages one at a time. IS_SERVED says that whoever sees them can search, too. INSTANCE must outlive it.
 * DEPESCHE_ERROR_SETUP without archive_url. */
Archive *archive_open(Instance *instance, bool is_served, GError **error);
void archive_close(Archive *archive);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Archive, archive_close)

/* Appends the page at PATH to OUT ("" and "morgen/" are index.html); *TYPE, a literal, is its media type,
 * or NULL when there is no such page. It remembers what issues are called and nothing else, so who is asked
 * often keeps pages. */
bool archive_page(Archive *archive, const char *path, GString *out, const char **type,
                  GError **error);

/* Appends a page of the newest articles that match WORDS, an expression as digest/filter.h has it, in what
 * was sent; NULL is the form alone. */
bool archive_search(Archive *archive, const char *words, GString *out, GError **error);
