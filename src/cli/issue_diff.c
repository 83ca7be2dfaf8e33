#include "cli/command.h"

#include <string.h>
#include "base/error.h"
#include "cli/print.h"
#include "feed/article.h"
#include "store/feeds.h"
#include "store/issues.h"

/* ISSUE and the one before it in its slot: NULL in *BEFORE when it is the first. */
static bool
find_pair(Store *store, int64_t id, Issue **issue, Issue **before, GError **error)
{
    if (!store_issue_find(store, id, issue, error))
        return false;
    if (*issue == NULL || (*issue)->kind != ISSUE_DIGEST) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "there is no digest %" G_GINT64_FORMAT, id);
        return false;
    }
    g_autoptr(GPtrArray) issues = store_issues_list(store, (*issue)->newsletter, false, error);
    for (guint i = issues != NULL ? issues->len : 0; i > 0 && *before == NULL; i--) {
        const Issue *other = issues->pdata[i - 1];
        if (other->id < id && g_strcmp0(other->rhythm, (*issue)->rhythm) == 0 &&
            !store_issue_find(store, other->id, before, error))
            return false;
    }
    return issues != NULL;
}

static bool
has_article(const GPtrArray *articles, int64_t seq)
{
    for (guint i = 0; i < articles->len; i++)
        if (((const Article *)articles->pdata[i])->seq == seq)
            return true;
    return false;
}

static const char *
why_in(const Issue *issue, const Article *article)
{
    if (article->updated)
        return "its text has changed";
    if (article->backlog)
        return "for welcomes: it came with a new feed";
    if (article->news_seq <= issue->from_seq)
        return "for those who are new in this slot";
    return article->news_seq != article->seq ? "released after it was held" : "new";
}

/* Why an article that was taken in between the marks is not in ISSUE. */
static const char *
why_out(const NewsletterConfig *newsletter, const Issue *issue, const Article *article)
{
    if (article->held)
        return "held back";
    if (article->backlog)
        return "came with a new feed";
    if (newsletter != NULL &&
        article->published < issue->cut_at - (int64_t)newsletter->max_age_days * 86400)
        return "too old (max_age_days)";
    return "of a feed that is not the newsletter's";
}

static void
add_row(Value *list, const char *change, const Article *article, const char *why)
{
    Value *map = value_new_map();
    value_set_string(map, "change", change);
    value_set_integer(map, "seq", article->seq);
    value_set_string(map, "feed", article->feed);
    value_set_string(map, "title", article->title);
    value_set_string(map, "why", why);
    value_take_item(list, map);
}

/* What is new in ISSUE, what was in the one before, and what came between them and is in neither. */
static bool
add_rows(Value *list, const Instance *instance, const Issue *issue, const Issue *before,
         GError **error)
{
    g_autoptr(GPtrArray) now = store_issue_articles(instance->store, issue->id, error);
    g_autoptr(GPtrArray) then = before != NULL
                                    ? store_issue_articles(instance->store, before->id, error)
                                    : g_ptr_array_new();
    const ArticleQuery since = { .since = before != NULL ? before->cut_at : 0 };
    g_autoptr(GPtrArray) all = store_articles_list(instance->store, &since, error);
    if (now == NULL || then == NULL || all == NULL)
        return false;
    for (guint i = 0; i < now->len; i++) {
        const Article *article = now->pdata[i];
        if (article->updated || !has_article(then, article->seq))
            add_row(list, "in", article, why_in(issue, article));
    }
    for (guint i = 0; i < then->len; i++) {
        const Article *article = then->pdata[i];
        if (!has_article(now, article->seq))
            add_row(list, "out", article, "was in the one before");
    }
    const NewsletterConfig *newsletter =
        config_find_newsletter(instance->config, issue->newsletter);
    for (guint i = 0; i < all->len; i++) {
        const Article *article = all->pdata[i];
        if (article->seq > issue->from_seq && article->seq <= issue->to_seq &&
            !has_article(now, article->seq) && !has_article(then, article->seq))
            add_row(list, "not in", article, why_out(newsletter, issue, article));
    }
    return true;
}

static bool
issue_diff(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "CHANGE", "change", 0 }, { "SEQ", "seq", 0 }, { "FEED", "feed", 0 },
        { "TITLE", "title", 60 },  { "WHY", "why", 0 }, { NULL },
    };
    int64_t id;
    if (!invocation_issue(invocation, &id, error))
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    g_autoptr(Issue) issue = NULL;
    g_autoptr(Issue) before = NULL;
    if (instance == NULL || !find_pair(instance->store, id, &issue, &before, error))
        return false;
    g_autoptr(Value) list = value_new_list();
    if (!add_rows(list, instance, issue, before, error))
        return false;
    print_list(invocation->global->json, list, columns);
    return true;
}

const Command issue_diff_commands[] = {
    { "issue diff", "ISSUE", 1, 1,
      "compare an issue with the one before it: articles in, out, and why", NULL, issue_diff },
    { NULL },
};
