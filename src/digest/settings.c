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

static void
sponsor_free(Sponsor *sponsor)
{
    g_free(sponsor->title);
    g_free(sponsor->text);
    g_free(sponsor->url);
    g_free(sponsor);
}

Settings *
settings_new(void)
{
    Settings *settings = g_new0(Settings, 1);
    settings->topics = g_ptr_array_new_with_free_func((GDestroyNotify)topic_free);
    settings->sponsors = g_ptr_array_new_with_free_func((GDestroyNotify)sponsor_free);
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
    g_free(settings->comments_on);
    g_free(settings->from);
    g_free(settings->reply_to);
    g_free(settings->list_id);
    g_free(settings->language);
    g_free(settings->zone);
    g_free(settings->template_name);
    g_free(settings->images);
    g_free(settings->subject);
    g_free(settings->imprint);
    g_free(settings->postal_address);
    g_free(settings->contact);
    looks_clear(&settings->looks);
    g_ptr_array_unref(settings->sponsors);
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

void
settings_add_sponsor(Settings *settings, const char *title, const char *text, const char *url,
                     SponsorPlace place)
{
    Sponsor *sponsor = g_new0(Sponsor, 1);
    *sponsor = (Sponsor){ g_strdup(title), g_strdup(text), g_strdup(url), place };
    g_ptr_array_add(settings->sponsors, sponsor);
}

/* Snapshots */

/* The texts and numbers of a snapshot: tables for both ways. */
static const struct {
    const char *name;
    size_t offset;
} texts[] = {
    { "newsletter", offsetof(Settings, newsletter) },
    { "title", offsetof(Settings, title) },
    { "comments_on", offsetof(Settings, comments_on) },
    { "from", offsetof(Settings, from) },
    { "reply_to", offsetof(Settings, reply_to) },
    { "list_id", offsetof(Settings, list_id) },
    { "language", offsetof(Settings, language) },
    { "zone", offsetof(Settings, zone) },
    { "template", offsetof(Settings, template_name) },
    { "images", offsetof(Settings, images) },
    { "subject", offsetof(Settings, subject) },
    { "imprint", offsetof(Settings, imprint) },
    { "postal_address", offsetof(Settings, postal_address) },
    { "contact", offsetof(Settings, contact) },
    { "background", offsetof(Settings, looks.background) },
    { "text", offsetof(Settings, looks.text) },
    { "accent", offsetof(Settings, looks.accent) },
    { "background_dark", offsetof(Settings, looks.background_dark) },
    { "text_dark", offsetof(Settings, looks.text_dark) },
    { "accent_dark", offsetof(Settings, looks.accent_dark) },
    { "font", offsetof(Settings, looks.font) },
    { "logo", offsetof(Settings, looks.logo) },
}, numbers[] = {
    { "max_articles", offsetof(Settings, max_articles) },
    { "welcome_articles", offsetof(Settings, welcome_articles) },
}, later_numbers[] = { /* that snapshots of earlier versions lack: then they are 0 */
    { "width", offsetof(Settings, looks.width) },
    { "logo_width", offsetof(Settings, looks.logo_width) },
    { "logo_height", offsetof(Settings, looks.logo_height) },
    { "link_rest", offsetof(Settings, link_rest) },
    { "min_articles", offsetof(Settings, min_articles) },
};

static const char *const sponsor_places[] = { "above", "below" };

static void
set_filter_text(Value *map, const Filter *filter)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (filter != NULL)
        filter_write(text, filter);
    value_set_string(map, "filter", filter != NULL ? text->str : NULL);
}

static void
put_sponsors(Value *map, const Settings *settings)
{
    Value *list = value_new_list();
    for (guint i = 0; i < settings->sponsors->len; i++) {
        const Sponsor *sponsor = settings->sponsors->pdata[i];
        Value *member = value_new_map();
        value_set_string(member, "title", sponsor->title);
        value_set_string(member, "text", sponsor->text);
        value_set_string(member, "url", sponsor->url);
        value_set_string(member, "place", sponsor_places[sponsor->place]);
        value_take_item(list, member);
    }
    value_take(map, "sponsors", list);
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
    for (size_t i = 0; i < G_N_ELEMENTS(later_numbers); i++)
        value_set_integer(map, later_numbers[i].name,
                          *(const int *)((const char *)settings + later_numbers[i].offset));
    put_sponsors(map, settings);
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

static bool
read_later_numbers(Settings *settings, const Value *map, GError **error)
{
    for (size_t i = 0; i < G_N_ELEMENTS(later_numbers); i++) {
        const Value *number = value_find(map, later_numbers[i].name);
        if (number != NULL && value_kind(number) != VALUE_INTEGER)
            return damaged(error);
        if (number != NULL)
            *(int *)((char *)settings + later_numbers[i].offset) = (int)value_integer(number);
    }
    return true;
}

static bool
read_sponsors(Settings *settings, const Value *map, GError **error)
{
    const Value *sponsors = value_find(map, "sponsors");
    if (sponsors == NULL)
        return true;
    if (value_kind(sponsors) != VALUE_LIST)
        return damaged(error);
    for (size_t i = 0; i < value_length(sponsors); i++) {
        const Value *sponsor = value_item(sponsors, i);
        const char *title = value_find_string(sponsor, "title");
        if (title == NULL)
            return damaged(error);
        bool below = g_strcmp0(value_find_string(sponsor, "place"), "below") == 0;
        settings_add_sponsor(settings, title, value_find_string(sponsor, "text"),
                             value_find_string(sponsor, "url"),
                             below ? SPONSOR_BELOW : SPONSOR_ABOVE);
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
    if (!read_later_numbers(settings, map, error) || !read_sponsors(settings, map, error) ||
        !read_stories(settings, map, error) || !read_topics(settings, map, error) ||
        (filter != NULL && !settings_set_filter(settings, filter, error)))
        return NULL;
    return g_steal_pointer(&settings);
}
