/* vacation.h - machines that answer for people: absences, receipts, "we got your mail" (RFC 3834). Pure. */
#pragma once

#include <stdbool.h>

#include "mail/fields.h"

/* Whether HEADER says that a program answers. "auto-generated" is not meant: providers' buttons to
 * unsubscribe send so. */
bool vacation_has_header(const Fields *header);

/* Whether SUBJECT is one of an absence, for programs that set no header. */
bool vacation_has_subject(const char *subject);

/* Whether TEXT talks of an absence. A person may, too: it only counts with other signs. */
bool vacation_has_text(const char *text);
