/* excerpt-internal.h - the few sentences that tell a reader whether to click. */
#pragma once

#include "html/sanitize.h"

/* Plain text on one line, of whole sentences where they are short enough; "" when there is nothing.
 * CONTENT may be NULL; TITLE is plain text and not to be repeated. */
char *excerpt_new(const Html *summary, const Html *content, const char *title);
