/* settings.h - what an issue froze of its newsletter: everything selection and rendering need, so
 * that a run that is finished tomorrow sends the same bytes although the configuration changed.  */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "base/value.h"
#include "digest/filter.h"
#include "digest/looks.h"

typedef struct {
    char *name;
    char *title;
    Filter *filter;
} Topic;

typedef enum {
    SPONSOR_ABOVE, /* before the first article */
    SPONSOR_BELOW, /* behind the last */
} SponsorPlace;

/* What somebody pays for, or a job offer: always shown under a label that says so. */
typedef struct {
    char *title;
    char *text;
    char *url;
    SponsorPlace place;
} Sponsor;

typedef struct {
    char *newsletter;
    char *title;
    char *comments_on; /* the article whose comments these are, or NULL: it is a newsletter */
    char *from;        /* mailbox text */
    char *reply_to;    /* or NULL */
    char *list_id;
    char *language;
    char *zone;
    char *template_name;
    char *images;         /* "link", "embed" or "none"; NULL: "link" */
    char *subject;        /* Mustache, or NULL: the template's */
    char *imprint;        /* or NULL */
    char *postal_address; /* or NULL */
    char *contact;        /* the address that answers; or NULL */
    Looks looks;
    GPtrArray *sponsors; /* of Sponsor * */
    Filter *filter;      /* or NULL: what every article must match */
    GPtrArray *topics;   /* of Topic * */
    int max_articles;
    int welcome_articles;
    int min_articles;     /* with fewer there is no digest: they wait; 0 or 1: any is enough */
    int link_rest;        /* what a digest has no room for is named with its link: else it waits */
    int story_similarity; /* per cent; 0: articles are not joined to stories */
    GPtrArray *sources;   /* of char *: names of feeds, the best first */
} Settings;

Settings *settings_new(void);
void settings_free(Settings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Settings, settings_free)

/* Takes NAME, TITLE and FILTER as text. DEPESCHE_ERROR_INPUT when the filter is wrong. It can refer
 * (topic:NAME) to topics that were added before: so nothing goes round in circles. The newsletter's
 * filter is set when all topics are there. */
bool settings_add_topic(Settings *settings, const char *name, const char *title, const char *filter,
                        GError **error);
bool settings_set_filter(Settings *settings, const char *filter, GError **error);

void settings_add_sponsor(Settings *settings, const char *title, const char *text, const char *url,
                          SponsorPlace place);

/* Whether FILTER names only topics of SETTINGS; else DEPESCHE_ERROR_INPUT. */
bool settings_check_topics(const Settings *settings, const Filter *filter, GError **error);

/* To and from a snapshot; equal settings give equal JSON. */
void settings_write(GString *out, const Settings *settings);
Settings *settings_parse(GBytes *snapshot, GError **error);
