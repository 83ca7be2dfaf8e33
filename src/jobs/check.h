/* check.h - the checks of a configuration that need more than its own room: addresses, filters, rhythms,
 * zones, relays, keys, templates, rosters.
 *
 * They reach into nearly every room. What takes in a mail does without them, whatever is wrong, and so
 * without those rooms' libraries (depesche.c). */
#pragma once

#include "jobs/instance.h"

/* All of them. Adds one line each to PROBLEMS ("FILE:LINE: KEY: what"); true when there is none. */
bool check_config(const Config *config, GPtrArray *problems);

/* What MODE cannot do without: call it before instance_open(). DEPESCHE_ERROR_SETUP with the first. A
 * roster is apart: a mistake in one must not keep the others' mail from going out. */
bool check_before(const Config *config, InstanceMode mode, GError **error);

/* DEPESCHE_ERROR_SETUP when a newsletter does not say who publishes it and where they are: no mail may
 * leave without that. */
bool check_publisher(const Config *config, GError **error);
