/* form.h - what a form of ours or a mailbox provider sends: application/x-www-form-urlencoded or
 * multipart/form-data (RFC 7578). Lenient in what it takes, since a wish to leave must not fail because
 * of a line end; pure. */
#pragma once

#include <stddef.h>
#include <glib.h>

typedef struct Form Form;

/* Reads BODY. CONTENT_TYPE may be NULL: then it is taken as urlencoded. What cannot be read is left out,
 * so there is always a form. Values are UTF-8. */
Form *form_parse(const char *content_type, const char *body, size_t size);
void form_free(Form *form);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Form, form_free)

/* The first value of NAME, trimmed, or NULL. */
const char *form_find(const Form *form, const char *name);

/* All values of NAME (of char *, borrowed): boxes that were ticked. */
GPtrArray *form_values(const Form *form, const char *name);
