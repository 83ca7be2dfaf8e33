/* answers.h - mails that are owed to people who wrote to us: what is set for them now.
 *
 * A subscription has one at the most, however much was written: it says what is true when it leaves. It is
 * sent as requests are (requests.h), with a record before it leaves, and not again when nobody knows
 * whether it arrived.                                                                               */
#pragma once

#include "store/store.h"
#include "subscriber/subscription.h"

/* After one, the next waits so long. */
#define ANSWER_SECONDS ((int64_t)60 * 60)
/* Who wrote without a token may be anybody: within this time their mail is not answered again. */
#define ANSWER_STRANGER_SECONDS ((int64_t)24 * 60 * 60)

typedef struct {
    int64_t subscription;
    char *about; /* Message-ID of the mail that it answers, or NULL */
    int64_t made_at;
    int64_t next_at;
    int64_t mailed_at; /* the last one; 0: none was */
    int tries;
} Answer;

void answer_free(Answer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Answer, answer_free)

/* SUBSCRIPTION is owed one for the mail ABOUT (may be NULL). For a STRANGER nothing happens when it had one
 * within the day, or is owed one; *OWED says whether something did. */
bool store_answer_owe(Store *store, int64_t subscription, const char *about, bool stranger,
                      int64_t now, bool *owed, GError **error);

/* What SUBSCRIPTION is owed, or had; or NULL. */
bool store_answer_of(Store *store, int64_t subscription, Answer **answer, GError **error);

/* The one that has been due longest, with its SUBSCRIPTION; NULL in *ANSWER: none is. */
bool store_answer_due(Store *store, int64_t now, Answer **answer, Subscription **subscription,
                      GError **error);

/* Before the mail leaves. *TAKEN is false when another process has taken it. */
bool store_answer_begin(Store *store, const Answer *answer, int64_t now, bool *taken,
                        GError **error);

/* No server took it: again at NEXT_AT (0: not any more). */
bool store_answer_defer(Store *store, const Answer *answer, int64_t next_at, GError **error);

/* Those that left before BEFORE. */
bool store_answers_forget(Store *store, int64_t before, GError **error);
