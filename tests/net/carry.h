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
    bool withdraws; /* instead of releasing */
    bool waits;     /* mails that want a release are kept in HELD */
    GMutex mutex;
    GCond changed;
    GPtrArray *held;    /* of Mail * */
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
carrier_wants_release(void *user, Mail *mail)
{
    Carrier *carrier = user;
    g_autoptr(GPtrArray) mails = g_ptr_array_new();
    g_mutex_lock(&carrier->mutex);
    if (carrier->waits) {
        g_ptr_array_add(carrier->held, mail);
        g_cond_signal(&carrier->changed);
    } else {
        g_ptr_array_add(mails, mail);
    }
    g_mutex_unlock(&carrier->mutex);
    if (carrier->withdraws)
        courier_withdraw(carrier->courier, mails);
    else
        courier_release(carrier->courier, mails);
}

static inline void
carrier_done(void *user, Mail *mail, guint relay, RelayResult *result)
{
    Carrier *carrier = user;
    Carried *carried = g_new0(Carried, 1);
    carried->recipient = g_strdup(address_text(mail->to));
    carried->relay = relay;
    carried->result = *result;
    memset(result, 0, sizeof *result);
    mail_free(mail);
    g_mutex_lock(&carrier->mutex);
    g_ptr_array_add(carrier->carried, carried);
    g_cond_signal(&carrier->changed);
    g_mutex_unlock(&carrier->mutex);
}

static inline void
carrier_down(void *user, guint relay, const RelayResult *result)
{
    Carrier *carrier = user;
    g_mutex_lock(&carrier->mutex);
    carrier->downs++;
    smtp_reply_lost(&carrier->down, result->reply.text);
    carrier->down.code = result->reply.code;
    g_cond_signal(&carrier->changed);
    g_mutex_unlock(&carrier->mutex);
}

static inline void
carrier_round(void *user)
{
}

static inline void
carrier_open(Carrier *carrier, const RelaySettings *settings, guint count)
{
    const CourierListener listener = { carrier_wants_release, carrier_done, carrier_down,
                                       carrier_round, carrier };
    g_mutex_init(&carrier->mutex);
    g_cond_init(&carrier->changed);
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
    g_cond_clear(&carrier->changed);
    g_mutex_clear(&carrier->mutex);
}

static inline void
carrier_send(Carrier *carrier, const char *to, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) mails = g_ptr_array_new();
    Address *recipient = address_parse(to, &error);
    g_assert_no_error(error);
    g_ptr_array_add(mails, mail_new_take(address_parse("bounce@example.org", NULL), recipient,
                                         g_string_new(message), NULL));
    courier_take(carrier->courier, mails);
}

/* The test's time limit is the assertion. */
static inline void
carrier_wait(Carrier *carrier, guint held, guint carried)
{
    g_mutex_lock(&carrier->mutex);
    while (carrier->held->len < held || carrier->carried->len < carried)
        g_cond_wait(&carrier->changed, &carrier->mutex);
    g_mutex_unlock(&carrier->mutex);
}
