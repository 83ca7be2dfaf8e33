/* article group: which articles of a file report the same. Needs no configuration and no state. */
#include "cli/command.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/print.h"
#include "digest/story.h"
#include "feed/article.h"
#include "feed/date.h"

#define FILE_BYTES_MAX (256u * 1024 * 1024)

/* The years 1 to 9999. */
#define TIME_MIN G_GINT64_CONSTANT(-62135596800)
#define TIME_MAX G_GINT64_CONSTANT(253402300799)

/* Articles and, in the same order, what the file calls them. */
typedef struct {
    GPtrArray *articles;
    GPtrArray *ids;
    GHashTable *known; /* the ids, borrowed */
} Collection;

static void
collection_init(Collection *collection)
{
    collection->articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    collection->ids = g_ptr_array_new_with_free_func(g_free);
    collection->known = g_hash_table_new(g_str_hash, g_str_equal);
}

static void
collection_clear(Collection *collection)
{
    g_ptr_array_unref(collection->articles);
    g_hash_table_unref(collection->known);
    g_ptr_array_unref(collection->ids);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Collection, collection_clear)

/* An id may be a text or a number. */
static char *
id_of(const Value *map)
{
    const Value *id = value_find(map, "id");
    if (id != NULL && value_kind(id) == VALUE_INTEGER)
        return g_strdup_printf("%" G_GINT64_FORMAT, value_integer(id));
    return g_strdup(value_find_string(map, "id"));
}

/* Seconds since 1970, or milliseconds where those would be beyond all years. */
static bool
time_of_number(double number, int64_t *time)
{
    double seconds = number > (double)TIME_MAX ? number / 1000 : number;
    if (!(seconds >= (double)TIME_MIN && seconds <= (double)TIME_MAX))
        return false;
    *time = (int64_t)seconds;
    return true;
}

/* A date as feeds write it, or such a number, which other programs write as a text, too. */
static bool
time_of(const Value *map, int64_t *time)
{
    const Value *published = value_find(map, "published");
    const char *text = value_find_string(map, "published");
    char *end;
    if (text == NULL) {
        bool is_number = published != NULL && (value_kind(published) == VALUE_INTEGER ||
                                               value_kind(published) == VALUE_REAL);
        return is_number && time_of_number(value_real(published), time);
    }
    if (feed_date_parse(text, time))
        return true;
    double number = g_ascii_strtod(text, &end);
    return end != text && *end == '\0' && time_of_number(number, time);
}

static bool
bad_line(GError **error, const char *what)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                "an article is an object with \"id\", \"title\" and \"published\", but here %s",
                what);
    return false;
}

static bool
read_article(Collection *collection, const Value *map, GError **error)
{
    g_autofree char *id = id_of(map);
    const char *title = value_find_string(map, "title");
    const char *text = value_find_string(map, "text");
    int64_t published;
    if (id == NULL)
        return bad_line(error, "is no id");
    if (g_hash_table_contains(collection->known, id))
        return bad_line(error, "is an id for the second time");
    if (title == NULL)
        return bad_line(error, "is no title");
    if (!time_of(map, &published))
        return bad_line(error, "is no date that can be read");
    Article *article = article_new();
    article->title = text_single_line(title);
    article->excerpt = g_strdup(text != NULL ? text : "");
    article->content = g_strdup("");
    article->url = g_strdup(value_find_string(map, "url"));
    article->language = g_strdup(value_find_string(map, "language"));
    article->published = published;
    g_ptr_array_add(collection->articles, article);
    g_hash_table_add(collection->known, id);
    g_ptr_array_add(collection->ids, g_steal_pointer(&id));
    return true;
}

static bool
read_line(Collection *collection, GBytes *line, GError **error)
{
    g_autoptr(Value) map = json_parse(line, error);
    return map != NULL && read_article(collection, map, error);
}

/* BYTES without the mark that some editors put in front of UTF-8. */
static GBytes *
without_mark(GBytes *bytes)
{
    static const char mark[] = "\xef\xbb\xbf";
    size_t size, length = strlen(mark);
    const char *text = g_bytes_get_data(bytes, &size);
    bool has_mark = size >= length && memcmp(text, mark, length) == 0;
    return has_mark ? g_bytes_new_from_bytes(bytes, length, size - length) : g_bytes_ref(bytes);
}

/* One article a line; empty lines are left out. */
static bool
read_lines(Collection *collection, GBytes *bytes, GError **error)
{
    size_t size;
    const char *start = g_bytes_get_data(bytes, &size);
    const char *end = start + size, *next;
    guint number = 0;
    for (const char *at = start; at < end; at = next) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        next = feed != NULL ? feed + 1 : end;
        number++;
        if (strspn(at, " \t\r") >= (size_t)(next - at - (feed != NULL)))
            continue;
        g_autoptr(GBytes) line =
            g_bytes_new_from_bytes(bytes, (gsize)(at - start), (gsize)(next - at));
        if (!read_line(collection, line, error)) {
            g_prefix_error(error, "line %u: ", number);
            return false;
        }
    }
    return true;
}

/* What the file calls the earliest article of the story of article I. */
static const char *
story_id(const Collection *collection, const GArray *stories, guint i)
{
    return collection->ids->pdata[g_array_index(stories, guint, i)];
}

static void
print_groups_json(const Collection *collection, const GArray *stories)
{
    g_autoptr(GString) out = g_string_new(NULL);
    JsonWriter writer = { .out = out, .indent = 2 };
    json_begin(&writer, '{');
    for (guint i = 0; i < stories->len; i++) {
        json_key(&writer, collection->ids->pdata[i]);
        json_text(&writer, story_id(collection, stories, i));
    }
    json_end(&writer, '}');
    puts(out->str);
}

/* For people: stories of more than one article, each together. */
static void
print_groups(const Collection *collection, const GArray *stories)
{
    static const Column columns[] = {
        { "STORY", "story", 0 }, { "ID", "id", 0 }, { "TITLE", "title", 80 }, { NULL }
    };
    g_autofree guint *sizes = g_new0(guint, stories->len);
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < stories->len; i++)
        sizes[g_array_index(stories, guint, i)]++;
    for (guint story = 0; story < stories->len; story++) {
        for (guint i = 0; sizes[story] > 1 && i < stories->len; i++) {
            const Article *article = collection->articles->pdata[i];
            if (g_array_index(stories, guint, i) != story)
                continue;
            Value *map = value_new_map();
            value_set_string(map, "story", story_id(collection, stories, i));
            value_set_string(map, "id", collection->ids->pdata[i]);
            value_set_string(map, "title", article->title);
            value_take_item(list, map);
        }
    }
    print_list(false, list, columns);
}

static bool
article_group(const Invocation *invocation, GError **error)
{
    int64_t similarity, hours;
    g_auto(Collection) collection;
    collection_init(&collection);
    if (!invocation_number(invocation, "--similarity", 1, 100, STORY_SIMILARITY_DEFAULT,
                           &similarity, error) ||
        !invocation_number(invocation, "--hours", 0, 24 * 365, STORY_HOURS_DEFAULT, &hours, error))
        return false;
    const char *name = invocation_word(invocation, 0);
    g_autoptr(GBytes) bytes = file_read(name, FILE_BYTES_MAX, error);
    if (bytes == NULL)
        return false;
    g_autoptr(GBytes) text = without_mark(bytes);
    if (!read_lines(&collection, text, error)) {
        g_prefix_error(error, "%s: ", name);
        return false;
    }
    const StorySettings settings = { .similarity = (int)similarity, .hours = (int)hours };
    g_autoptr(GArray) stories = stories_find(collection.articles, &settings);
    if (invocation->global->json)
        print_groups_json(&collection, stories);
    else
        print_groups(&collection, stories);
    return true;
}

static const CommandOption options[] = {
    { "--similarity", 0, "PERCENT", "how similar articles of a story are; more joins less (40)" },
    { "--hours", 0, "N", "what is further apart is not compared (72)" },
    { NULL },
};

const Command article_group_commands[] = {
    { "article group", "FILE", 1, 1,
      "find the articles that report the same, in a file with one as JSON on each line", options,
      article_group },
    { NULL },
};
