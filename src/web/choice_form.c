#include "web/choice_form.h"

#include <string.h>

#include "base/error.h"
#include "jobs/instance.h"
#include "jobs/newsletter.h"

static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

static bool
has_name(const GPtrArray *names, const char *name)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)names, name, g_str_equal, NULL);
}

static void
put_option(Value *list, const char *value, const char *title, bool is_chosen)
{
    Value *option = value_new_map();
    value_set_string(option, "value", value);
    value_set_string(option, "title", title != NULL ? title : value);
    value_set_bool(option, "chosen", is_chosen);
    value_take_item(list, option);
}

static void
put_topics(Value *model, const NewsletterConfig *newsletter, const Choice *choice)
{
    Value *list = value_new_list();
    for (guint i = 0; i < newsletter->topics->len; i++) {
        const TopicConfig *topic = newsletter->topics->pdata[i];
        put_option(list, topic->name, topic->title, has_name(choice->topics, topic->name));
    }
    value_set_bool(model, "has_topics", value_length(list) > 0);
    value_take(model, "topics", list);
}

/* Those that the newsletter lets people have. */
static void
put_frequencies(Value *model, const NewsletterConfig *newsletter, const Choice *choice,
                const Value *strings)
{
    Value *list = value_new_list();
    for (int i = newsletter_floor(newsletter); i <= RHYTHM_MONTHLY; i++) {
        const char *name = rhythm_frequency_name((RhythmFrequency)i);
        g_autofree char *key = g_strconcat("web_frequency_", name, NULL);
        put_option(list, name, value_find_string(strings, key), (int)choice->rhythm.frequency == i);
    }
    value_take(model, "frequencies", list);
}

void
choice_form_show(Value *model, const NewsletterConfig *newsletter, const Choice *choice,
                 const Value *strings)
{
    Value *list = value_new_list();
    Rhythm defaults;
    bool has_hour = choice->rhythm.frequency > RHYTHM_HOURLY;
    int minute = has_hour || !newsletter_rhythm(newsletter, &defaults, NULL) ? choice->rhythm.minute
                                                                             : defaults.minute;
    g_autofree char *hour = g_strdup_printf("%02d:%02d", minute / 60, minute % 60);
    put_topics(model, newsletter, choice);
    put_frequencies(model, newsletter, choice, strings);
    for (int i = 0; i < 7; i++) {
        g_autofree char *key = g_strconcat("web_day_", days[i], NULL);
        put_option(list, days[i], value_find_string(strings, key),
                   MAX(choice->rhythm.weekday, 1) == i + 1);
    }
    value_take(model, "days", list);
    value_set_string(model, "hour", hour);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Boxes that are not ticked are not sent, so a form with topics says by "has_topics" that it had them. */
static bool
take_topics(Choice *choice, const NewsletterConfig *newsletter, const Form *form, GError **error)
{
    if (form_find(form, "has_topics") == NULL)
        return true;
    g_autoptr(GPtrArray) ticked = form_values(form, "topic");
    g_ptr_array_set_size(choice->topics, 0);
    for (guint i = 0; i < newsletter->topics->len; i++) {
        const TopicConfig *topic = newsletter->topics->pdata[i];
        if (has_name(ticked, topic->name))
            g_ptr_array_add(choice->topics, g_strdup(topic->name));
    }
    if (choice->topics->len < ticked->len) {
        g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                            "a topic that is none, or twice");
        return false;
    }
    g_ptr_array_sort(choice->topics, compare_names);
    return true;
}

/* An empty field is like one that is not there. */
static const char *
said(const Form *form, const char *name)
{
    const char *text = form_find(form, name);
    return text != NULL && *text != '\0' ? text : NULL;
}

bool
choice_form_take(Choice *choice, const NewsletterConfig *newsletter, const Form *form,
                 GError **error)
{
    const Rhythm before = choice->rhythm;
    Rhythm defaults;
    return take_topics(choice, newsletter, form, error) &&
           newsletter_rhythm(newsletter, &defaults, error) &&
           rhythm_change(&choice->rhythm, &before, said(form, "frequency"), said(form, "day"),
                         said(form, "hour"), NULL, &defaults, error) &&
           rhythm_check_floor(&choice->rhythm, newsletter_floor(newsletter), error);
}
