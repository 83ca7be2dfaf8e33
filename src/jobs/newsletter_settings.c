/* newsletter_settings.c - the part of newsletter.h that reads filters. */
#include "jobs/newsletter.h"

#include <string.h>

#include "mail/address.h"

static char *
list_id_of(const NewsletterConfig *newsletter, const Mailbox *from)
{
    if (newsletter->list_id != NULL)
        return g_strdup(newsletter->list_id);
    return g_strdup_printf("%s.%s", newsletter->name, address_domain(from->address));
}

static bool
add_topics(Settings *settings, const NewsletterConfig *newsletter, GError **error)
{
    for (guint i = 0; i < newsletter->topics->len; i++) {
        const TopicConfig *topic = newsletter->topics->pdata[i];
        const char *title = topic->title != NULL ? topic->title : topic->name;
        if (!settings_add_topic(settings, topic->name, title, topic->filter, error)) {
            g_prefix_error(error, "topic \"%s\": ", topic->name);
            return false;
        }
    }
    return true;
}

static const char *
either(const char *own, const char *general)
{
    return own != NULL ? own : general;
}

/* Who answers: where replies go, without a name. */
static void
set_contact(Settings *settings, const NewsletterConfig *newsletter, const Mailbox *from)
{
    g_autoptr(Mailbox) reply_to =
        newsletter->reply_to != NULL ? mailbox_parse(newsletter->reply_to, NULL) : NULL;
    const Mailbox *mailbox = reply_to != NULL ? reply_to : from;
    settings->contact = g_strdup(address_text(mailbox->address));
}

void
newsletter_looks(const NewsletterConfig *newsletter, Looks *looks)
{
    *looks = (Looks){
        .background = g_strdup(newsletter->background),
        .text = g_strdup(newsletter->text),
        .accent = g_strdup(newsletter->accent),
        .background_dark = g_strdup(newsletter->background_dark),
        .text_dark = g_strdup(newsletter->text_dark),
        .accent_dark = g_strdup(newsletter->accent_dark),
        .font = g_strdup(newsletter->font),
        .width = newsletter->width,
        .logo = g_strdup(newsletter->logo),
        .logo_width = newsletter->logo_width,
        .logo_height = newsletter->logo_height,
    };
}

static void
add_sponsors(Settings *settings, const NewsletterConfig *newsletter)
{
    for (guint i = 0; i < newsletter->sponsors->len; i++) {
        const SponsorConfig *sponsor = newsletter->sponsors->pdata[i];
        bool below = strcmp(sponsor->place, "below") == 0;
        settings_add_sponsor(settings, sponsor->title, sponsor->text, sponsor->url,
                             below ? SPONSOR_BELOW : SPONSOR_ABOVE);
    }
}

Settings *
newsletter_settings(const Config *config, const NewsletterConfig *newsletter, GError **error)
{
    g_autoptr(Mailbox) from = mailbox_parse(newsletter->from, error);
    if (from == NULL)
        return NULL;
    g_autoptr(Settings) settings = settings_new();
    settings->newsletter = g_strdup(newsletter->name);
    settings->title = g_strdup(newsletter->title);
    settings->comments_on = g_strdup(newsletter->comments_on);
    settings->from = g_strdup(newsletter->from);
    settings->reply_to = g_strdup(newsletter->reply_to);
    settings->list_id = list_id_of(newsletter, from);
    settings->language = g_strdup(newsletter->language);
    settings->zone = g_strdup(newsletter->zone);
    settings->template_name = g_strdup(newsletter->template_name);
    settings->images = g_strdup(newsletter->images);
    settings->subject = g_strdup(newsletter->subject);
    settings->imprint = g_strdup(either(newsletter->imprint, config->imprint));
    settings->postal_address = g_strdup(either(newsletter->postal_address, config->postal_address));
    set_contact(settings, newsletter, from);
    newsletter_looks(newsletter, &settings->looks);
    add_sponsors(settings, newsletter);
    settings->max_articles = newsletter->max_articles;
    settings->welcome_articles = newsletter->welcome_articles;
    settings->min_articles = newsletter->min_articles;
    settings->link_rest = strcmp(newsletter->rest, "link") == 0;
    settings->story_similarity = newsletter->stories ? newsletter->story_similarity : 0;
    for (guint i = 0; i < newsletter->sources->len; i++)
        g_ptr_array_add(settings->sources, g_strdup(newsletter->sources->pdata[i]));
    if (!add_topics(settings, newsletter, error) ||
        (newsletter->filter != NULL && !settings_set_filter(settings, newsletter->filter, error)))
        return NULL;
    return g_steal_pointer(&settings);
}
