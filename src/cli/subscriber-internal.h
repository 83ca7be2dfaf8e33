/* subscriber-internal.h - what the commands about people share. */
#pragma once

#include "cli/command.h"
#include "subscriber/consent.h"
#include "subscriber/subscription.h"

/* The subscriptions of the ADDRESS that is the first word, or those that --newsletter says: at least
 * one. COMMENTS: those to the comments of articles too (store/comments.h), which else go after these. */
GPtrArray *subscriptions_of(Instance *instance, const Invocation *invocation, bool comments,
                            GError **error);

/* A subscription as --json shows it. */
Value *subscription_to_value(const Subscription *subscription);

/* What --basis and --consent say, by WAY and at NOW, from PAGE (may be NULL). */
Consent *invocation_consent(const Invocation *invocation, const char *way, const char *page,
                            int64_t now, GError **error);

#define NEWSLETTER_OPTION(help)                                                                    \
    {                                                                                              \
        "--newsletter", 0, "NAME", help                                                            \
    }

#define CONSENT_OPTIONS                                                                            \
    { "--basis", 0, "BASIS", "consent, or customer: why they may be written to" },                 \
    {                                                                                              \
        "--consent", 0, "TEXT", "what they declared, and when and where; kept as proof"            \
    }
