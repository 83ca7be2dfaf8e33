/* render.h - a selection, a letter and a template become subject, text and HTML.
 *
 * A rendition is the same for everybody with the same selection, language and format; what differs
 * by person is left open by placeholders (base/placeholder.h).                                   */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "digest/selection.h"
#include "digest/settings.h"
#include "digest/templates.h"

typedef struct {
    char *subject; /* one line */
    char *text;
    char *html; /* NULL when the format is text alone */
} Rendition;

void rendition_free(Rendition *rendition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rendition, rendition_free)

typedef struct {
    const Settings *settings;
    Templates *templates;
    int64_t number; /* of the issue */
    int64_t time;   /* when it was cut: the date that is shown */
    bool web;       /* the visible link is a web page, not a mail */
} RenderContext;

/* One choice's share of it: what a rendition depends on beside the issue and the selection. */
typedef struct {
    const char *language;
    MailFormat format;
    bool named;              /* the person has a name: a greeting can use it */
    const GPtrArray *topics; /* of char *: for the footer's "your topics" */
} RenderAudience;

/* Also the cache key's personal half, appended to OUT. */
void render_audience_write(GString *out, const RenderAudience *audience);

Rendition *render_digest(const RenderContext *context, const Selection *selection,
                         const GPtrArray *articles, const RenderAudience *audience, GError **error);

/* A letter by hand: SUBJECT is one line, MARKDOWN becomes both parts. Raw HTML in it is left out. */
Rendition *render_post(const RenderContext *context, const char *subject, const char *markdown,
                       const RenderAudience *audience, GError **error);
