#include "jobs/preview.h"

#include "base/error.h"
#include "jobs/compose.h"
#include "jobs/edition.h"
#include "store/issues.h"
#include "store/people.h"

static Subscription *
find_reader(Instance *instance, const char *newsletter, const char *address_key, GError **error)
{
    g_autoptr(Subscription) subscription = NULL;
    if (!store_subscription_find(instance->store, newsletter, address_key, &subscription, error))
        return NULL;
    if (subscription == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "\"%s\" is no subscriber of \"%s\"", address_key, newsletter);
    return g_steal_pointer(&subscription);
}

static Issue *
find_issue(Instance *instance, int64_t id, GError **error)
{
    g_autoptr(Issue) issue = NULL;
    if (!store_issue_find(instance->store, id, &issue, error))
        return NULL;
    if (issue == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "there is no issue %" G_GINT64_FORMAT, id);
    return g_steal_pointer(&issue);
}

bool
preview_next(Instance *instance, const NewsletterConfig *newsletter, const char *address_key,
             int64_t *issue_id, GError **error)
{
    ComposeReport report = { 0 };
    g_autoptr(Subscription) reader = find_reader(instance, newsletter->name, address_key, error);
    if (reader == NULL || !compose_now(instance, newsletter, &report, error))
        return false;
    g_autoptr(GPtrArray) issues = store_issues_list(instance->store, newsletter->name, true, error);
    if (issues == NULL)
        return false;
    g_autofree char *rhythm = rhythm_text(&reader->choice->rhythm);
    for (guint i = issues->len; i > 0; i--) {
        const Issue *issue = issues->pdata[i - 1];
        if (issue->kind == ISSUE_DIGEST && g_strcmp0(issue->rhythm, rhythm) == 0) {
            *issue_id = issue->id;
            return true;
        }
    }
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                "there is nothing new for \"%s\" (\"depesche fetch\" gathers articles)",
                address_key);
    return false;
}

bool
preview(Instance *instance, int64_t issue_id, const char *address_key, PreviewFormat format,
        GString *out, bool *empty, GError **error)
{
    g_autoptr(Issue) issue = find_issue(instance, issue_id, error);
    if (issue == NULL)
        return false;
    g_autoptr(Subscription) reader = find_reader(instance, issue->newsletter, address_key, error);
    if (reader == NULL)
        return false;
    g_autoptr(Edition) edition = edition_open(instance, issue, error);
    if (edition == NULL)
        return false;

    EditionOutcome outcome = EDITION_EMPTY;
    bool written = false;
    if (format == PREVIEW_EML) {
        g_autoptr(Address) sender = NULL;
        written = edition_write(edition, reader, out, &sender, &outcome, error);
    } else {
        written = edition_write_part(edition, reader, format == PREVIEW_HTML, out, &outcome, error);
    }
    if (written)
        *empty = outcome != EDITION_READY;
    return written;
}
