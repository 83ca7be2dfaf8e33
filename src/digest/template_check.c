#include "digest/template_check.h"

#include <string.h>
#include "base/placeholder.h"
#include "digest/render-internal.h"
#include "feed/article.h"
#include "subscriber/subscription.h"

/* As many as a digest has at most unless it is configured otherwise. */
#define ARTICLES 30

#define IMPRINT     "https://publisher.example/imprint"
#define ADDRESS     "Sample Press, Sample Street 1"
#define SPONSOR     "A sponsor of the sample"
#define SPONSOR_TOO "Another sponsor of the sample"
#define SENTENCE    "One of the sample's sentences, which is as long as such sentences are. "

/* A newsletter with everything that can be configured, an issue of articles that lack nothing, and
 * somebody who gets it. */
typedef struct {
    Settings *settings;
    GPtrArray *articles;
    GPtrArray *topics; /* chosen */
    Selection *selection;
    Renderer *renderer;
    RenderAudience audience;
} Sample;

static void
sample_clear(Sample *sample)
{
    renderer_free(sample->renderer);
    selection_free(sample->selection);
    settings_free(sample->settings);
    g_clear_pointer(&sample->articles, g_ptr_array_unref);
    g_clear_pointer(&sample->topics, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sample, sample_clear)

static char *
sentences(int count)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < count; i++)
        g_string_append(text, SENTENCE);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static Settings *
sample_settings(const char *template_name)
{
    Settings *settings = settings_new();
    settings->newsletter = g_strdup("sample");
    settings->title = g_strdup("The Sample");
    settings->zone = g_strdup("UTC");
    settings->template_name = g_strdup(template_name);
    settings->contact = g_strdup("editors@publisher.example");
    settings->imprint = g_strdup(IMPRINT);
    settings->postal_address = g_strdup(ADDRESS);
    settings->looks.logo = g_strdup("https://publisher.example/logo.png");
    settings->looks.logo_width = settings->looks.logo_height = 100;
    settings_add_sponsor(settings, SPONSOR, "What it has to say.", "https://sponsor.example/",
                         SPONSOR_ABOVE);
    settings_add_sponsor(settings, SPONSOR_TOO, "What it has to say.", "https://sponsor.example/2",
                         SPONSOR_BELOW);
    settings_add_topic(settings, "sample", "A topic", "sample", NULL);
    return settings;
}

static Article *
sample_article(int number)
{
    Article *article = article_new();
    g_autofree char *content = sentences(30);
    article->feed = g_strdup("sample");
    article->feed_title = g_strdup("The Sample's Source");
    article->url = g_strdup_printf("https://publisher.example/articles/2026/11/number-%d", number);
    article->title = g_strdup("A title that is about as long as titles of articles are");
    article->author = g_strdup("A. Author");
    article->language = g_strdup("en");
    article->excerpt = sentences(3);
    article->content = g_strdup_printf("<p>%s</p>", content);
    article->image = g_strdup("https://publisher.example/pictures/2026/11/number.jpg");
    article->published = 1795600000 - number * 3600;
    article->updated = true;
    g_ptr_array_add(article->categories, g_strdup("sample"));
    return article;
}

/* Half of the articles under a topic, half under none; the first one is told by the last, too. */
static void
sample_select(Sample *sample)
{
    const Retelling retelling = { .teller = 0, .other = ARTICLES - 1 };
    const guint half = ARTICLES / 2;
    const SelectionGroup groups[] = {
        { .topic = sample->settings->topics->pdata[0], .count = half },
        { .topic = NULL, .first = half, .count = ARTICLES - half },
    };
    sample->selection = selection_new();
    sample->selection->count = ARTICLES;
    sample->selection->more = 2;
    sample->selection->keeps = true;
    g_array_append_val(sample->selection->linked, retelling.other);
    for (guint i = 0; i < ARTICLES; i++)
        g_array_append_val(sample->selection->articles, i);
    g_array_append_vals(sample->selection->groups, groups, G_N_ELEMENTS(groups));
    g_array_append_val(sample->selection->also, retelling);
    const SelectionReason reason = { 0, g_strdup("elbtunnel, stau") };
    g_array_append_val(sample->selection->reasons, reason);
}

static bool
sample_init(Sample *sample, Templates *templates, const char *name, GError **error)
{
    sample->settings = sample_settings(name);
    sample->articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    sample->topics = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < ARTICLES; i++)
        g_ptr_array_add(sample->articles, sample_article(i));
    g_ptr_array_add(sample->topics, g_strdup("sample"));
    sample_select(sample);
    sample->audience = (RenderAudience){ "en", FORMAT_BOTH, true, sample->topics };
    const RenderContext context = {
        sample->settings, templates, 1, 1795600000, true, "https://publisher.example/archive/1"
    };
    sample->renderer = renderer_new(&context, sample->articles, error);
    return sample->renderer != NULL;
}

/* One file */

/* Of a template that is being checked. */
typedef struct {
    Templates *templates;
    const char *label; /* above sponsors */
    GPtrArray *complaints;
} Check;

static void
complain(const Check *check, const char *file, const char *problem)
{
    g_ptr_array_add(check->complaints, g_strdup_printf("%s: %s", file, problem));
}

/* Whether the label stands between the part's beginning, or the sponsor before, and this one of LIST. */
static const char *
check_sponsor(const Check *check, const char *file, const char *text, const char *sponsor,
              const char *list)
{
    const char *at = strstr(text, sponsor);
    const char *label = strstr(text, check->label);
    g_autofree char *problem =
        at == NULL ? g_strdup_printf("does not show %s", list)
                   : g_strdup_printf(
                         "%s stand there without the label above them (t.advertisement)", list);
    if (at == NULL || label == NULL || label > at)
        complain(check, file, problem);
    return at != NULL ? at : text;
}

static void
check_text(const Check *check, const char *file, const char *text)
{
    static const struct {
        const char *text, *problem;
    } needed[] = {
        { PLACEHOLDER_UNSUBSCRIBE, "has no unsubscribe link (unsubscribe_url)" },
        { IMPRINT, "has no legal notice (newsletter.imprint)" },
        { ADDRESS, "has no postal address (newsletter.postal_address)" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++)
        if (strstr(text, needed[i].text) == NULL)
            complain(check, file, needed[i].problem);
    if (strlen(text) > HTML_MAX && g_str_has_suffix(file, ".html.mustache"))
        g_ptr_array_add(
            check->complaints,
            g_strdup_printf("%s: the sample of %d articles has %zu octets; of more than "
                            "%u mail programs hide the end",
                            file, ARTICLES, strlen(text), HTML_MAX));
    if (strstr(file, "/digest.") != NULL) {
        const char *rest = check_sponsor(check, file, text, SPONSOR, "sponsors_above");
        check_sponsor(check, file, rest, SPONSOR_TOO, "sponsors_below");
    }
}

/* Names and escaping in FILE and all that it takes in; NULL when it cannot be filled. */
static bool
check_names(const Check *check, const char *file, const Value *model, GError **error)
{
    /* What depesche has sanitised, and what it has filled from the template itself. */
    static const char *const raw_names[] = { "content_html", "html", "line", NULL };
    return templates_inspect(check->templates, file, model, raw_names, check->complaints, error);
}

static bool
check_part(const Check *check, const char *name, const char *part, const Value *model,
           GError **error)
{
    g_autofree char *file = g_strconcat(name, "/", part, NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    if (!templates_has(check->templates, file)) {
        complain(check, file, "is not there");
        return true;
    }
    if (!check_names(check, file, model, error) ||
        !templates_render(check->templates, file, model, text, error))
        return false;
    check_text(check, file, text->str);
    return true;
}

/* "item" and "subject" are parts of other parts; the template may do without its own. */
static bool
check_piece(const Check *check, const char *name, const char *piece, const Value *model,
            GError **error)
{
    g_autofree char *file = g_strconcat(name, "/", piece, NULL);
    return !templates_has(check->templates, file) || check_names(check, file, model, error);
}

bool
template_check(Templates *templates, const char *name, GPtrArray *complaints, GError **error)
{
    g_auto(Sample) sample = { 0 };
    if (!sample_init(&sample, templates, name, error))
        return false;
    const RenderAudience *audience = &sample.audience;
    g_autoptr(Value) digest =
        renderer_digest_model(sample.renderer, sample.selection, audience, error);
    if (digest == NULL)
        return false;
    g_autoptr(Value) letter = renderer_post_model(sample.renderer, SENTENCE, audience, error);
    if (letter == NULL)
        return false;
    g_autoptr(Value) item = renderer_item_model(sample.renderer, 0, audience->language, error);
    if (item == NULL)
        return false;
    const char *label = value_find_string(value_find(digest, "t"), "advertisement");
    Check check = { templates, label != NULL ? label : "Advertisement", complaints };
    return check_part(&check, name, "digest.html.mustache", digest, error) &&
           check_part(&check, name, "digest.txt.mustache", digest, error) &&
           check_part(&check, name, "post.html.mustache", letter, error) &&
           check_part(&check, name, "post.txt.mustache", letter, error) &&
           check_piece(&check, name, "item.html.mustache", item, error) &&
           check_piece(&check, name, "item.txt.mustache", item, error) &&
           check_piece(&check, name, "line.html.mustache", item, error) &&
           check_piece(&check, name, "subject.txt.mustache", digest, error) &&
           check_piece(&check, "partials", "item.html.mustache", item, error) &&
           check_piece(&check, "partials", "item.txt.mustache", item, error) &&
           check_piece(&check, "partials", "line.html.mustache", item, error);
}

bool
template_check_strings(Templates *templates, GPtrArray *complaints, GError **error)
{
    g_auto(Sample) sample = { 0 };
    g_autoptr(GPtrArray) languages = templates_languages(templates);
    if (!sample_init(&sample, templates, "", error))
        return false;
    for (guint i = 0; i < languages->len; i++) {
        RenderAudience audience = sample.audience;
        audience.language = languages->pdata[i];
        g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(Value) model =
            renderer_digest_model(sample.renderer, sample.selection, &audience, error);
        if (model == NULL ||
            !renderer_inspect_strings(sample.renderer, audience.language, model, own, error))
            return false;
        for (guint k = 0; k < own->len; k++)
            g_ptr_array_add(complaints, g_strdup_printf("strings/%s.json: %s", audience.language,
                                                        (const char *)own->pdata[k]));
    }
    return true;
}

/* All values */

static const char *
kind_name(const Value *value)
{
    switch (value_kind(value)) {
    case VALUE_NULL:
    case VALUE_STRING: return "text";
    case VALUE_BOOL: return "flag";
    case VALUE_INTEGER:
    case VALUE_REAL: return "number";
    case VALUE_LIST: return "list";
    case VALUE_MAP: return "map";
    }
    g_assert_not_reached();
}

static bool
is_listed(const Value *list, const char *name)
{
    for (size_t i = 0; i < value_length(list); i++)
        if (strcmp(value_find_string(value_item(list, i), "name"), name) == 0)
            return true;
    return false;
}

/* Adds what MAP and the maps in it have, under names that begin with PREFIX. */
static void
list_values(Value *list, const Value *map, const char *prefix)
{
    for (; map != NULL; map = value_base(map)) {
        for (size_t i = 0; i < value_length(map); i++) {
            const Value *value = value_item(map, i);
            g_autofree char *name = g_strconcat(prefix, value_key(map, i), NULL);
            g_autofree char *inner = g_strconcat(name, ".", NULL);
            bool is_strings = strcmp(name, "t") == 0 || strcmp(name, "t_wrapped") == 0;
            if (is_strings || is_listed(list, name))
                continue;
            Value *entry = value_new_map();
            value_set_string(entry, "name", name);
            value_set_string(entry, "kind", kind_name(value));
            value_take_item(list, entry);
            if (value_kind(value) == VALUE_LIST && value_length(value) > 0)
                value = value_item(value, 0);
            if (value_kind(value) == VALUE_MAP)
                list_values(list, value, inner);
        }
    }
}

Value *
template_values(GError **error)
{
    static const char files[] =
        "{\"strings/en.json\": \"{}\","
        "\"partials/item.html.mustache\": \"\","
        "\"partials/line.html.mustache\": \"\",\"partials/item.txt.mustache\": \"\"}";
    g_autoptr(GBytes) snapshot = g_bytes_new_static(files, strlen(files));
    g_autoptr(Templates) templates = templates_parse(snapshot, error);
    g_auto(Sample) sample = { 0 };
    if (templates == NULL || !sample_init(&sample, templates, "", error))
        return NULL;
    g_autoptr(Value) digest =
        renderer_digest_model(sample.renderer, sample.selection, &sample.audience, error);
    if (digest == NULL)
        return NULL;
    g_autoptr(Value) letter = renderer_post_model(sample.renderer, "", &sample.audience, error);
    if (letter == NULL)
        return NULL;
    Value *list = value_new_list();
    list_values(list, digest, "");
    list_values(list, letter, "");
    return list;
}
