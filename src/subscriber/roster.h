/* roster.h - people from files: the roster (libconfig) and CSV. */
#pragma once

#include <glib.h>
#include "subscriber/subscription.h"

/* A roster is read and compared whole at every run; beyond this "subscriber import" is the way. */
#define ROSTER_ENTRIES_MAX 10000

/* The choices in the roster file PATH (subscribers = ( {…}, {…} )), in its order. DEFAULTS fills in
 * the rhythm. NULL when anything is wrong; each line added to PROBLEMS is one mistake as
 * "FILE:LINE: what": unknown keys, bad addresses, an address twice. ERROR has the first. */
GPtrArray *roster_load(const char *path, const Rhythm *defaults, GPtrArray *problems,
                       GError **error);

/* The choices in CSV text with a header line (RFC 4180; ',' ';' or tab; UTF-8, or Windows-1252
 * where it is not valid): address or email, name, language, topics and without (separated by spaces
 * or '|'), filter, frequency, day, hour, zone, format, max_articles. Columns it does not know are left out
 * and named in PROBLEMS. A bad row is told in PROBLEMS ("FILE:LINE: why") and the others are
 * kept. NULL only when there is no header with an address column. NAME is for messages. */
GPtrArray *roster_parse_csv(GBytes *csv, const char *name, const Rhythm *defaults,
                            GPtrArray *problems, GError **error);
