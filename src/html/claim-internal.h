/* claim-internal.h - one claim of a page: cleaned, and taken when nobody has spoken before.
 *
 * TEXT may hold mark-up and references, be empty or NULL; then nothing is claimed.               */
#pragma once

#include "html/claims-internal.h"

/* Longer claims are cut. Characters. */
#define TITLE_MAX  500u
#define BYLINE_MAX 200u
#define SITE_MAX   100u
#define DATE_MAX   60u

/* TEXT on one line of MAX characters; NULL when it is empty. */
char *claim_line(const char *text, size_t max);

void claim_text(char **member, const char *text, size_t max);
void claim_byline(Claims *claims, const char *text);
void claim_language(Claims *claims, const char *text);

/* All dates are kept. */
void claim_date(Claims *claims, const char *text);

/* "Von Anna Beispiel", "By Jo Doe": where the name begins; BYLINE itself when no such word is before it. */
const char *claim_name_behind_by(const char *byline);

/* Who claims (claims_new() asks them). */

/* JSON-LD: the first article in DATA (of char *). */
void claims_read_data(Claims *claims, const GPtrArray *data);

/* The headline that is in what was claimed as title so far, or in <title>; else that without the
 * name of the site. */
void claims_read_title(Claims *claims, const Html *html);
