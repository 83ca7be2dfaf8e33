/* article search: what was gathered, by the words that filters know. */
#include "cli/command.h"

#include "base/error.h"
#include "cli/print.h"
#include "digest/filter.h"
#include "jobs/likes.h"
#include "store/feeds.h"

#define LIMIT_DEFAULT 50

/* So many articles are looked at together: what is held does not grow with what was gathered. */
#define BATCH 1000

#define MARK_BEFORE "«"
#define MARK_AFTER  "»"

typedef struct {
    const Instance *instance;
    Filter *filter;
    Value *found; /* list */
    size_t limit;
} Search;

static Value *
found_to_value(const Filter *filter, const Article *article)
{
    g_autofree char *title = filter_mark(filter, article->title, FIELD_TITLE, article->language,
                                         MARK_BEFORE, MARK_AFTER);
    g_autofree char *excerpt = filter_mark(filter, article->excerpt, FIELD_TEXT, article->language,
                                           MARK_BEFORE, MARK_AFTER);
    Value *map = value_new_map();
    value_set_integer(map, "seq", article->seq);
    value_set_string(map, "feed", article->feed);
    value_set_time(map, "published", article->published);
    value_set_string(map, "title", title);
    value_set_string(map, "excerpt", excerpt);
    value_set_string(map, "url", article->url);
    return map;
}

static void
search_batch(const Search *search, const GPtrArray *articles)
{
    g_autoptr(Corpus) corpus = corpus_new(articles, NULL, clock_now(search->instance->clock));
    g_autoptr(Bitset) found = filter_select(search->filter, corpus);
    for (size_t i = bitset_next(found, 0);
         i < found->bits && value_length(search->found) < search->limit;
         i = bitset_next(found, i + 1))
        value_take_item(search->found, found_to_value(search->filter, articles->pdata[i]));
}

/* From the newest back, until there is enough. */
static bool
search_all(const Search *search, ArticleQuery *query, GError **error)
{
    query->limit = BATCH;
    for (;;) {
        g_autoptr(GPtrArray) articles = store_articles_list(search->instance->store, query, error);
        if (articles == NULL)
            return false;
        if (articles->len == 0 || value_length(search->found) >= search->limit)
            return true;
        search_batch(search, articles);
        query->before = ((const Article *)articles->pdata[articles->len - 1])->seq;
    }
}

/* The words of the command line are one expression. */
static char *
expression_of(const Invocation *invocation)
{
    g_autoptr(GString) expression = g_string_new(NULL);
    const char *word;
    for (guint i = 0; (word = invocation_word(invocation, i)) != NULL; i++)
        g_string_append_printf(expression, "%s%s", i > 0 ? " " : "", word);
    return g_string_free(g_steal_pointer(&expression), FALSE);
}

static bool
article_search(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "SEQ", "seq", 0 },   { "PUBLISHED", "published", 0 },
        { "FEED", "feed", 0 }, { "TITLE", "title", 60 },
        { "URL", "url", 0 },   { NULL },
    };
    int64_t limit;
    if (!invocation_number(invocation, "--limit", 0, G_MAXINT32, LIMIT_DEFAULT, &limit, error))
        return false;
    g_autofree char *expression = expression_of(invocation);
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    g_autofree char *frozen =
        instance != NULL ? likes_freeze(instance->store, expression, error) : NULL;
    g_autoptr(Filter) filter = frozen != NULL ? filter_parse(frozen, error) : NULL;
    if (filter == NULL)
        return false;
    g_autoptr(Value) found = value_new_list();
    const Search search = { instance, filter, found, limit > 0 ? (size_t)limit : SIZE_MAX };
    ArticleQuery query = { .feed = invocation_option(invocation, "--feed") };
    if (!search_all(&search, &query, error))
        return false;
    print_list(invocation->global->json, found, columns);
    return true;
}

static const CommandOption options[] = {
    { "--feed", 0, "NAME", "of this feed" },
    { "--limit", 0, "N", "at most N, the newest; 0 is all (50)" },
    { NULL },
};

const Command article_search_commands[] = {
    { "article search", "WORD…", 1, -1,
      "search all that was gathered, newest first, in the language of filters", options,
      article_search },
    { NULL },
};
