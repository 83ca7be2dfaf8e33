#include "digest/render.h"

#include <string.h>
#include "base/text.h"
#include "digest/markdown-internal.h"
#include "digest/leftover.h"
#include "digest/model-internal.h"
#include "digest/mustache.h"
#include "digest/pantry-internal.h"
#include "digest/post_html-internal.h"
#include "digest/render-internal.h"
#include "html/sanitize.h"
#include "subscriber/subscription.h"

#define CONTENTS_MIN  8u  /* articles from which on a mail says what is in it */
#define HEADLINE_MAX  70u /* characters: so that what follows it is seen in a list of mails */
#define PREHEADER_MAX 110u

/* Most parts of a mail have room in this. */
#define PART_SIZE (32u * 1024)

/* Of templates that bring no subject.txt.mustache. */
#define SUBJECT "{{newsletter.title}}: {{headline}}{{#others}} (+{{others}}){{/others}}"

#define SUBJECT_FILE "subject.txt.mustache"

struct Renderer {
    RenderContext context;
    const GPtrArray *articles;
    Mustache *subject;    /* NULL: the template's file */
    GHashTable *pantries; /* language -> Pantry */
};

/* How much of a selection finds room: articles in all, those that are more than a link, and links of what
 * was cut. */
typedef struct {
    guint shown;
    guint full;
    guint linked;
} Room;

static Room
room_for_all(const Selection *selection)
{
    return (Room){ selection->count, selection->count, selection->linked->len };
}

void
rendition_free(Rendition *rendition)
{
    if (rendition == NULL)
        return;
    g_free(rendition->subject);
    g_free(rendition->text);
    g_free(rendition->html);
    g_clear_pointer(&rendition->text_shared, g_array_unref);
    g_clear_pointer(&rendition->html_shared, g_array_unref);
    g_free(rendition);
}

void
render_audience_write(GString *out, const RenderAudience *audience)
{
    g_string_append_printf(out, "%s %d %d", audience->language, audience->format, audience->named);
    for (guint i = 0; i < audience->topics->len; i++) {
        g_string_append_c(out, ' ');
        g_string_append(out, audience->topics->pdata[i]);
    }
}

/* The template's own file goes before our line; the settings' line goes before both. */
static bool
open_subject(Renderer *renderer, GError **error)
{
    const Settings *settings = renderer->context.settings;
    g_autofree char *file = g_strconcat(settings->template_name, "/" SUBJECT_FILE, NULL);
    if (settings->subject == NULL && templates_has(renderer->context.templates, file))
        return true;
    const char *text = settings->subject != NULL ? settings->subject : SUBJECT;
    renderer->subject = mustache_parse(SUBJECT_FILE, text, error);
    return renderer->subject != NULL;
}

Renderer *
renderer_new(const RenderContext *context, const GPtrArray *articles, GError **error)
{
    g_autoptr(Renderer) renderer = g_new0(Renderer, 1);
    renderer->context = *context;
    renderer->articles = articles;
    renderer->pantries =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)pantry_free);
    return open_subject(renderer, error) ? g_steal_pointer(&renderer) : NULL;
}

void
renderer_free(Renderer *renderer)
{
    if (renderer == NULL)
        return;
    g_hash_table_unref(renderer->pantries);
    mustache_free(renderer->subject);
    g_free(renderer);
}

static Pantry *
pantry_get(Renderer *renderer, const char *language, GError **error)
{
    Pantry *pantry = g_hash_table_lookup(renderer->pantries, language);
    if (pantry != NULL)
        return pantry;
    pantry = pantry_new(&renderer->context, renderer->articles, language, error);
    if (pantry != NULL)
        g_hash_table_insert(renderer->pantries, g_strdup(language), pantry);
    return pantry;
}

/* The list of articles */

typedef struct {
    const Renderer *renderer;
    Pantry *pantry;
    const Selection *selection;
    Room room;
    guint index; /* articles so far, in all groups */
} Listing;

static Value *
listing_article(Listing *listing, const SelectionGroup *group, guint i, guint count, GError **error)
{
    guint place = g_array_index(listing->selection->articles, guint, group->first + i);
    bool brief = listing->index >= listing->room.full;
    bool lead = listing->index == 0;
    Shape shape = (brief ? SHAPE_BRIEF : 0) | (lead ? SHAPE_LEAD : 0);
    Value *article = pantry_item(listing->pantry, place, shape, error);
    if (article == NULL)
        return NULL;
    model_put_also(article, listing->selection, place, listing->renderer->articles);
    model_put_reason(article, listing->selection, place);
    value_set_integer(article, "index", ++listing->index);
    value_set_bool(article, "first", i == 0);
    value_set_bool(article, "last", i + 1 == count);
    return article;
}

/* The articles of GROUP while there is room, under its heading. */
static Value *
listing_group(Listing *listing, const SelectionGroup *group, GError **error)
{
    g_autoptr(Value) list = value_new_list();
    guint count = MIN(group->count, listing->room.shown - listing->index);
    for (guint i = 0; i < count; i++) {
        Value *article = listing_article(listing, group, i, count, error);
        if (article == NULL)
            return NULL;
        value_take_item(list, article);
    }
    bool alone = listing->selection->groups->len == 1;
    Value *map = value_new_map_over(pantry_heading(listing->pantry, group->topic, alone));
    value_set_integer(map, "count", count);
    value_take(map, "articles", g_steal_pointer(&list));
    return map;
}

static Value *
listing_topics(Listing *listing, GError **error)
{
    const Selection *selection = listing->selection;
    const GArray *groups = selection->groups;
    g_autoptr(Value) list = value_new_list();
    pantry_expect(listing->pantry, (const guint *)(void *)selection->articles->data,
                  selection->count);
    for (guint i = 0; i < groups->len && listing->index < listing->room.shown; i++) {
        bool first = listing->index == 0;
        Value *map = listing_group(listing, &g_array_index(groups, SelectionGroup, i), error);
        if (map == NULL)
            return NULL;
        value_take_item(list, map);
        value_set_bool(map, "first", first);
        value_set_bool(map, "last", listing->index >= listing->room.shown);
    }
    return g_steal_pointer(&list);
}

/* What stands behind the subject in a list of mails: the other titles; of one article its text. */
static char *
digest_preheader(const Value *topics)
{
    g_autoptr(GString) titles = g_string_new(NULL);
    const char *excerpt = "";
    for (size_t i = 0; i < value_length(topics) && titles->len < PREHEADER_MAX; i++) {
        const Value *articles = value_find(value_item(topics, i), "articles");
        for (size_t k = 0; k < value_length(articles) && titles->len < PREHEADER_MAX; k++) {
            const Value *article = value_item(articles, k);
            if (i == 0 && k == 0)
                excerpt = value_find_string(article, "excerpt");
            else
                model_append_joined(titles, " · ", value_find_string(article, "title"));
        }
    }
    return text_truncate(titles->len > 0 ? titles->str : excerpt, PREHEADER_MAX);
}

/* Models */

/* What finds no room is told, and what becomes of it: after a welcome nothing, else it follows, but for what
 * is more than can wait. */
static void
put_counts(Value *model, const Selection *selection, Room room)
{
    guint more = selection->more - room.linked + selection->count - room.shown;
    value_set_integer(model, "count", room.shown);
    value_set_integer(model, "others", (int64_t)room.shown - 1);
    value_set_integer(model, "more", more);
    value_set_bool(model, "has_more", more > 0);
    guint follow = selection->keeps ? MIN(more, LEFTOVER_MAX) : 0;
    value_set_integer(model, "follow", follow);
    value_set_integer(model, "lost", more - follow);
    value_set_bool(model, "follows", follow > 0 && follow == more);
    value_set_bool(model, "follows_in_part", follow > 0 && follow < more);
    value_set_bool(model, "has_contents", room.shown >= CONTENTS_MIN);
}

static void
put_rest(Value *model, const Selection *selection, const GPtrArray *articles, guint linked)
{
    Value *list = value_new_list();
    for (guint i = 0; i < linked; i++)
        value_take_item(list,
                        model_link(articles->pdata[g_array_index(selection->linked, guint, i)]));
    value_take(model, "rest", list);
    value_set_bool(model, "has_rest", linked > 0);
}

static void
put_subject(Value *model, const char *subject)
{
    value_set_string(model, "subject", subject);
    model_set_wrapped(model, "subject_wrapped", subject);
}

static void
put_headline(Value *model, const char *title)
{
    g_autofree char *headline = text_truncate(title, HEADLINE_MAX);
    value_set_string(model, "headline", headline);
}

static char *
render_subject(const Renderer *renderer, const Value *model, GError **error)
{
    const RenderContext *context = &renderer->context;
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *file = g_strconcat(context->settings->template_name, "/" SUBJECT_FILE, NULL);
    bool done = renderer->subject != NULL
                    ? mustache_render(renderer->subject, model, NULL, NULL, out, error)
                    : templates_render(context->templates, file, model, out, error);
    return done ? text_single_line(g_strchomp(out->str)) : NULL;
}

/* All of a digest that finds ROOM, but for its subject. */
static Value *
digest_model(Renderer *renderer, Pantry *pantry, const Selection *selection,
             const RenderAudience *audience, Room room, GError **error)
{
    g_autoptr(Value) model = value_new_map_over(pantry_frame(pantry));
    Listing listing = { renderer, pantry, selection, room, 0 };
    Value *topics = listing_topics(&listing, error);
    if (topics == NULL)
        return NULL;
    value_take(model, "topics", topics);
    model_put_audience(model, &renderer->context, audience);
    put_counts(model, selection, room);
    put_rest(model, selection, renderer->articles, room.linked);
    const Value *first = value_item(value_find(value_item(topics, 0), "articles"), 0);
    put_headline(model, value_find_string(first, "title"));
    g_autofree char *preheader = digest_preheader(topics);
    value_set_string(model, "preheader", preheader);
    return phrases_put(pantry_phrases(pantry), model, error) ? g_steal_pointer(&model) : NULL;
}

/* Templates to renditions */

/* SHARED may be NULL. */
static char *
render_part(const Renderer *renderer, Pantry *pantry, const char *file, const Value *model,
            GArray **shared, GError **error)
{
    g_autoptr(GString) out = g_string_sized_new(PART_SIZE);
    g_autofree char *name = g_strconcat(renderer->context.settings->template_name, "/", file, NULL);
    g_autoptr(GArray) texts = NULL;
    if (!pantry_fill(pantry, name, model, out, &texts, error))
        return NULL;
    if (shared != NULL)
        *shared = g_steal_pointer(&texts);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* One digest on its way: the same for all rooms that are tried. */
typedef struct {
    Renderer *renderer;
    Pantry *pantry;
    const Selection *selection;
    const RenderAudience *audience;
    const char *subject;
} Attempt;

static bool
html_fits(const char *html)
{
    return strlen(html) <= HTML_MAX - HTML_PERSONAL;
}

static char *
html_in_room(const Attempt *attempt, Room room, GError **error)
{
    g_autoptr(Value) model = digest_model(attempt->renderer, attempt->pantry, attempt->selection,
                                          attempt->audience, room, error);
    if (model == NULL)
        return NULL;
    put_subject(model, attempt->subject);
    return render_part(attempt->renderer, attempt->pantry, "digest.html.mustache", model, NULL,
                       error);
}

/* The largest *NUMBER, a part of ROOM, from MIN to below MAX with which the HTML is small enough; with
 * MIN it may be too large. */
static char *
html_find_room(const Attempt *attempt, Room *room, guint *number, guint min, guint max,
               GError **error)
{
    *number = min;
    g_autofree char *best = html_in_room(attempt, *room, error);
    if (best == NULL)
        return NULL;
    guint low = min;
    while (html_fits(best) && max - low > 1) {
        *number = low + (max - low) / 2;
        char *html = html_in_room(attempt, *room, error);
        if (html == NULL)
            return NULL;
        if (!html_fits(html)) {
            max = *number;
            g_free(html);
        } else {
            low = *number;
            g_free(best);
            best = html;
        }
    }
    *number = low;
    return g_steal_pointer(&best);
}

/* The HTML of a selection that is too large as a whole, in *ROOM, which it then knows: first what was cut
 * is linked no more; then, from the end on, articles become links; when links alone are too many, the
 * last are only counted. */
static char *
html_in_less_room(const Attempt *attempt, Room *room, GError **error)
{
    guint count = attempt->selection->count;
    g_autofree char *html = NULL;
    if (room->linked > 0) {
        html = html_find_room(attempt, room, &room->linked, 0, room->linked, error);
        if (html == NULL || html_fits(html))
            return g_steal_pointer(&html);
        g_clear_pointer(&html, g_free);
    }
    html = html_find_room(attempt, room, &room->full, 0, count, error);
    if (html == NULL || html_fits(html))
        return g_steal_pointer(&html);
    room->full = 0;
    return html_find_room(attempt, room, &room->shown, 1, count, error);
}

/* The text of a digest whose HTML has no room for all. */
static bool
shorten_text(const Attempt *attempt, Room room, Rendition *rendition, GError **error)
{
    g_autoptr(Value) model = digest_model(attempt->renderer, attempt->pantry, attempt->selection,
                                          attempt->audience, room, error);
    if (model == NULL)
        return false;
    put_subject(model, attempt->subject);
    g_free(rendition->text);
    g_clear_pointer(&rendition->text_shared, g_array_unref);
    rendition->text =
        render_part(attempt->renderer, attempt->pantry, "digest.txt.mustache", model, NULL, error);
    return rendition->text != NULL;
}

static bool
shorten(const Attempt *attempt, Room *room, Rendition *rendition, GError **error)
{
    const Room all = *room;
    g_free(rendition->html);
    g_clear_pointer(&rendition->html_shared, g_array_unref);
    rendition->html = html_in_less_room(attempt, room, error);
    if (rendition->html == NULL)
        return false;
    bool is_all = room->shown == all.shown && room->linked == all.linked;
    return is_all || shorten_text(attempt, *room, rendition, error);
}

/* The parts of a digest, of which MODEL has all, and *ROOM what the HTML then has room for. */
static bool
render_parts(const Attempt *attempt, const Value *model, Room *room, Rendition *rendition,
             GError **error)
{
    rendition->text = render_part(attempt->renderer, attempt->pantry, "digest.txt.mustache", model,
                                  &rendition->text_shared, error);
    if (rendition->text == NULL)
        return false;
    if (attempt->audience->format == FORMAT_TEXT)
        return true;
    rendition->html = render_part(attempt->renderer, attempt->pantry, "digest.html.mustache", model,
                                  &rendition->html_shared, error);
    if (rendition->html == NULL)
        return false;
    return html_fits(rendition->html) || shorten(attempt, room, rendition, error);
}

Rendition *
renderer_digest(Renderer *renderer, const Selection *selection, const RenderAudience *audience,
                GError **error)
{
    Pantry *pantry = pantry_get(renderer, audience->language, error);
    if (pantry == NULL)
        return NULL;
    Room room = room_for_all(selection);
    g_autoptr(Rendition) rendition = g_new0(Rendition, 1);
    g_autoptr(Value) model = digest_model(renderer, pantry, selection, audience, room, error);
    if (model == NULL || (rendition->subject = render_subject(renderer, model, error)) == NULL)
        return NULL;
    put_subject(model, rendition->subject);
    const Attempt attempt = { renderer, pantry, selection, audience, rendition->subject };
    if (!render_parts(&attempt, model, &room, rendition, error))
        return NULL;
    rendition->shown = room.shown;
    rendition->linked = room.linked;
    return g_steal_pointer(&rendition);
}

static Value *
post_model(Renderer *renderer, Pantry *pantry, const Post *post, const RenderAudience *audience,
           GError **error)
{
    g_autoptr(Value) model = value_new_map_over(pantry_frame(pantry));
    g_autofree char *line = text_single_line(post->subject);
    g_autofree char *html = post_html(post, &renderer->context);
    g_autofree char *text = markdown_to_text(post->markdown, MODEL_WRAP_WIDTH);
    g_autofree char *plain = html_to_text(html);
    g_autofree char *beginning = text_single_line(plain);
    g_autofree char *preheader = text_truncate(beginning, PREHEADER_MAX);
    model_put_audience(model, &renderer->context, audience);
    put_subject(model, line);
    put_headline(model, line);
    value_set_string(model, "preheader", preheader);
    value_set_string(model, "content_html", html);
    value_set_string(model, "content_text", text);
    return phrases_put(pantry_phrases(pantry), model, error) ? g_steal_pointer(&model) : NULL;
}

Rendition *
renderer_post(Renderer *renderer, const Post *post, const RenderAudience *audience, GError **error)
{
    Pantry *pantry = pantry_get(renderer, audience->language, error);
    if (pantry == NULL)
        return NULL;
    g_autoptr(Rendition) rendition = g_new0(Rendition, 1);
    g_autoptr(Value) model = post_model(renderer, pantry, post, audience, error);
    if (model == NULL)
        return NULL;
    rendition->subject = g_strdup(value_find_string(model, "subject"));
    rendition->text = render_part(renderer, pantry, "post.txt.mustache", model, NULL, error);
    if (rendition->text == NULL)
        return NULL;
    if (audience->format == FORMAT_TEXT)
        return g_steal_pointer(&rendition);
    rendition->html = render_part(renderer, pantry, "post.html.mustache", model, NULL, error);
    return rendition->html != NULL ? g_steal_pointer(&rendition) : NULL;
}

/* For template_check() */

Value *
renderer_digest_model(Renderer *renderer, const Selection *selection,
                      const RenderAudience *audience, GError **error)
{
    Pantry *pantry = pantry_get(renderer, audience->language, error);
    if (pantry == NULL)
        return NULL;
    const Room all = room_for_all(selection);
    g_autoptr(Value) model = digest_model(renderer, pantry, selection, audience, all, error);
    if (model != NULL)
        put_subject(model, "");
    return g_steal_pointer(&model);
}

Value *
renderer_post_model(Renderer *renderer, const char *markdown, const RenderAudience *audience,
                    GError **error)
{
    Pantry *pantry = pantry_get(renderer, audience->language, error);
    g_autoptr(Post) post = post_new("", markdown);
    return pantry != NULL ? post_model(renderer, pantry, post, audience, error) : NULL;
}

Value *
renderer_item_model(Renderer *renderer, guint place, const char *language, GError **error)
{
    Pantry *pantry = pantry_get(renderer, language, error);
    return pantry != NULL ? pantry_item_model(pantry, place, error) : NULL;
}

bool
renderer_inspect_strings(Renderer *renderer, const char *language, const Value *model,
                         GPtrArray *complaints, GError **error)
{
    Pantry *pantry = pantry_get(renderer, language, error);
    return pantry != NULL && phrases_inspect(pantry_phrases(pantry), model, complaints, error);
}
