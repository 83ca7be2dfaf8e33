/* postbox-internal.h - what the kinds of postboxes have in common. */
#pragma once

#include "net/postbox.h"

typedef struct {
    GPtrArray *(*list)(void *box, guint skip, guint limit, GError **error);
    bool (*read)(void *box, const char *handle, size_t max, GBytes **bytes, GError **error);
    bool (*remove)(void *box, const char *handle, GError **error);
    void (*close)(void *box);
} PostboxKind;

GPtrArray *postbox_items_new(void);
void postbox_items_add(GPtrArray *items, const char *name, const char *handle);

/* Each opens a box of its kind; NULL with ERROR. */
extern const PostboxKind postbox_maildir, postbox_imap, postbox_pop3;
void *postbox_maildir_open(const char *path);
void *postbox_imap_open(const PostboxSettings *settings, GError **error);
void *postbox_pop3_open(const PostboxSettings *settings, GError **error);
