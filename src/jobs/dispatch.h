/* dispatch.h - the third step: every open issue goes out, one mail to a person, over all connections
 * of all relays, each mail with its intent before and its result after. */
#pragma once

#include "jobs/instance.h"

typedef struct {
    guint sent;
    guint deferred;
    guint refused;
    guint uncertain; /* lost after the final dot in this run */
    guint dropped;
    guint empty;   /* nobody gets an empty mail */
    guint waiting; /* there is too little for them yet */
    guint failed;  /* could not be made for one person; logged, and tried again by the next run */
    guint renditions; /* different texts that were made; one that had to be let go counts again */
    bool stopped;     /* the relay or a signal stopped it: the rest is for the next run */
} DispatchReport;

typedef struct {
    int64_t issue;    /* 0: all open issues */
    const char *only; /* address key: this person alone; NULL: everybody */
    bool retry;       /* also what waits: deferred before its time, uncertain and held */
} DispatchScope;

/* Sends what is open and due. A dry run counts and logs what would be sent and connects nowhere.
 * False when the store fails (DEPESCHE_ERROR_TEMPORARY): then at most one mail of each connection is
 * uncertain. A relay that cannot be used is told in the log and sets STOPPED. */
bool dispatch(Instance *instance, const DispatchScope *scope, DispatchReport *report,
              GError **error);
