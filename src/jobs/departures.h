/* departures.h - that somebody has left survives the database.
 *
 * A file beside it (".left", mode 0600) gets a line for each who leaves or comes back, as soon as that is
 * stored:
 *
 *     EVENT REFERENCE HASH SIGN        "1204 5121034401775 #k3v… -"
 *
 * EVENT counts up in the database; REFERENCE is the subscription's, as in links of mails; HASH is the keyed
 * one of the address, or '#' alone where comments were followed; SIGN is '-', '+', or 'x' of a person who
 * was erased. Whoever has the file alone learns no address from it. A restored backup does not know its
 * last line: then nothing is sent until "db adopt", which lets everybody leave again. A power cut may take
 * the file's last seconds, which the database still has.                                          */
#pragma once

#include "jobs/instance.h"

/* Adds what has happened since the last time. Where the database is an older copy, nothing. */
bool departures_mirror(Instance *instance, GError **error);

/* DEPESCHE_ERROR_SETUP when the database does not know the file's last line. */
bool departures_check(const Instance *instance, GError **error);

/* Lets those leave who have by what the file says, erases who was erased, and begins a new file. *COUNT says
 * how many: those whom the database does not know are suppressed by their hash. */
bool departures_recover(Instance *instance, guint *count, GError **error);
