#include "digest/phrases-internal.h"

#include <string.h>
#include "base/text.h"
#include "digest/model-internal.h"
#include "digest/mustache.h"
#include "digest/plural.h"

#define RULE "plural_"

/* A string with something to fill. */
typedef struct {
    const char *key; /* as in the file */
    char *name;      /* under which it is shown */
    bool plural;     /* only when the number of that name asks for this form */
    PluralForm form;
    unsigned forms; /* that there are of NAME, as bits */
    bool for_mails; /* filled for each mail */
    Mustache *text;
    Value *filled;  /* for the last mail, or NULL … */
    Value *wrapped; /* … and so */
} Phrase;

struct Phrases {
    const Value *strings;
    GTimeZone *zone;
    const char *rules[PLURAL_OTHER]; /* of the language, or NULL */
    GArray *phrases;                 /* of Phrase */
    Value *fixed;                    /* all others, as they are */
    Value *fixed_wrapped;
    GString *scratch; /* for one that is being filled */
};

/* How times are written: each is a string of the file, with parts of a date as its tags. */
static const char *const date_forms[] = { "date", "date_long", "time" };

static void
phrase_clear(Phrase *phrase)
{
    g_free(phrase->name);
    mustache_free(phrase->text);
    value_unref(phrase->filled);
    value_unref(phrase->wrapped);
}

void
phrases_free(Phrases *phrases)
{
    if (phrases == NULL)
        return;
    g_array_unref(phrases->phrases);
    value_unref(phrases->fixed);
    value_unref(phrases->fixed_wrapped);
    g_string_free(phrases->scratch, TRUE);
    g_free(phrases);
}

/* The forms that STRINGS has of NAME, as bits. */
static unsigned
forms_of(const Value *strings, const char *name)
{
    unsigned forms = 0;
    for (unsigned form = 0; form < PLURAL_FORMS; form++) {
        g_autofree char *key = g_strconcat(name, "_", plural_names[form], NULL);
        if (value_find_string(strings, key) != NULL)
            forms |= 1u << form;
    }
    return forms;
}

/* "too_many" alone is no plural of "too": there must be "too_other". Only "one" may stand alone. */
static Phrase
phrase_of(const Value *strings, const char *key)
{
    for (unsigned form = 0; form < PLURAL_FORMS; form++) {
        g_autofree char *suffix = g_strconcat("_", plural_names[form], NULL);
        if (!g_str_has_suffix(key, suffix))
            continue;
        g_autofree char *name = g_strndup(key, strlen(key) - strlen(suffix));
        unsigned forms = forms_of(strings, name);
        if (form == PLURAL_ONE || (forms & 1u << PLURAL_OTHER) != 0)
            return (Phrase){ .key = key,
                             .name = g_steal_pointer(&name),
                             .plural = true,
                             .form = form,
                             .forms = forms };
    }
    return (Phrase){ .key = key, .name = g_strdup(key) };
}

/* The forms of dates, and strings about single articles, have parts of their own to be filled with;
 * those of web pages are filled for pages. */
static bool
is_for_mails(const char *key)
{
    return !g_str_has_prefix(key, "format_") && !g_str_has_prefix(key, "article_") &&
           !g_str_has_prefix(key, "web_");
}

/* Compiles TEXT when there is something to fill in it, else keeps it as it is. */
static bool
add_string(Phrases *phrases, const char *key, const char *text, GError **error)
{
    Phrase phrase = phrase_of(phrases->strings, key);
    if (!phrase.plural && strstr(text, "{{") == NULL) {
        value_set_string(phrases->fixed, key, text);
        model_set_wrapped(phrases->fixed_wrapped, key, text);
        phrase_clear(&phrase);
        return true;
    }
    phrase.for_mails = is_for_mails(key);
    phrase.text = mustache_parse("strings.txt.mustache", text, error);
    g_array_append_val(phrases->phrases, phrase);
    if (phrase.text == NULL)
        g_prefix_error(error, "string \"%s\": ", key);
    return phrase.text != NULL;
}

/* The rules of the language; without any, "one" is for one. */
static bool
read_rules(Phrases *phrases, GError **error)
{
    bool is_ruled = false;
    for (unsigned form = 0; form < PLURAL_OTHER; form++) {
        g_autofree char *key = g_strconcat(RULE, plural_names[form], NULL);
        const char *rule = value_find_string(phrases->strings, key);
        bool unwanted;
        if (rule != NULL && !plural_test(rule, 0, &unwanted, error)) {
            g_prefix_error(error, "string \"%s\": ", key);
            return false;
        }
        phrases->rules[form] = rule;
        is_ruled |= rule != NULL;
    }
    if (!is_ruled)
        phrases->rules[PLURAL_ONE] = "n = 1";
    return true;
}

Phrases *
phrases_new(const Value *strings, GTimeZone *zone, GError **error)
{
    g_autoptr(Phrases) phrases = g_new0(Phrases, 1);
    phrases->strings = strings;
    phrases->zone = zone;
    phrases->fixed = value_new_map();
    phrases->fixed_wrapped = value_new_map();
    phrases->scratch = g_string_new(NULL);
    phrases->phrases = g_array_new(FALSE, FALSE, sizeof(Phrase));
    g_array_set_clear_func(phrases->phrases, (GDestroyNotify)phrase_clear);
    if (!read_rules(phrases, error))
        return NULL;
    for (size_t i = 0; i < value_length(strings); i++) {
        const char *key = value_key(strings, i);
        const char *text = value_find_string(strings, key);
        if (text != NULL && !g_str_has_prefix(key, RULE) && !add_string(phrases, key, text, error))
            return NULL;
    }
    return g_steal_pointer(&phrases);
}

const char *
phrases_find(const Phrases *phrases, const char *key)
{
    return value_find_string(phrases->strings, key);
}

Value *
phrases_fixed(const Phrases *phrases)
{
    return phrases->fixed;
}

void
phrases_put_fixed(const Phrases *phrases, Value *map)
{
    value_take(map, "t", value_ref(phrases->fixed));
    value_take(map, "t_wrapped", value_ref(phrases->fixed_wrapped));
}

/* The form that goes with N, of those that there are: FORMS, as bits. */
static PluralForm
form_for(const Phrases *phrases, unsigned forms, int64_t n)
{
    for (unsigned form = 0; form < PLURAL_OTHER; form++) {
        bool holds = false;
        if (phrases->rules[form] != NULL && plural_test(phrases->rules[form], n, &holds, NULL) &&
            holds)
            return (forms & 1u << form) != 0 ? form : PLURAL_OTHER;
    }
    return PLURAL_OTHER;
}

static bool
phrase_is_wanted(const Phrases *phrases, const Phrase *phrase, const Value *numbers)
{
    if (!phrase->plural)
        return true;
    const Value *number = value_find(numbers, phrase->name);
    bool is_number = number != NULL && value_kind(number) == VALUE_INTEGER;
    return phrase->form ==
           (is_number ? form_for(phrases, phrase->forms, value_integer(number)) : PLURAL_OTHER);
}

/* A string with its tags filled from DATA; borrowed until the next one, NULL with an error. */
static const char *
phrase_render(const Phrases *phrases, const Phrase *phrase, const Value *data, GError **error)
{
    GString *out = g_string_truncate(phrases->scratch, 0);
    if (mustache_render(phrase->text, data, NULL, NULL, out, error))
        return out->str;
    g_prefix_error(error, "string \"%s\": ", phrase->key);
    return NULL;
}

/* That as the PHRASE's values. Most mails say what the last one said. */
static bool
phrase_fill(const Phrases *phrases, Phrase *phrase, const Value *data, GError **error)
{
    const char *text = phrase_render(phrases, phrase, data, error);
    if (text == NULL)
        return false;
    if (phrase->filled != NULL && strcmp(value_string(phrase->filled), text) == 0)
        return true;
    value_unref(phrase->filled);
    value_unref(phrase->wrapped);
    phrase->filled = value_new_string(text);
    phrase->wrapped = model_wrapped(phrase->filled);
    return true;
}

static void
phrase_put(const Phrase *phrase, Value *plain, Value *wrapped)
{
    value_take(wrapped, phrase->name, value_ref(phrase->wrapped));
    value_take(plain, phrase->name, value_ref(phrase->filled));
}

/* Whether everything that PHRASE names is in FRAME. */
static bool
phrase_needs_only(const Phrase *phrase, const Value *frame, bool *only, GError **error)
{
    static const char *const no_names[] = { NULL };
    g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
    if (!mustache_inspect(phrase->text, frame, NULL, NULL, no_names, complaints, error))
        return false;
    *only = complaints->len == 0;
    return true;
}

bool
phrases_settle(Phrases *phrases, const Value *frame, GError **error)
{
    for (guint i = phrases->phrases->len; i > 0; i--) {
        Phrase *phrase = &g_array_index(phrases->phrases, Phrase, i - 1);
        bool only = false;
        if (phrase->plural || !phrase->for_mails)
            continue;
        if (!phrase_needs_only(phrase, frame, &only, error))
            return false;
        if (!only)
            continue;
        if (!phrase_fill(phrases, phrase, frame, error))
            return false;
        phrase_put(phrase, phrases->fixed, phrases->fixed_wrapped);
        g_array_remove_index(phrases->phrases, i - 1);
    }
    return true;
}

bool
phrases_put(const Phrases *phrases, Value *model, GError **error)
{
    Value *plain = value_new_map_over(phrases->fixed);
    Value *lines = value_new_map_over(phrases->fixed_wrapped);
    value_take(model, "t", plain);
    value_take(model, "t_wrapped", lines);
    for (guint i = 0; i < phrases->phrases->len; i++) {
        Phrase *phrase = &g_array_index(phrases->phrases, Phrase, i);
        if (!phrase->for_mails || !phrase_is_wanted(phrases, phrase, model))
            continue;
        if (!phrase_fill(phrases, phrase, model, error))
            return false;
        phrase_put(phrase, plain, lines);
    }
    return true;
}

bool
phrases_fill(const Phrases *phrases, const char *key, const Value *data, char **text,
             GError **error)
{
    for (guint i = 0; i < phrases->phrases->len; i++) {
        const Phrase *phrase = &g_array_index(phrases->phrases, Phrase, i);
        if (strcmp(phrase->name, key) != 0 || !phrase_is_wanted(phrases, phrase, data))
            continue;
        const char *filled = phrase_render(phrases, phrase, data, error);
        *text = g_strdup(filled);
        return filled != NULL;
    }
    *text = g_strdup(value_find_string(phrases->fixed, key));
    return true;
}

/* Dates */

static const char *
name_at(const Phrases *phrases, const char *key, int i)
{
    const Value *names = value_find(phrases->strings, key);
    if (names == NULL || value_kind(names) != VALUE_LIST || value_length(names) <= (size_t)i)
        return NULL;
    const Value *name = value_item(names, (size_t)i);
    return value_kind(name) == VALUE_STRING ? value_string(name) : NULL;
}

static Value *
date_parts(const Phrases *phrases, GDateTime *local)
{
    g_autofree char *hour = g_strdup_printf("%02d", g_date_time_get_hour(local));
    g_autofree char *minute = g_strdup_printf("%02d", g_date_time_get_minute(local));
    int weekday = g_date_time_get_day_of_week(local) - 1;
    int month = g_date_time_get_month(local) - 1;
    Value *parts = value_new_map();
    value_set_string(parts, "weekday", name_at(phrases, "weekdays", weekday));
    value_set_integer(parts, "day", g_date_time_get_day_of_month(local));
    value_set_string(parts, "month", name_at(phrases, "months", month));
    value_set_integer(parts, "year", g_date_time_get_year(local));
    value_set_string(parts, "hour", hour);
    value_set_string(parts, "minute", minute);
    return parts;
}

bool
phrases_put_dates(const Phrases *phrases, Value *map, int64_t time, GError **error)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(time);
    if (utc == NULL)
        return true;
    g_autoptr(GDateTime) local = g_date_time_to_timezone(utc, phrases->zone);
    g_autofree char *iso = g_date_time_format(local, "%Y-%m-%d");
    g_autoptr(Value) parts = date_parts(phrases, local);
    for (size_t i = 0; i < G_N_ELEMENTS(date_forms); i++) {
        g_autofree char *key = g_strconcat("format_", date_forms[i], NULL);
        g_autofree char *text = NULL;
        if (!phrases_fill(phrases, key, parts, &text, error))
            return false;
        value_set_string(map, date_forms[i], text);
    }
    value_set_string(map, "date_iso", iso);
    value_set_string(map, "weekday", value_find_string(parts, "weekday"));
    return true;
}

/* Inspection */

bool
phrases_inspect(const Phrases *phrases, const Value *model, GPtrArray *complaints, GError **error)
{
    static const char *const no_names[] = { NULL };
    g_autoptr(GDateTime) some_time = g_date_time_new_from_unix_utc(0);
    g_autoptr(Value) parts = date_parts(phrases, some_time);
    value_set_integer(parts, "article_minutes", 1);
    for (guint i = 0; i < phrases->phrases->len; i++) {
        const Phrase *phrase = &g_array_index(phrases->phrases, Phrase, i);
        if (g_str_has_prefix(phrase->key, "web_"))
            continue;
        g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func(g_free);
        if (!mustache_inspect(phrase->text, phrase->for_mails ? model : parts, NULL, NULL, no_names,
                              own, error))
            return false;
        for (guint k = 0; k < own->len; k++) {
            const char *problem = strstr(own->pdata[k], ": ");
            g_ptr_array_add(complaints, g_strdup_printf("\"%s\"%s", phrase->key, problem));
        }
    }
    return true;
}
