/* title-internal.h - titles and names as plain text on one line, decoded as often as it is due.
 *
 * All of them take TEXT over (NULL gives NULL) and answer NULL when nothing is left.             */
#pragma once

/* TEXT is plain text: "a <b> c" is meant to be read so. */
char *title_take_text(char *text);

/* TEXT is HTML. */
char *title_take_html(char *text);

/* RSS does not say which of the two TEXT is. References that HTML knows are decoded once; tags go
 * only when TEXT closes one that HTML knows, so that "vector<int>" stays. */
char *title_take_either(char *text);

/* A person as RSS writes them, "mail@example.org (Name)" or "Name <mail@example.org>": the name, or
 * the address where there is none. */
char *title_take_person(char *text);
