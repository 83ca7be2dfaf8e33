/* excerpt-internal.h - the few sentences that tell a reader whether to click. */
#pragma once

/* Plain text on one line, of whole sentences where they are short enough; "" when there is nothing.
 * SUMMARY and CONTENT are HTML (may be NULL), TITLE is plain text and not to be repeated. */
char *excerpt_new(const char *summary, const char *content, const char *title);
