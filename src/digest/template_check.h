/* template_check.h - what may be wrong with a template, before anybody gets a mail made with it. */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "base/value.h"
#include "digest/templates.h"

/* Fills the template NAME with a sample that has everything. Each line added to COMPLAINTS (of char *)
 * is one thing to look at: a name that nothing has, a partial that is not there, text that is not escaped,
 * a part without unsubscribe link, legal notice or postal address, a sponsor without its label, HTML that mail
 * programs cut. Fails when the template cannot be filled at all. */
bool template_check(Templates *templates, const char *name, GPtrArray *complaints, GError **error);

/* The same of the strings of all languages. */
bool template_check_strings(Templates *templates, GPtrArray *complaints, GError **error);

/* Every value that templates can show in a digest or a letter, but for the strings: a list of maps with
 * "name" ("topics.articles.title") and "kind" ("text", "number", "flag", "list", "map"). */
Value *template_values(GError **error);
