/* newsletter.h - what a newsletter's configuration means. */
#pragma once

#include <stdbool.h>
#include "config/config.h"
#include "digest/settings.h"
#include "subscriber/rhythm.h"

/* The rhythm that a newsletter's subscriptions have unless they choose. */
bool newsletter_rhythm(const NewsletterConfig *newsletter, Rhythm *rhythm, GError **error);

/* How often anybody may get it. */
RhythmFrequency newsletter_floor(const NewsletterConfig *newsletter);

/* What RHYTHM comes to with that: the same, or the floor at the newsletter's own hour. */
Rhythm newsletter_slowed(const NewsletterConfig *newsletter, const Rhythm *rhythm);

/* What an issue of NEWSLETTER would freeze now. */
Settings *newsletter_settings(const Config *config, const NewsletterConfig *newsletter,
                              GError **error);

/* The looks among them; the caller clears them. */
void newsletter_looks(const NewsletterConfig *newsletter, Looks *looks);
