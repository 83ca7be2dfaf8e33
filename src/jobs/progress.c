#include "jobs/progress.h"

#define BAR_WIDTH 24
/* A short run shows nothing, and is not asked how long it will be. */
#define QUIET_MICROSECONDS G_USEC_PER_SEC
#define LINE_MICROSECONDS  (60 * (int64_t)G_USEC_PER_SEC)

struct Progress {
    Instance *instance;
    const Supply *supply;
    int64_t begun_at; /* monotonic */
    int64_t told_at;
    int64_t total; /* -1: not asked yet */
};

Progress *
progress_new(Instance *instance, const Supply *supply)
{
    Progress *progress = g_new0(Progress, 1);
    progress->instance = instance;
    progress->supply = supply;
    progress->begun_at = progress->told_at = g_get_monotonic_time();
    progress->total = -1;
    return progress;
}

void
progress_free(Progress *progress)
{
    if (progress == NULL)
        return;
    log_status(progress->instance->log, NULL);
    g_free(progress);
}

static guint
count_done(const DispatchReport *report)
{
    return report->sent + report->deferred + report->refused + report->uncertain + report->dropped +
           report->empty + report->waiting + report->failed;
}

/* "1:05:09" */
static char *
duration_text(double seconds)
{
    int64_t whole = (int64_t)(seconds + 0.999);
    if (whole >= 3600)
        return g_strdup_printf("%d:%02d:%02d", (int)(whole / 3600), (int)(whole / 60 % 60),
                               (int)(whole % 60));
    return g_strdup_printf("%d:%02d", (int)(whole / 60), (int)(whole % 60));
}

char *
progress_bar(double share)
{
    int filled = (int)(share * BAR_WIDTH);
    g_autofree char *bar = g_strnfill(BAR_WIDTH, ' ');
    for (int i = 0; i < filled; i++)
        bar[i] = i + 1 < filled ? '=' : '>';
    return g_strdup_printf("[%s] %d %%", bar, (int)(share * 100));
}

/* "[=========>              ] 38 %  3800 of 10000  412/s  0:15 left  deferred 2  refused 1" */
static void
tell_bar(Progress *progress, const DispatchReport *report, double rate)
{
    guint done = count_done(report);
    double share = progress->total > 0 ? MIN(1.0, (double)done / (double)progress->total) : 1.0;
    g_autofree char *bar = progress_bar(share);
    g_autofree char *left =
        rate > 0 ? duration_text((double)MAX(progress->total - done, 0) / rate) : g_strdup("?");
    g_autofree char *text =
        g_strdup_printf("%s  %u of %" G_GINT64_FORMAT "  %.0f/s  %s left  deferred %u  refused %u",
                        bar, done, progress->total, rate, left, report->deferred, report->refused);
    log_status(progress->instance->log, text);
}

static void
tell_line(const Progress *progress, const DispatchReport *report, double rate)
{
    guint done = count_done(report);
    double left = rate > 0 ? (double)MAX(progress->total - done, 0) / rate : 0;
    log_info(progress->instance->log,
             "progress done=%u total=%" G_GINT64_FORMAT " sent=%u deferred=%u refused=%u "
             "uncertain=%u empty=%u rate=%.1f left=%.0f",
             done, progress->total, report->sent, report->deferred, report->refused,
             report->uncertain, report->empty, rate, left);
}

bool
progress_tell(Progress *progress, const DispatchReport *report, int64_t now, GError **error)
{
    bool terminal = log_has_terminal(progress->instance->log);
    int64_t pause = terminal ? QUIET_MICROSECONDS / 4 : LINE_MICROSECONDS;
    if (now - progress->begun_at < QUIET_MICROSECONDS || now - progress->told_at < pause)
        return true;
    progress->told_at = now;
    if (progress->total < 0) {
        int64_t remaining;
        if (!supply_count(progress->supply, &remaining, error))
            return false;
        /* Those that have had theirs in this run are not counted any more. */
        progress->total = remaining + count_done(report);
    }
    double seconds = (double)(now - progress->begun_at) / G_USEC_PER_SEC;
    double rate = count_done(report) / seconds;
    if (terminal)
        tell_bar(progress, report, rate);
    else
        tell_line(progress, report, rate);
    return true;
}
