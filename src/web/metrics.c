/* /metrics: what is counted, in the text format of Prometheus. */
#include "web/site-internal.h"

static const struct {
    const char *name;
    const char *help;
} counters[COUNT_LAST] = {
    [COUNT_SHOWN] = { "pages_shown", "Pages that were shown (GET and HEAD)" },
    [COUNT_POSTED] = { "forms_posted", "Forms and one-click requests (POST)" },
    [COUNT_COMMITS] = { "commits", "Transactions that stored what was posted" },
    [COUNT_UNSUBSCRIBED] = { "unsubscribed", "Subscriptions that were ended here" },
    [COUNT_UNDONE] = { "unsubscribed_undone", "Of them, taken back" },
    [COUNT_SIGNED_UP] = { "signed_up", "Sign-up forms that were taken" },
    [COUNT_CONFIRMED] = { "confirmed", "Sign-ups that were confirmed" },
    [COUNT_CHANGED] = { "preferences_changed", "Choices that were changed" },
    [COUNT_GUESSED] = { "tokens_unknown", "Requests with a token that is none" },
    [COUNT_FAILED] = { "failures", "Requests that the database could not take" },
};

bool
metrics_show(const Visit *visit, WebReply *reply, GError **error)
{
    if (!visit->request->is_direct)
        return page_write_message(visit, reply, 404, "web_page", error);
    g_autoptr(GString) out = g_string_new(NULL);
    for (int i = 0; i < COUNT_LAST; i++)
        g_string_append_printf(out,
                               "# HELP depesche_%s_total %s.\n# TYPE depesche_%s_total counter\n"
                               "depesche_%s_total %" G_GINT64_FORMAT "\n",
                               counters[i].name, counters[i].help, counters[i].name,
                               counters[i].name, visit->site->counts[i]);
    *reply = (WebReply){ .status = 200,
                         .type = "text/plain; version=0.0.4; charset=utf-8",
                         .body = g_steal_pointer(&out) };
    return true;
}
