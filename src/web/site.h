/* site.h - the pages: what each path shows, and what a form that is sent to it does.
 *
 *   /             which newsletters can be subscribed to
 *   /s/NAME       the form to do that
 *   /c/TOKEN      where the mail that follows leads: only the button there confirms
 *   /p/TOKEN      topics, rhythm, pauses, another address
 *   /u/TOKEN      the way out of one subscription: a button, and RFC 8058's one-click
 *   /archive/…    what was sent (jobs/archive.h), where archive_url is a place of base_url; /search in it
 *   /style.css    what all pages look like
 *   /healthz      200 while the database answers
 *   /metrics      counts, for Prometheus; to this host alone
 *
 * A token (base/token.h) is all the right that a page needs and gives: there are no cookies and no
 * sessions, and nobody has to be who they say. An unknown one and one that is not ours look alike. */
#pragma once

#include "jobs/instance.h"
#include "web/server.h"

typedef struct Site Site;

/* INSTANCE must outlive it and have a base_url. DEPESCHE_ERROR_SETUP when it has none, or when the
 * templates cannot be read. */
Site *site_open(Instance *instance, GError **error);
void site_close(Site *site);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Site, site_close)

/* What a server needs to serve SITE. */
WebHandler site_handler(Site *site);
