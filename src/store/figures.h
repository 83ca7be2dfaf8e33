/* figures.h - what happened to a newsletter's readers, counted by day. */
#pragma once

#include "store/store.h"
#include "subscriber/score.h"

typedef enum {
    FIGURE_JOINED,
    FIGURE_LEFT,       /* by their own will or an operator's */
    FIGURE_COMPLAINED, /* left by calling it spam */
    FIGURE_SUSPENDED,
    FIGURE_DEAD,    /* mails that came back, or were refused: from addresses that are dead, */
    FIGURE_MAILBOX, /* mailboxes that took none just then, */
    FIGURE_POLICY,  /* servers that would not have it, */
    FIGURE_BROKEN,  /* a relay that was broken, */
    FIGURE_UNJUDGED /* or nobody has looked yet */
} FigureKind;

#define FIGURE_COUNT 9u

typedef struct {
    char *newsletter;
    int64_t day; /* since 1970, in UTC */
    FigureKind kind;
    int64_t count;
} Figure;

/* All of NEWSLETTER (NULL: of all) from SINCE on, those of no count left out (of Figure *). Reads each event
 * since there are any. */
GPtrArray *store_figures(Store *store, const char *newsletter, int64_t since, GError **error);
