/* post_html-internal.h - a letter's Markdown as the HTML of a mail. */
#pragma once

#include "digest/render.h"

/* Sanitised, with the pictures that CONTEXT lets it show (renderer_post() of render.h), no wider than the
 * mail. The caller's. */
char *post_html(const Post *post, const RenderContext *context);
