#include "jobs/preview.h"

#include "base/error.h"
#include "jobs/edition.h"
#include "store/issues.h"
#include "store/people.h"

static Subscription *
find_reader(Instance *instance, const Issue *issue, const char *address_key, GError **error)
{
    g_autoptr(Subscription) subscription = NULL;
    if (!store_subscription_find(instance->store, issue->newsletter, address_key, &subscription,
                                 error))
        return NULL;
    if (subscription == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "\"%s\" is no subscriber of \"%s\"", address_key, issue->newsletter);
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
preview(Instance *instance, int64_t issue_id, const char *address_key, PreviewFormat format,
        GString *out, bool *empty, GError **error)
{
    g_autoptr(Issue) issue = find_issue(instance, issue_id, error);
    if (issue == NULL)
        return false;
    g_autoptr(Subscription) reader = find_reader(instance, issue, address_key, error);
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
