#include "jobs/explain.h"

#include <string.h>

#include "base/error.h"
#include "digest/schedule.h"
#include "jobs/comments.h"
#include "jobs/compose.h"
#include "jobs/edition.h"
#include "store/feeds.h"
#include "store/history.h"
#include "store/issues.h"
#include "store/ledger.h"
#include "store/people.h"
#include "store/suppressions.h"

#define DAY_SECONDS 86400

const char *
explain_verdict_name(ExplainVerdict verdict)
{
    switch (verdict) {
    case EXPLAIN_PASSED: return "passed";
    case EXPLAIN_STOPPED: return "stopped";
    case EXPLAIN_FACT: return "fact";
    }
    g_assert_not_reached();
}

/* What is being explained. */
typedef struct {
    Instance *instance;
    const NewsletterConfig *newsletter;
    Comments *comments; /* NULL: the article is no comment; else NEWSLETTER is the next one */
    CommentsNewsletter of_comments;
    Article *article;
    Subscription *reader;
    Issue *issue;     /* NULL: none has the article */
    bool is_next;     /* it was cut on the copy just now */
    GPtrArray *steps; /* of ExplainStep * */
} Question;

static void
question_clear(Question *question)
{
    comments_newsletter_clear(&question->of_comments);
    comments_free(question->comments);
    article_free(question->article);
    subscription_free(question->reader);
    issue_free(question->issue);
    g_ptr_array_unref(question->steps);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Question, question_clear)

static void
step_free(ExplainStep *step)
{
    g_free(step->text);
    g_free(step);
}

static void G_GNUC_PRINTF(4, 5)
    add(const Question *question, const char *rule, ExplainVerdict verdict, const char *format, ...)
{
    va_list arguments;
    ExplainStep *step = g_new0(ExplainStep, 1);
    va_start(arguments, format);
    step->rule = rule;
    step->verdict = verdict;
    step->text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_ptr_array_add(question->steps, step);
}

static ExplainVerdict
passed_or_stopped(bool passed)
{
    return passed ? EXPLAIN_PASSED : EXPLAIN_STOPPED;
}

/* "a, b", or NOTHING. */
static char *
join(const GPtrArray *words, const char *nothing)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(text, "%s%s", i > 0 ? ", " : "", (const char *)words->pdata[i]);
    return text->len > 0 ? g_string_free(g_steal_pointer(&text), FALSE) : g_strdup(nothing);
}

/* Where the article comes from */

static void
explain_seen(const Question *question)
{
    const Article *article = question->article;
    g_autofree char *taken = time_text(article->taken);
    add(question, "seen", passed_or_stopped(!article->held), "in \"%s\" at %s%s", article->feed,
        taken, article->held ? "; held back until \"feed approve\" or \"feed drop\"" : "");
}

static void
explain_feed(const Question *question)
{
    const GPtrArray *feeds = question->newsletter->feeds;
    bool taken = g_ptr_array_find_with_equal_func((GPtrArray *)feeds, "*", g_str_equal, NULL) ||
                 g_ptr_array_find_with_equal_func((GPtrArray *)feeds, question->article->feed,
                                                  g_str_equal, NULL);
    if (!taken)
        add(question, "feed", EXPLAIN_STOPPED, "\"%s\" is no feed of %s", question->article->feed,
            question->newsletter->name);
}

/* As it was when the issue was cut, or is now. */
static void
explain_age(const Question *question)
{
    int64_t now =
        question->issue != NULL ? question->issue->cut_at : clock_now(question->instance->clock);
    int64_t days = question->newsletter->max_age_days;
    g_autofree char *published = time_text(question->article->published);
    add(question, "age",
        passed_or_stopped(question->article->published >= now - days * DAY_SECONDS),
        "published at %s, %" G_GINT64_FORMAT " days before; at most %" G_GINT64_FORMAT
        " are mailed",
        published, (now - question->article->published) / DAY_SECONDS, days);
}

/* Which issue */

static bool
find_issue(Question *question, GError **error)
{
    Store *store = question->instance->store;
    int64_t seq = question->article->seq;
    if (!store_issue_with_article(store, question->reader->id, seq, &question->issue, error))
        return false;
    if (question->issue != NULL)
        return true;
    ComposeReport report = { 0 };
    question->is_next = true;
    return compose_now(question->instance, question->newsletter, &report, error) &&
           store_issue_with_article(store, question->reader->id, seq, &question->issue, error);
}

/* True when the issue is one for this subscription. */
static bool
explain_issue(const Question *question)
{
    const Issue *issue = question->issue;
    const Subscription *reader = question->reader;
    if (issue == NULL) {
        add(question, "issue", EXPLAIN_STOPPED, "in none of their slot, nor in the next one");
        return false;
    }
    g_autofree char *cut = time_text(issue->cut_at);
    bool in_time = reader->id <= issue->max_subscription && reader->slot_mark <= issue->from_seq;
    if (question->is_next)
        add(question, "issue", EXPLAIN_PASSED, "in the next one of their slot");
    else
        add(question, "issue", passed_or_stopped(in_time),
            "in number %" G_GINT64_FORMAT " (issue %" G_GINT64_FORMAT "), cut at %s, %s%s",
            issue->number, issue->id, cut, issue_state_name(issue->state),
            in_time ? "" : "; they joined its slot later");
    return in_time;
}

/* How it was chosen */

static const char *
rule_name(SelectionRule rule)
{
    switch (rule) {
    case RULE_NEWS: return "news";
    case RULE_NEWSLETTER: return "newsletter";
    case RULE_TOPICS: return "topics";
    case RULE_WITHOUT: return "without";
    case RULE_FILTER: return "filter";
    case RULE_REPEAT: return "repeat";
    case RULE_STORY: return "story";
    case RULE_MAXIMUM: return "maximum";
    case RULE_MINIMUM: return "minimum";
    case RULE_COUNT: break;
    }
    g_assert_not_reached();
}

static const char *
rest_text(const EditionReason *reason)
{
    if (reason->rule != RULE_MAXIMUM)
        return "";
    switch (reason->rest) {
    case REST_WAITS: return "; it waits for a later digest";
    case REST_LINKED: return "; the mail names it with its link";
    case REST_LOST:
        return "; it is in none: a welcome leaves nothing over, and only so many can wait";
    }
    g_assert_not_reached();
}

static char *
rule_text(const Question *question, const EditionReason *reason, SelectionRule rule)
{
    const Choice *choice = question->reader->choice;
    g_autofree char *topics = join(reason->topics, "none");
    g_autofree char *terms = join(reason->terms, "none");
    g_autofree char *denials = join(reason->denials, "none");
    switch (rule) {
    case RULE_NEWS:
        return g_strdup_printf("new in this issue to them: number %" G_GINT64_FORMAT
                               " behind mark %" G_GINT64_FORMAT "%s",
                               question->article->news_seq, question->issue->from_seq,
                               question->article->backlog ? ", came with a new feed" : "");
    case RULE_NEWSLETTER:
        return question->newsletter->filter == NULL
                   ? g_strdup("the newsletter has no filter")
                   : g_strdup_printf("the newsletter's filter: %s", question->newsletter->filter);
    case RULE_TOPICS: {
        g_autofree char *chosen = join(choice->topics, "every article");
        return reason->followed == NULL
                   ? g_strdup_printf("chose: %s; it is on: %s", chosen, topics)
                   : g_strdup_printf("chose: %s; it is on: %s; follows what is like: %s", chosen,
                                     topics, reason->followed);
    }
    case RULE_WITHOUT: {
        g_autofree char *without = join(choice->without, "nothing");
        return g_strdup_printf("leaves out: %s", without);
    }
    case RULE_FILTER:
        return choice->filter == NULL
                   ? g_strdup("no filter of their own")
                   : g_strdup_printf("%s; hit: %s; denied: %s", choice->filter, terms, denials);
    case RULE_REPEAT:
        return reason->earlier == NULL
                   ? g_strdup("no earlier digest had it from another feed")
                   : g_strdup_printf(
                         "an earlier digest had it from \"%s\" (article %" G_GINT64_FORMAT ")",
                         reason->earlier->feed, reason->earlier->seq);
    case RULE_STORY:
        return reason->teller == NULL
                   ? g_strdup("of what several feeds report, one article")
                   : g_strdup_printf("\"%s\" in \"%s\" (article %" G_GINT64_FORMAT ") tells it",
                                     reason->teller->title, reason->teller->feed,
                                     reason->teller->seq);
    case RULE_MAXIMUM:
        return g_strdup_printf("the newsletter's %d at most, their own %d (0: none)%s",
                               question->newsletter->max_articles, choice->max_articles,
                               rest_text(reason));
    case RULE_MINIMUM:
        return g_strdup_printf("with fewer than %d there is no digest: they wait for a later one",
                               question->newsletter->min_articles);
    case RULE_COUNT: break;
    }
    g_assert_not_reached();
}

static bool
explain_choice(const Question *question, GError **error)
{
    g_auto(EditionReason) reason = { 0 };
    g_autoptr(Edition) edition = edition_open(question->instance, question->issue, error);
    if (edition == NULL ||
        !ledger_carried(question->instance->store, question->issue->id, question->reader, error) ||
        !edition_explain(edition, question->reader, question->article->seq, &reason, error))
        return false;
    for (SelectionRule rule = 0; rule < RULE_COUNT && rule <= reason.rule; rule++) {
        g_autofree char *text = rule_text(question, &reason, rule);
        add(question, rule_name(rule), passed_or_stopped(rule != reason.rule), "%s", text);
    }
    return true;
}

/* What becomes of it */

static void
explain_rhythm(const Question *question)
{
    const Subscription *reader = question->reader;
    g_autofree char *rhythm = rhythm_text(&reader->choice->rhythm);
    g_autofree char *next =
        time_text(schedule_next(&reader->choice->rhythm, clock_now(question->instance->clock)));
    add(question, "rhythm", EXPLAIN_FACT, "%s; next at %s", rhythm, next);
}

static bool
explain_delivery(const Question *question, GError **error)
{
    if (question->issue == NULL || question->is_next)
        return true;
    const DeliveryQuery query = { .issue = question->issue->id,
                                  .state = -1,
                                  .address_key = address_key(question->reader->choice->address),
                                  .limit = 1 };
    g_autoptr(GPtrArray) records = history_list(question->instance->store, &query, error);
    if (records == NULL)
        return false;
    if (records->len == 0) {
        add(question, "sent", EXPLAIN_FACT, "nothing of this issue yet");
        return true;
    }
    const Delivery *delivery = &((const DeliveryRecord *)records->pdata[0])->delivery;
    g_autofree char *at = time_text(delivery->at);
    add(question, "sent", EXPLAIN_FACT, "%s at %s: %d %s", delivery_state_name(delivery->state), at,
        delivery->code, delivery->note != NULL ? delivery->note : "");
    return true;
}

static bool
explain_person(const Question *question, GError **error)
{
    const Subscription *reader = question->reader;
    g_autoptr(Suppression) suppression = NULL;
    if (!store_suppression_find(question->instance->store, address_key(reader->choice->address),
                                &suppression, error))
        return false;
    add(question, "state", passed_or_stopped(reader->state == SUBSCRIPTION_ACTIVE),
        "the subscription is %s", subscription_state_name(reader->state));
    if (suppression == NULL) {
        add(question, "suppressed", EXPLAIN_PASSED, "no");
        return true;
    }
    g_autofree char *at = time_text(suppression->at);
    add(question, "suppressed", EXPLAIN_STOPPED, "%s, since %s", suppression->reason, at);
    return true;
}

/* A comment comes in mails of its own, to those who follow them. */
static bool
find_newsletter(Question *question, GError **error)
{
    if (question->article == NULL)
        return true;
    g_autofree char *name =
        g_strconcat(question->newsletter->name, "/", question->article->feed, NULL);
    if (!store_comments_find(question->instance->store, name, &question->comments, error))
        return false;
    if (question->comments != NULL &&
        comments_newsletter_init(&question->of_comments, question->instance->config,
                                 question->comments))
        question->newsletter = &question->of_comments.config;
    return true;
}

static bool
find_parts(Question *question, int64_t seq, const char *address_key, GError **error)
{
    Store *store = question->instance->store;
    if (!store_article_find(store, seq, &question->article, error) ||
        !find_newsletter(question, error) ||
        !store_subscription_find(store, question->newsletter->name, address_key, &question->reader,
                                 error))
        return false;
    if (question->article == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "there is no article %" G_GINT64_FORMAT, seq);
    else if (question->reader == NULL)
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "\"%s\" is no subscriber of \"%s\"", address_key, question->newsletter->name);
    return question->article != NULL && question->reader != NULL && find_issue(question, error);
}

GPtrArray *
explain(Instance *instance, const NewsletterConfig *newsletter, int64_t seq,
        const char *address_key, GError **error)
{
    g_auto(Question) question = {
        .instance = instance,
        .newsletter = newsletter,
        .steps = g_ptr_array_new_with_free_func((GDestroyNotify)step_free),
    };
    if (!find_parts(&question, seq, address_key, error))
        return NULL;
    explain_seen(&question);
    explain_feed(&question);
    explain_age(&question);
    if (explain_issue(&question) && !explain_choice(&question, error))
        return NULL;
    explain_rhythm(&question);
    if (!explain_delivery(&question, error) || !explain_person(&question, error))
        return NULL;
    return g_ptr_array_ref(question.steps);
}
