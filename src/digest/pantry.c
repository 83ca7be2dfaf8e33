#include "digest/pantry-internal.h"

#include <string.h>
#include "base/clock.h"
#include "base/shared.h"
#include "digest/model-internal.h"

/* The templates that fill an article, and how the mail's template shows that: in either part, and in a
 * list of contents. */
static const struct {
    const char *file, *key;
} parts[] = {
    { "item.html.mustache", "html" },
    { "item.txt.mustache", "text" },
    { "line.html.mustache", "line" },
};

/* An article in a shape. */
typedef struct {
    Value *map; /* over the article, with the parts filled; NULL: not asked for yet */
    const Value *texts[G_N_ELEMENTS(parts)]; /* of the map */
} Filled;

/* What is kept of an article. */
typedef struct {
    Value *article; /* NULL: not asked for yet */
    Filled shapes[SHAPE_COUNT];
} Portion;

struct Pantry {
    const RenderContext *context;
    const GPtrArray *articles;
    GTimeZone *zone;
    Phrases *phrases;
    Value *frame;
    GHashTable *headings; /* Topic, or NULL -> Value */
    Value *no_heading;
    GHashTable *settled;              /* file -> Mustache, or NULL when it has to be filled anew */
    char *files[G_N_ELEMENTS(parts)]; /* NULL: the template has none */
    Portion *portions;                /* one for each article */
    GHashTable *texts;                /* set of const char *: of what is filled in them */
    GArray *shared;                   /* of SharedText: of the template that was filled last */
};

static void
portion_clear(Portion *portion)
{
    value_unref(portion->article);
    for (int shape = 0; shape < SHAPE_COUNT; shape++)
        value_unref(portion->shapes[shape].map);
}

void
pantry_free(Pantry *pantry)
{
    if (pantry == NULL)
        return;
    for (guint i = 0; pantry->portions != NULL && i < pantry->articles->len; i++)
        portion_clear(&pantry->portions[i]);
    for (size_t part = 0; part < G_N_ELEMENTS(parts); part++)
        g_free(pantry->files[part]);
    g_free(pantry->portions);
    g_hash_table_unref(pantry->texts);
    g_array_unref(pantry->shared);
    g_hash_table_unref(pantry->settled);
    g_hash_table_unref(pantry->headings);
    value_unref(pantry->no_heading);
    value_unref(pantry->frame);
    phrases_free(pantry->phrases);
    g_clear_pointer(&pantry->zone, g_time_zone_unref);
    g_free(pantry);
}

/* A template's own file, or the one that it shares with others; NULL: there is neither. */
static char *
find_file(const RenderContext *context, const char *file)
{
    const char *const folders[] = { context->settings->template_name, "partials" };
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *name = g_strconcat(folders[i], "/", file, NULL);
        if (templates_has(context->templates, name))
            return g_steal_pointer(&name);
    }
    return NULL;
}

static Value *
heading_new(const char *title)
{
    Value *map = value_new_map();
    value_set_bool(map, "has_title", title != NULL);
    if (title != NULL)
        model_put_title(map, title, '-');
    else
        value_set_string(map, "title", NULL);
    return map;
}

Pantry *
pantry_new(const RenderContext *context, const GPtrArray *articles, const char *language,
           GError **error)
{
    g_autoptr(Pantry) pantry = g_new0(Pantry, 1);
    const Value *strings = templates_strings(context->templates, language);
    GTimeZone *zone = time_zone_find(context->settings->zone);
    pantry->context = context;
    pantry->articles = articles;
    pantry->zone = zone != NULL ? zone : g_time_zone_new_utc();
    pantry->portions = articles != NULL ? g_new0(Portion, articles->len) : NULL;
    for (size_t part = 0; part < G_N_ELEMENTS(parts); part++)
        pantry->files[part] = find_file(context, parts[part].file);
    pantry->headings = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)value_unref);
    pantry->no_heading = heading_new(NULL);
    pantry->settled =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)mustache_free);
    pantry->texts = g_hash_table_new(NULL, NULL);
    pantry->shared = g_array_new(FALSE, FALSE, sizeof(SharedText));
    pantry->phrases = phrases_new(strings, pantry->zone, error);
    if (pantry->phrases == NULL)
        return NULL;
    pantry->frame = model_frame(context, pantry->phrases, language, error);
    if (pantry->frame == NULL || !phrases_settle(pantry->phrases, pantry->frame, error))
        return NULL;
    return g_steal_pointer(&pantry);
}

const Phrases *
pantry_phrases(const Pantry *pantry)
{
    return pantry->phrases;
}

Value *
pantry_frame(const Pantry *pantry)
{
    return pantry->frame;
}

/* What "item" is filled with: the article, and behind it what is the same in all mails. */
static Value *
item_model(const Pantry *pantry, Value *article, Shape shape)
{
    Value *item = value_new_map_over(article);
    value_set_bool(item, "brief", (shape & SHAPE_BRIEF) != 0);
    value_set_bool(item, "lead", (shape & SHAPE_LEAD) != 0);
    value_take(item, "newsletter", value_ref(value_find(pantry->frame, "newsletter")));
    value_take(item, "looks", value_ref(value_find(pantry->frame, "looks")));
    value_take(item, "dir", value_ref(value_find(pantry->frame, "dir")));
    value_take(item, "t", value_ref(phrases_fixed(pantry->phrases)));
    return item;
}

/* The article as FILE shows it, or NULL. */
static Value *
fill_part(const Pantry *pantry, const char *file, const Value *model, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (!templates_render(pantry->context->templates, file, model, out, error))
        return NULL;
    if (out->len > 0 && out->str[out->len - 1] == '\n')
        g_string_truncate(out, out->len - 1); /* the tag that shows it has a line of its own */
    return value_new_string(out->str);
}

static bool
fill_shape(Pantry *pantry, Value *article, Shape shape, Filled *filled, GError **error)
{
    g_autoptr(Value) map = value_new_map_over(article);
    g_autoptr(Value) model = item_model(pantry, article, shape);
    for (size_t part = 0; part < G_N_ELEMENTS(parts); part++) {
        if (pantry->files[part] == NULL)
            continue;
        Value *text = fill_part(pantry, pantry->files[part], model, error);
        if (text == NULL)
            return false;
        filled->texts[part] = text;
        g_hash_table_add(pantry->texts, (gpointer)value_string(text));
        value_take(map, parts[part].key, text);
    }
    value_set_bool(map, "brief", (shape & SHAPE_BRIEF) != 0);
    value_set_bool(map, "lead", (shape & SHAPE_LEAD) != 0);
    value_set_bool(map, "has_also", false);
    value_take(map, "also", value_new_list());
    filled->map = g_steal_pointer(&map);
    return true;
}

static Portion *
portion_get(Pantry *pantry, guint place, GError **error)
{
    Portion *portion = &pantry->portions[place];
    if (portion->article == NULL)
        portion->article = model_article(pantry->phrases, pantry->articles->pdata[place], error);
    return portion->article != NULL ? portion : NULL;
}

Value *
pantry_item(Pantry *pantry, guint place, Shape shape, GError **error)
{
    Portion *portion = portion_get(pantry, place, error);
    if (portion == NULL)
        return NULL;
    if (portion->shapes[shape].map == NULL &&
        !fill_shape(pantry, portion->article, shape, &portion->shapes[shape], error))
        return NULL;
    return value_new_map_over(portion->shapes[shape].map);
}

/* Articles under no topic have a heading only when others have one. */
Value *
pantry_heading(Pantry *pantry, const Topic *topic, bool alone)
{
    Value *heading = g_hash_table_lookup(pantry->headings, topic);
    if (topic == NULL && alone)
        return pantry->no_heading;
    if (heading != NULL)
        return heading;
    heading = heading_new(topic != NULL ? model_topic_title(topic)
                                        : phrases_find(pantry->phrases, "other_articles"));
    g_hash_table_insert(pantry->headings, (gpointer)topic, heading);
    return heading;
}

void
pantry_expect(const Pantry *pantry, const guint *places, guint count)
{
    for (guint i = 0; i < count; i++) {
        const Filled *filled = &pantry->portions[places[i]].shapes[0];
        if (filled->map == NULL)
            continue;
        value_expect(filled->map);
        for (size_t part = 0; part < G_N_ELEMENTS(parts); part++)
            if (filled->texts[part] != NULL)
                value_expect(filled->texts[part]);
    }
}

Value *
pantry_item_model(Pantry *pantry, guint place, GError **error)
{
    const Portion *portion = portion_get(pantry, place, error);
    return portion != NULL ? item_model(pantry, portion->article, 0) : NULL;
}

/* FILE with all filled in that every mail says alike. */
static Mustache *
settle(const Pantry *pantry, const char *file)
{
    g_autoptr(Value) known = value_new_map_over(pantry->frame);
    phrases_put_fixed(pantry->phrases, known);
    Mustache *settled = templates_settle(pantry->context->templates, file, known);
    if (settled != NULL)
        mustache_tell_shared(settled, pantry->texts, pantry->shared);
    return settled;
}

bool
pantry_fill(Pantry *pantry, const char *file, const Value *model, GString *out, GArray **shared,
            GError **error)
{
    gpointer settled;
    if (!g_hash_table_lookup_extended(pantry->settled, file, NULL, &settled)) {
        settled = settle(pantry, file);
        g_hash_table_insert(pantry->settled, g_strdup(file), settled);
    }
    if (settled != NULL && mustache_render(settled, model, NULL, NULL, out, NULL)) {
        *shared = g_array_copy(pantry->shared);
        return true;
    }
    g_string_truncate(out, 0);
    *shared = NULL;
    return templates_render(pantry->context->templates, file, model, out, error);
}
