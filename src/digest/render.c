/* What templates can show. Everything is text unless a kind is given; times are in the zone of the
 * newsletter, dates in the language of the reader.
 *
 *   newsletter     .name .title .underline ("=====" below the title in a text)
 *                  .imprint .imprint_is_url (bool) .postal_address
 *   issue          .number (integer) .date .date_long .date_iso .weekday .time
 *   subscriber     .address .name (only of those who gave one)
 *   subject        the finished subject; not in subject.txt.mustache itself
 *   preheader      what mail programs show behind the subject
 *   headline       title of the first article, shortened; of a letter its subject
 *   others         how many articles there are beside the first (integer)
 *   count          articles in this mail (integer)
 *   more           articles that did not find room (integer) .has_more (bool)
 *   topics         list of groups: .title .underline .has_title .count .first .last .articles
 *   articles       list in a group: .title .url .has_url .excerpt .brief (bool: no room for the
 *                  excerpt) .source .host .author .byline .date .date_long .date_iso .weekday .time
 *                  .image .has_image .categories (list) .language .index (from 1) .first .last
 *                  .updated (bool: it was in a mail before, with another text)
 *                  .content_html (sanitised, for {{{…}}})
 *                  .also (who else has the same story) .has_also (bool)
 *   also           list in an article: .source .url .has_url .first .last
 *   your_topics    list of the titles of the reader's topics; .has_topics, .topics_line
 *   content_html   of a letter: sanitised, for {{{…}}}
 *   content_text   of a letter: wrapped
 *   unsubscribe_url   a web page, or else (.unsubscribe_is_web false) a mailto: link
 *   language dir   for <html>
 *   t              strings/LANGUAGE.json, where tags of this table may stand in a string. Of
 *                  "count_one" and "count_other" one becomes t.count, by the number called count.
 *   t_wrapped      the same, wrapped at 72 columns; articles have title_wrapped, byline_wrapped and
 *                  excerpt_wrapped, newsletter postal_address_wrapped, the mail subject_wrapped
 */
#include "digest/render.h"

#include <string.h>
#include "base/clock.h"
#include "base/placeholder.h"
#include "base/text.h"
#include "digest/markdown-internal.h"
#include "digest/mustache.h"
#include "feed/article.h"
#include "html/link.h"
#include "html/sanitize.h"
#include "subscriber/subscription.h"

/* Gmail cuts the source of a mail off at some 102,000 octets, and the unsubscribe link with it;
 * personal links and quoted-printable come on top of what is measured here. */
#define HTML_MAX 90000u

#define WRAP_WIDTH    72u
#define EXCERPT_MAX   400u /* characters */
#define HEADLINE_MAX  70u  /* characters: so that what follows it is seen in a list of mails */
#define PREHEADER_MAX 110u
#define UNDERLINE_MAX WRAP_WIDTH

/* Of templates that bring no subject.txt.mustache. */
#define SUBJECT "{{newsletter.title}}: {{headline}}{{#others}} (+{{others}}){{/others}}"

typedef struct {
    const RenderContext *context;
    const RenderAudience *audience;
    const Value *strings;
    GTimeZone *zone;
} Render;

/* How much of a selection finds room: articles in all, and those with their excerpt. */
typedef struct {
    guint shown;
    guint full;
} Room;

static void
render_clear(Render *render)
{
    g_clear_pointer(&render->zone, g_time_zone_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Render, render_clear)

void
rendition_free(Rendition *rendition)
{
    if (rendition == NULL)
        return;
    g_free(rendition->subject);
    g_free(rendition->text);
    g_free(rendition->html);
    g_free(rendition);
}

void
render_audience_write(GString *out, const RenderAudience *audience)
{
    g_string_append_printf(out, "%s %d %d", audience->language, audience->format, audience->named);
    for (guint i = 0; i < audience->topics->len; i++)
        g_string_append_printf(out, " %s", (const char *)audience->topics->pdata[i]);
}

static Render
render_new(const RenderContext *context, const RenderAudience *audience)
{
    GTimeZone *zone = time_zone_find(context->settings->zone);
    return (Render){
        .context = context,
        .audience = audience,
        .strings = templates_strings(context->templates, audience->language),
        .zone = zone != NULL ? zone : g_time_zone_new_utc(),
    };
}

/* Pieces of text */

static char *
wrapped(const char *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    text_wrap(out, text, WRAP_WIDTH);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
set_wrapped(Value *map, const char *key, const char *text)
{
    g_autofree char *lines = text != NULL ? wrapped(text) : NULL;
    value_set_string(map, key, lines);
}

static void
set_underline(Value *map, const char *title, char line)
{
    size_t length = MIN((size_t)g_utf8_strlen(title, -1), UNDERLINE_MAX);
    g_autofree char *underline = g_strnfill(length, line);
    value_set_string(map, "underline", underline);
}

/* TEXT of a strings file or of the configuration, with its tags filled. */
static char *
fill(const char *name, const char *text, const Value *data, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(Mustache) mustache = mustache_parse(name, text, error);
    if (mustache == NULL || !mustache_render(mustache, data, NULL, NULL, out, error))
        return NULL;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void
append_joined(GString *out, const char *separator, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    if (out->len > 0)
        g_string_append(out, separator);
    g_string_append(out, text);
}

/* Dates */

static const char *
name_at(const Render *render, const char *key, int i)
{
    const Value *names = value_find(render->strings, key);
    if (names == NULL || value_kind(names) != VALUE_LIST || value_length(names) <= (size_t)i)
        return NULL;
    const Value *name = value_item(names, (size_t)i);
    return value_kind(name) == VALUE_STRING ? value_string(name) : NULL;
}

/* Adds TIME to MAP in each of the forms that the strings file gives. */
static bool
put_dates(const Render *render, Value *map, int64_t time, GError **error)
{
    static const char *const forms[] = { "date", "date_long", "time" };
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(time);
    if (utc == NULL)
        return true;
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, render->zone);
    g_autofree char *hour = g_strdup_printf("%02d", g_date_time_get_hour(local));
    g_autofree char *minute = g_strdup_printf("%02d", g_date_time_get_minute(local));
    g_autofree char *iso = g_date_time_format(local, "%Y-%m-%d");
    const char *weekday = name_at(render, "weekdays", g_date_time_get_day_of_week(local) - 1);
    g_autoptr(Value) parts = value_new_map();
    value_set_string(parts, "weekday", weekday);
    value_set_integer(parts, "day", g_date_time_get_day_of_month(local));
    value_set_string(parts, "month", name_at(render, "months", g_date_time_get_month(local) - 1));
    value_set_integer(parts, "year", g_date_time_get_year(local));
    value_set_string(parts, "hour", hour);
    value_set_string(parts, "minute", minute);

    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autofree char *key = g_strconcat("format_", forms[i], NULL);
        const char *form = value_find_string(render->strings, key);
        g_autofree char *text =
            fill("strings.txt.mustache", form != NULL ? form : "", parts, error);
        if (text == NULL)
            return false;
        value_set_string(map, forms[i], text);
    }
    value_set_string(map, "date_iso", iso);
    value_set_string(map, "weekday", weekday);
    return true;
}

/* Articles */

/* Who an article is from, for readers; NULL when nothing says so. The caller owns it. */
static char *
source_of(const Article *article)
{
    if (article->feed_title != NULL)
        return g_strdup(article->feed_title);
    return article->url != NULL ? link_host(article->url) : NULL;
}

static void
put_texts(Value *map, const Article *article)
{
    g_autofree char *line = text_single_line(article->excerpt);
    g_autofree char *excerpt = text_truncate(line, EXCERPT_MAX);
    g_autofree char *host = article->url != NULL ? link_host(article->url) : NULL;
    g_autofree char *source = source_of(article);
    value_set_string(map, "title", article->title);
    set_wrapped(map, "title_wrapped", article->title);
    value_set_string(map, "url", article->url);
    value_set_bool(map, "has_url", article->url != NULL);
    value_set_string(map, "excerpt", excerpt);
    set_wrapped(map, "excerpt_wrapped", excerpt);
    value_set_string(map, "source", source);
    value_set_string(map, "host", host);
    value_set_string(map, "author", article->author);
    value_set_string(map, "image", article->image);
    value_set_bool(map, "has_image", article->image != NULL);
    value_set_string(map, "language", article->language);
    value_set_string(map, "content_html", article->content);
}

static Value *
other_model(const Article *article)
{
    g_autofree char *source = source_of(article);
    Value *map = value_new_map();
    value_set_string(map, "source", source != NULL ? source : article->feed);
    value_set_string(map, "url", article->url);
    value_set_bool(map, "has_url", article->url != NULL);
    return map;
}

/* Who else has what the article at PLACE tells. */
static void
put_also(Value *map, const Selection *selection, guint place, const GPtrArray *articles)
{
    Value *list = value_new_list();
    for (guint i = 0; i < selection->also->len; i++) {
        const Retelling *retelling = &g_array_index(selection->also, Retelling, i);
        if (retelling->teller == place)
            value_take_item(list, other_model(articles->pdata[retelling->other]));
    }
    size_t count = value_length(list);
    for (size_t i = 0; i < count; i++) {
        value_set_bool(value_item(list, i), "first", i == 0);
        value_set_bool(value_item(list, i), "last", i + 1 == count);
    }
    value_set_bool(map, "has_also", count > 0);
    value_take(map, "also", list);
}

static Value *
article_model(const Render *render, const Article *article, GError **error)
{
    g_autoptr(Value) map = value_new_map();
    put_texts(map, article);
    if (!put_dates(render, map, article->published, error))
        return NULL;
    g_autoptr(GString) byline = g_string_new(NULL);
    value_set_bool(map, "updated", article->updated);
    if (article->updated)
        append_joined(byline, " · ", value_find_string(render->strings, "updated"));
    append_joined(byline, " · ", value_find_string(map, "source"));
    append_joined(byline, " · ", article->author);
    append_joined(byline, " · ", value_find_string(map, "date"));
    value_set_string(map, "byline", byline->str);
    set_wrapped(map, "byline_wrapped", byline->str);
    Value *categories = value_new_list();
    for (guint i = 0; i < article->categories->len; i++)
        value_take_item(categories, value_new_string(article->categories->pdata[i]));
    value_take(map, "categories", categories);
    return g_steal_pointer(&map);
}

/* The articles of GROUP while there is room; *INDEX counts through all groups. */
static Value *
group_model(const Render *render, const Selection *selection, const SelectionGroup *group,
            const GPtrArray *articles, const Room *room, guint *index, GError **error)
{
    g_autoptr(Value) list = value_new_list();
    guint count = MIN(group->count, room->shown - *index);
    for (guint i = 0; i < count; i++) {
        guint place = g_array_index(selection->articles, guint, group->first + i);
        Value *article = article_model(render, articles->pdata[place], error);
        if (article == NULL)
            return NULL;
        put_also(article, selection, place, articles);
        value_set_bool(article, "brief", *index >= room->full);
        value_set_integer(article, "index", ++*index);
        value_set_bool(article, "first", i == 0);
        value_set_bool(article, "last", i + 1 == count);
        value_take_item(list, article);
    }
    Value *map = value_new_map();
    value_set_integer(map, "count", count);
    value_take(map, "articles", g_steal_pointer(&list));
    return map;
}

static const char *
topic_title(const Topic *topic)
{
    return topic->title != NULL ? topic->title : topic->name;
}

/* Articles under no topic have a heading only when others have one. */
static void
put_group_title(const Render *render, Value *map, const Topic *topic, bool alone)
{
    const char *title = topic != NULL ? topic_title(topic)
                        : alone       ? NULL
                                      : value_find_string(render->strings, "other_articles");
    value_set_string(map, "title", title);
    value_set_bool(map, "has_title", title != NULL);
    if (title != NULL)
        set_underline(map, title, '-');
}

static Value *
topics_model(const Render *render, const Selection *selection, const GPtrArray *articles,
             const Room *room, GError **error)
{
    g_autoptr(Value) list = value_new_list();
    guint index = 0;
    for (guint i = 0; i < selection->groups->len && index < room->shown; i++) {
        const SelectionGroup *group = &g_array_index(selection->groups, SelectionGroup, i);
        bool first = index == 0;
        Value *map = group_model(render, selection, group, articles, room, &index, error);
        if (map == NULL)
            return NULL;
        value_take_item(list, map);
        put_group_title(render, map, group->topic, selection->groups->len == 1);
        value_set_bool(map, "first", first);
        value_set_bool(map, "last", index >= room->shown);
    }
    return g_steal_pointer(&list);
}

/* What stands behind the subject in a list of mails: the other titles; of one article its text. */
static char *
digest_preheader(const Value *topics)
{
    g_autoptr(GString) titles = g_string_new(NULL);
    const char *excerpt = "";
    for (size_t i = 0; i < value_length(topics); i++) {
        const Value *articles = value_find(value_item(topics, i), "articles");
        for (size_t k = 0; k < value_length(articles); k++) {
            const Value *article = value_item(articles, k);
            if (i == 0 && k == 0)
                excerpt = value_find_string(article, "excerpt");
            else if (titles->len < PREHEADER_MAX)
                append_joined(titles, " · ", value_find_string(article, "title"));
        }
    }
    return text_truncate(titles->len > 0 ? titles->str : excerpt, PREHEADER_MAX);
}

/* The frame around the articles */

static Value *
newsletter_model(const Settings *settings)
{
    Value *map = value_new_map();
    g_autofree char *url = settings->imprint != NULL ? link_resolve(NULL, settings->imprint) : NULL;
    value_set_string(map, "name", settings->newsletter);
    value_set_string(map, "title", settings->title);
    set_underline(map, settings->title, '=');
    value_set_string(map, "imprint", url != NULL ? url : settings->imprint);
    value_set_bool(map, "imprint_is_url", url != NULL);
    value_set_string(map, "postal_address", settings->postal_address);
    set_wrapped(map, "postal_address_wrapped", settings->postal_address);
    return map;
}

static void
put_your_topics(const Render *render, Value *model)
{
    const GPtrArray *names = render->audience->topics;
    const GPtrArray *topics = render->context->settings->topics;
    g_autoptr(GString) line = g_string_new(NULL);
    Value *list = value_new_list();
    for (guint i = 0; i < topics->len; i++) {
        const Topic *topic = topics->pdata[i];
        if (!g_ptr_array_find_with_equal_func((GPtrArray *)names, topic->name, g_str_equal, NULL))
            continue;
        value_take_item(list, value_new_string(topic_title(topic)));
        append_joined(line, ", ", topic_title(topic));
    }
    value_set_bool(model, "has_topics", line->len > 0);
    value_set_string(model, "topics_line", line->str);
    value_take(model, "your_topics", list);
}

static Value *
frame_model(const Render *render, GError **error)
{
    g_autoptr(Value) model = value_new_map();
    const char *dir = value_find_string(render->strings, "dir");
    Value *issue = value_new_map();
    Value *subscriber = value_new_map();
    value_take(model, "newsletter", newsletter_model(render->context->settings));
    value_take(model, "issue", issue);
    value_take(model, "subscriber", subscriber);
    value_set_integer(issue, "number", render->context->number);
    if (!put_dates(render, issue, render->context->time, error))
        return NULL;
    value_set_string(subscriber, "address", PLACEHOLDER_ADDRESS);
    value_set_string(subscriber, "name", render->audience->named ? PLACEHOLDER_NAME : NULL);
    value_set_string(model, "unsubscribe_url", PLACEHOLDER_UNSUBSCRIBE);
    value_set_bool(model, "unsubscribe_is_web", render->context->web);
    value_set_string(model, "language", render->audience->language);
    value_set_string(model, "dir", dir != NULL ? dir : "ltr");
    put_your_topics(render, model);
    return g_steal_pointer(&model);
}

/* Strings */

/* Of "count_one" and "count_other" the one that fits the number called count, as "count"; any
 * other key as it is. NULL when the string is not wanted. */
static char *
string_key(const char *key, const Value *model)
{
    bool one = g_str_has_suffix(key, "_one");
    if (!one && !g_str_has_suffix(key, "_other"))
        return g_strdup(key);
    g_autofree char *name = g_strndup(key, strlen(key) - strlen(one ? "_one" : "_other"));
    const Value *number = value_find(model, name);
    bool is_one =
        number != NULL && value_kind(number) == VALUE_INTEGER && value_integer(number) == 1;
    return one == is_one ? g_steal_pointer(&name) : NULL;
}

static bool
put_strings(const Render *render, Value *model, GError **error)
{
    Value *plain = value_new_map();
    Value *lines = value_new_map();
    value_take(model, "t", plain);
    value_take(model, "t_wrapped", lines);
    for (size_t i = 0; i < value_length(render->strings); i++) {
        const char *key = value_key(render->strings, i);
        const char *string = value_find_string(render->strings, key);
        g_autofree char *name = string != NULL ? string_key(key, model) : NULL;
        if (name == NULL || g_str_has_prefix(key, "format_"))
            continue;
        g_autofree char *text = fill("strings.txt.mustache", string, model, error);
        if (text == NULL) {
            g_prefix_error(error, "string \"%s\": ", key);
            return false;
        }
        value_set_string(plain, name, text);
        set_wrapped(lines, name, text);
    }
    return true;
}

/* Templates to renditions */

static char *
render_part(const Render *render, const char *file, const Value *model, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autofree char *name = g_strconcat(render->context->settings->template_name, "/", file, NULL);
    if (!templates_render(render->context->templates, name, model, out, error))
        return NULL;
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static char *
render_subject(const Render *render, const Value *model, GError **error)
{
    const Settings *settings = render->context->settings;
    g_autofree char *file = g_strconcat(settings->template_name, "/subject.txt.mustache", NULL);
    g_autofree char *text = NULL;
    if (settings->subject != NULL)
        text = fill("subject.txt.mustache", settings->subject, model, error);
    else if (templates_has(render->context->templates, file))
        text = render_part(render, "subject.txt.mustache", model, error);
    else
        text = fill("subject.txt.mustache", SUBJECT, model, error);
    return text != NULL ? text_single_line(text) : NULL;
}

/* KIND is "digest" or "post". */
static Rendition *
render_parts(const Render *render, const char *kind, const Value *model, GError **error)
{
    g_autoptr(Rendition) rendition = g_new0(Rendition, 1);
    g_autofree char *text = g_strconcat(kind, ".txt.mustache", NULL);
    g_autofree char *html = g_strconcat(kind, ".html.mustache", NULL);
    rendition->subject = g_strdup(value_find_string(model, "subject"));
    rendition->text = render_part(render, text, model, error);
    if (rendition->text == NULL)
        return NULL;
    if (render->audience->format == FORMAT_TEXT)
        return g_steal_pointer(&rendition);
    rendition->html = render_part(render, html, model, error);
    return rendition->html != NULL ? g_steal_pointer(&rendition) : NULL;
}

static void
put_counts(Value *model, const Selection *selection, guint shown)
{
    guint more = selection->more + selection->count - shown;
    value_set_integer(model, "count", shown);
    value_set_integer(model, "others", (int64_t)shown - 1);
    value_set_integer(model, "more", more);
    value_set_bool(model, "has_more", more > 0);
}

static void
put_subject(Value *model, const char *subject)
{
    value_set_string(model, "subject", subject);
    set_wrapped(model, "subject_wrapped", subject);
}

static void
put_headline(Value *model, const char *title)
{
    g_autofree char *headline = text_truncate(title, HEADLINE_MAX);
    value_set_string(model, "headline", headline);
}

static Rendition *
digest_in_room(const Render *render, const Selection *selection, const GPtrArray *articles,
               const Room *room, GError **error)
{
    g_autoptr(Value) model = frame_model(render, error);
    if (model == NULL)
        return NULL;
    Value *topics = topics_model(render, selection, articles, room, error);
    if (topics == NULL)
        return NULL;
    value_take(model, "topics", topics);
    put_counts(model, selection, room->shown);
    const Value *first = value_item(value_find(value_item(topics, 0), "articles"), 0);
    put_headline(model, value_find_string(first, "title"));
    g_autofree char *preheader = digest_preheader(topics);
    value_set_string(model, "preheader", preheader);
    if (!put_strings(render, model, error))
        return NULL;
    g_autofree char *subject = render_subject(render, model, error);
    if (subject == NULL)
        return NULL;
    put_subject(model, subject);
    return render_parts(render, "digest", model, error);
}

Rendition *
render_digest(const RenderContext *context, const Selection *selection, const GPtrArray *articles,
              const RenderAudience *audience, GError **error)
{
    g_auto(Render) render = render_new(context, audience);
    Room room = { selection->count, selection->count };
    for (;;) {
        g_autoptr(Rendition) rendition = digest_in_room(&render, selection, articles, &room, error);
        if (rendition == NULL || rendition->html == NULL || room.shown <= 1 ||
            strlen(rendition->html) <= HTML_MAX)
            return g_steal_pointer(&rendition);
        /* First excerpts go, from the end; when none is left, articles. */
        if (room.full > 0)
            room.full = room.full * 3 / 4;
        else
            room.shown = room.shown * 3 / 4;
    }
}

Rendition *
render_post(const RenderContext *context, const char *subject, const char *markdown,
            const RenderAudience *audience, GError **error)
{
    g_auto(Render) render = render_new(context, audience);
    g_autoptr(Value) model = frame_model(&render, error);
    if (model == NULL)
        return NULL;
    g_autofree char *line = text_single_line(subject);
    g_autofree char *html = markdown_to_html(markdown);
    g_autofree char *text = markdown_to_text(markdown, WRAP_WIDTH);
    g_autofree char *plain = html_to_text(html);
    g_autofree char *beginning = text_single_line(plain);
    g_autofree char *preheader = text_truncate(beginning, PREHEADER_MAX);
    put_subject(model, line);
    put_headline(model, line);
    value_set_string(model, "preheader", preheader);
    value_set_string(model, "content_html", html);
    value_set_string(model, "content_text", text);
    if (!put_strings(&render, model, error))
        return NULL;
    return render_parts(&render, "post", model, error);
}
