/* choices.h - what people chose, held against what a newsletter offers, before it is stored. */
#pragma once

#include "jobs/instance.h"
#include "subscriber/subscription.h"

/* Whether CHOICE names only topics that OFFER has; else DEPESCHE_ERROR_INPUT. A topic that is not there
 * matches nothing, so whoever's is misspelt would get no mail, and nobody would know. For what a file
 * says: who chose a topic that has gone since keeps the rest of their choice. */
bool choice_check_topics(const Choice *choice, const Settings *offer, GError **error);

/* Brings CHOICE's filter into its canonical spelling. DEPESCHE_ERROR_INPUT when it cannot be read or
 * refers to a topic that OFFER does not have, or when the choice is to get NEWSLETTER more often than
 * that lets anybody. */
bool choice_settle(Choice *choice, const NewsletterConfig *newsletter, const Settings *offer,
                   GError **error);

/* Both for CHOICES (of Choice *) from the file NAME: takes out what cannot be settled and tells
 * each in PROBLEMS ("NAME:LINE: why"). False only when the newsletter's own settings are wrong. */
bool choices_settle(GPtrArray *choices, const Config *config, const NewsletterConfig *newsletter,
                    const char *name, GPtrArray *problems, GError **error);
