#include "cli/command.h"

#include "base/error.h"
#include "cli/print.h"
#include "digest/selection.h"
#include "jobs/likes.h"
#include "feed/article.h"
#include "jobs/newsletter.h"
#include "store/feeds.h"

#define DAYS_DEFAULT 7
#define DAY_SECONDS  86400

/* Around the words that matched. */
#define MARK_BEFORE "«"
#define MARK_AFTER  "»"

static bool
topic_list(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "NEWSLETTER", "newsletter", 0 },
        { "TOPIC", "topic", 0 },
        { "TITLE", "title", 40 },
        { "FILTER", "filter", 60 },
        { NULL },
    };
    const char *wanted = invocation_option(invocation, "--newsletter");
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL ||
        (wanted != NULL && instance_newsletter(instance, wanted, error) == NULL))
        return false;
    g_autoptr(Value) list = value_new_list();
    for (guint n = 0; n < instance->config->newsletters->len; n++) {
        const NewsletterConfig *newsletter = instance->config->newsletters->pdata[n];
        for (guint i = 0; i < newsletter->topics->len; i++) {
            const TopicConfig *topic = newsletter->topics->pdata[i];
            if (wanted != NULL && !g_str_equal(wanted, newsletter->name))
                continue;
            Value *map = value_new_map();
            value_set_string(map, "newsletter", newsletter->name);
            value_set_string(map, "topic", topic->name);
            value_set_string(map, "title", topic->title);
            value_set_string(map, "filter", topic->filter);
            value_take_item(list, map);
        }
    }
    print_list(invocation->global->json, list, columns);
    return true;
}

/* What NEWSLETTER could have taken since SINCE, by rank: of its feeds. */
static GPtrArray *
articles_since(const Instance *instance, const NewsletterConfig *newsletter, int64_t since,
               GError **error)
{
    g_autoptr(GPtrArray) all =
        store_articles_list(instance->store, &(ArticleQuery){ .since = since }, error);
    if (all == NULL)
        return NULL;
    GPtrArray *articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    bool any = g_ptr_array_find_with_equal_func(newsletter->feeds, "*", g_str_equal, NULL);
    gsize count = 0;
    g_autofree Article **taken = (Article **)g_ptr_array_steal(all, &count);
    for (gsize i = 0; i < count; i++) {
        g_autoptr(Article) article = taken[i];
        if (any ||
            g_ptr_array_find_with_equal_func(newsletter->feeds, article->feed, g_str_equal, NULL))
            g_ptr_array_add(articles, g_steal_pointer(&article));
    }
    articles_rank(articles);
    return articles;
}

static Value *
match_to_value(const Filter *filter, Corpus *corpus, size_t i, const char *language)
{
    const Article *article = corpus_articles(corpus)->pdata[i];
    if (article->language != NULL)
        language = article->language;
    g_autofree char *title =
        filter_mark(filter, article->title, FIELD_TITLE, language, MARK_BEFORE, MARK_AFTER);
    g_autofree char *excerpt =
        filter_mark(filter, article->excerpt, FIELD_TEXT, language, MARK_BEFORE, MARK_AFTER);
    g_autoptr(GPtrArray) hits = filter_hits(filter, corpus, i);
    Value *terms = value_new_list();
    for (guint n = 0; n < hits->len; n++)
        value_take_item(terms, value_new_string(hits->pdata[n]));
    Value *map = value_new_map();
    value_set_integer(map, "seq", article->seq);
    value_set_string(map, "feed", article->feed);
    value_set_time(map, "published", article->published);
    value_take(map, "terms", terms);
    value_set_string(map, "title", title);
    value_set_string(map, "excerpt", excerpt);
    value_set_string(map, "url", article->url);
    return map;
}

/* What EXPRESSION matches of ARTICLES, as it stood among the topics of NEWSLETTER. */
static Value *
test_expression(const Instance *instance, const NewsletterConfig *newsletter,
                const GPtrArray *articles, const char *expression, GError **error)
{
    g_autoptr(Settings) settings = newsletter_settings(instance->config, newsletter, error);
    g_autofree char *frozen =
        settings != NULL ? likes_freeze(instance->store, expression, error) : NULL;
    g_autoptr(Filter) filter = frozen != NULL ? filter_parse(frozen, error) : NULL;
    if (filter == NULL || !settings_check_topics(settings, filter, error))
        return NULL;
    g_autoptr(Corpus) corpus = corpus_new(articles, settings->language, clock_now(instance->clock));
    g_autoptr(Selector) selector = selector_new(settings, corpus, 0); /* names the topics */
    g_autoptr(Bitset) found = filter_select(filter, corpus);
    if (settings->filter != NULL) {
        g_autoptr(Bitset) all = filter_select(settings->filter, corpus);
        bitset_and(found, all);
    }
    Value *list = value_new_list();
    for (size_t i = bitset_next(found, 0); i < found->bits; i = bitset_next(found, i + 1))
        value_take_item(list, match_to_value(filter, corpus, i, settings->language));
    return list;
}

static bool
topic_test(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "SEQ", "seq", 0 },      { "PUBLISHED", "published", 0 }, { "FEED", "feed", 0 },
        { "TERMS", "terms", 40 }, { "TITLE", "title", 80 },        { NULL },
    };
    int64_t days;
    if (!invocation_number(invocation, "--days", 1, 3650, DAYS_DEFAULT, &days, error))
        return false;
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    const NewsletterConfig *newsletter =
        instance_newsletter(instance, invocation_option(invocation, "--newsletter"), error);
    if (newsletter == NULL)
        return false;
    int64_t since = clock_now(instance->clock) - days * DAY_SECONDS;
    g_autoptr(GPtrArray) articles = articles_since(instance, newsletter, since, error);
    if (articles == NULL)
        return false;
    g_autoptr(Value) list =
        test_expression(instance, newsletter, articles, invocation_word(invocation, 0), error);
    if (list == NULL)
        return false;
    print_list(invocation->global->json, list, columns);
    log_info(instance->log, "%zu of %u articles match (%s, %" G_GINT64_FORMAT " days)",
             value_length(list), articles->len, newsletter->name, days);
    return true;
}

static const CommandOption list_options[] = {
    { "--newsletter", 0, "NAME", "of this newsletter" },
    { NULL },
};

static const CommandOption test_options[] = {
    { "--newsletter", 0, "NAME", "among whose feeds and topics; needed when there are several" },
    { "--days", 0, "N", "articles taken in during the last N days (7)" },
    { NULL },
};

const Command topic_commands[] = {
    { "topic list", "", 0, 0, "list the topics and their filters", list_options, topic_list },
    { "topic test", "EXPRESSION", 1, 1,
      "show what a filter would have matched, with the matching words marked", test_options,
      topic_test },
    { NULL },
};
