#include "delivery/delivery.h"

#include <string.h>

#include "delivery/retry.h"

/* After a connection was lost: the relay may need a moment. */
#define LOST_WAIT (5 * 60)

static const struct {
    DeliveryState state;
    const char *name;
} names[] = {
    { DELIVERY_INTENT, "uncertain" },  { DELIVERY_SENT, "sent" },
    { DELIVERY_DEFERRED, "deferred" }, { DELIVERY_REFUSED, "refused" },
    { DELIVERY_DROPPED, "dropped" },   { DELIVERY_HELD, "held" },
};

const char *
delivery_state_name(DeliveryState state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i].state == state)
            return names[i].name;
    }
    g_assert_not_reached();
}

bool
delivery_state_find(const char *name, DeliveryState *state)
{
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i].name, name) == 0) {
            *state = names[i].state;
            return true;
        }
    }
    return false;
}

bool
delivery_is_final(DeliveryState state)
{
    switch (state) {
    case DELIVERY_SENT:
    case DELIVERY_REFUSED:
    case DELIVERY_DROPPED: return true;
    case DELIVERY_INTENT:
    case DELIVERY_DEFERRED:
    case DELIVERY_HELD: return false;
    }
    g_assert_not_reached();
}

void
delivery_clear(Delivery *delivery)
{
    g_clear_pointer(&delivery->status, g_free);
    g_clear_pointer(&delivery->note, g_free);
}

void
delivery_free(Delivery *delivery)
{
    if (delivery == NULL)
        return;
    delivery_clear(delivery);
    g_free(delivery);
}

void
delivery_intend(Delivery *delivery, int64_t now)
{
    delivery->state = DELIVERY_INTENT;
    delivery->attempt++;
    if (delivery->first_at == 0)
        delivery->first_at = now;
    delivery->at = now;
    delivery->next_at = 0;
    delivery->code = 0;
    delivery_clear(delivery);
}

static void
defer(Delivery *delivery, int64_t next_at)
{
    delivery->state = next_at > 0 ? DELIVERY_DEFERRED : DELIVERY_DROPPED;
    delivery->next_at = next_at;
}

static void
note_reply(Delivery *delivery, const SmtpReply *reply, int64_t now)
{
    g_assert(delivery->state == DELIVERY_INTENT);
    delivery_clear(delivery);
    delivery->at = now;
    delivery->code = reply->code;
    delivery->status = g_strdup(reply->status);
    delivery->note = g_strdup(reply->text);
}

void
delivery_take_back(Delivery *delivery, const SmtpReply *reply, int64_t now)
{
    note_reply(delivery, reply, now);
    delivery->attempt--;
    defer(delivery, now);
}

void
delivery_apply(Delivery *delivery, Verdict verdict, const SmtpReply *reply, int64_t now,
               int64_t not_after)
{
    note_reply(delivery, reply, now);
    switch (verdict) {
    case VERDICT_SENT: delivery->state = DELIVERY_SENT; return;
    case VERDICT_REFUSED: delivery->state = DELIVERY_REFUSED; return;
    case VERDICT_UNCERTAIN: return;
    case VERDICT_LATER:
    case VERDICT_OUR_FAULT:
        defer(delivery, retry_next(delivery->attempt, delivery->first_at, now, not_after));
        return;
    case VERDICT_NOT_SENT: /* no attempt, but the time runs all the same */
        delivery->attempt--;
        defer(delivery, now - delivery->first_at > RETRY_SECONDS_MAX ? 0 : now + LOST_WAIT);
        return;
    }
    g_assert_not_reached();
}
