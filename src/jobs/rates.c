#include "jobs/rates.h"

#include "store/paces.h"

/* Pace number I, the relays' before the domains', and what it is called; NULL: there are no more. */
static Pace *
pace_at(const Instance *instance, Courier *courier, Window *window, guint i, char **name)
{
    const GPtrArray *relays = instance->config->relays, *domains = instance->config->domains;
    if (i < relays->len) {
        const RelayConfig *relay = relays->pdata[i];
        *name = g_strconcat("relay ", relay->url, NULL);
        return courier_pace(courier, i);
    }
    i -= relays->len;
    if (i >= domains->len)
        return NULL;
    const DomainConfig *domain = domains->pdata[i];
    *name = g_strconcat("domain ", domain->names->len > 0 ? domain->names->pdata[0] : "", NULL);
    return window_pace(window, i);
}

bool
rates_resume(Instance *instance, Courier *courier, Window *window, GError **error)
{
    for (guint i = 0;; i++) {
        g_autofree char *name = NULL;
        Pace *pace = pace_at(instance, courier, window, i, &name);
        if (pace == NULL)
            return true;
        int64_t free_at;
        if (!store_pace_get(instance->store, name, &free_at, error))
            return false;
        pace_resume(pace, free_at * 1000 - g_get_real_time(), g_get_monotonic_time());
    }
}

bool
rates_record(Instance *instance, Courier *courier, Window *window, GError **error)
{
    g_autoptr(GPtrArray) marks = g_ptr_array_new_with_free_func((GDestroyNotify)pace_mark_free);
    int64_t now = g_get_real_time();
    for (guint i = 0;; i++) {
        g_autofree char *name = NULL;
        Pace *pace = pace_at(instance, courier, window, i, &name);
        if (pace == NULL)
            break;
        int64_t wait = pace_wait(pace, g_get_monotonic_time());
        if (wait == 0)
            continue;
        PaceMark *mark = g_new0(PaceMark, 1);
        mark->name = g_steal_pointer(&name);
        mark->free_at = (now + wait) / 1000;
        g_ptr_array_add(marks, mark);
    }
    return marks->len == 0 || store_paces_put(instance->store, marks, now / 1000, error);
}
