#include "cli/command.h"

#include "base/error.h"
#include "cli/print.h"
#include "store/feeds.h"

#define LIMIT_DEFAULT 50

static Value *
article_to_value(const Article *article)
{
    Value *map = value_new_map();
    value_set_integer(map, "seq", article->seq);
    value_set_string(map, "feed", article->feed);
    value_set_time(map, "published", article->published);
    value_set_time(map, "taken", article->taken);
    value_set_string(map, "title", article->title);
    value_set_string(map, "url", article->url);
    value_set_string(map, "author", article->author);
    value_set_string(map, "language", article->language);
    Value *categories = value_new_list();
    for (guint i = 0; i < article->categories->len; i++)
        value_take_item(categories, value_new_string(article->categories->pdata[i]));
    value_take(map, "categories", categories);
    value_set_string(map, "excerpt", article->excerpt);
    value_set_string(map, "source", article->source);
    value_set_bool(map, "backlog", article->backlog);
    value_set_bool(map, "held", article->held);
    value_set_bool(map, "updated", article->updated);
    value_set_bool(map, "pinned", article->pinned);
    return map;
}

static bool
article_list(const Invocation *invocation, GError **error)
{
    static const Column columns[] = {
        { "SEQ", "seq", 0 },   { "PUBLISHED", "published", 0 },
        { "FEED", "feed", 0 }, { "TITLE", "title", 60 },
        { "URL", "url", 0 },   { NULL },
    };
    int64_t limit;
    if (!invocation_number(invocation, "--limit", 0, G_MAXINT32, LIMIT_DEFAULT, &limit, error))
        return false;
    ArticleQuery query = { .feed = invocation_option(invocation, "--feed"), .limit = (int)limit };
    const char *since = invocation_option(invocation, "--since");
    if (since != NULL && !time_parse(since, &query.since)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_USAGE,
                    "--since must be a time like 2026-11-23, not \"%s\"", since);
        return false;
    }
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_READ, error);
    if (instance == NULL)
        return false;
    g_autoptr(GPtrArray) articles = store_articles_list(instance->store, &query, error);
    if (articles == NULL)
        return false;
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < articles->len; i++)
        value_take_item(list, article_to_value(articles->pdata[i]));
    print_list(invocation->global->json, list, columns);
    return true;
}

static const CommandOption list_options[] = {
    { "--feed", 0, "NAME", "of this feed" },
    { "--since", 0, "TIME", "taken in at or after TIME" },
    { "--limit", 0, "N", "at most N, the newest; 0 is all (50)" },
    { NULL },
};

const Command article_commands[] = {
    { "article list", "", 0, 0, "list the articles that were gathered, newest first", list_options,
      article_list },
    { NULL },
};
