/* intake_keeper-internal.h - the thread that stores what an import has read, batch by batch, while the
 * next rows are read.
 *
 * It has the store to itself until keeper_free(). What it is given comes back in the same order, with
 * what became of it.                                                                              */
#pragma once

#include "jobs/intake.h"
#include "store/people.h"

typedef struct {
    GPtrArray *choices; /* of Choice *, in the order of their keys */
    GPtrArray *gone;    /* of Choice *: those to be suppressed */
    GArray *reasons;    /* of ImportKind, of each of them */
    int64_t now;
    /* When it is back: */
    PeopleChange change;
    GPtrArray *doubled; /* of Choice *, among CHOICES */
    GError *problem;    /* nothing of it is stored, nor of any batch after it */
} IntakeBatch;

IntakeBatch *intake_batch_new(int64_t now);
void intake_batch_free(IntakeBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(IntakeBatch, intake_batch_free)

typedef struct Keeper Keeper;

/* The consent of SCOPE is stored by now. Both must outlive it. */
Keeper *keeper_new(Store *store, const IntakeScope *scope);

/* What has not come back is stored first. */
void keeper_free(Keeper *keeper);

/* The same, and says whether all is on the disk. Only keeper_free() may follow. */
bool keeper_finish(Keeper *keeper, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keeper, keeper_free)

void keeper_give(Keeper *keeper, IntakeBatch *take_batch);

/* Waits for the next one of those that were given. */
IntakeBatch *keeper_take(Keeper *keeper);
