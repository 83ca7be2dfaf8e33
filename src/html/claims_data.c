/* What a page says of itself in JSON-LD (schema.org). */
#include "html/claim-internal.h"

#include <string.h>

#include "base/json.h"
#include "html/sanitize.h"

/* How deep an article may lie in it. */
#define DATA_DEPTH 8

/* The object in VALUE that has ID and a name, or NULL. */
static const Value *
find_named(const Value *value, const char *id, int depth)
{
    ValueKind kind = value_kind(value);
    if ((kind != VALUE_LIST && kind != VALUE_MAP) || depth > DATA_DEPTH)
        return NULL;
    if (kind == VALUE_MAP && g_strcmp0(value_find_string(value, "@id"), id) == 0 &&
        value_find_string(value, "name") != NULL)
        return value;
    const Value *found = NULL;
    for (size_t i = 0; i < value_length(value) && found == NULL; i++)
        found = find_named(value_item(value, i), id, depth + 1);
    return found;
}

/* The name of an object, which may stand elsewhere in DATA with the same "@id"; or NULL. */
static const char *
name_of(const Value *object, const Value *data)
{
    const char *name = value_find_string(object, "name");
    const char *id = value_find_string(object, "@id");
    if (name != NULL || id == NULL)
        return name;
    const Value *named = find_named(data, id, 0);
    return named != NULL ? value_find_string(named, "name") : NULL;
}

/* The text of a member that may be a text, an object with a name, or a list of them. */
static void
add_names_of(GString *names, const Value *value, const Value *data)
{
    if (value == NULL)
        return;
    if (value_kind(value) == VALUE_LIST) {
        for (size_t i = 0; i < value_length(value); i++)
            add_names_of(names, value_item(value, i), data);
        return;
    }
    const char *name =
        value_kind(value) == VALUE_STRING ? value_string(value) : name_of(value, data);
    if (name == NULL || *name == '\0' || strstr(name, "://") != NULL)
        return;
    g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", name);
}

static char *
names_of(const Value *value, const Value *data)
{
    g_autoptr(GString) names = g_string_new(NULL);
    add_names_of(names, value, data);
    return names->len > 0 ? g_string_free(g_steal_pointer(&names), FALSE) : NULL;
}

static bool
is_article_type(const char *type)
{
    return type != NULL &&
           (g_str_has_suffix(type, "Article") || g_str_has_suffix(type, "BlogPosting") ||
            g_str_has_suffix(type, "Posting") || strcmp(type, "Report") == 0);
}

static bool
is_article(const Value *map)
{
    const Value *type = value_find(map, "@type");
    if (type == NULL || value_kind(type) != VALUE_LIST)
        return is_article_type(value_find_string(map, "@type"));
    for (size_t i = 0; i < value_length(type); i++) {
        const Value *item = value_item(type, i);
        if (value_kind(item) == VALUE_STRING && is_article_type(value_string(item)))
            return true;
    }
    return false;
}

/* The first article in VALUE, or NULL. */
static const Value *
find_article(const Value *value, int depth)
{
    ValueKind kind = value_kind(value);
    if ((kind != VALUE_LIST && kind != VALUE_MAP) || depth > DATA_DEPTH)
        return NULL;
    if (kind == VALUE_MAP && is_article(value))
        return value;
    for (size_t i = 0; i < value_length(value); i++) {
        const Value *found = find_article(value_item(value, i), depth + 1);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* Text of an article as JSON-LD has it: mark-up, or lines. */
static char *
body_of(const char *text)
{
    if (text == NULL || *text == '\0')
        return NULL;
    if (strstr(text, "</") != NULL)
        return html_to_text(text);
    g_autoptr(GString) html = g_string_new("<pre>");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] != NULL; i++) {
        g_strstrip(lines[i]);
        if (*lines[i] != '\0')
            g_string_append_printf(html, "%s%s", html->len > 5 ? "\n\n" : "", lines[i]);
    }
    g_string_append(html, "</pre>");
    return html_to_text(html->str);
}

/* "NewsMediaOrganization" and the like; of several, the first. */
static bool
is_house(const Value *author)
{
    while (author != NULL && value_kind(author) == VALUE_LIST)
        author = value_length(author) > 0 ? value_item(author, 0) : NULL;
    const char *type = author != NULL && value_kind(author) == VALUE_MAP
                           ? value_find_string(author, "@type")
                           : NULL;
    return type != NULL && g_str_has_suffix(type, "Organization");
}

static void
read_article(Claims *claims, const Value *article, const Value *data)
{
    claim_text(&claims->title, value_find_string(article, "headline"), TITLE_MAX);
    const Value *author = value_find(article, "author");
    g_autofree char *authors = names_of(author, data);
    if (is_house(author))
        claim_text(&claims->house, authors, BYLINE_MAX);
    else
        claim_byline(claims, authors);
    g_autofree char *publisher = names_of(value_find(article, "publisher"), data);
    claim_text(&claims->site, publisher, SITE_MAX);
    claim_date(claims, value_find_string(article, "datePublished"));
    claim_date(claims, value_find_string(article, "dateCreated"));
    claim_language(claims, value_find_string(article, "inLanguage"));
    claims->body = body_of(value_find_string(article, "articleBody"));
}

void
claims_read_data(Claims *claims, const GPtrArray *data)
{
    for (guint i = 0; i < data->len; i++) {
        const char *text = data->pdata[i];
        g_autoptr(GBytes) bytes = g_bytes_new_static(text, strlen(text));
        g_autoptr(Value) value = json_parse(bytes, NULL);
        const Value *article = value != NULL ? find_article(value, 0) : NULL;
        if (article != NULL) {
            read_article(claims, article, value);
            return;
        }
    }
}
