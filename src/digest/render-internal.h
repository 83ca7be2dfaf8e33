/* render-internal.h - what a renderer fills templates with, for those who look at templates instead of
 * sending mails. What is returned is the caller's.                                               */
#pragma once

#include "base/value.h"
#include "digest/render.h"

/* Gmail cuts the source of a mail off at some 102,000 octets, and the unsubscribe link with it;
 * quoted-printable comes on top of what is measured here. */
#define HTML_MAX 90000u

/* Of it, what marks do not show yet: the name, address and links of a reader. */
#define HTML_PERSONAL 1500u

/* Of a digest with all of SELECTION. */
Value *renderer_digest_model(Renderer *renderer, const Selection *selection,
                             const RenderAudience *audience, GError **error);

/* Of a letter. */
Value *renderer_post_model(Renderer *renderer, const char *markdown, const RenderAudience *audience,
                           GError **error);

/* Of the article PLACE on its own: what "item" is filled with. */
Value *renderer_item_model(Renderer *renderer, guint place, const char *language, GError **error);

/* phrases_inspect() of a language, with a MODEL of one of the above. */
bool renderer_inspect_strings(Renderer *renderer, const char *language, const Value *model,
                              GPtrArray *complaints, GError **error);
