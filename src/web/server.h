/* server.h - HTTP for a few small pages, over libmicrohttpd; one thread, and the site (site.h) behind it.
 *
 * It limits what strangers can cost: bodies of 4 kB, headers of 16 kB, ten seconds for a request
 * however slowly it comes, so many connections, and fewer from one block of addresses. GET and HEAD
 * are answered at once. POSTs are gathered while the last ones are being stored, and go to the site
 * together: one wait for the disk is enough for all of them. Replies have the headers that keep a
 * page with a token in its address to itself. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>
#include "web/proxies.h"

/* Who needs more sends no form of ours. */
#define WEB_BODY_MAX 4096u

typedef struct {
    bool is_post;         /* else GET or HEAD */
    const char *path;     /* from the '/' on, decoded, without the query */
    const char *search;   /* of the query: "q", decoded; or NULL */
    const char *language; /* Accept-Language; may be NULL */
    const char *type;     /* Content-Type; may be NULL */
    const char *body;     /* SIZE octets, and a NUL */
    size_t size;
    const char *peer; /* who asks, as a proxy says that is believed, or the connection */
    bool is_direct;   /* from this host, and no proxy stands in between */
} WebRequest;

typedef struct {
    guint status;
    const char *type; /* "text/html; charset=utf-8"; a literal */
    GString *body;
    bool
        is_public; /* about nobody: it may be kept and found, and has pictures and styles of its own */
} WebReply;

typedef struct {
    /* Answers a GET or HEAD: changes nothing. */
    void (*show)(void *user, const WebRequest *request, WebReply *reply);
    /* Answers COUNT POSTs, and stores what they change. Their replies leave after that. */
    void (*act)(void *user, const WebRequest *const *requests, WebReply *const *replies,
                guint count);
    /* Twice a second or so: what is to be done without being asked. */
    void (*idle)(void *user);
    void *user;
} WebHandler;

typedef struct WebServer WebServer;

/* Listens on LISTEN ("127.0.0.1:8025", "[::1]:8025", "unix:/run/depesche.sock"), or on the socket that
 * systemd hands over. PROXIES must outlive it. DEPESCHE_ERROR_SETUP. */
WebServer *web_server_open(const char *listen, const Proxies *proxies, const WebHandler *handler,
                           GError **error);
void web_server_close(WebServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebServer, web_server_close)

/* Where it listens, for the log. The caller owns it. */
char *web_server_place(const WebServer *server);

/* Answers until SIGTERM or SIGINT; what has been read by then is still answered. */
bool web_server_run(WebServer *server, GError **error);
