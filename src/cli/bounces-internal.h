/* bounces-internal.h - what came back of mails, as commands show it. */
#pragma once

#include <glib.h>
#include "base/value.h"

/* A list of what "delivery show --json" and "subscriber data" say of each of BOUNCES (of Bounce *). */
Value *bounces_to_value(const GPtrArray *bounces);
