#include "digest/model-internal.h"

#include <string.h>
#include "base/placeholder.h"
#include "base/text.h"
#include "html/link.h"
#include "html/sanitize.h"

#define EXCERPT_MAX   400u /* characters */
#define UNDERLINE_MAX MODEL_WRAP_WIDTH

/* Words a minute, for how long it takes to read an article; of fewer words nothing is said: a teaser
 * is not what is read. */
#define READING_SPEED     220u
#define READING_WORDS_MIN 200u

Value *
model_wrapped(Value *text)
{
    const char *string = value_string(text);
    /* Wrapping also takes out white space that is too much. */
    if (value_size(text) <= MODEL_WRAP_WIDTH && strpbrk(string, "\t\n") == NULL &&
        strstr(string, "  ") == NULL && string[0] != ' ' && !g_str_has_suffix(string, " "))
        return value_ref(text);
    g_autoptr(GString) lines = g_string_new(NULL);
    text_wrap(lines, string, MODEL_WRAP_WIDTH);
    return value_new_string(lines->str);
}

void
model_set_wrapped(Value *map, const char *key, const char *text)
{
    g_autoptr(Value) string = value_new_string(text);
    value_take(map, key, text != NULL ? model_wrapped(string) : value_new_null());
}

void
model_append_joined(GString *out, const char *separator, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    if (out->len > 0)
        g_string_append(out, separator);
    g_string_append(out, text);
}

void
model_put_title(Value *map, const char *title, char line)
{
    value_set_string(map, "title", title);
    size_t length = MIN((size_t)g_utf8_strlen(title, -1), UNDERLINE_MAX);
    g_autofree char *underline = g_strnfill(length, line);
    value_set_string(map, "underline", underline);
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
    model_set_wrapped(map, "title_wrapped", article->title);
    value_set_string(map, "url", article->url);
    value_set_bool(map, "has_url", article->url != NULL);
    value_set_string(map, "excerpt", excerpt);
    model_set_wrapped(map, "excerpt_wrapped", excerpt);
    value_set_string(map, "source", source);
    value_set_string(map, "host", host);
    value_set_string(map, "author", article->author);
    value_set_string(map, "image", article->image);
    value_set_bool(map, "has_image", article->image != NULL);
    value_set_string(map, "language", article->language);
    value_set_string(map, "content_html", article->content);
    value_set_bool(map, "updated", article->updated);
}

static guint
count_words(const char *html)
{
    g_autofree char *text = html_to_text(html);
    guint count = 0;
    for (const char *at = text; *at != '\0'; count++) {
        at += strspn(at, " \t\n");
        at += strcspn(at, " \t\n");
    }
    return count;
}

static bool
put_reading_time(Value *map, const Phrases *phrases, const Article *article, GError **error)
{
    guint words = count_words(article->content);
    if (words < READING_WORDS_MIN) {
        value_set_string(map, "reading_minutes", NULL);
        value_set_string(map, "reading_time", NULL);
        return true;
    }
    g_autoptr(Value) numbers = value_new_map();
    g_autofree char *text = NULL;
    int64_t minutes = (words + READING_SPEED - 1) / READING_SPEED;
    value_set_integer(numbers, "article_minutes", minutes);
    if (!phrases_fill(phrases, "article_minutes", numbers, &text, error))
        return false;
    value_set_integer(map, "reading_minutes", minutes);
    value_set_string(map, "reading_time", text);
    return true;
}

/* TEXT with spaces where no line ends; NULL for NULL. */
static char *
unbroken(const char *text)
{
    g_autoptr(GString) out = g_string_new(text);
    g_string_replace(out, " ", "\xC2\xA0", 0);
    return text != NULL ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

/* Where an article is from and of when, on one line. The caller's. */
static char *
byline_of(const Value *map, const Phrases *phrases, const Article *article, const char *date,
          const char *reading_time)
{
    GString *byline = g_string_new(NULL);
    if (article->updated)
        model_append_joined(byline, " · ", phrases_find(phrases, "updated"));
    model_append_joined(byline, " · ", value_find_string(map, "source"));
    model_append_joined(byline, " · ", article->author);
    model_append_joined(byline, " · ", date);
    model_append_joined(byline, " · ", reading_time);
    return g_string_free(byline, FALSE);
}

/* Where a phone breaks it, the date stays whole. */
static void
put_byline(Value *map, const Phrases *phrases, const Article *article)
{
    const char *date = value_find_string(map, "date");
    const char *reading_time = value_find_string(map, "reading_time");
    g_autofree char *whole_date = unbroken(date);
    g_autofree char *whole_time = unbroken(reading_time);
    g_autofree char *byline = byline_of(map, phrases, article, whole_date, whole_time);
    g_autofree char *plain = byline_of(map, phrases, article, date, reading_time);
    value_set_string(map, "byline", byline);
    model_set_wrapped(map, "byline_wrapped", plain);
}

Value *
model_article(const Phrases *phrases, const Article *article, GError **error)
{
    g_autoptr(Value) map = value_new_map();
    put_texts(map, article);
    if (!phrases_put_dates(phrases, map, article->published, error) ||
        !put_reading_time(map, phrases, article, error))
        return NULL;
    put_byline(map, phrases, article);
    Value *categories = value_new_list();
    for (guint i = 0; i < article->categories->len; i++)
        value_take_item(categories, value_new_string(article->categories->pdata[i]));
    value_take(map, "categories", categories);
    return g_steal_pointer(&map);
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

void
model_put_reason(Value *item, const Selection *selection, guint place)
{
    const char *words = NULL;
    for (guint i = 0; i < selection->reasons->len; i++) {
        const SelectionReason *reason = &g_array_index(selection->reasons, SelectionReason, i);
        if (reason->article == place)
            words = reason->words;
    }
    value_set_string(item, "followed", words);
}

Value *
model_link(const Article *article)
{
    Value *map = other_model(article);
    value_set_string(map, "title", article->title);
    model_set_wrapped(map, "title_wrapped", article->title);
    value_set_string(map, "language", article->language);
    return map;
}

void
model_put_also(Value *item, const Selection *selection, guint place, const GPtrArray *articles)
{
    if (selection->also->len == 0)
        return;
    g_autoptr(Value) list = value_new_list();
    for (guint i = 0; i < selection->also->len; i++) {
        const Retelling *retelling = &g_array_index(selection->also, Retelling, i);
        if (retelling->teller == place)
            value_take_item(list, other_model(articles->pdata[retelling->other]));
    }
    size_t count = value_length(list);
    if (count == 0)
        return;
    for (size_t i = 0; i < count; i++) {
        value_set_bool(value_item(list, i), "first", i == 0);
        value_set_bool(value_item(list, i), "last", i + 1 == count);
    }
    value_set_bool(item, "has_also", true);
    value_take(item, "also", g_steal_pointer(&list));
}

/* The frame around the articles */

static Value *
newsletter_model(const Settings *settings)
{
    Value *map = value_new_map();
    g_autofree char *url = settings->imprint != NULL ? link_resolve(NULL, settings->imprint) : NULL;
    model_put_title(map, settings->title, '=');
    value_set_string(map, "name", settings->newsletter);
    value_set_string(map, "comments_on", settings->comments_on);
    value_set_string(map, "contact", settings->contact);
    value_set_string(map, "imprint", url != NULL ? url : settings->imprint);
    value_set_bool(map, "imprint_is_url", url != NULL);
    value_set_string(map, "postal_address", settings->postal_address);
    model_set_wrapped(map, "postal_address_wrapped", settings->postal_address);
    return map;
}

/* Comments on an article are called so: "Comments on “Tunnel closed”". */
static bool
put_comments_title(Value *frame, Value *newsletter, const Phrases *phrases, GError **error)
{
    g_autofree char *title = NULL;
    if (!phrases_fill(phrases, "comments_on", frame, &title, error))
        return false;
    if (title != NULL)
        model_put_title(newsletter, title, '=');
    return true;
}

/* The newsletter's own blocks that stand in PLACE. */
static Value *
sponsors_model(const Settings *settings, SponsorPlace place)
{
    Value *list = value_new_list();
    for (guint i = 0; i < settings->sponsors->len; i++) {
        const Sponsor *sponsor = settings->sponsors->pdata[i];
        if (sponsor->place != place)
            continue;
        Value *map = value_new_map();
        value_set_string(map, "title", sponsor->title);
        model_set_wrapped(map, "title_wrapped", sponsor->title);
        value_set_string(map, "text", sponsor->text);
        model_set_wrapped(map, "text_wrapped", sponsor->text);
        value_set_string(map, "url", sponsor->url);
        value_take_item(list, map);
    }
    return list;
}

Value *
model_frame(const RenderContext *context, const Phrases *phrases, const char *language,
            GError **error)
{
    const Settings *settings = context->settings;
    g_autoptr(Value) frame = value_new_map();
    const char *dir = phrases_find(phrases, "dir");
    Value *issue = value_new_map();
    value_take(frame, "issue", issue);
    Value *newsletter = newsletter_model(settings);
    value_take(frame, "newsletter", newsletter);
    value_take(frame, "looks", looks_to_value(&settings->looks));
    value_take(frame, "sponsors_above", sponsors_model(settings, SPONSOR_ABOVE));
    value_take(frame, "sponsors_below", sponsors_model(settings, SPONSOR_BELOW));
    if (settings->comments_on != NULL && !put_comments_title(frame, newsletter, phrases, error))
        return NULL;
    value_set_integer(issue, "number", context->number);
    if (!phrases_put_dates(phrases, issue, context->time, error))
        return NULL;
    value_set_string(frame, "unsubscribe_url", PLACEHOLDER_UNSUBSCRIBE);
    value_set_bool(frame, "unsubscribe_is_web", context->web);
    value_set_string(frame, "preferences_url",
                     context->web && !context->no_preferences ? PLACEHOLDER_PREFERENCES : NULL);
    value_set_string(frame, "pause_url", context->web ? NULL : PLACEHOLDER_PAUSE);
    value_set_string(frame, "web_url", context->web_url);
    value_set_bool(frame, "is_public", context->is_public);
    value_set_string(frame, "language", language);
    value_set_string(frame, "dir", dir != NULL ? dir : "ltr");
    return g_steal_pointer(&frame);
}

const char *
model_topic_title(const Topic *topic)
{
    return topic->title != NULL ? topic->title : topic->name;
}

void
model_put_audience(Value *model, const RenderContext *context, const RenderAudience *audience)
{
    const GPtrArray *topics = context->settings->topics;
    g_autoptr(GString) line = g_string_new(NULL);
    Value *subscriber = value_new_map();
    Value *list = value_new_list();
    for (guint i = 0; i < topics->len; i++) {
        const Topic *topic = topics->pdata[i];
        if (!g_ptr_array_find_with_equal_func((GPtrArray *)audience->topics, topic->name,
                                              g_str_equal, NULL))
            continue;
        value_take_item(list, value_new_string(model_topic_title(topic)));
        model_append_joined(line, ", ", model_topic_title(topic));
    }
    value_set_string(subscriber, "address", PLACEHOLDER_ADDRESS);
    value_set_string(subscriber, "name", audience->named ? PLACEHOLDER_NAME : NULL);
    value_take(model, "subscriber", subscriber);
    value_set_bool(model, "has_topics", line->len > 0);
    value_set_string(model, "topics_line", line->str);
    value_take(model, "your_topics", list);
}
