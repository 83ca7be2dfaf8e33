/* requests.h - what waits for somebody's click: sign-ups, and the mails that ask for them to be confirmed.
 *
 * A request is made by whoever fills in a form, and settled by who has the mail. Its mail is sent as
 * others are, with a record before it leaves and one after; but when nobody knows whether it arrived it
 * is not sent again: there is a reminder, and one can ask once more the next day.                  */
#pragma once

#include "store/store.h"
#include "subscriber/consent.h"
#include "subscriber/subscription.h"

/* An unsettled sign-up is deleted after so long. */
#define REQUEST_SECONDS ((int64_t)7 * 24 * 60 * 60)
/* One mail to an address in this time, and the one reminder after it. */
#define REQUEST_MAIL_SECONDS   ((int64_t)24 * 60 * 60)
#define REQUEST_REMIND_SECONDS ((int64_t)3 * 24 * 60 * 60)

typedef enum {
    REQUEST_SIGN_UP,
    REQUEST_ADDRESS, /* of somebody who has a subscription and wants it elsewhere */
} RequestKind;

typedef struct {
    int64_t id;
    RequestKind kind;
    int64_t subscription;
    char *address; /* to which its mail goes, when that is not the subscription's; else NULL */
    int64_t made_at;
    int64_t next_at; /* when its mail is due; 0: none is any more */
    int mails;       /* that were begun */
    int tries;       /* of the present one */
} Request;

/* CHOICE for NEWSLETTER is asked for, by way of CONSENT (which is stored then). Nothing happens for who
 * has it already, is suppressed, or was asked within the day: whoever fills in the form is not told. */
bool store_request_sign_up(Store *store, const char *newsletter, const Choice *choice,
                           Consent *consent, int64_t now, GError **error);

/* SUBSCRIPTION is to go to ADDRESS once somebody there has confirmed it. Nothing happens when that is
 * suppressed, has the newsletter already, or when something was asked within the day. */
bool store_request_address(Store *store, const Subscription *subscription, const Address *address,
                           int64_t now, GError **error);

typedef enum {
    CONFIRM_DONE,
    CONFIRM_ALREADY, /* it was confirmed before */
    CONFIRM_LOST,    /* there is no such request any more, or it cannot be done any more */
} ConfirmOutcome;

/* Request number NUMBER (its id modulo 2^24) of SUBSCRIPTION is confirmed by WAY. */
bool store_request_confirm(Store *store, const Subscription *subscription, uint32_t number,
                           const char *way, int64_t now, ConfirmOutcome *outcome, GError **error);

/* Whether it waits for that, without doing it; *KIND is only set when it does. */
bool store_request_look(Store *store, const Subscription *subscription, uint32_t number,
                        RequestKind *kind, ConfirmOutcome *outcome, GError **error);

/* What SUBSCRIPTION (its id) waits to have confirmed; NULL in *REQUEST: nothing. */
bool store_request_of(Store *store, int64_t subscription, Request **request, GError **error);

/* That, if it is request number NUMBER; else NULL in *REQUEST. */
bool store_request_find(Store *store, const Subscription *subscription, uint32_t number,
                        Request **request, GError **error);

/* The one whose mail has been due longest, with its SUBSCRIPTION; NULL in *REQUEST: none is. */
bool store_request_due(Store *store, int64_t now, Request **request, Subscription **subscription,
                       GError **error);
void request_free(Request *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Request, request_free)

/* Before the mail leaves. *TAKEN is false when another process has taken it. */
bool store_request_begin(Store *store, const Request *request, int64_t now, bool *taken,
                         GError **error);

/* No server took it: again at NEXT_AT (0: not any more). */
bool store_request_defer(Store *store, const Request *request, int64_t next_at, GError **error);

/* Deletes what was not confirmed in time, as if it had never been asked for; who had left before has
 * left again. *COUNT says how many. */
bool store_requests_expire(Store *store, int64_t now, guint *count, GError **error);
