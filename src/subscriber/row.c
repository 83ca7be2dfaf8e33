#include "subscriber/row-internal.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"

#define TOPICS_MAX       100
#define MAX_ARTICLES_MAX 1000
#define LANGUAGE_MAX     35    /* RFC 5646, 4.4.1 */
#define ATTRIBUTES_MAX   4096u /* octets: facts about a person, not a document */

const char *const row_keys[] = {
    "address", "name", "language", "topics",       "without",     "filter",     "frequency", "day",
    "hour",    "zone", "format",   "max_articles", "pause_until", "attributes", NULL,
};

const char **
row_word(Row *row, const char *key)
{
    const struct {
        const char *key;
        const char **word;
    } words[] = {
        { "address", &row->address },
        { "name", &row->name },
        { "language", &row->language },
        { "filter", &row->filter },
        { "day", &row->day },
        { "hour", &row->hour },
        { "frequency", &row->frequency },
        { "zone", &row->zone },
        { "format", &row->format },
        { "pause_until", &row->pause_until },
        { "attributes", &row->attributes },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(words[i].key, key) == 0)
            return words[i].word;
    }
    return NULL;
}

GPtrArray *
row_list(const Row *row, const char *key)
{
    if (strcmp(key, "topics") == 0)
        return row->topics;
    return strcmp(key, "without") == 0 ? row->without : NULL;
}

static bool
fail(GError **error, const char *what, const char *word)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "%s \"%s\"", what, word);
    return false;
}

static int
compare_words(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Topics are kept sorted and once each, so that equal choices are equal. */
static bool
take_topics(GPtrArray *names, const GPtrArray *topics, GError **error)
{
    if (topics == NULL)
        return true;
    for (guint i = 0; i < topics->len; i++) {
        const char *topic = topics->pdata[i];
        if (*topic == '\0' ||
            strspn(topic, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(topic))
            return fail(error, "not the name of a topic:", topic);
        if (!g_ptr_array_find_with_equal_func(names, topic, g_str_equal, NULL))
            g_ptr_array_add(names, g_strdup(topic));
    }
    if (names->len > TOPICS_MAX)
        return fail(error, "too many topics, beginning with", names->pdata[0]);
    g_ptr_array_sort(names, compare_words);
    return true;
}

static bool
take_format(Choice *choice, const char *format, GError **error)
{
    if (format == NULL || strcmp(format, "html") == 0)
        choice->format = FORMAT_BOTH;
    else if (strcmp(format, "text") == 0)
        choice->format = FORMAT_TEXT;
    else
        return fail(error, "format must be html or text, not", format);
    return true;
}

/* A BCP 47 tag by its looks: "de", "de-AT". */
static bool
take_language(Choice *choice, const char *language, GError **error)
{
    if (language == NULL || *language == '\0')
        return true;
    size_t size = strlen(language);
    if (size < 2 || size > LANGUAGE_MAX || !g_ascii_isalpha(language[0]) ||
        strspn(language, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != size)
        return fail(error, "not a language like \"de\":", language);
    choice->language = g_strdup(language);
    return true;
}

/* Kept on one line, so that equal ones are equal texts. */
static bool
take_attributes(Choice *choice, const char *attributes, GError **error)
{
    if (attributes == NULL || *attributes == '\0')
        return true;
    if (strlen(attributes) > ATTRIBUTES_MAX)
        return fail(error, "attributes are longer than 4096 octets:", "…");
    g_autoptr(GBytes) bytes = g_bytes_new(attributes, strlen(attributes));
    g_autoptr(Value) map = json_parse(bytes, NULL);
    if (map == NULL || value_kind(map) != VALUE_MAP)
        return fail(error, "attributes must be a JSON object, not", attributes);
    if (value_length(map) == 0)
        return true;
    g_autoptr(GString) text = g_string_new(NULL);
    json_write(text, map, 0);
    choice->attributes = g_string_free(g_steal_pointer(&text), FALSE);
    return true;
}

static char *
clean(const char *text)
{
    g_autofree char *line = text == NULL ? NULL : text_single_line(text);
    return line == NULL || *line == '\0' ? NULL : g_steal_pointer(&line);
}

Choice *
choice_from_row(const Row *row, const Rhythm *defaults, GError **error)
{
    Rhythm rhythm;
    if (row->address == NULL || *row->address == '\0') {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "the address is missing");
        return NULL;
    }
    g_autoptr(Address) address = address_parse(row->address, error);
    if (address == NULL ||
        !rhythm_parse(&rhythm, row->frequency, row->day, row->hour, row->zone, defaults, error))
        return NULL;
    if (row->max_articles < 0 || row->max_articles > MAX_ARTICLES_MAX) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "max_articles must be between 1 and %d", MAX_ARTICLES_MAX);
        return NULL;
    }
    g_autoptr(Choice) choice = choice_new(address, &rhythm);
    choice->name = clean(row->name);
    choice->filter = clean(row->filter);
    choice->max_articles = row->max_articles;
    choice->line = row->line;
    if (row->pause_until != NULL &&
        !return_parse(&choice->pause_until, row->pause_until, rhythm.zone, error))
        return NULL;
    if (!take_topics(choice->topics, row->topics, error) ||
        !take_topics(choice->without, row->without, error) ||
        !take_format(choice, row->format, error) || !take_language(choice, row->language, error) ||
        !take_attributes(choice, row->attributes, error))
        return NULL;
    return g_steal_pointer(&choice);
}
