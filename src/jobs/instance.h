/* instance.h - one configured depesche: what every job works on. */
#pragma once

#include <stdbool.h>
#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/token.h"
#include "config/config.h"
#include "digest/settings.h"
#include "digest/templates.h"
#include "store/store.h"
#include "subscriber/rhythm.h"

typedef enum {
    INSTANCE_READ,    /* looks only; others may be at work */
    INSTANCE_CHANGE,  /* changes a little (a feed, a person); others may be at work */
    INSTANCE_RECEIVE, /* the same, for mail that comes back: whatever is wrong with the settings */
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

/* Opens everything that CONFIG names, after checking it as MODE says. Takes over CONFIG, CLOCK
 * and LOG, also when it fails. */
Instance *instance_open(const Config *config, InstanceMode mode, Clock *clock, Log *log,
                        GError **error);
void instance_close(Instance *instance);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Instance, instance_close)

/* The checks of a configuration that need more than its own room: addresses, filters, rhythms,
 * zones, templates, rosters, key file. Adds one line each to PROBLEMS ("FILE:LINE: KEY: what"). */
bool instance_check(const Config *config, GPtrArray *problems);

/* DEPESCHE_ERROR_SETUP when a newsletter does not say who publishes it and where they are: no mail may
 * leave without that. */
bool instance_check_publisher(const Config *config, GError **error);

/* The newsletter NAME; the only one there is when NAME is NULL. DEPESCHE_ERROR_USAGE. */
const NewsletterConfig *instance_newsletter(const Instance *instance, const char *name,
                                            GError **error);

/* The rhythm that a newsletter's subscriptions have unless they choose. */
bool newsletter_rhythm(const NewsletterConfig *newsletter, Rhythm *rhythm, GError **error);

/* How often anybody may get it. */
RhythmFrequency newsletter_floor(const NewsletterConfig *newsletter);

/* What RHYTHM comes to with that: the same, or the floor at the newsletter's own hour. */
Rhythm newsletter_slowed(const NewsletterConfig *newsletter, const Rhythm *rhythm);

/* What an issue of NEWSLETTER would freeze now. */
Settings *newsletter_settings(const Config *config, const NewsletterConfig *newsletter,
                              GError **error);

/* Brings the store up to the configuration: feeds, and rosters of all newsletters. */
bool instance_sync(Instance *instance, GError **error);

/* Adds to PLAN (of char *) what that would do to the people of rosters, a line for each:
 * "morgen: add anna@example.org". Changes nothing. */
bool instance_plan(Instance *instance, GPtrArray *plan, GError **error);
