/* render.h - a selection, a letter and a template become subject, text and HTML.
 *
 * A rendition is the same for everybody with the same selection, language and format; what differs
 * by person is left open by placeholders (base/placeholder.h). What templates can show stands in
 * depesche-template(7).
 *
 * A renderer belongs to one issue. What its mails have in common is made ready once for each
 * language: strings, dates, and each article as the template shows it. A digest is put together from
 * that.                                                                                          */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "digest/post.h"
#include "digest/selection.h"
#include "digest/settings.h"
#include "digest/templates.h"

typedef struct {
    char *subject; /* one line */
    char *text;
    char *html; /* NULL when the format is text alone */
    GArray
        *text_shared; /* of SharedText: what of the text other renditions have, too; may be NULL */
    GArray *html_shared; /* the same of the HTML */
    guint shown;         /* so many of the selection's articles found room … */
    guint linked;        /* … and so many of its links */
} Rendition;

void rendition_free(Rendition *rendition);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rendition, rendition_free)

typedef struct {
    const Settings *settings;
    Templates *templates;
    int64_t number;      /* of the issue */
    int64_t time;        /* when it was cut: the date that is shown */
    bool web;            /* the visible link is a web page, not a mail */
    bool no_preferences; /* … but there is no page of choices */
    const char *web_url; /* the issue as a web page, or NULL */
    bool is_public;      /* it is that page: nobody is spoken to */
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

typedef struct Renderer Renderer;

/* Borrows all that CONTEXT names, and ARTICLES (of Article *; NULL: it renders letters alone).
 * DEPESCHE_ERROR_INPUT when the settings' subject is wrong. From one thread at a time. */
Renderer *renderer_new(const RenderContext *context, const GPtrArray *articles, GError **error);
void renderer_free(Renderer *renderer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Renderer, renderer_free)

/* SELECTION is of the renderer's articles, and not empty. When the HTML would be larger than mail
 * programs show, it has fewer of the selection's links, then articles as mere links, and then fewer of
 * them; the text has what the HTML has. */
Rendition *renderer_digest(Renderer *renderer, const Selection *selection,
                           const RenderAudience *audience, GError **error);

/* A letter by hand: its Markdown becomes both parts. Raw HTML in it is left out. Its HTML shows pictures
 * that the letter brings along under post_picture_url(), others where they are; a public page has the
 * latter alone, and settings with images = "none" neither. */
Rendition *renderer_post(Renderer *renderer, const Post *post, const RenderAudience *audience,
                         GError **error);
