/* instance.h - one configured depesche: what every job works on. */
#pragma once

#include <stdbool.h>
#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/token.h"
#include "config/config.h"
#include "store/store.h"

typedef enum {
    INSTANCE_READ,    /* looks only; others may be at work */
    INSTANCE_CHANGE,  /* changes a little (a feed, a person); others may be at work */
    INSTANCE_FETCH,   /* gathers: alone; a second one gets DEPESCHE_ERROR_TEMPORARY */
    INSTANCE_RUN,     /* sends, too: alone, the same; after a check of the templates */
    INSTANCE_DRY_RUN, /* anything, on a private copy of the state: nothing remains */
} InstanceMode;

typedef struct {
    const Config *config;
    Store *store;
    KeyRing *keys;
    Clock *clock;
    Log *log;
    Lock *lock; /* of who is alone */
    bool dry_run;
    bool is_changing; /* not only looking, nor a dry run; and open */
} Instance;

/* Opens everything that CONFIG names, and believes what it says: it was checked before (jobs/check.h), or
 * a mail comes back, which is taken in whatever is wrong. Takes over CONFIG, CLOCK and LOG, also when it
 * fails. */
Instance *instance_open(const Config *config, InstanceMode mode, Clock *clock, Log *log,
                        GError **error);
void instance_close(Instance *instance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Instance, instance_close)

/* The newsletter NAME; the only one there is when NAME is NULL. DEPESCHE_ERROR_USAGE. */
const NewsletterConfig *instance_newsletter(const Instance *instance, const char *name,
                                            GError **error);
