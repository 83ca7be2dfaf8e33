/* pictures.h - pictures of articles for newsletters with images = "embed": fetched once, by the rules of
 * the article's feed, and carried in the mails that show them. */
#pragma once

#include "jobs/source.h"
#include "jobs/instance.h"
#include "mail/stencil.h"
#include "net/fetch.h"

/* A mail carries so much of them; what has no room stays a link. */
#define PICTURE_SIZE_MAX  (100u * 1024)
#define PICTURES_SIZE_MAX (1024u * 1024)

/* Fetches the pictures of the last days' articles that are not there yet, when any newsletter wants
 * them. What is too large, or is no JPEG, PNG or GIF, is not tried again. FETCHER has nothing else to
 * fetch. False only when the store fails. */
bool pictures_gather(Instance *instance, const SourceList *list, Fetcher *fetcher, GError **error);

/* The pictures of ARTICLES (of Article *) that are there (url -> StencilPicture *), up to 32 MB of them;
 * NULL and an error when the store fails. */
GHashTable *pictures_load(const Instance *instance, const GPtrArray *articles, GError **error);

/* HTML with those of LOADED that it shows as "cid:…", and these appended to PICTURES (borrowed, of
 * StencilPicture *), in the order of ARTICLES. Pure; the caller's. */
char *pictures_embed(const char *html, const GPtrArray *articles, GHashTable *loaded,
                     GPtrArray *pictures);
