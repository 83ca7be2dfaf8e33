/* fields.h - blocks of header fields in text: reports about mails, and headers of mails that came back.
 *
 * Lenient: a line that is no field is passed over, folded lines are joined, line ends are of any kind. */
#pragma once

#include <glib.h>

typedef struct Fields Fields;

/* The block at *TEXT, up to the next empty line or the end, where *TEXT is left. NULL when only empty
 * lines are left. */
Fields *fields_read(const char **text);
void fields_free(Fields *fields);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fields, fields_free)

/* The value of the first field NAME (case does not matter) on one line, or NULL; borrowed. */
const char *fields_find(const Fields *fields, const char *name);

/* The I-th field NAME from 0 on, or NULL. */
const char *fields_find_nth(const Fields *fields, const char *name, guint i);
