/* cut.h - slots, and cutting an issue from what is behind a slot's mark. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "digest/issue.h"
#include "store/store.h"
#include "subscriber/rhythm.h"

/* Newsletter x rhythm: everybody in it gets the same stretch of articles. */
typedef struct {
    int64_t id;
    char *newsletter;
    Rhythm rhythm;
    int64_t mark;          /* articles up to this sequence number have been cut into issues */
    int64_t last_at;       /* the last due time that was served; 0: none yet */
    int64_t subscriptions; /* active ones in it */
} Slot;

void slot_free(Slot *slot);

/* The slots of NEWSLETTER (of Slot *), those that nobody is in at present too. */
GPtrArray *store_slots_list(Store *store, const char *newsletter, GError **error);

typedef struct {
    const Slot *slot;
    int64_t due_at;
    int64_t now;
    int64_t not_after;      /* 0: no limit */
    int64_t oldest;         /* articles published before this are not mailed */
    const GPtrArray *feeds; /* of char *: names; NULL: every feed but those of comments */
    bool updates;           /* articles whose text has changed are news once more */
    int min_articles;       /* with fewer nobody can have enough, unless somebody is welcomed */
    bool stays_due;         /* when there is nothing: the due time is not ticked off */
    GBytes *settings;
    GBytes *templates;
} IssueCut;

/* Freezes what is behind the slot's mark into an issue, once, and moves the mark; work for all its
 * subscriptions is planned in the same transaction. *ISSUE is NULL when there is no article for
 * anybody: then only the due time is ticked off, and not even that of a slot that never had one. */
bool store_issue_cut(Store *store, const IssueCut *cut, Issue **issue, GError **error);

/* Sets the last due time that SLOT was served: forward for one that nobody is in, so that who comes
 * waits for their hour; back after the clock had been wrong. */
bool store_slot_set(Store *store, const Slot *slot, int64_t last_at, GError **error);

typedef struct {
    const char *newsletter;
    int64_t now;
    int64_t due_at;        /* nothing of it is sent before this */
    int64_t not_after;     /* 0: no limit */
    const GPtrArray *told; /* of FeedRecord *: their told_… are written with it; or NULL */
    GBytes *settings;
    GBytes *templates;
    GBytes *letter; /* kept as a snapshot */
} PostCut;

/* An issue without a slot: a letter to the newsletter's active subscriptions. */
bool store_post_cut(Store *store, const PostCut *cut, Issue **issue, GError **error);
