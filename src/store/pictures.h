/* pictures.h - pictures of articles, for newsletters that carry them in their mails. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "store/store.h"

/* A picture that somebody should fetch. */
typedef struct {
    char *url;
    int64_t feed_id; /* by whose rules */
} PictureWish;

void picture_wish_free(PictureWish *wish);

/* The pictures of articles taken since SINCE that nobody has tried to fetch (of PictureWish *), MAX of
 * them, the newest first. */
GPtrArray *store_pictures_wanted(Store *store, int64_t since, guint max, GError **error);

/* What was found at URL. BYTES is NULL when it cannot be used: it is not tried again. */
bool store_picture_put(Store *store, const char *url, const char *type, GBytes *bytes, int64_t now,
                       GError **error);

/* *BYTES (the caller's) is NULL when there is none. *TYPE is the caller's, "image/png". */
bool store_picture_find(Store *store, const char *url, char **type, GBytes **bytes, GError **error);

bool store_pictures_forget(Store *store, int64_t before, GError **error);
