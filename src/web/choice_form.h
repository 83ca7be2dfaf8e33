/* choice_form.h - the part of a form in which somebody chooses topics and rhythm: what it shows, and what
 * came back. */
#pragma once

#include "config/config.h"
#include "subscriber/subscription.h"
#include "web/form.h"

/* Adds to MODEL what templates/web/choice.html.mustache shows of CHOICE: topics, frequencies, days,
 * hour. The titles of frequencies and days are the strings web_frequency_… and web_day_… in STRINGS. */
void choice_form_show(Value *model, const NewsletterConfig *newsletter, const Choice *choice,
                      const Value *strings);

/* Changes CHOICE to what FORM says; what it does not mention stays. DEPESCHE_ERROR_INPUT when it cannot
 * be (a form of ours does not send that). */
bool choice_form_take(Choice *choice, const NewsletterConfig *newsletter, const Form *form,
                      GError **error);
