/* archive.h - the issues that were sent, as web pages that need no server: HTML, Atom, a sitemap.
 *
 *     index.html                 the newsletters and their issues
 *     sitemap.xml
 *     NEWSLETTER/index.html      its issues, newest first
 *     NEWSLETTER/NUMBER.html     one, as somebody would have got it who chose nothing
 *     NEWSLETTER/atom.xml        the newest issues
 *     NEWSLETTER/topic-TOPIC.xml the newest articles on a topic
 *
 * Nothing in it is about a person: no name, no address, no token. It stands at archive_url, where the
 * link "view in browser" of mails leads.                                                        */
#pragma once

#include "digest/issue.h"
#include "jobs/instance.h"

typedef struct {
    guint issues; /* pages of issues */
    guint feeds;  /* of newsletters and topics */
} ArchiveReport;

/* Writes all of it to FOLDER, which is made; what is there already is replaced, file by file. An issue of
 * which nothing has been sent is not in it. DEPESCHE_ERROR_SETUP without archive_url. */
bool archive_build(Instance *instance, const char *folder, ArchiveReport *report, GError **error);

/* Where the page of ISSUE will be, or NULL: there is no archive, or none of its newsletter (letters to the
 * operator, comments that somebody follows). */
char *archive_issue_url(const Config *config, const Issue *issue);
