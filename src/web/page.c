#include "web/site-internal.h"

#include "html/link.h"

#define HTML    "text/html; charset=utf-8"
#define STRINGS "web_" /* what those of pages begin with */

char *
address_masked(const Address *address)
{
    const char *text = address_text(address);
    g_autofree char *first = g_strndup(text, (gsize)(g_utf8_next_char(text) - text));
    return g_strdup_printf("%s…@%s", first, address_domain(address));
}

/* The first newsletter speaks for a page that is about none. */
static const NewsletterConfig *
speaker_of(const Config *config, const PageFacts *facts)
{
    return facts->newsletter != NULL ? facts->newsletter : config->newsletters->pdata[0];
}

/* Who publishes stands on every page; what it is called only where a page is about it. */
static Value *
newsletter_model(const Config *config, const PageFacts *facts)
{
    const NewsletterConfig *speaker = speaker_of(config, facts);
    const char *imprint = speaker->imprint != NULL ? speaker->imprint : config->imprint;
    const char *address =
        speaker->postal_address != NULL ? speaker->postal_address : config->postal_address;
    g_autofree char *url = imprint != NULL ? link_resolve(NULL, imprint) : NULL;
    Value *map = value_new_map();
    if (facts->newsletter != NULL) {
        value_set_string(map, "name", facts->newsletter->name);
        value_set_string(map, "title", facts->newsletter->title);
    }
    value_set_string(map, "imprint", url != NULL ? url : imprint);
    value_set_bool(map, "imprint_is_url", url != NULL);
    value_set_string(map, "postal_address", address);
    return map;
}

const char *
visit_language(const Visit *visit, const NewsletterConfig *newsletter)
{
    g_auto(GStrv) wanted =
        g_strsplit(visit->request->language != NULL ? visit->request->language : "", ",", 10);
    for (guint i = 0; wanted[i] != NULL; i++) {
        const char *tag = g_strstrip(wanted[i]);
        if (g_ascii_strncasecmp(tag, "de", 2) == 0)
            return "de";
        if (g_ascii_strncasecmp(tag, "en", 2) == 0)
            return "en";
    }
    return newsletter->language;
}

static const char *
language_of(const Visit *visit, const PageFacts *facts)
{
    if (facts->subscription != NULL && facts->subscription->choice->language != NULL)
        return facts->subscription->choice->language;
    if (facts->language != NULL)
        return facts->language;
    if (facts->newsletter != NULL)
        return facts->newsletter->language;
    return visit_language(visit, speaker_of(visit->site->instance->config, facts));
}

/* The page's own heading and sentence. */
static void
put_text(Value *model, const char *text)
{
    g_autofree char *title = g_strconcat(text, "_title", NULL);
    g_autofree char *sentence = g_strconcat(text, "_text", NULL);
    const Value *strings = value_find(model, "t");
    value_set_string(model, "title", value_find_string(strings, title));
    value_set_string(model, "text", value_find_string(strings, sentence));
}

static Value *
model_new(const Visit *visit, const PageFacts *facts, const char *language, const Value *strings)
{
    const Config *config = visit->site->instance->config;
    Value *model = value_new_map();
    const char *dir = value_find_string(strings, "dir");
    value_set_string(model, "language", language);
    value_set_string(model, "dir", dir != NULL ? dir : "ltr");
    value_set_string(model, "base", config->base_url);
    value_set_string(model, "privacy", config->web_privacy);
    value_set_string(model, "token", facts->token);
    value_take(model, "newsletter", newsletter_model(config, facts));
    if (facts->subscription != NULL) {
        g_autofree char *masked = address_masked(facts->subscription->choice->address);
        Value *subscriber = value_new_map();
        value_set_string(subscriber, "address", masked);
        value_take(model, "subscriber", subscriber);
    }
    for (size_t i = 0; facts->more != NULL && i < value_length(facts->more); i++)
        value_take(model, value_key(facts->more, i), value_ref(value_item(facts->more, i)));
    return model;
}

bool
page_write(const Visit *visit, WebReply *reply, guint status, const char *name,
           const PageFacts *facts, GError **error)
{
    const char *language = language_of(visit, facts);
    const Value *strings = templates_strings(visit->site->templates, language);
    g_autofree char *file = g_strdup_printf("web/%s.html.mustache", name);
    g_autoptr(Value) model = model_new(visit, facts, language, strings);
    g_autoptr(GString) body = g_string_new(NULL);
    if (!templates_put_strings(visit->site->templates, language, STRINGS, model, error))
        return false;
    put_text(model, facts->text);
    if (!templates_render(visit->site->templates, file, model, body, error))
        return false;
    *reply = (WebReply){ .status = status, .type = HTML, .body = g_steal_pointer(&body) };
    return true;
}

bool
page_write_message(const Visit *visit, WebReply *reply, guint status, const char *text,
                   GError **error)
{
    const PageFacts facts = { .text = text };
    return page_write(visit, reply, status, "message", &facts, error);
}
