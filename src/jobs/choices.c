#include "jobs/choices.h"

#include <string.h>

#include "base/error.h"
#include "jobs/newsletter.h"
#include "subscriber/roster.h"

static bool
names_are_known(const char *key, const GPtrArray *names, const Settings *offer, GError **error)
{
    for (guint i = 0; i < names->len; i++) {
        bool known = false;
        for (guint n = 0; n < offer->topics->len && !known; n++)
            known = strcmp(((const Topic *)offer->topics->pdata[n])->name, names->pdata[i]) == 0;
        if (known)
            continue;
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "%s: there is no topic \"%s\"",
                    key, (const char *)names->pdata[i]);
        return false;
    }
    return true;
}

bool
choice_check_topics(const Choice *choice, const Settings *offer, GError **error)
{
    return names_are_known("topics", choice->topics, offer, error) &&
           names_are_known("without", choice->without, offer, error);
}

bool
choice_settle(Choice *choice, const NewsletterConfig *newsletter, const Settings *offer,
              GError **error)
{
    if (!rhythm_check_floor(&choice->rhythm, newsletter_floor(newsletter), error))
        return false;
    if (choice->filter == NULL)
        return true;
    g_autoptr(Filter) filter = filter_parse(choice->filter, error);
    if (filter == NULL || !settings_check_topics(offer, filter, error)) {
        g_prefix_error(error, "filter: ");
        return false;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    filter_write(text, filter);
    g_free(choice->filter);
    choice->filter = g_string_free(g_steal_pointer(&text), FALSE);
    return true;
}

/* Takes out what cannot be settled. */
static bool
settle_all(GPtrArray *choices, const Config *config, const NewsletterConfig *newsletter,
           GPtrArray *problems, GError **error)
{
    g_autoptr(Settings) offer = newsletter_settings(config, newsletter, error);
    if (offer == NULL)
        return false;
    gsize count = 0;
    g_autofree Choice **all = (Choice **)g_ptr_array_steal(choices, &count);
    for (gsize i = 0; i < count; i++) {
        g_autoptr(Choice) choice = all[i];
        g_autoptr(GError) problem = NULL;
        if (choice_check_topics(choice, offer, &problem) &&
            choice_settle(choice, newsletter, offer, &problem))
            g_ptr_array_add(choices, g_steal_pointer(&choice));
        else
            g_ptr_array_add(problems, g_strdup_printf("%s:%d: %s", newsletter->subscribers,
                                                      choice->line, problem->message));
    }
    return true;
}

bool
choices_load(const Config *config, const NewsletterConfig *newsletter, GPtrArray *problems,
             GPtrArray **choices, GError **error)
{
    Rhythm rhythm;
    guint before = problems->len;
    if (!newsletter_rhythm(newsletter, &rhythm, error))
        return false;
    *choices = roster_load(newsletter->subscribers, &rhythm, problems, error);
    if (*choices == NULL || !settle_all(*choices, config, newsletter, problems, error))
        return false;
    if (problems->len == before)
        return true;
    g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, problems->pdata[before]);
    return false;
}
