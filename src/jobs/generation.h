/* generation.h - a number that counts up whenever mail goes out, kept in the database and in a file
 * beside it. A database whose number is lower than the file's is an old copy, a restored backup:
 * what it takes for unsent may have been sent. Then nothing is sent until the operator has said so
 * ("depesche db adopt"). One that "depesche db backup" made says so itself, whatever is beside it.  */
#pragma once

#include "jobs/instance.h"

/* DEPESCHE_ERROR_SETUP when the database is such an old copy. */
bool generation_check(const Instance *instance, GError **error);

/* An older copy that says nothing of itself says it from now on (ledger_mark_backup()): before anything is made with
 * it. */
bool generation_mark_older(const Instance *instance, GError **error);

/* Before mail goes out: the next number, in the database and then in the file. */
bool generation_advance(const Instance *instance, GError **error);

/* Makes the database the valid one, whatever the file says. */
bool generation_adopt(const Instance *instance, GError **error);
