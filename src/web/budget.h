/* budget.h - how often somebody may do what costs us something: a bucket of tokens for each block of
 * addresses (/24, or /64 of IPv6), since whoever has one address has its neighbours. Memory is bounded:
 * when too many blocks are known, those with full buckets, which tell nothing, are let go. Pure: time is
 * an argument. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

typedef struct Budget Budget;

/* A bucket holds SIZE tokens, and gets one every SECONDS. */
Budget *budget_new(guint size, guint seconds);
void budget_free(Budget *budget);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Budget, budget_free)

/* Takes a token from the bucket of BLOCK; false when it is empty. */
bool budget_take(Budget *budget, const char *block, int64_t now);

/* Whether there is one to take. */
bool budget_has(Budget *budget, const char *block, int64_t now);

/* The block of ADDRESS ("192.0.2.7", "2001:db8::1"): "192.0.2.0"; what is no address is its own block.
 * The caller owns it. */
char *address_block(const char *address);
