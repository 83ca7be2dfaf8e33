/* post_pictures.h - the pictures of a letter, found when it is written and frozen in it. */
#pragma once

#include "digest/post.h"
#include "jobs/instance.h"

typedef struct {
    const char *images; /* the newsletter's: "link", "embed" or "none" */
    const char *folder; /* where the letter lies */
    bool allow_private; /* what is fetched may be on this host or its network */
} PostPictureRules;

/* Gives POST what its mails carry: files that lie beside it, unless pictures are left out; and with "embed"
 * what its pictures on the web are now. Of the latter, one that cannot be carried stays a link, which
 * is logged. DEPESCHE_ERROR_INPUT names a file that cannot be. */
bool post_pictures_gather(Instance *instance, const PostPictureRules *rules, Post *post,
                          GError **error);
