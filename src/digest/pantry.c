#include "digest/pantry-internal.h"

#include <string.h>
#include "base/clock.h"
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

/* What is kept of an article; NULL: not asked for yet. */
typedef struct {
    Value *article;
    Value *shapes[SHAPE_COUNT]; /* maps over it, with the parts filled */
} Portion;

struct Pantry {
    const RenderContext *context;
    const GPtrArray *articles;
    GTimeZone *zone;
    Phrases *phrases;
    Value *frame;
    char *files[G_N_ELEMENTS(parts)]; /* NULL: the template has none */
    Portion *portions;                /* one for each article */
};

static void
portion_clear(Portion *portion)
{
    value_unref(portion->article);
    for (int shape = 0; shape < SHAPE_COUNT; shape++)
        value_unref(portion->shapes[shape]);
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
filled(const Pantry *pantry, const char *file, const Value *model, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (!templates_render(pantry->context->templates, file, model, out, error))
        return NULL;
    if (out->len > 0 && out->str[out->len - 1] == '\n')
        g_string_truncate(out, out->len - 1); /* the tag that shows it has a line of its own */
    return value_new_string(out->str);
}

static Value *
shape_new(const Pantry *pantry, Value *article, Shape shape, GError **error)
{
    g_autoptr(Value) map = value_new_map_over(article);
    g_autoptr(Value) model = item_model(pantry, article, shape);
    for (size_t part = 0; part < G_N_ELEMENTS(parts); part++) {
        if (pantry->files[part] == NULL)
            continue;
        Value *text = filled(pantry, pantry->files[part], model, error);
        if (text == NULL)
            return NULL;
        value_take(map, parts[part].key, text);
    }
    value_set_bool(map, "brief", (shape & SHAPE_BRIEF) != 0);
    value_set_bool(map, "lead", (shape & SHAPE_LEAD) != 0);
    value_set_bool(map, "has_also", false);
    value_take(map, "also", value_new_list());
    return g_steal_pointer(&map);
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
    if (portion->shapes[shape] == NULL)
        portion->shapes[shape] = shape_new(pantry, portion->article, shape, error);
    return portion->shapes[shape] != NULL ? value_new_map_over(portion->shapes[shape]) : NULL;
}

Value *
pantry_item_model(Pantry *pantry, guint place, GError **error)
{
    const Portion *portion = portion_get(pantry, place, error);
    return portion != NULL ? item_model(pantry, portion->article, 0) : NULL;
}
