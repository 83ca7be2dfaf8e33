#include "jobs/poll.h"

#include <string.h>

#include "jobs/receive.h"
#include "mail/inbound.h"
#include "net/postbox.h"

/* Messages that are listed at a time. */
#define PAGE_SIZE 500u

static PostboxSettings
settings_of(const PostboxConfig *config)
{
    return (PostboxSettings){
        .url = config->url,
        .user = config->user,
        .password = config->password,
        .clear_text = strcmp(config->tls, "none") == 0,
        .ca_file = config->ca_file,
        .timeout = config->timeout,
    };
}

/* A mailbox that is being emptied. */
typedef struct {
    Instance *instance;
    const PostboxConfig *config;
    Postbox *postbox;
    PollReport *report;
    guint left;      /* of this one: they are passed over by the next page */
    GError *problem; /* what is wrong with the mailbox, not with us */
} Emptying;

/* Names are good for one mailbox. */
static char *
place_of(const Emptying *emptying, const PostboxItem *item)
{
    const PostboxConfig *config = emptying->config;
    return g_strjoin(" ", config->url, config->user != NULL ? config->user : "", item->name, NULL);
}

/* Reads one that nobody knows yet. What nothing can be done with now, because a reader was killed, say, stays
 * for the next time and keeps nobody else's mail back. */
static bool
take_new(Emptying *emptying, const PostboxItem *item, const char *place, PlaceState *state,
         GError **error)
{
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GError) problem = NULL;
    ReceiveOutcome outcome = RECEIVE_NO_TOKEN;
    if (!postbox_read(emptying->postbox, item, INBOUND_BYTES_MAX, &bytes, &emptying->problem) ||
        bytes == NULL)
        return true;
    bool fine = receive(emptying->instance, bytes, NULL, place, &outcome, &problem);
    if (!fine && outcome == RECEIVE_LATER) {
        log_warn(emptying->instance->log, "mailbox %s: left for later: %s", emptying->config->url,
                 problem->message);
        return true;
    }
    if (!fine) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    bool is_letter = outcome == RECEIVE_NO_TOKEN || outcome == RECEIVE_TOLD;
    *state = is_letter ? PLACE_LEFT : PLACE_TAKEN;
    return true;
}

/* What had its effect is taken out, also when whoever did it died before that. Somebody else's mail stays
 * and is not read again. */
static bool
take_item(Emptying *emptying, const PostboxItem *item, GError **error)
{
    g_autofree char *place = place_of(emptying, item);
    PlaceState state;
    if (!receive_knows(emptying->instance, place, &state, error))
        return false;
    if (state == PLACE_NEW && !take_new(emptying, item, place, &state, error))
        return false;
    if (emptying->problem != NULL)
        return true;
    if (state == PLACE_TAKEN) {
        emptying->report->taken++;
        postbox_remove(emptying->postbox, item, &emptying->problem);
        return true;
    }
    emptying->left++;
    emptying->report->left++;
    return true;
}

static bool
take_page(Emptying *emptying, const GPtrArray *items, GError **error)
{
    for (guint i = 0; i < items->len && emptying->problem == NULL; i++) {
        if (!take_item(emptying, items->pdata[i], error))
            return false;
    }
    return true;
}

/* Pages until there is nothing new. What was taken out is still counted by some servers and not by
 * others, so the next page begins behind what is certainly there. */
static bool
take_all(Emptying *emptying, GError **error)
{
    guint seen = 0;
    for (;;) {
        g_autoptr(GPtrArray) items =
            postbox_list(emptying->postbox, emptying->left, PAGE_SIZE, &emptying->problem);
        if (items == NULL || items->len == 0)
            return true;
        guint before = emptying->report->taken;
        if (!take_page(emptying, items, error))
            return false;
        seen += items->len;
        bool has_moved = emptying->report->taken > before || emptying->left >= seen;
        if (emptying->problem != NULL || !has_moved)
            return true;
    }
}

static bool
empty_mailbox(Instance *instance, const PostboxConfig *config, PollReport *report, GError **error)
{
    const PostboxSettings settings = settings_of(config);
    Emptying emptying = { .instance = instance, .config = config, .report = report };
    emptying.postbox = postbox_open(&settings, &emptying.problem);
    bool saved = emptying.postbox == NULL || take_all(&emptying, error);
    postbox_close(emptying.postbox);
    if (emptying.problem != NULL) {
        report->failed++;
        log_warn(instance->log, "mailbox %s: %s", config->url, emptying.problem->message);
        g_clear_error(&emptying.problem);
    }
    return saved;
}

bool
poll_mailboxes(Instance *instance, PollReport *report, GError **error)
{
    const GPtrArray *postboxes = instance->config->postboxes;
    for (guint i = 0; !instance->dry_run && i < postboxes->len; i++) {
        if (!empty_mailbox(instance, postboxes->pdata[i], report, error))
            return false;
    }
    return true;
}

void
poll_tell(const Instance *instance, const PollReport *report)
{
    if (instance->config->postboxes->len > 0)
        log_info(instance->log, "mailboxes: %u messages taken in, %u left, %u failed",
                 report->taken, report->left, report->failed);
}
