/* suppress.h - the list of suppressions survives the database.
 *
 * A file beside it (".suppressed", mode 0600) has the keyed hash of every address that is to get
 * nothing any more. A restored backup does not know those that came after it; "db adopt" puts them
 * back from there.                                                                                */
#pragma once

#include "jobs/instance.h"

/* Brings the file up to the database; nothing is written when nothing has changed, nor when the database is
 * an older copy (generation.h). */
bool suppressions_mirror(Instance *instance, GError **error);

/* Adds what is in the file and not in the database; *COUNT says how many. */
bool suppressions_recover(Instance *instance, guint *count, GError **error);
