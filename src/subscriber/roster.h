/* roster.h - the people of a newsletter as a file of the configuration. */
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
