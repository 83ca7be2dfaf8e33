/* readers-internal.h - how readers were when the texts of their mails first left.
 *
 * A mail that may have arrived is sent again with the same bytes and Message-ID: who has it already knows it
 * by that, and a mailbox that knows it would throw away whatever else it told. What it was chosen by is the
 * reader's to change at any time. So it is copied then, and only for mails that are not settled.  */
#pragma once

#include "store/driver-internal.h"
#include "subscriber/subscription.h"

/* To be called before anything changes of SUBSCRIPTION that a mail is made of (but for its address: a mail
 * goes to where its reader is now). Inside the transaction that changes it. */
bool reader_keep(Store *store, int64_t subscription, GError **error);

/* The same for all that wait for their mail of ISSUE, before it is called off. */
bool readers_keep_of_issue(Store *store, int64_t issue, GError **error);

/* Makes *SUBSCRIPTION what its mail of ISSUE was made of, if that has changed since; only what waits for it
 * (Subscription.carry) is left as it is. */
bool reader_restore(Store *store, int64_t issue, Subscription **subscription, GError **error);
