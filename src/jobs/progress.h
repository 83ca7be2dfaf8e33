/* progress.h - how far a sending is: a bar on a terminal, else a line of key=value a minute. */
#pragma once

#include "jobs/dispatch.h"
#include "jobs/supply.h"

/* "[=========>              ] 38 %" */
char *progress_bar(double share);

typedef struct Progress Progress;

/* SUPPLY is asked, once and not before the sending has lasted a second, how much there is to do. */
Progress *progress_new(Instance *instance, const Supply *supply);

/* Clears the bar. */
void progress_free(Progress *progress);

/* Shows REPORT when it is time to. NOW is monotonic, in microseconds. False when the store fails. */
bool progress_tell(Progress *progress, const DispatchReport *report, int64_t now, GError **error);
