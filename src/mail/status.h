/* status.h - enhanced status codes (RFC 3463) in what mail servers say, and what their words mean.
 *
 * Most servers give a code; the others give a reply code (RFC 5321, 4.2.3) and words, or words alone,
 * in any of a dozen languages. What each means is a table in status_words.c. Pure.                       */
#pragma once

#include <stdbool.h>
#include "mail/failure.h"

/* The code in TEXT: the first that says more than "x.0.0", else the first; NULL when there is none.
 * Addresses and versions, which look alike, are none. */
char *status_find(const char *text);

/* The reply code of class 4 or 5 in TEXT ("550"), or 0. */
int status_reply_code(const char *text);

/* status_find(), else what reply code and words come to: "550 no such user" is "5.1.1". NULL when they
 * say nothing. Words without a class are of class 5, unless they are about time. */
char *status_derive(const char *text);

/* The better of what a field says and what the server's own words say: the field, unless it says no
 * more than "x.0.0". Either may be NULL. */
char *status_choose(const char *field, const char *words);

/* What STATUS and the words beside it come to: the words count where the code is as vague as "5.0.0". NULL
 * when neither says anything. */
char *status_refine(const char *status, const char *words);

/* By the class of STATUS, else of the words; both may be NULL. */
Finality status_finality(const char *status, const char *words);
