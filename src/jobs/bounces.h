/* bounces.h - what bounces mean: who gets no more mail, and who is tried again.
 *
 * The rules are those of subscriber/score.h with the limits of the configuration. When too many of an
 * issue, or of a domain in it, are dead at once, a relay or a provider is broken: then nobody is
 * suspended for it, and the operator is told.                                                       */
#pragma once

#include "jobs/instance.h"

/* Judges all bounces that nobody has judged yet. */
bool bounces_judge(Instance *instance, GError **error);

/* Gives those who were suspended a while ago another chance. */
bool bounces_probe(Instance *instance, GError **error);

/* Says in the log how many there were of each kind since yesterday, if any. */
bool bounces_tell(Instance *instance, GError **error);
