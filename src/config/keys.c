#include "config/keys-internal.h"

#include <string.h>
#include "base/error.h"
#include "base/text.h"

static const KeyTable postbox_table = {
    sizeof(PostboxConfig),
    (const Key[]){
        { "url", KEY_LOCATION, offsetof(PostboxConfig, url), .required = true,
          .words = "maildir imap imaps pop3 pop3s",
          .help = "\"maildir:PATH\", \"imaps://HOST/INBOX\", \"pop3s://HOST\"; or imap:// and "
                  "pop3:// with STARTTLS. It is depesche's own: what has been taken in is deleted "
                  "(of a Maildir, moved to cur)." },
        { "user", KEY_LINE, offsetof(PostboxConfig, user), .example = "bounces",
          .help = "The user's name there." },
        { "password", KEY_SECRET, offsetof(PostboxConfig, password), .example = "secret",
          .help = "Their password. This file may then not be readable by others." },
        { "password_file", KEY_SECRET_FILE, offsetof(PostboxConfig, password),
          .example = "mailbox.secret", .help = "Or: a file that has it on its first line." },
        { "password_command", KEY_SECRET_COMMAND, offsetof(PostboxConfig, password),
          .example = "pass show mailbox",
          .help = "Or: a command that prints it. It is run without a shell." },
        { "tls", KEY_WORD, offsetof(PostboxConfig, tls), .words = "required none",
          .text = "required", .help = "\"none\" talks in clear text, and is the only way to it." },
        { "ca_file", KEY_PATH, offsetof(PostboxConfig, ca_file), .example = "/etc/ssl/mail.pem",
          .help = "Certificates to trust instead of the system's." },
        { "timeout", KEY_INTEGER, offsetof(PostboxConfig, timeout), .min = 1, .max = 3600,
          .number = 60, .help = "Seconds for each message." },
        { NULL },
    },
};

static const KeyTable inbound_table = {
    sizeof(Config),
    (const Key[]){
        { "unsubscribe", KEY_LINE, offsetof(Config, unsubscribe_address),
          .sample = "\"unsubscribe@example.org\"",
          .help = "The address that your mail server hands to \"depesche inbound\", with anything "
                  "behind the separator. Without it mails have no unsubscribe address." },
        { "bounce", KEY_LINE, offsetof(Config, bounce_address), .example = "bounce@example.org",
          .help = "The envelope sender: bounces come back to it, with a token behind the "
                  "separator. Without it the newsletter's \"from\" is used, without a token." },
        { "separator", KEY_WORD, offsetof(Config, separator), .words = "+ - =", .text = "+",
          .help = "What stands between the local part and the token (Postfix: "
                  "recipient_delimiter)." },
        { "mailboxes", KEY_LIST, offsetof(Config, postboxes), .max = 20, .table = &postbox_table,
          .example = "( { url = \"imaps://mail.example.org/INBOX\"; user = \"bounces\"; "
                     "password = \"secret\"; } )",
          .help = "Where such mail waits when no mail server can hand it to us: \"run\" and "
                  "\"inbound poll\" empty them." },
        { NULL },
    },
};

static const KeyTable bounce_table = {
    sizeof(Config),
    (const Key[]){
        { "dead_count", KEY_INTEGER, offsetof(Config, bounce_dead_count), .min = 1, .max = 100,
          .number = 2,
          .help = "An address gets no more mail when servers have called it dead so often." },
        { "dead_hours", KEY_INTEGER, offsetof(Config, bounce_dead_hours), .max = 8760, .number = 24,
          .help = "Hours that have to be between two of these." },
        { "dead_days", KEY_INTEGER, offsetof(Config, bounce_dead_days), .min = 1, .max = 3650,
          .number = 90, .help = "After so many days one is forgotten." },
        { "mailbox_count", KEY_INTEGER, offsetof(Config, bounce_mailbox_count), .min = 1,
          .max = 1000, .number = 10,
          .help = "The same for full mailboxes and whatever else is wrong: days with a bounce." },
        { "mailbox_days", KEY_INTEGER, offsetof(Config, bounce_mailbox_days), .min = 1, .max = 3650,
          .number = 30, .help = "After so many days one is forgotten." },
        { "breaker_percent", KEY_INTEGER, offsetof(Config, bounce_breaker_percent), .min = 1,
          .max = 100, .number = 10,
          .help = "When more of an issue's mails come back as from dead addresses, something else "
                  "is broken, and nobody is suspended for it." },
        { "breaker_domain_percent", KEY_INTEGER, offsetof(Config, bounce_breaker_domain_percent),
          .min = 1, .max = 100, .number = 50, .help = "The same for its mails to one domain." },
        { "breaker_minimum", KEY_INTEGER, offsetof(Config, bounce_breaker_minimum), .min = 1,
          .max = 1000000, .number = 10, .help = "Fewer of them prove nothing." },
        { "probe_days", KEY_INTEGER, offsetof(Config, bounce_probe_days), .max = 3650, .number = 30,
          .help = "A suspended address is tried again after so many days; 0 is never." },
        { NULL },
    },
};

static const KeyTable web_table = {
    sizeof(Config),
    (const Key[]){
        { "listen", KEY_LINE, offsetof(Config, web_listen), .text = "127.0.0.1:8025",
          .help =
              "Where \"depesche serve\" listens: ADDRESS:PORT or \"unix:/PATH\". A web server with "
              "a certificate stands in front of it; a socket of systemd comes before this." },
        { "proxies", KEY_LINES, offsetof(Config, web_proxies), .text = "loopback",
          .help = "Web servers that stand in front of it and are believed whom they ask for "
                  "(X-Forwarded-For): addresses, blocks of them, or \"loopback\", this host." },
        { "privacy", KEY_LINE, offsetof(Config, web_privacy),
          .example = "https://example.org/privacy",
          .help = "The page that tells people what becomes of their data; linked from each page." },
        { NULL },
    },
};

static const KeyTable fetch_table = {
    sizeof(Config),
    (const Key[]){
        { "parallel", KEY_INTEGER, offsetof(Config, fetch_parallel), .min = 1, .max = 200,
          .number = 20, .help = "Feeds that are fetched at a time." },
        { "per_host", KEY_INTEGER, offsetof(Config, fetch_per_host), .min = 1, .max = 200,
          .number = 2,
          .help = "Of them from one host: more gets a reader blocked, and a newspaper's feeds "
                  "share a server." },
        { "spacing", KEY_INTEGER, offsetof(Config, fetch_spacing), .max = 60000, .number = 250,
          .help = "Milliseconds from the beginning of a request to the next one to that host." },
        { "timeout", KEY_INTEGER, offsetof(Config, fetch_timeout), .min = 1, .max = 600,
          .number = 30, .help = "Seconds for one feed, with all its redirects." },
        { "max_megabytes", KEY_INTEGER, offsetof(Config, fetch_max_bytes), .min = 1, .max = 64,
          .unit = 1024 * 1024, .number = 16,
          .help = "A feed that is larger, when unpacked, is not read." },
        { "user_agent", KEY_LINE, offsetof(Config, user_agent), .text = CONFIG_USER_AGENT,
          .help = "How depesche introduces itself to web servers." },
        { "proxy", KEY_LOCATION, offsetof(Config, fetch_proxy),
          .words = "http https socks4 socks4a socks5 socks5h",
          .example = "http://proxy.example.org:3128",
          .help = "Who makes the connections. The proxies of the environment are not used; and "
                  "what this one may reach (see allow_private) is its own affair." },
        { "new_articles", KEY_INTEGER, offsetof(Config, new_feed_articles), .max = 1000,
          .number = 10,
          .help = "Of a new feed only so many of the newest articles count as new, so that it "
                  "floods nobody." },
        { NULL },
    },
};

static const KeyTable relay_table = {
    sizeof(RelayConfig),
    (const Key[]){
        { "url", KEY_LOCATION, offsetof(RelayConfig, url), .required = true,
          .words = "smtp smtps maildir null", .sample = "\"maildir:outbox\"",
          .help = "Where mails go: \"smtp://HOST:587\" (STARTTLS), \"smtps://HOST:465\" (TLS from "
                  "the start), \"maildir:PATH\" (a folder, to try things) or \"null:\" "
                  "(nowhere)." },
        { "user", KEY_LINE, offsetof(RelayConfig, user), .example = "digest",
          .help = "The user's name at the relay; without it depesche does not log in." },
        { "password", KEY_SECRET, offsetof(RelayConfig, password), .example = "secret",
          .help = "Their password. This file may then not be readable by others." },
        { "password_file", KEY_SECRET_FILE, offsetof(RelayConfig, password),
          .example = "relay.secret", .help = "Or: a file that has it on its first line." },
        { "password_command", KEY_SECRET_COMMAND, offsetof(RelayConfig, password),
          .example = "pass show relay",
          .help = "Or: a command that prints it. It is run without a shell." },
        { "tls", KEY_WORD, offsetof(RelayConfig, tls), .words = "required none", .text = "required",
          .help = "\"none\" sends in clear text, and is the only way to it: for a relay on this "
                  "host." },
        { "auth", KEY_WORD, offsetof(RelayConfig, auth), .words = "auto plain login xoauth2",
          .text = "auto",
          .help = "How depesche logs in; \"auto\" is PLAIN or LOGIN. For \"xoauth2\" the password "
                  "is the access token: let password_command fetch it." },
        { "ca_file", KEY_PATH, offsetof(RelayConfig, ca_file), .example = "/etc/ssl/relay.pem",
          .help = "Certificates to trust instead of the system's." },
        { "client_cert", KEY_PATH, offsetof(RelayConfig, client_cert),
          .example = "/etc/ssl/depesche.pem",
          .help = "A certificate to show to the relay (PEM), with client_key." },
        { "client_key", KEY_PATH, offsetof(RelayConfig, client_key),
          .example = "/etc/ssl/depesche.key", .help = "Its private key." },
        { "ehlo_name", KEY_LINE, offsetof(RelayConfig, ehlo_name), .example = "mail.example.org",
          .help = "The name given in EHLO; without it this host's." },
        { "timeout", KEY_INTEGER, offsetof(RelayConfig, timeout), .min = 1, .max = 3600,
          .number = 60, .help = "Seconds for the connection and for each of its replies." },
        { "pipelining", KEY_WORD, offsetof(RelayConfig, pipelining), .words = "auto off",
          .text = "auto",
          .help = "Several commands at once where the relay offers it (RFC 2920); \"off\" waits "
                  "for each reply." },
        { "connections", KEY_INTEGER, offsetof(RelayConfig, connections), .min = 1, .max = 200,
          .number = 5, .help = "Connections at a time, at most." },
        { "connection_messages", KEY_INTEGER, offsetof(RelayConfig, connection_messages),
          .max = 1000000, .number = 100, .help = "Messages on one connection; 0 is no limit." },
        { "connection_seconds", KEY_INTEGER, offsetof(RelayConfig, connection_seconds),
          .max = 86400, .number = 300, .help = "And how long it is used; 0 is no limit." },
        { "per_second", KEY_INTEGER, offsetof(RelayConfig, per_second), .max = 100000,
          .help = "Messages a second; 0 is no limit." },
        { "per_minute", KEY_INTEGER, offsetof(RelayConfig, per_minute), .max = 1000000,
          .help = "Messages a minute; 0 is no limit." },
        { "per_hour", KEY_INTEGER, offsetof(RelayConfig, per_hour), .max = 10000000,
          .help = "Messages an hour; 0 is no limit." },
        { "weight", KEY_INTEGER, offsetof(RelayConfig, weight), .min = 1, .max = 100, .number = 1,
          .help = "Its share of the mail beside other relays." },
        { NULL },
    },
};

static const KeyTable domain_table = {
    sizeof(DomainConfig),
    (const Key[]){
        { "names", KEY_LINES, offsetof(DomainConfig, names), .text = "example.org",
          .help = "Domains of recipients that share these limits." },
        { "messages", KEY_INTEGER, offsetof(DomainConfig, messages), .min = 1, .max = 1000,
          .number = 5, .help = "Mails to them that are on their way at a time." },
        { "per_second", KEY_INTEGER, offsetof(DomainConfig, per_second), .max = 100000,
          .help = "Mails to them a second; 0 is no limit." },
        { "per_minute", KEY_INTEGER, offsetof(DomainConfig, per_minute), .max = 1000000,
          .help = "Mails to them a minute; 0 is no limit." },
        { "per_hour", KEY_INTEGER, offsetof(DomainConfig, per_hour), .max = 10000000,
          .help = "Mails to them an hour; 0 is no limit." },
        { NULL },
    },
};

static const KeyTable dkim_table = {
    sizeof(Config),
    (const Key[]){
        { "domain", KEY_LINE, offsetof(Config, dkim_domain), .example = "example.org",
          .help = "The domain that signs: that of the sender. Without it mails are not signed "
                  "here." },
        { "selector", KEY_LINE, offsetof(Config, dkim_selector), .example = "depesche",
          .help = "The public key is at SELECTOR._domainkey.DOMAIN in the DNS." },
        { "key_file", KEY_PATH, offsetof(Config, dkim_key_file), .example = "dkim.pem",
          .help = "The private key (PEM), readable by depesche alone." },
        { "algorithm", KEY_WORD, offsetof(Config, dkim_algorithm),
          .words = "rsa-sha256 ed25519-sha256", .text = "rsa-sha256",
          .help = "The large providers understand \"rsa-sha256\" only." },
        { NULL },
    },
};

static const KeyTable feed_table = {
    sizeof(FeedConfig),
    (const Key[]){
        { "name", KEY_NAME, offsetof(FeedConfig, name), .required = true, .sample = "\"example\"",
          .help = "How commands and filters call it: a-z, 0-9 and '-', at most 32 characters." },
        { "url", KEY_LOCATION, offsetof(FeedConfig, url), .required = true,
          .words = "http https file exec", .sample = "\"https://example.org/feed.xml\"",
          .help = "RSS, Atom or JSON Feed. \"file:PATH\" with allow_file. \"exec:PROGRAM WORD…\" "
                  "with allow_exec is what a program prints." },
        { "title", KEY_LINE, offsetof(FeedConfig, title), .example = "The Example",
          .help = "Shown to readers as the source; without it what the feed says." },
        { "user_agent", KEY_LINE, offsetof(FeedConfig, user_agent), .example = "Mozilla/5.0",
          .help = "For a server that wants another one than fetch.user_agent." },
        { "user", KEY_LINE, offsetof(FeedConfig, user), .example = "reader",
          .help = "For a feed behind a login. It goes to the host of the URL and to no other." },
        { "password", KEY_SECRET, offsetof(FeedConfig, password), .example = "secret",
          .help = "Their password. This file may then not be readable by others." },
        { "password_file", KEY_SECRET_FILE, offsetof(FeedConfig, password),
          .example = "feed.secret", .help = "Or: a file that has it on its first line." },
        { "password_command", KEY_SECRET_COMMAND, offsetof(FeedConfig, password),
          .example = "pass show feed",
          .help = "Or: a command that prints it. It is run without a shell." },
        { "auth", KEY_WORD, offsetof(FeedConfig, auth), .words = "auto basic digest",
          .text = "auto",
          .help = "How depesche logs in; \"auto\" asks first, and prefers Digest." },
        { "cookies", KEY_SECRET, offsetof(FeedConfig, cookies), .example = "session=1234; lang=de",
          .help = "Cookies for the host of the URL. This file may then not be readable by "
                  "others." },
        { "headers", KEY_SECRET_LINES, offsetof(FeedConfig, headers), .example = "X-Token: 1234",
          .help = "Headers for the host of the URL. This file may then not be readable by "
                  "others." },
        { "proxy", KEY_LOCATION, offsetof(FeedConfig, proxy),
          .words = "direct http https socks4 socks4a socks5 socks5h",
          .example = "http://proxy.example.org:3128",
          .help = "Instead of fetch.proxy; \"direct:\" is none." },
        { "ca_file", KEY_PATH, offsetof(FeedConfig, ca_file), .example = "/etc/ssl/intranet.pem",
          .help = "Certificates to trust instead of the system's." },
        { "any_certificate", KEY_FLAG, offsetof(FeedConfig, any_certificate),
          .help = "The certificate of the URL's host is not looked at: for a host in a network of "
                  "your own. Whoever is on the way can change the feed; ca_file is better." },
        { "http", KEY_WORD, offsetof(FeedConfig, http), .words = "auto 1.1", .text = "auto",
          .help = "\"1.1\" never speaks HTTP/2, because of which some sites refuse programs." },
        { "timeout", KEY_INTEGER, offsetof(FeedConfig, timeout), .max = 600,
          .help = "Seconds; 0 is fetch.timeout." },
        { "keep_url", KEY_FLAG, offsetof(FeedConfig, keep_url),
          .help = "When the server says that the feed has moved for good, it is asked at its new "
                  "address from then on. True: it is not." },
        { "through", KEY_LINE, offsetof(FeedConfig, through), .example = "./mend --rss",
          .help = "With allow_exec: a program that reads the document and prints the one that is "
                  "taken in its place. It is run without a shell." },
        { "full_text", KEY_FLAG, offsetof(FeedConfig, full_text),
          .help =
              "The feed has only teasers: the page of each new article is fetched, and its text "
              "is the article's." },
        { "allow_file", KEY_FLAG, offsetof(FeedConfig, allow_file),
          .help = "The feed may be a file of this host." },
        { "allow_exec", KEY_FLAG, offsetof(FeedConfig, allow_exec),
          .help = "The feed may be a program of this host, run as depesche is." },
        { "allow_private", KEY_FLAG, offsetof(FeedConfig, allow_private),
          .help = "The feed may be on this host or its network: 127.0.0.1, 10.0.0.0/8, "
                  "192.168.0.0/16, fd00::/8 and the like. Else such addresses are refused, also "
                  "behind names and redirects." },
        { "paused", KEY_FLAG, offsetof(FeedConfig, paused), .help = "Not fetched while true." },
        { NULL },
    },
};

static const KeyTable topic_table = {
    sizeof(TopicConfig),
    (const Key[]){
        { "name", KEY_NAME, offsetof(TopicConfig, name), .required = true,
          .sample = "\"technology\"", .help = "How subscribers choose it." },
        { "title", KEY_LINE, offsetof(TopicConfig, title), .sample = "\"Technology\"",
          .help = "Its heading in the mail; without it the name." },
        { "filter", KEY_LINE, offsetof(TopicConfig, filter), .required = true,
          .sample = "\"software or internet or category:technology\"",
          .help = "Which articles belong to it: words, \"phrases\", beginnings*, title:, text:, "
                  "feed:, category:, author:, and, or, not, parentheses." },
        { NULL },
    },
};

static const KeyTable looks_table = {
    sizeof(NewsletterConfig),
    (const Key[]){
        { "accent", KEY_LINE, offsetof(NewsletterConfig, accent), .example = "#1d4f8c",
          .help =
              "The colour of links and rules. All colours are like \"#1d4f8c\", and text must be "
              "readable on its background." },
        { "text", KEY_LINE, offsetof(NewsletterConfig, text), .example = "#25282c",
          .help = "The colour of text." },
        { "background", KEY_LINE, offsetof(NewsletterConfig, background), .example = "#f8f7f4",
          .help = "The colour behind it." },
        { "accent_dark", KEY_LINE, offsetof(NewsletterConfig, accent_dark), .example = "#93bbea",
          .help = "The same three for readers who have chosen dark screens." },
        { "text_dark", KEY_LINE, offsetof(NewsletterConfig, text_dark), .example = "#e4e1da",
          .help = "Text on dark screens." },
        { "background_dark", KEY_LINE, offsetof(NewsletterConfig, background_dark),
          .example = "#17191c", .help = "Behind it." },
        { "font", KEY_LINE, offsetof(NewsletterConfig, font), .example = "Georgia, serif",
          .help = "Font families, as CSS has them; without it each reader's system font. Mails "
                  "load no fonts." },
        { "width", KEY_INTEGER, offsetof(NewsletterConfig, width), .min = 400, .max = 800,
          .number = 600, .help = "In pixels, at most; on phones the screen's." },
        { "logo", KEY_WEB, offsetof(NewsletterConfig, logo),
          .example = "https://news.example.org/logo.png",
          .help = "A picture in place of the title (PNG), that can be seen on light and on dark." },
        { "logo_width", KEY_INTEGER, offsetof(NewsletterConfig, logo_width), .max = 600,
          .help = "Its size in pixels, as it is shown." },
        { "logo_height", KEY_INTEGER, offsetof(NewsletterConfig, logo_height), .max = 300,
          .help = "And its height." },
        { NULL },
    },
};

static const KeyTable sponsor_table = {
    sizeof(SponsorConfig),
    (const Key[]){
        { "title", KEY_LINE, offsetof(SponsorConfig, title), .required = true,
          .text = "Example Tools", .help = "What it is about, on one line." },
        { "text", KEY_LINE, offsetof(SponsorConfig, text), .example = "Tools that last.",
          .help = "A sentence or two." },
        { "url", KEY_WEB, offsetof(SponsorConfig, url), .example = "https://tools.example.org",
          .help = "Where the title leads." },
        { "place", KEY_WORD, offsetof(SponsorConfig, place), .words = "above below",
          .text = "above", .help = "Before the first article or behind the last." },
        { NULL },
    },
};

static const KeyTable newsletter_table = {
    sizeof(NewsletterConfig),
    (const Key[]){
        { "name", KEY_NAME, offsetof(NewsletterConfig, name), .required = true,
          .sample = "\"digest\"", .help = "How commands call it: a-z, 0-9 and '-'." },
        { "title", KEY_LINE, offsetof(NewsletterConfig, title), .required = true,
          .sample = "\"The Digest\"", .help = "How readers know it." },
        { "from", KEY_LINE, offsetof(NewsletterConfig, from), .required = true,
          .sample = "\"The Digest <digest@example.org>\"",
          .help = "The sender. The local part of the address is ASCII." },
        { "reply_to", KEY_LINE, offsetof(NewsletterConfig, reply_to),
          .example = "editors@example.org", .help = "Where answers go; without it to the sender." },
        { "list_id", KEY_LINE, offsetof(NewsletterConfig, list_id), .example = "digest.example.org",
          .help = "The List-Id that mail readers sort by; without it the name and the sender's "
                  "domain. Do not change it once mails are out." },
        { "language", KEY_LINE, offsetof(NewsletterConfig, language), .text = "en",
          .help = "Of dates and of the words around the articles: \"de\", \"en\"." },
        { "zone", KEY_LINE, offsetof(NewsletterConfig, zone), .text = "UTC",
          .help = "The time zone in which the hour is meant: \"Europe/Berlin\"." },
        { "images", KEY_WORD, offsetof(NewsletterConfig, images), .words = "link embed none",
          .text = "link",
          .help =
              "Pictures of articles are linked, or carried in the mail (up to 100 kB each, 1 MB in "
              "all), or left out." },
        { "template", KEY_LINE, offsetof(NewsletterConfig, template_name), .text = "plain",
          .help = "A folder in the templates' folder: \"plain\", \"news\", \"magazine\", or your "
                  "own." },
        { "looks", KEY_GROUP, .table = &looks_table, .help = "Colours, font, width and logo." },
        { "sponsors", KEY_LIST, offsetof(NewsletterConfig, sponsors), .max = 10,
          .table = &sponsor_table,
          .example = "( { title = \"Example Tools\"; url = \"https://tools.example.org\"; } )",
          .help = "What is paid for, and job offers: shown under the label \"Advertisement\" (or "
                  "the reader's word for it), in both parts of each digest." },
        { "subject", KEY_LINE, offsetof(NewsletterConfig, subject),
          .example = "{{newsletter.title}}: {{count}} new",
          .help = "The subject, with the placeholders of templates; without it the "
                  "template's." },
        { "frequency", KEY_WORD, offsetof(NewsletterConfig, frequency),
          .words = "each hourly daily weekdays weekly monthly", .text = "daily",
          .help = "How often subscribers get it unless they choose otherwise." },
        { "min_frequency", KEY_WORD, offsetof(NewsletterConfig, min_frequency),
          .words = "each hourly daily weekdays weekly monthly", .text = "each",
          .help = "Nobody gets it more often, whatever they choose." },
        { "day", KEY_WORD, offsetof(NewsletterConfig, day), .words = "mon tue wed thu fri sat sun",
          .text = "mon", .help = "Of a weekly one." },
        { "hour", KEY_LINE, offsetof(NewsletterConfig, hour), .text = "06:00",
          .help = "From when on the next run sends it." },
        { "filter", KEY_LINE, offsetof(NewsletterConfig, filter), .example = "not category:sport",
          .help = "What every article must match." },
        { "updates", KEY_WORD, offsetof(NewsletterConfig, updates), .words = "never notify",
          .text = "never",
          .help = "What becomes of an article whose text changes after it was mailed: nothing, or "
                  "(\"notify\") it is in the next issue once more, marked as updated." },
        { "subscribers", KEY_PATH, offsetof(NewsletterConfig, subscribers),
          .sample = "\"subscribers/readers.conf\"",
          .help = "A file with its subscribers, compared at every run; beside it there are "
                  "\"subscriber add\" and \"subscriber import\"." },
        { "sign_up", KEY_FLAG, offsetof(NewsletterConfig, sign_up),
          .help = "Anybody may subscribe by the form of \"depesche serve\", and confirms it by a "
                  "link in "
                  "a mail. Needs web.privacy." },
        { "imprint", KEY_LINE, offsetof(NewsletterConfig, imprint),
          .example = "https://example.org/imprint", .help = "Instead of the general one." },
        { "postal_address", KEY_LINE, offsetof(NewsletterConfig, postal_address),
          .example = "Example Press, 1 Quay Street, Exampleton",
          .help = "Instead of the general one." },
        { "feeds", KEY_LINES, offsetof(NewsletterConfig, feeds), .text = "*",
          .help = "Names of its feeds; \"*\" is every feed." },
        { "topics", KEY_LIST, offsetof(NewsletterConfig, topics), .max = 500, .table = &topic_table,
          .help = "What subscribers can choose from, in the order of the mail. Who chooses "
                  "nothing gets every article." },
        { "max_articles", KEY_INTEGER, offsetof(NewsletterConfig, max_articles), .min = 1,
          .max = 500, .number = 30, .help = "In one digest." },
        { "rest", KEY_WORD, offsetof(NewsletterConfig, rest), .words = "carry link",
          .text = "carry",
          .help =
              "What of the articles in a digest has no room is in the reader's next one, before "
              "what is new then (carry), or stands at its end with title and link (link)." },
        { "welcome_articles", KEY_INTEGER, offsetof(NewsletterConfig, welcome_articles), .max = 100,
          .number = 5, .help = "In a subscriber's first digest." },
        { "stories", KEY_FLAG, offsetof(NewsletterConfig, stories), .number = true,
          .help = "What several feeds report appears once in a digest, with the names of the "
                  "others; and not again when another feed has the same article later." },
        { "sources", KEY_LINES, offsetof(NewsletterConfig, sources), .example = "example",
          .help = "Names of feeds, the best first: the first of them tells a story. Those that are "
                  "not named come behind them, the earliest report first." },
        { "story_similarity", KEY_INTEGER, offsetof(NewsletterConfig, story_similarity), .min = 1,
          .max = 100, .number = 40,
          .help = "How similar reports of a story are, in per cent; the higher, the fewer are "
                  "joined. \"article group\" shows what a setting does." },
        { "min_articles", KEY_INTEGER, offsetof(NewsletterConfig, min_articles), .min = 1,
          .max = 100, .number = 1,
          .help = "With fewer there is no digest; they wait for the reader's next one." },
        { "max_age_days", KEY_INTEGER, offsetof(NewsletterConfig, max_age_days), .min = 1,
          .max = 3650, .number = 7, .help = "What was published earlier is not mailed." },
        { "not_after_hours", KEY_INTEGER, offsetof(NewsletterConfig, not_after_hours), .max = 87600,
          .number = 72,
          .help = "What of an issue could not be sent so long after it was made is not sent any "
                  "more; 0 is no limit." },
        { "comments_days", KEY_INTEGER, offsetof(NewsletterConfig, comments_days), .min = 1,
          .max = 3650, .number = 14,
          .help = "Who follows the comments of an article does so until there were none for so "
                  "many days." },
        { NULL },
    },
};

const KeyTable key_root = {
    sizeof(Config),
    (const Key[]){
        { "database", KEY_LOCATION, offsetof(Config, database), .words = "sqlite",
          .example = "sqlite:depesche.db",
          .help = "The state, \"sqlite:PATH\". Without it depesche.db beside this file; for "
                  "/etc/depesche in /var/lib/depesche, for ~/.config/depesche in "
                  "~/.local/state/depesche." },
        { "key_file", KEY_PATH, offsetof(Config, key_file), .text = "depesche.keys",
          .help = "The secret that signs unsubscribe links. Keep it: without it the links in old "
                  "mails are dead." },
        { "templates", KEY_PATH, offsetof(Config, templates), .text = "templates",
          .help = "The folder of the templates." },
        { "archive_url", KEY_WEB, offsetof(Config, archive_url),
          .example = "https://news.example.org/archive",
          .help =
              "Where the pages that \"archive build\" writes are to be seen: mails link to them." },
        { "base_url", KEY_WEB, offsetof(Config, base_url), .example = "https://news.example.org",
          .help = "Where the web pages of depesche are reached. With it mails have one-click "
                  "unsubscribe links." },
        { "imprint", KEY_LINE, offsetof(Config, imprint),
          .sample = "\"https://example.org/imprint\"",
          .help = "Who publishes: a URL or a line of text in the foot of each mail. Nothing is "
                  "sent without it." },
        { "postal_address", KEY_LINE, offsetof(Config, postal_address),
          .sample = "\"Example Press, 1 Quay Street, Exampleton\"",
          .help = "The publisher's postal address, in the foot of each mail." },
        { "operator", KEY_LINE, offsetof(Config, operator_address), .example = "admin@example.org",
          .help = "The address that is told, once, when a feed fails for long, is dead, is well "
                  "again, or has changed all its ids." },
        { "on_uncertain", KEY_WORD, offsetof(Config, on_uncertain), .words = "resend hold drop",
          .text = "resend",
          .help = "When a crash or a lost connection leaves it open whether a mail arrived: send "
                  "it again (with the same Message-ID), wait for you, or drop it." },
        { "inbound", KEY_GROUP, .table = &inbound_table, .help = "Mail that comes back." },
        { "bounces", KEY_GROUP, .table = &bounce_table,
          .help = "When an address that does not work gets no more mail. A refusal by policy costs "
                  "nobody anything." },
        { "web", KEY_GROUP, .table = &web_table, .help = "The pages of \"depesche serve\"." },
        { "fetch", KEY_GROUP, .table = &fetch_table, .help = "How feeds are fetched." },
        { "details_days", KEY_INTEGER, offsetof(Config, details_days), .max = 3650, .number = 7,
          .help = "How many days a finished issue keeps, for each mail, when it was taken and what "
                  "the server said. After that there is a single bit for every mail that was "
                  "sent; what went wrong is kept." },
        { "relays", KEY_LIST, offsetof(Config, relays), .required = true, .min = 1, .max = 20,
          .table = &relay_table,
          .help = "How mails leave. Of several, each takes its share; when one fails, the others "
                  "go on." },
        { "domains", KEY_LIST, offsetof(Config, domains), .max = 1000, .table = &domain_table,
          .example = "( { names = [ \"example.org\" ]; messages = 5; per_second = 10; } )",
          .help = "Limits for the domains of recipients, over all relays. The large mailbox "
                  "providers have some without being named here: 10 mails at a time for each of "
                  "Google, Microsoft, Yahoo and Apple, 3 for Orange." },
        { "dkim", KEY_GROUP, .table = &dkim_table,
          .help = "Signing (RFC 6376). Most relays sign; then leave it out." },
        { "feeds", KEY_LIST, offsetof(Config, feeds), .max = 10000, .table = &feed_table,
          .help = "Where articles come from; beside it there is \"feed add\"." },
        { "newsletters", KEY_LIST, offsetof(Config, newsletters), .required = true, .min = 1,
          .max = 1000, .table = &newsletter_table, .help = "What you send." },
        { NULL },
    },
};

char **
key_text(const Key *key, const void *object)
{
    return (char **)((char *)object + key->offset);
}

int *
key_number(const Key *key, const void *object)
{
    return (int *)((char *)object + key->offset);
}

bool *
key_flag(const Key *key, const void *object)
{
    return (bool *)((char *)object + key->offset);
}

GPtrArray **
key_list(const Key *key, const void *object)
{
    return (GPtrArray **)((char *)object + key->offset);
}

bool
config_is_name(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return length >= 1 && length <= CONFIG_NAME_MAX && text[length] == '\0' && text[0] != '-';
}

/* Whether TEXT is one of WORDS, which are separated by a space. */
static bool
words_have(const char *words, const char *text)
{
    size_t size = strlen(text);
    for (const char *at = words; *at != '\0'; at += strspn(at, " ")) {
        size_t length = strcspn(at, " ");
        if (length == size && memcmp(at, text, size) == 0)
            return true;
        at += length;
    }
    return false;
}

static char *
resolve_word(const Key *key, const char *text, GError **error)
{
    if (words_have(key->words, text))
        return g_strdup(text);
    g_auto(GStrv) words = g_strsplit(key->words, " ", -1);
    g_autofree char *list = g_strjoinv("\", \"", words);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "must be one of \"%s\", not \"%s\"",
                list, text);
    return NULL;
}

static char *
resolve_command(const char *text, const char *command, GError **error)
{
    g_autoptr(GError) problem = NULL;
    if (g_shell_parse_argv(command, NULL, NULL, &problem))
        return g_strdup(text);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "has no command behind \"exec:\": %s",
                problem->message);
    return NULL;
}

/* "maildir:out" in /etc/depesche is "maildir:/etc/depesche/out"; a file: URL that is relative
 * becomes the file:///… that libcurl asks for. */
static char *
resolve_location(const Key *key, const char *text, const char *directory, GError **error)
{
    g_autofree char *scheme = g_uri_parse_scheme(text);
    if (scheme == NULL || !words_have(key->words, scheme)) {
        g_auto(GStrv) words = g_strsplit(key->words, " ", -1);
        g_autofree char *list = g_strjoinv(":\", \"", words);
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "must begin with one of \"%s:\", but is \"%s\"", list, text);
        return NULL;
    }
    const char *rest = text + strlen(scheme) + 1;
    bool network = g_str_has_prefix(rest, "//");
    if (g_str_has_prefix(scheme, "http") || g_str_has_prefix(scheme, "smtp") ||
        g_str_has_prefix(scheme, "socks")) {
        if (network && rest[2] != '\0' && rest[2] != '/' && strchr(rest, ' ') == NULL)
            return g_strdup(text);
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "must be a URL, not \"%s\"", text);
        return NULL;
    }
    if (strcmp(scheme, "null") == 0 || strcmp(scheme, "direct") == 0 ||
        (network && strcmp(scheme, "file") == 0))
        return g_strdup(text);
    if (*rest == '\0') {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "has no path behind \"%s\"", text);
        return NULL;
    }
    if (strcmp(scheme, "exec") == 0)
        return resolve_command(text, rest, error);
    g_autofree char *path = g_canonicalize_filename(rest, directory);
    if (strcmp(scheme, "file") == 0)
        return g_filename_to_uri(path, NULL, error);
    return g_strdup_printf("%s:%s", scheme, path);
}

/* What GUri takes is more than what can stand in a header. */
static bool
is_bare(const char *url)
{
    const char *at = url;
    while (g_ascii_isgraph(*at) && strchr("\"<>\\^`{|}", *at) == NULL)
        at++;
    return *at == '\0';
}

/* Tokens travel in these URLs, so there is no clear text but on this host. */
static char *
resolve_web(const char *text, GError **error)
{
    g_autoptr(GUri) uri = is_bare(text) ? g_uri_parse(text, G_URI_FLAGS_NONE, NULL) : NULL;
    const char *host = uri != NULL ? g_uri_get_host(uri) : NULL;
    if (host == NULL || *host == '\0' || g_uri_get_query(uri) != NULL ||
        g_uri_get_fragment(uri) != NULL || g_uri_get_userinfo(uri) != NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "must be a URL like \"https://news.example.org\", not \"%s\"", text);
        return NULL;
    }
    const char *const local[] = { "localhost", "127.0.0.1", "::1", NULL };
    const char *scheme = g_uri_get_scheme(uri);
    if (strcmp(scheme, "https") != 0 &&
        !(strcmp(scheme, "http") == 0 && g_strv_contains(local, host))) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "must begin with \"https://\" (http is for localhost alone), not \"%s\"", text);
        return NULL;
    }
    size_t length = strlen(text);
    while (text[length - 1] == '/')
        length--;
    return g_strndup(text, length);
}

char *
key_resolve(const Key *key, const char *text, const char *directory, GError **error)
{
    if (!text_is_line(text) || *text == '\0') {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "must be %s",
                    *text == '\0' ? "a text that is not empty" : "on one line");
        return NULL;
    }
    switch (key->type) {
    case KEY_NAME:
        if (config_is_name(text))
            return g_strdup(text);
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                    "must be made of a-z, 0-9 and '-' (not first), at most %u characters, not "
                    "\"%s\"",
                    CONFIG_NAME_MAX, text);
        return NULL;
    case KEY_WORD: return resolve_word(key, text, error);
    case KEY_PATH: return g_canonicalize_filename(text, directory);
    case KEY_LOCATION: return resolve_location(key, text, directory, error);
    case KEY_WEB: return resolve_web(text, error);
    case KEY_LINE:
    case KEY_LINES:
    case KEY_SECRET_LINES: return g_strdup(text);
    case KEY_SECRET:
    case KEY_SECRET_FILE:
    case KEY_SECRET_COMMAND:
    case KEY_INTEGER:
    case KEY_FLAG:
    case KEY_GROUP:
    case KEY_LIST: break;
    }
    g_assert_not_reached();
}

char *
config_feed_text(const char *name, const char *text, GError **error)
{
    const Key *key = feed_table.keys;
    while (strcmp(key->name, name) != 0)
        key++;
    return key_resolve(key, text, "/", error);
}

static void
object_init(const KeyTable *table, void *object, const char *directory)
{
    for (const Key *key = table->keys; key->name != NULL; key++) {
        switch (key->type) {
        case KEY_LINE:
        case KEY_NAME:
        case KEY_WORD:
        case KEY_PATH:
        case KEY_LOCATION:
        case KEY_WEB:
            if (key->text != NULL)
                *key_text(key, object) = key_resolve(key, key->text, directory, NULL);
            break;
        case KEY_INTEGER: *key_number(key, object) = key->number * MAX(key->unit, 1); break;
        case KEY_FLAG: *key_flag(key, object) = key->number != 0; break;
        case KEY_LINES:
            *key_list(key, object) = g_ptr_array_new_with_free_func(g_free);
            if (key->text != NULL)
                g_ptr_array_add(*key_list(key, object), g_strdup(key->text));
            break;
        case KEY_SECRET_LINES:
            *key_list(key, object) = g_ptr_array_new_with_free_func(g_free);
            break;
        case KEY_LIST: *key_list(key, object) = g_ptr_array_new(); break;
        case KEY_GROUP: object_init(key->table, object, directory); break;
        case KEY_SECRET:
        case KEY_SECRET_FILE:
        case KEY_SECRET_COMMAND: break;
        }
    }
}

void *
key_object_new(const KeyTable *table, const char *directory)
{
    void *object = g_malloc0(table->size);
    object_init(table, object, directory);
    return object;
}

static void
object_clear(const KeyTable *table, void *object)
{
    for (const Key *key = table->keys; key->name != NULL; key++) {
        switch (key->type) {
        case KEY_LINE:
        case KEY_NAME:
        case KEY_WORD:
        case KEY_PATH:
        case KEY_LOCATION:
        case KEY_WEB:
        case KEY_SECRET: g_free(*key_text(key, object)); break;
        case KEY_LIST:
            for (guint i = 0; i < (*key_list(key, object))->len; i++)
                key_object_free(key->table, (*key_list(key, object))->pdata[i]);
            g_ptr_array_unref(*key_list(key, object));
            break;
        case KEY_LINES:
        case KEY_SECRET_LINES: g_ptr_array_unref(*key_list(key, object)); break;
        case KEY_GROUP: object_clear(key->table, object); break;
        case KEY_SECRET_FILE: /* the KEY_SECRET's field */
        case KEY_SECRET_COMMAND:
        case KEY_INTEGER:
        case KEY_FLAG: break;
        }
    }
}

void
key_object_free(const KeyTable *table, void *object)
{
    object_clear(table, object);
    g_free(object);
}
