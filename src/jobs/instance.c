#include "jobs/instance.h"

#include <signal.h>

#include "base/error.h"
#include "jobs/departures.h"
#include "jobs/generation.h"
#include "store/ledger.h"

/* Whatever a command did, nobody's wish to leave is in the database alone. */
static void
write_departures(Instance *instance)
{
    g_autoptr(GError) error = NULL;
    if (!departures_mirror(instance, &error))
        log_warn(instance->log, "%s", error->message);
}

void
instance_close(Instance *instance)
{
    if (instance == NULL)
        return;
    if (instance->is_changing)
        write_departures(instance);
    store_close(instance->store);
    key_ring_free(instance->keys);
    clock_free(instance->clock);
    log_free(instance->log);
    config_free(instance->config);
    lock_free(instance->lock); /* last: the next run may start now */
    g_free(instance);
}

const NewsletterConfig *
instance_newsletter(const Instance *instance, const char *name, GError **error)
{
    const GPtrArray *newsletters = instance->config->newsletters;
    if (name == NULL && newsletters->len == 1)
        return newsletters->pdata[0];
    if (name == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "there are %u newsletters: say which with --newsletter", newsletters->len);
        return NULL;
    }
    const NewsletterConfig *newsletter = config_find_newsletter(instance->config, name);
    if (newsletter == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE, "there is no newsletter \"%s\"",
                    name);
    return newsletter;
}

/* Opening */

static bool
is_alone(InstanceMode mode)
{
    return mode == INSTANCE_FETCH || mode == INSTANCE_RUN;
}

/* A relay or web server that hangs up must not end the run: with CURLOPT_NOSIGNAL libcurl leaves
 * this to the program, and OpenSSL writes without MSG_NOSIGNAL. */
static void
block_broken_pipes(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool
open_state(Instance *instance, InstanceMode mode, GError **error)
{
    const char *database = instance->config->database;
    if (is_alone(mode)) {
        g_autofree char *path = store_path_beside(database, ".lock");
        instance->lock = lock_take(path, error);
        if (instance->lock == NULL)
            return false;
    }
    instance->store =
        store_open(database, mode == INSTANCE_DRY_RUN ? STORE_DRY_RUN : STORE_READ_WRITE, error);
    if (instance->store == NULL)
        return false;
    if (!is_alone(mode) && mode != INSTANCE_DRY_RUN)
        return true;
    block_broken_pipes();
    /* Whoever held a lease died: we have the lock. On a dry run's copy nobody else works. */
    return ledger_begin_run(instance->store, clock_now(instance->clock), error) &&
           generation_mark_older(instance, error);
}

Instance *
instance_open(const Config *config, InstanceMode mode, Clock *clock, Log *log, GError **error)
{
    g_autoptr(Instance) instance = g_new0(Instance, 1);
    instance->config = config;
    instance->clock = clock;
    instance->log = log;
    instance->dry_run = mode == INSTANCE_DRY_RUN;
    instance->keys = key_ring_open(config->key_file, error);
    if (instance->keys == NULL || !open_state(instance, mode, error))
        return NULL;
    store_use_keys(instance->store, instance->keys);
    instance->is_changing = mode != INSTANCE_READ && mode != INSTANCE_DRY_RUN;
    return g_steal_pointer(&instance);
}
