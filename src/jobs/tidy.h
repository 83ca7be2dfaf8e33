/* tidy.h - the last step of a run: what is not needed any more goes. */
#pragma once

#include "jobs/instance.h"

/* Finishes issues whose deliveries are all final. */
bool tidy(Instance *instance, GError **error);
