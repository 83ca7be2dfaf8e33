#include "digest/front_matter.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

void
front_matter_free(FrontMatter *matter)
{
    if (matter == NULL)
        return;
    g_free(matter->subject);
    g_free(matter->newsletter);
    g_ptr_array_unref(matter->topics);
    g_free(matter->language);
    g_free(matter->send);
    g_free(matter->to);
    g_free(matter->filter);
    g_free(matter->body);
    g_free(matter);
}

/* VALUE without the quotes around it. */
static char *
without_quotes(const char *value)
{
    size_t size = strlen(value);
    bool is_quoted =
        size >= 2 && (value[0] == '"' || value[0] == '\'') && value[size - 1] == value[0];
    return is_quoted ? g_strndup(value + 1, size - 2) : g_strdup(value);
}

static void
take_topics(FrontMatter *matter, const char *value)
{
    g_autofree char *list = g_strdup(value);
    size_t size = strlen(list);
    if (size >= 2 && list[0] == '[' && list[size - 1] == ']')
        list[0] = list[size - 1] = ' ';
    g_auto(GStrv) topics = g_strsplit(list, ",", -1);
    for (guint i = 0; topics[i] != NULL; i++) {
        g_strstrip(topics[i]);
        if (*topics[i] != '\0')
            g_ptr_array_add(matter->topics, without_quotes(topics[i]));
    }
}

/* Where the value of KEY goes, or NULL: there is no such key, or it is a list. */
static char **
member_of(FrontMatter *matter, const char *key)
{
    const struct {
        const char *key;
        char **member;
    } members[] = {
        { "subject", &matter->subject },
        { "newsletter", &matter->newsletter },
        { "language", &matter->language },
        { "send", &matter->send },
        { "to", &matter->to },
        { "filter", &matter->filter },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        if (strcmp(key, members[i].key) == 0)
            return members[i].member;
    }
    return NULL;
}

static bool
unknown_key(const char *key, GError **error)
{
    static const char *const keys[] = { "subject", "newsletter", "topics", "topic", "language",
                                        "send",    "to",         "filter", NULL };
    const char *near = text_nearest(key, keys);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "a letter has no \"%s\"%s%s%s", key,
                near != NULL ? "; is \"" : "", near != NULL ? near : "",
                near != NULL ? "\" meant?" : "");
    return false;
}

static bool
take_line(FrontMatter *matter, char *line, GError **error)
{
    g_strstrip(line);
    if (*line == '\0' || *line == '#')
        return true;
    char *colon = strchr(line, ':');
    if (colon == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "\"key: value\" was expected, not \"%s\"", line);
        return false;
    }
    *colon = '\0';
    g_strchomp(line);
    const char *value = g_strchug(colon + 1);
    if (strcmp(line, "topics") == 0 || strcmp(line, "topic") == 0) {
        take_topics(matter, value);
        return true;
    }
    char **member = member_of(matter, line);
    if (member == NULL)
        return unknown_key(line, error);
    g_autofree char *said = without_quotes(value);
    g_free(*member);
    *member = text_single_line(said);
    return true;
}

static bool
is_fence(const char *line)
{
    return strncmp(line, "---", 3) == 0 && line[3 + strspn(line + 3, " \t")] == '\0';
}

FrontMatter *
front_matter_parse(const char *text, GError **error)
{
    g_autoptr(FrontMatter) matter = g_new0(FrontMatter, 1);
    matter->topics = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    if (lines[0] == NULL || !is_fence(lines[0])) {
        matter->body = g_strdup(text);
        return g_steal_pointer(&matter);
    }
    for (guint i = 1; lines[i] != NULL; i++) {
        if (is_fence(lines[i])) {
            matter->body = g_strjoinv("\n", lines + i + 1);
            return g_steal_pointer(&matter);
        }
        if (!take_line(matter, lines[i], error)) {
            g_prefix_error(error, "line %u: ", i + 1);
            return NULL;
        }
    }
    g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                        "line 1: \"---\" is never closed by another one");
    return NULL;
}
