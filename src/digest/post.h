/* post.h - a letter by hand, as its issue keeps it: with all that its mails need, so that one that is
 * sent again has the same bytes.                                                                 */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "digest/filter.h"
#include "digest/settings.h"
#include "subscriber/subscription.h"

/* A picture that the letter brings along. */
typedef struct {
    char *name; /* as its Markdown has it: a URL, or a file beside the letter */
    char *type; /* "image/png" */
    GBytes *bytes;
} PostPicture;

typedef struct {
    char *subject; /* one line */
    char *markdown;
    char *language;      /* of its text, whatever its readers' is; or NULL */
    GPtrArray *topics;   /* of char *: to those who chose one of them, or none at all */
    char *to;            /* the key of one address, to which alone it goes; or NULL */
    char *filter;        /* over people (post_is_for()); or NULL */
    GPtrArray *pictures; /* of PostPicture * */
} Post;

Post *post_new(const char *subject, const char *markdown);
void post_free(Post *post);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Post, post_free)

/* BYTES is counted; the other arguments are copied. */
void post_add_picture(Post *post, const char *name, const char *type, GBytes *bytes);

/* What stands for PICTURE in HTML until a mail carries it: no address of the web. The caller's. */
char *post_picture_url(const PostPicture *picture);

/* The picture of that name, or NULL. */
const PostPicture *post_find_picture(const Post *post, const char *name);

/* JSON. Letters of older versions can be read. */
GBytes *post_write(const Post *post);
Post *post_parse(GBytes *bytes, GError **error);

/* Whether POST, of the newsletter of SETTINGS, is for who made CHOICE: who has that one address; else who
 * gets one of the topics and is described by FILTER (that of the post, parsed; or NULL). It looks at a
 * person as at an article: topic: is a topic they get, lang: the language of their mails, site: the
 * domain of their address, and words are those of their attributes. */
bool post_is_for(const Post *post, const Filter *filter, const Choice *choice,
                 const Settings *settings);
