#include "jobs/errand.h"

#include <string.h>

#include "jobs/relays.h"
#include "net/courier.h"

#define ROUND_MICROSECONDS (G_USEC_PER_SEC / 4)

/* What the courier has said in a round; it is acted upon between two. */
typedef struct {
    Mail *wants_release;
    bool is_done;
    RelayResult *result;
} Errand;

static void
on_wants_release(void *user, Mail *mail, guint relay)
{
    ((Errand *)user)->wants_release = mail;
}

static void
on_done(void *user, Mail *mail, guint relay, RelayResult *result)
{
    Errand *errand = user;
    *errand->result = *result;
    memset(result, 0, sizeof *result);
    errand->wants_release = NULL;
    errand->is_done = true;
    mail_free(mail);
}

/* The mail then comes back. */
static void
on_down(void *user, guint relay, const RelayResult *result)
{
}

static RelaySettings *
settings_of(const Instance *instance, GError **error)
{
    const GPtrArray *relays = instance->config->relays;
    g_autofree RelaySettings *settings = g_new0(RelaySettings, relays->len);
    RelayKind kind;
    for (guint i = 0; i < relays->len; i++) {
        settings[i] = relay_settings(relays->pdata[i]);
        if (instance->dry_run)
            settings[i].url = "null:";
        if (!relay_check(&settings[i], &kind, error))
            return NULL;
    }
    return g_steal_pointer(&settings);
}

bool
errand_run(const Instance *instance, Mail *mail, RelayResult *result, GError **error)
{
    g_autofree RelaySettings *settings = settings_of(instance, error);
    if (settings == NULL) {
        mail_free(mail);
        return false;
    }
    Errand errand = { .result = result };
    const CourierListener listener = { on_wants_release, on_done, on_down, &errand };
    g_autoptr(Courier) courier = courier_new(settings, instance->config->relays->len, &listener);
    courier_take(courier, mail);
    courier_end(courier);
    while (!errand.is_done) {
        if (errand.wants_release != NULL)
            courier_release(courier, g_steal_pointer(&errand.wants_release));
        courier_turn(courier, ROUND_MICROSECONDS);
    }
    courier_finish(courier);
    return true;
}
