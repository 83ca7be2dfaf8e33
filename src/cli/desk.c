#include "cli/desk.h"

#include <stdio.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "jobs/likes.h"
#include "store/desk.h"

/* So much of a title is enough to know it by. */
#define TITLE_MAX 60u

static void
tell_names(const GPtrArray *names, const char *wanted, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < MIN(names->len, ARTICLE_NAMES_MAX); i++) {
        const ArticleName *name = names->pdata[i];
        g_autofree char *title = text_truncate(name->title, TITLE_MAX);
        g_string_append_printf(text, "%s%" G_GINT64_FORMAT " (%s)", i > 0 ? ", " : "", name->seq,
                               title);
    }
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                "\"%s\" may be any of: %s%s; its number tells which", wanted, text->str,
                names->len > ARTICLE_NAMES_MAX ? " …" : "");
}

bool
article_named(Store *store, const char *name, int64_t *seq, GError **error)
{
    g_autoptr(GPtrArray) names = store_articles_named(store, name, error);
    if (names == NULL)
        return false;
    if (names->len == 1) {
        *seq = ((const ArticleName *)names->pdata[0])->seq;
        return true;
    }
    if (names->len > 1)
        tell_names(names, name, error);
    else
        g_set_error(
            error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
            "there is no article \"%s\" (a number, a URL or words of a title; see \"article "
            "list\")",
            name);
    return false;
}

/* The editor's verbs */

/* NULL: it is done. */
static const char *
outcome_text(DeskOutcome outcome)
{
    switch (outcome) {
    case DESK_DONE: return NULL;
    case DESK_ALREADY: return "is so already";
    case DESK_MAILED: return "is in an issue: it is too late";
    case DESK_NOT_FOUND: return "is not there";
    }
    g_assert_not_reached();
}

/* All articles are named before the first is changed: a typing mistake changes none. */
static GArray *
find_all(const Invocation *invocation, Store *store, GError **error)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (guint i = 0; i < invocation->words->len; i++) {
        int64_t seq;
        if (!article_named(store, invocation_word(invocation, i), &seq, error))
            return NULL;
        g_array_append_val(all, seq);
    }
    return g_steal_pointer(&all);
}

static bool
edit(const Invocation *invocation, DeskVerb verb, GError **error)
{
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    g_autoptr(GArray) all = instance == NULL ? NULL : find_all(invocation, instance->store, error);
    if (all == NULL)
        return false;
    for (guint i = 0; i < all->len; i++) {
        int64_t seq = g_array_index(all, int64_t, i);
        DeskOutcome outcome;
        if (!store_article_edit(instance->store, seq, verb, &outcome, error))
            return false;
        const char *text = outcome_text(outcome);
        if (outcome == DESK_MAILED || outcome == DESK_NOT_FOUND) {
            g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                        "article %" G_GINT64_FORMAT " %s", seq, text);
            return false;
        }
        if (text != NULL)
            log_info(instance->log, "article %" G_GINT64_FORMAT " %s", seq, text);
    }
    return true;
}

static bool
pin(const Invocation *invocation, GError **error)
{
    return edit(invocation, DESK_PIN, error);
}

static bool
unpin(const Invocation *invocation, GError **error)
{
    return edit(invocation, DESK_UNPIN, error);
}

static bool
hold(const Invocation *invocation, GError **error)
{
    return edit(invocation, DESK_HOLD, error);
}

static bool
approve(const Invocation *invocation, GError **error)
{
    return edit(invocation, DESK_APPROVE, error);
}

static bool
drop(const Invocation *invocation, GError **error)
{
    return edit(invocation, DESK_DROP, error);
}

static bool
terms(const Invocation *invocation, GError **error)
{
    int64_t seq;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL ||
        !article_named(instance->store, invocation_word(invocation, 0), &seq, error))
        return false;
    g_autofree char *words = likes_words(instance->store, seq, error);
    if (words != NULL)
        printf("like:\"%s\"\n", words);
    return words != NULL;
}

const Command desk_commands[] = {
    { "article pin", "ARTICLE…", 1, -1, "put it first in digests until it is unpinned", NULL, pin },
    { "article unpin", "ARTICLE…", 1, -1, "let it stand where its date puts it", NULL, unpin },
    { "article hold", "ARTICLE…", 1, -1, "keep it back until it is approved or dropped", NULL,
      hold },
    { "article approve", "ARTICLE…", 1, -1, "what is held back is news from now on", NULL,
      approve },
    { "article drop", "ARTICLE…", 1, -1, "nobody gets it, and it does not come again", NULL, drop },
    { "article terms", "ARTICLE", 1, 1, "the filter that finds more like it", NULL, terms },
    { NULL },
};
