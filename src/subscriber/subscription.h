/* subscription.h - a person's choice for one newsletter, and its state. Plain facts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "mail/address.h"
#include "subscriber/follow.h"
#include "subscriber/rhythm.h"

typedef enum {
    FORMAT_BOTH, /* multipart/alternative */
    FORMAT_TEXT, /* text alone */
} MailFormat;

/* Who, and what they chose: what a roster, an import or a command says. */
typedef struct {
    Address *address;
    char *name;         /* one line, or NULL */
    char *language;     /* or NULL: the newsletter's */
    Rhythm rhythm;      /* complete: the newsletter's defaults are filled in */
    GPtrArray *topics;  /* of char *, owned: names, sorted; empty: every article */
    GPtrArray *without; /* the same, of topics that it wants nothing of */
    char *filter;       /* or NULL; narrows what the topics select */
    char *attributes;   /* what else is known, as a JSON object on one line; or NULL */
    MailFormat format;
    int max_articles;    /* 0: the newsletter's */
    int64_t pause_until; /* away until then; 0: not said */
    int line;            /* where it was read, for messages; 0: not from a file */
} Choice;

/* A choice with the defaults of RHYTHM. ADDRESS is copied. */
Choice *choice_new(const Address *address, const Rhythm *rhythm);
Choice *choice_copy(const Choice *choice); /* but for its line */
void choice_free(Choice *choice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Choice, choice_free)

typedef enum {
    SUBSCRIPTION_PENDING,
    SUBSCRIPTION_ACTIVE,
    SUBSCRIPTION_PAUSED,
    SUBSCRIPTION_SUSPENDED, /* the address bounces; not a decision of the person */
    SUBSCRIPTION_UNSUBSCRIBED,
    SUBSCRIPTION_FORGOTTEN,
} SubscriptionState;

const char *subscription_state_name(SubscriptionState state); /* "active" */
bool subscription_state_find(const char *name, SubscriptionState *state);

/* Whether somebody has it: mails come, or will come again. */
bool subscription_state_is_there(SubscriptionState state);

/* Who put a subscription there; a roster only takes away what a roster brought. */
typedef enum {
    ORIGIN_COMMAND,
    ORIGIN_ROSTER,
    ORIGIN_IMPORT,
    ORIGIN_WEB, /* the person, by the form */
} SubscriptionOrigin;

const char *subscription_origin_name(SubscriptionOrigin origin);

/* What waits for a person: articles that earlier digests had no room for. */
typedef struct {
    GArray *articles; /* of int64_t (seq), ascending; NULL: none */
    int64_t version;  /* counts its changes; 0: there was none yet */
    int64_t written; /* the slot's mark when it changed: later issues have all that may be mailed */
    bool settled; /* the digest at hand was chosen from these before: what it left over is known */
} Carry;

typedef struct {
    int64_t id;
    uint64_t reference; /* random, in tokens */
    char *newsletter;
    SubscriptionState state;
    SubscriptionOrigin origin;
    int64_t created;
    int64_t slot_mark; /* the slot's mark when it joined: an issue that starts there is its first */
    int64_t since_seq; /* of that first issue it gets the articles behind this one */
    int64_t
        chosen_seq; /* it has chosen the same, and had mails, since the articles behind this one */
    bool served;    /* it had a digest before (moved here from another slot) */
    bool returned;  /* it was away: that first issue is no longer than a welcome */
    int64_t paused_until; /* 0: no end is set */
    bool own_choice;      /* the person chose by themselves: files change nothing of it */
    int64_t consent;      /* the declaration it came with; 0: none is known */
    GPtrArray *follows; /* of Follow *: what is like these it gets beside its topics; NULL: none */
    Carry carry;        /* empty unless it was read for a digest (store/ledger.h) */
    Choice *choice;
} Subscription;

Subscription *subscription_new(void);
void subscription_free(Subscription *subscription);
void carry_clear(Carry *carry);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Subscription, subscription_free)
