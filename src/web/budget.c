#include "web/budget.h"

#include <arpa/inet.h>
#include <string.h>

/* Some 100 bytes each. */
#define BLOCKS_MAX 20000u

struct Budget {
    guint size;
    guint seconds;
    GHashTable *blocks; /* name -> int64_t: when its bucket is full again */
};

Budget *
budget_new(guint size, guint seconds)
{
    Budget *budget = g_new0(Budget, 1);
    budget->size = size;
    budget->seconds = seconds;
    budget->blocks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return budget;
}

void
budget_free(Budget *budget)
{
    if (budget == NULL)
        return;
    g_hash_table_unref(budget->blocks);
    g_free(budget);
}

/* When the bucket of BLOCK is full again, were nothing taken from now on: NOW when it is full. */
static int64_t
full_at(const Budget *budget, const char *block, int64_t now)
{
    const int64_t *at = g_hash_table_lookup(budget->blocks, block);
    return at != NULL ? MAX(*at, now) : now;
}

bool
budget_has(Budget *budget, const char *block, int64_t now)
{
    return full_at(budget, block, now) + budget->seconds <=
           now + (int64_t)budget->size * budget->seconds;
}

static gboolean
is_full(void *name, void *at, void *now)
{
    return *(const int64_t *)at <= *(const int64_t *)now;
}

/* Where all are in use somebody attacks from everywhere, and to forget them all costs a token each. */
static void
make_room(Budget *budget, int64_t now)
{
    if (g_hash_table_size(budget->blocks) < BLOCKS_MAX)
        return;
    g_hash_table_foreach_remove(budget->blocks, is_full, &now);
    if (g_hash_table_size(budget->blocks) >= BLOCKS_MAX)
        g_hash_table_remove_all(budget->blocks);
}

bool
budget_take(Budget *budget, const char *block, int64_t now)
{
    if (!budget_has(budget, block, now))
        return false;
    int64_t at = full_at(budget, block, now) + budget->seconds;
    make_room(budget, now);
    g_hash_table_replace(budget->blocks, g_strdup(block), g_memdup2(&at, sizeof at));
    return true;
}

char *
address_block(const char *address)
{
    uint8_t bytes[16];
    char text[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET, address, bytes) == 1) {
        bytes[3] = 0;
        return g_strdup(inet_ntop(AF_INET, bytes, text, sizeof text));
    }
    if (inet_pton(AF_INET6, address, bytes) == 1) {
        memset(bytes + 8, 0, 8);
        return g_strdup(inet_ntop(AF_INET6, bytes, text, sizeof text));
    }
    return g_strdup(address);
}
