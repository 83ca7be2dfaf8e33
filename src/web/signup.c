/* /s/NEWSLETTER: the form, and what is said to whoever sends it. */
#include "web/site-internal.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "jobs/choices.h"
#include "jobs/newsletter.h"
#include "store/requests.h"
#include "web/choice_form.h"
#include "web/stamp.h"

#define NAME_MAX_CHARACTERS 100u

/* A newsletter whose form is open, or NULL. */
static const NewsletterConfig *
find_open(const Visit *visit)
{
    const NewsletterConfig *newsletter =
        config_find_newsletter(visit->site->instance->config, visit->rest);
    return newsletter != NULL && newsletter->sign_up ? newsletter : NULL;
}

/* Whoever forges a form is not told what was wrong with it; who mistyped their address is. */
static bool
write_form(const Visit *visit, WebReply *reply, guint status, const NewsletterConfig *newsletter,
           const Choice *choice, const char *address, bool is_wrong, GError **error)
{
    Instance *instance = visit->site->instance;
    const char *language = visit_language(visit, newsletter);
    g_autofree char *stamp = stamp_new(instance->keys, newsletter->name, visit->now);
    g_autoptr(Value) more = value_new_map();
    choice_form_show(more, newsletter, choice, templates_strings(visit->site->templates, language));
    value_set_string(more, "stamp", stamp);
    value_set_string(more, "email", address);
    value_set_string(more, "name", choice->name);
    value_set_bool(more, "is_wrong", is_wrong);
    const PageFacts facts = {
        .newsletter = newsletter, .language = language, .text = "web_sign_up", .more = more
    };
    return page_write(visit, reply, status, "sign_up", &facts, error);
}

/* Nobody yet, with what the newsletter has. */
static Choice *
choice_of_nobody(const NewsletterConfig *newsletter, GError **error)
{
    Rhythm defaults, rhythm;
    g_autoptr(Address) nobody = address_parse("nobody@invalid.invalid", error);
    if (nobody == NULL || !newsletter_rhythm(newsletter, &defaults, error) ||
        !rhythm_parse(&rhythm, NULL, NULL, NULL, NULL, &defaults, error))
        return NULL;
    return choice_new(nobody, &rhythm);
}

bool
sign_up_show(const Visit *visit, WebReply *reply, GError **error)
{
    const NewsletterConfig *newsletter = find_open(visit);
    if (newsletter == NULL)
        return page_write_message(visit, reply, 404, "web_page", error);
    g_autoptr(Choice) choice = choice_of_nobody(newsletter, error);
    return choice != NULL && write_form(visit, reply, 200, newsletter, choice, NULL, false, error);
}

/* What the form says of the person; NULL when it cannot be used, and then *ADDRESS is what stood there. */
static Choice *
read_form(const Visit *visit, const NewsletterConfig *newsletter, Choice *shown, GError **error)
{
    const char *email = form_find(visit->form, "email");
    g_autofree char *name = text_single_line(
        form_find(visit->form, "name") != NULL ? form_find(visit->form, "name") : "");
    g_autoptr(Settings) offer =
        newsletter_settings(visit->site->instance->config, newsletter, error);
    if (offer == NULL || !choice_form_take(shown, newsletter, visit->form, error))
        return NULL;
    shown->name = *name != '\0' ? text_truncate(name, NAME_MAX_CHARACTERS) : NULL;
    g_autoptr(Address) address = address_parse(email != NULL ? email : "", error);
    if (address == NULL || !choice_settle(shown, newsletter, offer, error))
        return NULL;
    g_autoptr(Choice) choice = choice_new(address, &shown->rhythm);
    choice->name = g_strdup(shown->name);
    choice->language = g_strdup(visit_language(visit, newsletter));
    for (guint i = 0; i < shown->topics->len; i++)
        g_ptr_array_add(choice->topics, g_strdup(shown->topics->pdata[i]));
    return g_steal_pointer(&choice);
}

/* What stands above the button is what is declared, in the words in which it was shown. */
static Consent *
declaration(const Visit *visit, const NewsletterConfig *newsletter, const char *language,
            GError **error)
{
    const Config *config = visit->site->instance->config;
    g_autoptr(Value) model = value_new_map();
    Value *about = value_new_map();
    value_set_string(about, "title", newsletter->title);
    value_take(model, "newsletter", about);
    if (!templates_put_strings(visit->site->templates, language, "web_consent", model, error))
        return NULL;
    Consent *consent = g_new0(Consent, 1);
    consent->basis = BASIS_CONSENT;
    consent->way = g_strdup("web");
    consent->wording = g_strdup(value_find_string(value_find(model, "t"), "web_consent"));
    consent->page = g_strdup_printf("%s/s/%s", config->base_url, newsletter->name);
    consent->at = visit->now;
    return consent;
}

/* The same for everybody, whether the address is new, known, suppressed, or asked too often. */
static bool
write_thanks(const Visit *visit, WebReply *reply, const NewsletterConfig *newsletter,
             GError **error)
{
    const PageFacts facts = { .newsletter = newsletter,
                              .language = visit_language(visit, newsletter),
                              .text = "web_thank_you" };
    return page_write(visit, reply, 200, "message", &facts, error);
}

/* Whoever fills in forms by the thousand gets no mails out of us. */
static bool
may_ask(const Visit *visit)
{
    g_autofree char *block = address_block(visit->request->peer);
    return budget_take(visit->site->sign_ups, block, visit->now) &&
           budget_take(visit->site->all_sign_ups, "", visit->now);
}

static bool
sign_up(const Visit *visit, WebReply *reply, const NewsletterConfig *newsletter, Choice *choice,
        GError **error)
{
    g_autoptr(Consent) consent = declaration(visit, newsletter, choice->language, error);
    if (consent == NULL || !store_request_sign_up(visit->site->instance->store, newsletter->name,
                                                  choice, consent, visit->now, error))
        return false;
    visit->site->counts[COUNT_SIGNED_UP]++;
    return write_thanks(visit, reply, newsletter, error);
}

bool
sign_up_act(const Visit *visit, WebReply *reply, GError **error)
{
    const NewsletterConfig *newsletter = find_open(visit);
    if (newsletter == NULL)
        return page_write_message(visit, reply, 404, "web_page", error);
    const char *trap = form_find(visit->form, "website");
    StampAge age = stamp_check(visit->site->instance->keys, newsletter->name,
                               form_find(visit->form, "stamp"), visit->now);
    if ((trap != NULL && *trap != '\0') || age == STAMP_YOUNG)
        return write_thanks(visit, reply, newsletter, error);
    g_autoptr(Choice) shown = choice_of_nobody(newsletter, error);
    if (shown == NULL)
        return false;
    g_autoptr(GError) problem = NULL;
    g_autoptr(Choice) choice = read_form(visit, newsletter, shown, &problem);
    /* A form on somebody else's page has no stamp of ours: it ends in this one, filled in. */
    if (choice == NULL || age == STAMP_OLD)
        return write_form(visit, reply, choice == NULL ? 400 : 200, newsletter, shown,
                          form_find(visit->form, "email"), choice == NULL, error);
    if (!may_ask(visit))
        return page_write_message(visit, reply, 429, "web_wait", error);
    return sign_up(visit, reply, newsletter, choice, error);
}

/* Which newsletters there are to be had. */
bool
index_show(const Visit *visit, WebReply *reply, GError **error)
{
    const GPtrArray *newsletters = visit->site->instance->config->newsletters;
    g_autoptr(Value) more = value_new_map();
    Value *list = value_new_list();
    for (guint i = 0; i < newsletters->len; i++) {
        const NewsletterConfig *newsletter = newsletters->pdata[i];
        Value *entry = value_new_map();
        value_set_string(entry, "name", newsletter->name);
        value_set_string(entry, "title", newsletter->title);
        if (newsletter->sign_up)
            value_take_item(list, entry);
        else
            value_unref(entry);
    }
    value_take(more, "newsletters", list);
    const PageFacts facts = { .text = "web_index", .more = more };
    return page_write(visit, reply, 200, "index", &facts, error);
}
