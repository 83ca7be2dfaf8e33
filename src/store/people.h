/* people.h - subscriptions and their events. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "store/store.h"
#include "subscriber/lifecycle.h"
#include "subscriber/subscription.h"

typedef struct {
    guint added;
    guint changed;
    guint unchanged;
    guint removed;   /* were in the roster and are not any more */
    guint kept_out;  /* unsubscribed or suppressed: an operator's list cannot bring them back */
    GPtrArray *plan; /* NULL, or gets a line for each change: "add anna@example.org" (char *) */
} PeopleChange;

/* Puts CHOICES (of Choice *) for NEWSLETTER into the store: new ones become active, known ones take
 * over what was chosen, but for those who have chosen by themselves (a command may still change that).
 * Who left or is suppressed stays out and is counted. A new subscription starts at its slot's mark;
 * one whose slot changes goes on where it was. */
bool store_subscriptions_put(Store *store, const char *newsletter, const GPtrArray *choices,
                             SubscriptionOrigin origin, int64_t now, PeopleChange *change,
                             GError **error);

/* People who all came with one declaration, put in by one call or several. */
typedef struct {
    int64_t consent;    /* the declaration */
    GPtrArray *doubled; /* gets those choices (of Choice *, borrowed) whose address came before */
    GByteArray *met; /* kept from call to call: a bit for each subscription that was there before */
} Declared;

/* The same for those of a declaration, in the order of their keys. An address that comes once more is left
 * out: the first one counts. */
bool store_subscriptions_declare(Store *store, const char *newsletter, const GPtrArray *choices,
                                 SubscriptionOrigin origin, const Declared *declared, int64_t now,
                                 PeopleChange *change, GError **error);

/* As the first with ORIGIN_ROSTER, and the roster's subscriptions that are not among CHOICES are
 * removed: a whole roster. */
bool store_roster_reconcile(Store *store, const char *newsletter, const GPtrArray *choices,
                            int64_t now, PeopleChange *change, GError **error);

/* NULL in *SUBSCRIPTION: there is none. */
bool store_subscription_find(Store *store, const char *newsletter, const char *address_key,
                             Subscription **subscription, GError **error);
bool store_subscription_find_reference(Store *store, uint64_t reference,
                                       Subscription **subscription, GError **error);

/* Whether REFERENCE, of somebody who could have had an issue, is the one that USER looks for. */
typedef bool (*RecipientTest)(uint64_t reference, void *user);

/* Asks TEST about all who could have had ISSUE, until it is true; 0 in *REFERENCE: it never was. */
bool store_subscription_find_recipient(Store *store, int64_t issue, RecipientTest test, void *user,
                                       uint64_t *reference, GError **error);

typedef struct {
    const char *newsletter;  /* NULL: all */
    const char *address_key; /* NULL: all */
    const char *match;       /* is part of the address; NULL: all */
    const char *topic;       /* is among the topics that they chose; NULL: all */
    int state;               /* SubscriptionState, or -1: all */
    bool with_removed;       /* also those that were taken off the list */
    bool no_comments;        /* but for those to the comments of an article (store/comments.h) */
    int64_t after_id;        /* pages: those behind this id */
    int limit;               /* 0: all */
} SubscriptionQuery;

/* Of Subscription *, by id. */
GPtrArray *store_subscriptions_list(Store *store, const SubscriptionQuery *query, GError **error);

/* Subscriptions that get nothing, whatever there is. */
typedef struct {
    SubscriptionState state;
    bool suppressed; /* the address is */
    int64_t count;
} KeptOut;

/* Those of NEWSLETTER, counted by what keeps them out (of KeptOut *). */
GPtrArray *store_subscriptions_kept_out(Store *store, const char *newsletter, GError **error);

/* The person has chosen by themselves: CHOICE takes the place of what SUBSCRIPTION had, and files change
 * nothing of it any more. Its state stays. */
bool store_subscription_choose(Store *store, const Subscription *subscription, const Choice *choice,
                               const char *way, int64_t now, GError **error);

/* The subjects that it follows become FOLLOWS (of Follow *). */
bool store_subscription_set_follows(Store *store, int64_t id, const GPtrArray *follows, int64_t now,
                                    GError **error);

/* Something happens to a subscription: state and event are written in one transaction. WAY is how
 * ("mail", "command", "roster"), REASON more or NULL. */
bool store_subscription_event(Store *store, int64_t id, LifecycleEvent event, LifecycleWill will,
                              const char *way, const char *reason, int64_t now,
                              LifecycleOutcome *outcome, GError **error);

/* Writes down something that changes nothing: "reason", "too-many". */
bool store_subscription_note(Store *store, int64_t id, const char *kind, const char *way,
                             const char *text, int64_t now, GError **error);

/* Nothing is sent to it until UNTIL (0: until it is resumed by an event). Back again, its first digest
 * has the newest of what it missed, at most as much as a welcome has. For one that is paused already
 * the end changes. */
bool store_subscription_pause(Store *store, int64_t id, int64_t until, LifecycleWill will,
                              const char *way, int64_t now, LifecycleOutcome *outcome,
                              GError **error);

/* The person chose by themselves: from now on a roster or import changes nothing of it. */
bool store_subscription_own_choice(Store *store, int64_t id, GError **error);

/* Those whose pauses are over at NOW are active again: an event each. *COUNT says how many. */
bool store_subscriptions_return(Store *store, int64_t now, guint *count, GError **error);

/* Takes a subscription off the list by the operator's will; its events, and what old tokens name,
 * stay. *FOUND is false when there is none. */
bool store_subscription_remove(Store *store, const char *newsletter, const char *address_key,
                               int64_t now, bool *found, GError **error);

/* Erases a person: their address, choices and attributes, and whatever servers and they themselves said.
 * Times and kinds of what happened stay, and so do declarations, which name nobody. The keyed hash of the
 * address is suppressed (store_use_keys()), also when nobody has it. *COUNT is how many subscriptions
 * it had. */
bool store_person_forget(Store *store, const char *address_key, const char *way, int64_t now,
                         guint *count, GError **error);

/* What earlier digests had no room for, and waits for the next ones of ID: titles of articles (of
 * char *), oldest first. */
GPtrArray *store_subscription_waiting(Store *store, int64_t id, GError **error);

typedef struct {
    int64_t at;
    char *kind; /* "added", "changed", "removed", or an event's name */
    char *way;
    char *reason;    /* or NULL */
    int64_t consent; /* the declaration it came with (store/consents.h), or 0 */
} SubscriptionRecord;

void subscription_record_free(SubscriptionRecord *record);

/* What happened to it, oldest first (of SubscriptionRecord *). */
GPtrArray *store_subscription_history(Store *store, int64_t id, GError **error);
