/* model-internal.h - what templates can show, as values: the table of depesche-template(7). Everything
 * is text unless the table gives a kind; times are in the zone of the newsletter, dates in the
 * language of the reader.                                                                        */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "base/value.h"
#include "digest/phrases-internal.h"
#include "digest/render.h"
#include "digest/selection.h"
#include "feed/article.h"

#define MODEL_WRAP_WIDTH 72u

/* The member KEY: TEXT wrapped, or null. */
void model_set_wrapped(Value *map, const char *key, const char *text);

/* TEXT, a string, wrapped: itself when it fits on a line. */
Value *model_wrapped(Value *text);

/* TEXT behind a SEPARATOR, unless it is the first or there is none. */
void model_append_joined(GString *out, const char *separator, const char *text);

/* What is the same in all mails in one language: newsletter, issue, looks, sponsors. */
Value *model_frame(const RenderContext *context, const Phrases *phrases, const char *language,
                   GError **error);

/* What is the same for all with the AUDIENCE's choices, put into MODEL. */
void model_put_audience(Value *model, const RenderContext *context, const RenderAudience *audience);

/* One article, but for its place in a mail. */
Value *model_article(const Phrases *phrases, const Article *article, GError **error);

/* Who else has what the article at PLACE tells, put into its ITEM; nothing when nobody has. */
void model_put_also(Value *item, const Selection *selection, guint place,
                    const GPtrArray *articles);

/* By which words the article at PLACE is like what its reader follows, put into its ITEM. */
void model_put_reason(Value *item, const Selection *selection, guint place);

/* An article of which there is room for no more than its title. */
Value *model_link(const Article *article);

/* How readers know a topic; borrowed. */
const char *model_topic_title(const Topic *topic);

/* A heading, put into MAP: TITLE, and the line that stands below it in a text. */
void model_put_title(Value *map, const char *title, char line);
