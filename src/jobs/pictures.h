/* pictures.h - the pictures that mails carry. Those of articles, for newsletters with images = "embed", are
 * fetched once, by the rules of the article's feed; those of letters
 * are in the letter (post_pictures.h). */
#pragma once

#include "digest/post.h"
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

/* The pictures of ARTICLES (of Article *) that are there, up to 32 MB of them, by what stands for them in
 * HTML (char * -> StencilPicture *); NULL and an error when the store fails. */
GHashTable *pictures_load(const Instance *instance, const GPtrArray *articles, GError **error);

/* The type of BYTES ("image/png"), or NULL: they are too many, or no JPEG, PNG or GIF. */
const char *picture_type(GBytes *bytes);

/* The pictures of POST as pictures_load() has those of articles. */
GHashTable *pictures_of_post(const Post *post);

/* HTML with those of LOADED that it shows as "cid:…", and these appended to PICTURES (borrowed, of
 * StencilPicture *), in the order in which it shows them. Pure; the caller's. */
char *pictures_embed(const char *html, GHashTable *loaded, GPtrArray *pictures);

/* The same for a browser, which has no mail beside it: "data:…". */
char *pictures_inline(const char *html, GHashTable *loaded);
