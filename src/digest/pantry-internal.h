/* pantry-internal.h - what mails in one language are put together from, made ready and kept. Each article
 * becomes a value once, and is filled into the template's "item" once for each shape in which mails
 * show it; each part of a mail has what all mails say filled in once. A mail then copies these.   */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "base/value.h"
#include "digest/phrases-internal.h"
#include "digest/render.h"

/* How a mail shows an article: any of these together. */
typedef enum {
    SHAPE_BRIEF = 1 << 0, /* there is no room for more than a link */
    SHAPE_LEAD = 1 << 1,  /* it is the first of the mail */
} Shape;
#define SHAPE_COUNT 4

typedef struct Pantry Pantry;

/* Borrows all. ARTICLES is NULL for letters. Fails when a string of the language is wrong. */
Pantry *pantry_new(const RenderContext *context, const GPtrArray *articles, const char *language,
                   GError **error);
void pantry_free(Pantry *pantry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pantry, pantry_free)

const Phrases *pantry_phrases(const Pantry *pantry);

/* What is the same in all mails, a map; borrowed. */
Value *pantry_frame(const Pantry *pantry);

/* The heading above the articles of TOPIC, NULL: of none, a map; borrowed. ALONE: there are no others. */
Value *pantry_heading(Pantry *pantry, const Topic *topic, bool alone);

/* Says that these articles will be wanted in a moment. What a thousand of them need lies far apart in
 * memory, and loading it is a good part of the work. */
void pantry_expect(const Pantry *pantry, const guint *places, guint count);

/* The article PLACE in a shape, told by nobody else: a map of its own, over what is kept. The
 * caller's. */
Value *pantry_item(Pantry *pantry, guint place, Shape shape, GError **error);

/* What "item" is filled with for the article PLACE, in the usual shape. The caller's. */
Value *pantry_item_model(Pantry *pantry, guint place, GError **error);

/* Fills the template FILE ("plain/digest.html.mustache") with MODEL, which is over the frame and has its
 * strings from phrases_put(), into the empty OUT. *SHARED becomes what of it other mails have, too (of
 * SharedText, the caller's), or NULL. */
bool pantry_fill(Pantry *pantry, const char *file, const Value *model, GString *out,
                 GArray **shared, GError **error);
