/* choices.h - what people chose, held against what a newsletter offers, before it is stored. */
#pragma once

#include "config/config.h"
#include "digest/settings.h"
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

/* The roster of NEWSLETTER, each choice (of Choice *) settled. False with DEPESCHE_ERROR_INPUT when one
 * cannot be read or settled, and each is told in PROBLEMS ("FILE:LINE: why"); other errors come without:
 * of the file, or of the newsletter's own settings. */
bool choices_load(const Config *config, const NewsletterConfig *newsletter, GPtrArray *problems,
                  GPtrArray **choices, GError **error);
