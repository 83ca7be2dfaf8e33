/* config.h - the configuration file, read once, checked, and constant from then on.
 *
 * The keys, their ranges, defaults and help stand in one table (keys.c), from which the reader, the
 * checker, "config show" and the commented file of "init" are all made. An unknown key, a wrong
 * type or a value out of range is an error with file, line and key. Relative paths stand against
 * the folder of the configuration file.                                                          */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "base/value.h"

/* fetch.user_agent when the file does not say otherwise. */
#define CONFIG_USER_AGENT "depesche (newsletter digests)"

/* Of the name of a feed, topic or newsletter. */
#define CONFIG_NAME_MAX 32u

typedef struct {
    char *name;       /* short, [a-z0-9-]; how commands and filters call it */
    char *url;        /* http, https; file: with allow_file; exec: with allow_exec */
    char *title;      /* shown as the source; NULL: what the feed says */
    char *user_agent; /* NULL: fetch.user_agent */
    char *proxy;      /* NULL: fetch.proxy; "direct:": none */
    char *user;       /* NULL: the one in the URL, if any */
    char *password;
    char *auth; /* "auto", "basic", "digest" */
    char *cookies;
    GPtrArray *headers; /* of char *: "Name: value" */
    char *ca_file;
    char *http;  /* "auto", "1.1" */
    int timeout; /* seconds; 0: fetch.timeout */
    bool keep_url;
    char *through;  /* the document is what this program makes of what it reads; with allow_exec */
    bool full_text; /* articles get the text of their pages */
    bool allow_file;
    bool allow_exec;
    bool any_certificate;
    bool allow_private;
    bool paused;
} FeedConfig;

typedef struct {
    char *name;
    char *title;  /* shown as a heading; NULL: the name */
    char *filter; /* digest/filter.h */
} TopicConfig;

/* What somebody pays for, or a job offer. */
typedef struct {
    char *title;
    char *text;  /* or NULL */
    char *url;   /* or NULL */
    char *place; /* "above" or "below" the articles */
} SponsorConfig;

typedef struct {
    char *name;
    char *title;
    char *from;     /* mailbox */
    char *reply_to; /* mailbox, or NULL */
    char *list_id;  /* NULL: NAME.domain of from */
    char *language; /* of strings and dates: "de", "en" */
    char *zone;     /* IANA */
    char *template_name;
    char *images;  /* "link", "embed", "none" */
    char *subject; /* a Mustache line, or NULL: the template's */
    /* Of subscriptions that choose nothing else: "each", "hourly", "daily", "weekdays", "weekly",
     * "monthly". */
    char *frequency;
    char *min_frequency;  /* nobody gets it more often; the same words */
    char *day;            /* "mon"…"sun" for weekly */
    char *hour;           /* "06:00" */
    char *filter;         /* what all articles must match, or NULL */
    char *updates;        /* "never"; "notify": articles whose text changed are news once more */
    char *subscribers;    /* roster file, or NULL */
    char *imprint;        /* URL or text; NULL: the general one */
    char *postal_address; /* NULL: the general one */
    GPtrArray *feeds;     /* of char *: names; "*" is every feed */
    GPtrArray *topics;    /* of TopicConfig * */
    int max_articles;     /* in one digest */
    char *rest; /* what becomes of what has no room: "carry" to the next one; "link": it is named */
    int welcome_articles; /* in the first digest of a subscription */
    bool sign_up;         /* the web form is open */
    bool stories;         /* what several feeds report appears once */
    int story_similarity; /* per cent (digest/story.h) */
    GPtrArray *sources;   /* of char *: feeds, the best first, of which one tells a story */
    int min_articles;     /* in one digest; with fewer they wait for the next one */
    int max_age_days;     /* nothing older is mailed */
    int not_after_hours;  /* an issue that is older is not sent; 0: no limit */
    int comments_days;    /* comments of an article that were quiet so long are followed no more */
    char *comments_on;    /* the title of that article; NULL in whatever a file has */
    /* Its looks (digest/looks.h): colours like "#1d4f8c"; NULL: the default. */
    char *background, *text, *accent;
    char *background_dark, *text_dark, *accent_dark;
    char *font; /* CSS families, or NULL */
    int width;  /* pixels */
    char *logo; /* URL, or NULL */
    int logo_width, logo_height;
    GPtrArray *sponsors; /* of SponsorConfig * */
} NewsletterConfig;

typedef struct {
    char *url; /* smtp://host:587, smtps://host, maildir:PATH, null: */
    char *user;
    char *password; /* as given, or read from password_file or password_command */
    char *tls;      /* "required" or "none"; never a fall-back */
    char *auth;     /* "auto", "plain", "login", "xoauth2" */
    char *ca_file;
    char *client_cert; /* ours, in PEM, and its key */
    char *client_key;
    char *ehlo_name;  /* NULL: the host's name */
    char *pipelining; /* "auto" or "off" */
    int timeout;      /* seconds, for a connection and its replies but the last */
    int connections;  /* at a time */
    int connection_messages;
    int connection_seconds;
    int per_second; /* messages; 0: no limit; so the next two */
    int per_minute;
    int per_hour;
    int weight;
} RelayConfig;

/* Where mail that comes back waits for us. */
typedef struct {
    char *url; /* maildir:PATH, imaps://host/box, pop3s://host … */
    char *user;
    char *password;
    char *tls; /* "required" or "none" */
    char *ca_file;
    int timeout; /* seconds for one message */
} PostboxConfig;

/* How much the domains of recipients get at a time and how fast, over all relays. */
typedef struct {
    GPtrArray *names; /* of char *: domains */
    int messages;     /* at a time */
    int per_second;   /* 0: no limit; so the next two */
    int per_minute;
    int per_hour;
} DomainConfig;

typedef struct {
    char *path;      /* of the file */
    char *directory; /* absolute: of the file */
    char *database;  /* "sqlite:PATH" with PATH absolute */
    char *key_file;
    char *templates;   /* folder */
    char *archive_url; /* where archive build's pages are, without a slash at the end; or NULL */
    char *base_url;    /* of the web pages, without a slash at the end; NULL: no https links */
    char *imprint;
    char *postal_address;
    char *web_listen;          /* ADDRESS:PORT or unix:/PATH */
    GPtrArray *web_proxies;    /* of char *: addresses, blocks, "loopback" */
    char *web_privacy;         /* URL of what people are told about their data; NULL: none */
    char *unsubscribe_address; /* that "inbound" gets; NULL: no mailto links */
    char *bounce_address;      /* envelope sender, gets a token; NULL: the newsletter's from */
    char *separator;           /* between local part and token: "+", "-" or "=" */
    GPtrArray *postboxes;      /* of PostboxConfig * */
    int bounce_dead_count;     /* when bounces end in a suspension: subscriber/score.h */
    int bounce_dead_hours;
    int bounce_dead_days;
    int bounce_mailbox_count;
    int bounce_mailbox_days;
    int bounce_breaker_percent; /* of an issue's mails: more dead addresses are not believed */
    int bounce_breaker_domain_percent; /* of its mails to one domain */
    int bounce_breaker_minimum;
    int bounce_probe_days;  /* until a suspended address is tried again; 0: never */
    char *operator_address; /* who is told how feeds are; NULL: nobody */
    char *on_uncertain;     /* "resend", "hold", "drop" */
    char *user_agent;
    char *fetch_proxy; /* NULL: none */
    int fetch_parallel;
    int fetch_per_host;
    int fetch_spacing;     /* milliseconds between requests to one host */
    int fetch_timeout;     /* seconds for one feed */
    int fetch_max_bytes;   /* after decoding */
    int new_feed_articles; /* of a new feed's first fetch that count as new */
    char *dkim_domain;     /* NULL: not signed here; else all four are there */
    char *dkim_selector;
    char *dkim_key_file;
    char *dkim_algorithm;   /* "rsa-sha256" or "ed25519-sha256" */
    int details_days;       /* how long a sent mail keeps a row of its own in the ledger */
    GPtrArray *relays;      /* of RelayConfig * */
    GPtrArray *domains;     /* of DomainConfig * */
    GPtrArray *feeds;       /* of FeedConfig * */
    GPtrArray *newsletters; /* of NewsletterConfig * */
    GPtrArray *places;      /* private: see config_place() */
} Config;

/* Reads PATH. NULL when it cannot be used; each line added to PROBLEMS (of char *, owned) is then
 * one mistake as "FILE:LINE: KEY: what is wrong". ERROR is set too (DEPESCHE_ERROR_SETUP) with the
 * first of them. */
Config *config_load(const char *path, GPtrArray *problems, GError **error);
void config_free(const Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)

/* Where a field of CONFIG was set: "depesche.conf:12: newsletters.morgen.from". FIELD is its
 * address (&newsletter->from); where the file does not set it, the place of the group around it.
 * For checks that need a room this one does not know. */
const char *config_place(const Config *config, const void *field);

const NewsletterConfig *config_find_newsletter(const Config *config, const char *name);
const FeedConfig *config_find_feed(const Config *config, const char *name);

/* What the text KEY of a feed ("proxy") holds when TEXT is given for it; NULL and DEPESCHE_ERROR_SETUP when
 * it may not hold that. For commands that take what the file takes. */
char *config_feed_text(const char *key, const char *text, GError **error);

/* Whether TEXT may be such a name: 1 to CONFIG_NAME_MAX of a-z, 0-9 and '-', no '-' first. */
bool config_is_name(const char *text);

/* All values in force, secrets as "***", in the order of the table. */
Value *config_to_value(const Config *config);

/* The commented file that "init" writes: every key with its help and default, a small sample in
 * force. */
void config_write_sample(GString *out);

/* Where the configuration is, in this order: EXPLICIT, ./depesche.conf, $XDG_CONFIG_HOME/depesche/,
 * /etc/depesche/. NULL and DEPESCHE_ERROR_SETUP when there is none. */
char *config_find_path(const char *explicit_path, GError **error);
