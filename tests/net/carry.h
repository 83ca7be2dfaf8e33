/* carry.h - mails through a Courier, and what came of them. */
#pragma once

#include <string.h>

#include "net/courier.h"

typedef struct {
    char *recipient;
    guint relay;
    RelayResult result;
} Carried;

typedef struct {
    Courier *courier;
    bool withdraws;     /* instead of releasing */
    bool waits;         /* with both */
    GPtrArray *held;    /* of Mail *: those that want a release */
    GPtrArray *carried; /* of Carried * */
    guint downs;
    SmtpReply down; /* why, of the last */
} Carrier;

static inline void
carried_free(Carried *carried)
{
    g_free(carried->recipient);
    relay_result_clear(&carried->result);
    g_free(carried);
}

static inline void
carrier_wants_release(void *user, Mail *mail, guint relay)
{
    const Carrier *carrier = user;
    g_ptr_array_add(carrier->held, mail);
}

static inline void
carrier_done(void *user, Mail *mail, guint relay, RelayResult *result)
{
    const Carrier *carrier = user;
    Carried *carried = g_new0(Carried, 1);
    carried->recipient = g_strdup(address_text(mail->to));
    carried->relay = relay;
    carried->result = *result;
    memset(result, 0, sizeof *result);
    g_ptr_array_remove(carrier->held, mail);
    mail_free(mail);
    g_ptr_array_add(carrier->carried, carried);
}

static inline void
carrier_down(void *user, guint relay, const RelayResult *result)
{
    Carrier *carrier = user;
    carrier->downs++;
    smtp_reply_lost(&carrier->down, result->reply.text);
    carrier->down.code = result->reply.code;
}

static inline void
carrier_open(Carrier *carrier, const RelaySettings *settings, guint count)
{
    const CourierListener listener = { carrier_wants_release, carrier_done, carrier_down, carrier };
    carrier->held = g_ptr_array_new();
    carrier->carried = g_ptr_array_new_with_free_func((GDestroyNotify)carried_free);
    carrier->courier = courier_new(settings, count, &listener);
}

static inline void
carrier_close(Carrier *carrier)
{
    courier_free(carrier->courier);
    g_ptr_array_unref(carrier->held);
    g_ptr_array_unref(carrier->carried);
    smtp_reply_clear(&carrier->down);
}

static inline void
carrier_send(Carrier *carrier, const char *to, const char *message)
{
    g_autoptr(GError) error = NULL;
    Address *recipient = address_parse(to, &error);
    g_assert_no_error(error);
    courier_take(carrier->courier,
                 mail_new_take(address_parse("bounce@example.org", NULL), recipient,
                               message_new_take(g_string_new(message)), NULL));
}

/* What is held goes, or ends. */
static inline void
carrier_answer(Carrier *carrier)
{
    while (carrier->held->len > 0) {
        Mail *mail = g_ptr_array_steal_index(carrier->held, 0);
        if (carrier->withdraws)
            courier_withdraw(carrier->courier, mail);
        else
            courier_release(carrier->courier, mail);
    }
}

/* Turns until so many mails are held, and so many have been carried. The test's time limit is the
 * assertion. */
static inline void
carrier_wait(Carrier *carrier, guint held, guint carried)
{
    while (carrier->held->len < held || carrier->carried->len < carried) {
        courier_turn(carrier->courier, G_USEC_PER_SEC);
        if (!carrier->waits)
            carrier_answer(carrier);
    }
}
