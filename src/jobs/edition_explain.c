/* Why an article is, or is not, in a digest (jobs/edition.h): asked of what selects. */
#include "jobs/edition-internal.h"

#include "base/error.h"
#include "digest/leftover.h"

void
edition_reason_clear(EditionReason *reason)
{
    g_clear_pointer(&reason->topics, g_ptr_array_unref);
    g_clear_pointer(&reason->followed, g_free);
    g_clear_pointer(&reason->terms, g_ptr_array_unref);
    g_clear_pointer(&reason->denials, g_ptr_array_unref);
}

static bool
find_article(const Edition *edition, int64_t seq, guint *index)
{
    for (*index = 0; edition->articles != NULL && *index < edition->articles->len; (*index)++)
        if (((const Article *)edition->articles->pdata[*index])->seq == seq)
            return true;
    return false;
}

/* "ki (ki, sprachmodell*)"; NULL when the article is not on TOPIC. */
static char *
topic_reason(const Edition *edition, const Topic *topic, guint article)
{
    g_autoptr(Bitset) set = filter_select(topic->filter, edition->corpus);
    if (!bitset_has(set, article))
        return NULL;
    g_autoptr(GPtrArray) hits = filter_hits(topic->filter, edition->corpus, article);
    g_ptr_array_add(hits, NULL);
    g_autofree char *terms = g_strjoinv(", ", (char **)hits->pdata);
    return g_strdup_printf("%s (%s)", topic->name, terms);
}

/* What of the subscription's own filter, TEXT, the article has. */
static bool
find_own_terms(const Edition *edition, const char *text, guint article, EditionReason *reason,
               GError **error)
{
    g_autoptr(Filter) filter = text != NULL ? filter_parse(text, error) : NULL;
    if (text != NULL && filter == NULL)
        return false;
    reason->terms =
        filter != NULL ? filter_hits(filter, edition->corpus, article) : g_ptr_array_new();
    reason->denials =
        filter != NULL ? filter_denials(filter, edition->corpus, article) : g_ptr_array_new();
    return true;
}

/* What tells the story of ARTICLE to SUBSCRIPTION; NULL when it was cut. */
static bool
find_teller(Edition *edition, const Subscription *subscription, guint article,
            const Article **teller, GError **error)
{
    if (!selector_select(edition->selector, subscription, edition->selection, error))
        return false;
    const GArray *also = edition->selection->also;
    for (guint i = 0; i < also->len; i++) {
        const Retelling *retelling = &g_array_index(also, Retelling, i);
        if (retelling->other == article)
            *teller = edition->articles->pdata[retelling->teller];
    }
    return true;
}

static bool
has_number(const GArray *numbers, int64_t number)
{
    for (guint i = 0; numbers != NULL && i < numbers->len; i++)
        if (g_array_index(numbers, int64_t, i) == number)
            return true;
    return false;
}

/* What becomes of ARTICLE, which SUBSCRIPTION's maximum cuts. */
static bool
find_rest(Edition *edition, const Subscription *subscription, guint article, EditionRest *rest,
          GError **error)
{
    const Selection *selection = edition->selection;
    if (!selector_select(edition->selector, subscription, edition->selection, error))
        return false;
    for (guint i = 0; i < selection->linked->len; i++) {
        if (g_array_index(selection->linked, guint, i) == article) {
            *rest = REST_LINKED;
            return true;
        }
    }
    Carry carry = subscription->carry; /* borrowed */
    carry.settled = false;             /* also of a mail that is out: what it left over then */
    g_autoptr(GArray) left = leftover_find(selection, edition->articles, selection->count,
                                           selection->linked->len, &carry, edition->to_seq);
    int64_t seq = ((const Article *)edition->articles->pdata[article])->seq;
    *rest = has_number(left != NULL ? left : carry.articles, seq) ? REST_WAITS : REST_LOST;
    return true;
}

bool
edition_explain(Edition *edition, const Subscription *subscription, int64_t seq,
                EditionReason *reason, GError **error)
{
    guint article;
    if (!find_article(edition, seq, &article)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "article %" G_GINT64_FORMAT " is not in the issue", seq);
        return false;
    }
    if (!selector_explain(edition->selector, subscription, article, &reason->rule, error))
        return false;
    guint earlier;
    if (reason->rule == RULE_REPEAT &&
        selector_find_earlier(edition->selector, subscription, article, &earlier))
        reason->earlier = edition->articles->pdata[earlier];
    if (reason->rule == RULE_STORY &&
        !find_teller(edition, subscription, article, &reason->teller, error))
        return false;
    if (reason->rule == RULE_MAXIMUM &&
        !find_rest(edition, subscription, article, &reason->rest, error))
        return false;
    reason->topics = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < edition->settings->topics->len; i++) {
        char *text = topic_reason(edition, edition->settings->topics->pdata[i], article);
        if (text != NULL)
            g_ptr_array_add(reason->topics, text);
    }
    reason->followed = selector_followed_words(edition->selector, subscription, article);
    return find_own_terms(edition, subscription->choice->filter, article, reason, error);
}
