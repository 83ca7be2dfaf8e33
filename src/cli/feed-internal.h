/* feed-internal.h - what the commands of feeds share. */
#pragma once

#include "cli/command.h"
#include "jobs/source.h"

/* What "feed list" and "feed show NAME" print of a feed. */
Value *source_to_value(const Source *source, const FeedCounts *counts, int64_t now);

/* The feed that is called NAME; NULL and DEPESCHE_ERROR_INPUT when there is none. */
FeedRecord *feed_get(Store *store, const char *name, GError **error);

/* "feed show NAME": how a feed of this instance is. */
bool feed_show_record(const Invocation *invocation, const char *name, GError **error);

/* A name made of TEXT or of the host of URL ("Heise Security" is "heise-security"): all that names
 * may not hold is a '-'. It may be none (config_is_name). */
char *feed_name_of(const char *text);
char *feed_name_of_url(const char *url);
