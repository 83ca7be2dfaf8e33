#include "digest/settings.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"

static void
topic_free(Topic *topic)
{
    g_free(topic->name);
    g_free(topic->title);
    filter_free(topic->filter);
    g_free(topic);
}

Settings *
settings_new(void)
{
    Settings *settings = g_new0(Settings, 1);
    settings->topics = g_ptr_array_new_with_free_func((GDestroyNotify)topic_free);
    settings->sources = g_ptr_array_new_with_free_func(g_free);
    return settings;
}

void
settings_free(Settings *settings)
{
    if (settings == NULL)
        return;
    g_free(settings->newsletter);
    g_free(settings->title);
    g_free(settings->from);
    g_free(settings->reply_to);
    g_free(settings->list_id);
    g_free(settings->language);
    g_free(settings->zone);
    g_free(settings->template_name);
    g_free(settings->subject);
    g_free(settings->imprint);
    g_free(settings->postal_address);
    filter_free(settings->filter);
    g_ptr_array_unref(settings->topics);
    g_ptr_array_unref(settings->sources);
    g_free(settings);
}

static bool
has_topic(const Settings *settings, const char *name)
{
    for (guint i = 0; i < settings->topics->len; i++)
        if (strcmp(((const Topic *)settings->topics->pdata[i])->name, name) == 0)
            return true;
    return false;
}

bool
settings_check_topics(const Settings *settings, const Filter *filter, GError **error)
{
    g_autoptr(GPtrArray) names = filter_topics(filter);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        if (has_topic(settings, name))
            continue;
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "topic:%s: there is no topic of that name (before this one)", name);
        return false;
    }
    return true;
}

/* NULL when FILTER is wrong, or names topics that SETTINGS does not have yet. */
static Filter *
parse_filter(const Settings *settings, const char *text, GError **error)
{
    g_autoptr(Filter) filter = filter_parse(text, error);
    if (filter == NULL || !settings_check_topics(settings, filter, error))
        return NULL;
    return g_steal_pointer(&filter);
}

bool
settings_add_topic(Settings *settings, const char *name, const char *title, const char *filter,
                   GError **error)
{
    Filter *parsed = parse_filter(settings, filter, error);
    if (parsed == NULL)
        return false;
    Topic *topic = g_new0(Topic, 1);
    topic->name = g_strdup(name);
    topic->title = g_strdup(title);
    topic->filter = parsed;
    g_ptr_array_add(settings->topics, topic);
    return true;
}

bool
settings_set_filter(Settings *settings, const char *filter, GError **error)
{
    Filter *parsed = parse_filter(settings, filter, error);
    if (parsed == NULL)
        return false;
    filter_free(settings->filter);
    settings->filter = parsed;
    return true;
}

/* Snapshots */

/* The texts and numbers of a snapshot: tables for both ways. */
static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    { "newsletter", offsetof(Settings, newsletter) },
    { "title", offsetof(Settings, title) },
    { "from", offsetof(Settings, from) },
    { "reply_to", offsetof(Settings, reply_to) },
    { "list_id", offsetof(Settings, list_id) },
    { "language", offsetof(Settings, language) },
    { "zone", offsetof(Settings, zone) },
    { "template", offsetof(Settings, template_name) },
    { "subject", offsetof(Settings, subject) },
    { "imprint", offsetof(Settings, imprint) },
    { "postal_address", offsetof(Settings, postal_address) },
}, numbers[] = {
    { "max_articles", offsetof(Settings, max_articles) },
    { "welcome_articles", offsetof(Settings, welcome_articles) },
};

static void
set_filter_text(Value *map, const Filter *filter)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (filter != NULL)
        filter_write(text, filter);
    value_set_string(map, "filter", filter != NULL ? text->str : NULL);
}

void
settings_write(GString *out, const Settings *settings)
{
    g_autoptr(Value) map = value_new_map();
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        value_set_string(map, texts[i].name,
                         *(char *const *)((const char *)settings + texts[i].offset));
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        value_set_integer(map, numbers[i].name,
                          *(const int *)((const char *)settings + numbers[i].offset));
    set_filter_text(map, settings->filter);
    Value *topics = value_new_list();
    for (guint i = 0; i < settings->topics->len; i++) {
        const Topic *topic = settings->topics->pdata[i];
        Value *member = value_new_map();
        value_set_string(member, "name", topic->name);
        value_set_string(member, "title", topic->title);
        set_filter_text(member, topic->filter);
        value_take_item(topics, member);
    }
    value_take(map, "topics", topics);
    value_set_integer(map, "story_similarity", settings->story_similarity);
    Value *sources = value_new_list();
    for (guint i = 0; i < settings->sources->len; i++)
        value_take_item(sources, value_new_string(settings->sources->pdata[i]));
    value_take(map, "sources", sources);
    json_write(out, map, 0);
}

static bool
damaged(GError **error)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "the snapshot of settings is damaged");
    return false;
}

static bool
read_topics(Settings *settings, const Value *map, GError **error)
{
    const Value *topics = value_find(map, "topics");
    if (topics == NULL || value_kind(topics) != VALUE_LIST)
        return damaged(error);
    for (size_t i = 0; i < value_length(topics); i++) {
        const Value *topic = value_item(topics, i);
        const char *name = value_find_string(topic, "name");
        const char *title = value_find_string(topic, "title");
        const char *filter = value_find_string(topic, "filter");
        if (name == NULL || title == NULL || filter == NULL)
            return damaged(error);
        if (!settings_add_topic(settings, name, title, filter, error))
            return false;
    }
    return true;
}

/* Snapshots of before there were stories have neither: then there are none. */
static bool
read_stories(Settings *settings, const Value *map, GError **error)
{
    const Value *similarity = value_find(map, "story_similarity");
    const Value *sources = value_find(map, "sources");
    if (similarity == NULL || sources == NULL)
        return true;
    if (value_kind(similarity) != VALUE_INTEGER || value_kind(sources) != VALUE_LIST)
        return damaged(error);
    settings->story_similarity = (int)value_integer(similarity);
    for (size_t i = 0; i < value_length(sources); i++) {
        const Value *source = value_item(sources, i);
        if (value_kind(source) != VALUE_STRING)
            return damaged(error);
        g_ptr_array_add(settings->sources, g_strdup(value_string(source)));
    }
    return true;
}

Settings *
settings_parse(GBytes *snapshot, GError **error)
{
    g_autoptr(Value) map = json_parse(snapshot, error);
    if (map == NULL)
        return NULL;
    g_autoptr(Settings) settings = settings_new();
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *(char **)((char *)settings + texts[i].offset) =
            g_strdup(value_find_string(map, texts[i].name));
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        const Value *number = value_find(map, numbers[i].name);
        if (number == NULL || value_kind(number) != VALUE_INTEGER) {
            damaged(error);
            return NULL;
        }
        *(int *)((char *)settings + numbers[i].offset) = (int)value_integer(number);
    }
    if (settings->newsletter == NULL || settings->from == NULL || settings->template_name == NULL) {
        damaged(error);
        return NULL;
    }
    const char *filter = value_find_string(map, "filter");
    if (!read_stories(settings, map, error) || !read_topics(settings, map, error) ||
        (filter != NULL && !settings_set_filter(settings, filter, error)))
        return NULL;
    return g_steal_pointer(&settings);
}
