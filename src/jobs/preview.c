#include "jobs/preview.h"

#include "base/error.h"
#include "jobs/compose.h"
#include "jobs/edition.h"
#include "jobs/newsletter.h"
#include "store/issues.h"
#include "store/ledger.h"
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

Subscription *
preview_nobody(const Instance *instance, const char *newsletter, GError **error)
{
    const NewsletterConfig *config = config_find_newsletter(instance->config, newsletter);
    Rhythm rhythm;
    g_autoptr(Mailbox) from = config == NULL ? NULL : mailbox_parse(config->from, error);
    if (config == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "the newsletter \"%s\" is not configured any more", newsletter);
    if (from == NULL || !newsletter_rhythm(config, &rhythm, error))
        return NULL;
    Subscription *reader = subscription_new();
    reader->newsletter = g_strdup(newsletter);
    reader->state = SUBSCRIPTION_ACTIVE;
    reader->served = true;
    reader->slot_mark = -1; /* no issue is its first */
    reader->choice = choice_new(from->address, &rhythm);
    return reader;
}

static Subscription *
find_reader_or_nobody(Instance *instance, const char *newsletter, const char *address_key,
                      GError **error)
{
    return address_key == NULL ? preview_nobody(instance, newsletter, error)
                               : find_reader(instance, newsletter, address_key, error);
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
    g_autoptr(Subscription) reader =
        find_reader_or_nobody(instance, newsletter->name, address_key, error);
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
                address_key != NULL ? address_key : rhythm);
    return false;
}

bool
preview(Instance *instance, int64_t issue_id, const char *address_key, PreviewFormat format,
        GString *out, bool *empty, GError **error)
{
    g_autoptr(Issue) issue = find_issue(instance, issue_id, error);
    if (issue == NULL)
        return false;
    g_autoptr(Subscription) reader =
        find_reader_or_nobody(instance, issue->newsletter, address_key, error);
    if (reader == NULL)
        return false;
    g_autoptr(Edition) edition = edition_open(instance, issue, error);
    if (edition == NULL || !ledger_carried(instance->store, issue->id, reader, error))
        return false;

    EditionOutcome outcome = EDITION_EMPTY;
    bool written = false;
    if (format == PREVIEW_EML) {
        g_autoptr(Address) sender = NULL;
        g_autoptr(GArray) left = NULL;
        g_autoptr(Message) message = message_new();
        written = edition_write(edition, reader, message, &sender, &left, &outcome, error);
        message_write(message, out);
    } else {
        written = edition_write_part(edition, reader, format == PREVIEW_HTML, out, &outcome, error);
    }
    if (written)
        *empty = outcome != EDITION_READY;
    return written;
}
