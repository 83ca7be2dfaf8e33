#include "net/fetch.h"

#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "server.h"

/* A web server of canned pages; the body may hold NUL, so its size is given where it matters. */

typedef struct {
    const char *path;
    const char *reply;
} Page;

static const Page pages[] = {
    { "/plain", "HTTP/1.1 200 OK\r\nContent-Type: text/xml; charset=x\r\nETag: W/\"a, b\"\r\n"
                "Content-Language: de-AT\r\nLast-Modified: yesterday, about "
                "noon\r\nContent-Length: 5\r\n\r\nhello" },
    { "/condition", "HTTP/1.1 304 Not Modified\r\nETag: \"2\"\r\n\r\n" },
    { "/same-etag", "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nLast-Modified: new\r\n"
                    "Content-Length: 1\r\n\r\nx" },
    { "/same-date", "HTTP/1.1 200 OK\r\nLast-Modified: old\r\nContent-Length: 1\r\n\r\nx" },
    { "/new-etag-same-date", "HTTP/1.1 200 OK\r\nETag: \"2\"\r\nLast-Modified: old\r\n"
                             "Content-Length: 1\r\n\r\nx" },
    { "/missing", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope" },
    { "/gone", "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n" },
    { "/empty", "HTTP/1.1 204 No Content\r\n\r\n" },
    { "/busy", "HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n" },
    { "/too-many", "HTTP/1.1 429 Slow Down\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n" },
    { "/too-many-times", "HTTP/1.1 429 Slow Down\r\nRetry-After: Mon, 01 Jan 2001 00:00:00 GMT\r\n"
                         "Content-Length: 0\r\n\r\n" },
    { "/login", "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n"
                "Content-Length: 0\r\n\r\n" },
    { "/forbidden", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" },
    { "/fresh", "HTTP/1.1 200 OK\r\nCache-Control: max-age=600\r\nAge: 60\r\n"
                "Content-Length: 5\r\n\r\nhello" },
    { "/busy-500", "HTTP/1.1 500 Oh\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n" },
    { "/moved", "HTTP/1.1 301 Moved\r\nLocation: /moved-again\r\nETag: \"hop\"\r\n"
                "Content-Length: 3\r\n\r\nhop" },
    { "/moved-again", "HTTP/1.1 308 Moved\r\nLocation: /bare\r\nContent-Length: 0\r\n\r\n" },
    { "/moved-unchanged", "HTTP/1.1 301 Moved\r\nLocation: /condition\r\n"
                          "Content-Length: 0\r\n\r\n" },
    { "/moved-for-now", "HTTP/1.1 302 Found\r\nLocation: /moved\r\nContent-Length: 0\r\n\r\n" },
    { "/moved-to-nothing",
      "HTTP/1.1 301 Moved\r\nLocation: /missing\r\nContent-Length: 0\r\n\r\n" },
    { "/early-hints", "HTTP/1.1 103 Early Hints\r\nETag: \"early\"\r\n\r\n"
                      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" },
    { "/bare", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello" },
    { "/cookie", "HTTP/1.1 200 OK\r\nSet-Cookie: from=server; Path=/\r\n"
                 "Content-Length: 5\r\n\r\nhello" },
    { "/crowd", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
    { "/loop", "HTTP/1.1 301 Moved\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n" },
    { "/to-file",
      "HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n" },
    { "/to-gopher", "HTTP/1.1 301 Moved\r\nLocation: gopher://127.0.0.1/\r\n"
                    "Content-Length: 0\r\n\r\n" },
    { "/announced", "HTTP/1.1 200 OK\r\nContent-Length: 100000001\r\n\r\nx" },
    { "/cut-short", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello" },
    { "/nothing", "" },
    { "/garbage", "what do you mean?\r\n\r\n" },
};

typedef struct {
    GMutex mutex;
    GString *asked; /* all requests */
    int busy;       /* connections that are served now */
    int most_busy;
    GCond more_halves;
    int halves;      /* of large documents that have been sent */
    char *elsewhere; /* where "/elsewhere" leads */
} Site;

/* A document that is sent in two halves, the second one when all of the first CROWD have had theirs. */
#define LARGE_SIZE (600 * 1024)
#define CROWD      4

static char *
read_request(int fd)
{
    g_autoptr(GString) request = g_string_new(NULL);
    char bytes[2048];
    ssize_t size;
    while (strstr(request->str, "\r\n\r\n") == NULL) {
        if ((size = recv(fd, bytes, sizeof bytes, 0)) <= 0)
            return NULL;
        g_string_append_len(request, bytes, size);
    }
    return g_string_free(g_steal_pointer(&request), FALSE);
}

/* Endless pages end when the client hangs up. */
static void
say_forever(int fd, const char *head, const char *piece)
{
    bool goes_on = server_say(fd, head, strlen(head));
    while (goes_on)
        goes_on = server_say(fd, piece, strlen(piece));
}

static void
say_bomb(int fd)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(TEST_DATA "/net/bomb.gz", &bytes, &size, NULL));
    if (server_say(fd, head, strlen(head)))
        server_say(fd, bytes, size);
}

/* Each connection serves one page, and says so: the next hop must not find it closed. */
static void
say_page(int fd, const char *reply)
{
    static const char closes[] = "\r\nConnection: close";
    const char *end = strchr(reply, '\r');
    size_t size = end != NULL ? (size_t)(end - reply) : 0;
    if (g_str_has_prefix(reply, "HTTP/") && server_say(fd, reply, size) &&
        server_say(fd, closes, strlen(closes)))
        reply += size;
    server_say(fd, reply, strlen(reply));
}

static void
say_slowly(int fd)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    bool goes_on = server_say(fd, head, strlen(head));
    while (goes_on) {
        g_usleep(20000);
        goes_on = server_say(fd, "x", 1);
    }
}

static void
say_large(Site *site, int fd)
{
    g_autofree char *head = g_strdup_printf(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", LARGE_SIZE);
    g_autofree char *half = g_strnfill(LARGE_SIZE / 2, 'x');
    bool goes_on = server_say(fd, head, strlen(head)) && server_say(fd, half, LARGE_SIZE / 2);
    g_mutex_lock(&site->mutex);
    site->halves++;
    g_cond_broadcast(&site->more_halves);
    while (site->halves < CROWD)
        g_cond_wait(&site->more_halves, &site->mutex);
    g_mutex_unlock(&site->mutex);
    if (goes_on)
        server_say(fd, half, LARGE_SIZE / 2);
}

/* "hello" in the encoding that PATH names, if the client can read that. */
static void
say_encoded(int fd, const char *path, const char *request)
{
    static const struct {
        const char *name;
        const char *bytes;
        size_t size;
    } encodings[] = {
        { "br", "\x0b\x02\x80hello\x03", 9 },
        { "zstd", "\x28\xb5\x2f\xfd\x20\x05\x29\0\0hello", 14 },
    };
    const char *accepted = strstr(request, "Accept-Encoding:");
    for (size_t i = 0; accepted != NULL && i < G_N_ELEMENTS(encodings); i++) {
        g_autofree char *head = g_strdup_printf("HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\n"
                                                "Content-Length: %zu\r\n\r\n",
                                                encodings[i].name, encodings[i].size);
        if (strcmp(path + 1, encodings[i].name) != 0 ||
            g_strstr_len(accepted, strchr(accepted, '\r') - accepted, path + 1) == NULL)
            continue;
        server_say(fd, head, strlen(head));
        server_say(fd, encodings[i].bytes, encodings[i].size);
        return;
    }
    say_page(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

static void
say_elsewhere(const Site *site, int fd)
{
    g_autofree char *reply = g_strdup_printf("HTTP/1.1 302 Found\r\nLocation: %s\r\n"
                                             "Content-Length: 0\r\n\r\n",
                                             site->elsewhere);
    say_page(fd, reply);
}

static void
answer(Site *site, int fd, const char *path, const char *request)
{
    if (strcmp(path, "/chunked") == 0)
        say_forever(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                    "10\r\n0123456789abcdef\r\n");
    else if (strcmp(path, "/headers") == 0)
        say_forever(
            fd, "HTTP/1.1 200 OK\r\n", /* long ones: libcurl counts them as well */
            "X-More: and more of the same, which is much of the same, and so on and on\r\n");
    else if (strcmp(path, "/bomb") == 0)
        say_bomb(fd);
    else if (strcmp(path, "/silent") == 0)
        g_free(read_request(fd)); /* returns when the client has gone */
    else if (strcmp(path, "/slow") == 0)
        say_slowly(fd);
    else if (strcmp(path, "/large") == 0)
        say_large(site, fd);
    else if (strcmp(path, "/br") == 0 || strcmp(path, "/zstd") == 0)
        say_encoded(fd, path, request);
    else if (strcmp(path, "/elsewhere") == 0)
        say_elsewhere(site, fd);
    for (size_t i = 0; i < G_N_ELEMENTS(pages); i++)
        if (strcmp(pages[i].path, path) == 0)
            say_page(fd, pages[i].reply);
}

static void
site_talk(int fd, void *data)
{
    Site *site = data;
    g_autofree char *request = read_request(fd);
    if (request == NULL)
        return;
    g_mutex_lock(&site->mutex);
    g_string_append(site->asked, request);
    site->busy++;
    site->most_busy = MAX(site->most_busy, site->busy);
    g_mutex_unlock(&site->mutex);

    g_auto(GStrv) words = g_strsplit(request, " ", 3);
    if (strcmp(words[1], "/crowd") == 0)
        g_usleep(20000); /* long enough for others to come, if they may */
    g_mutex_lock(&site->mutex);
    site->busy--;
    g_mutex_unlock(&site->mutex);
    answer(site, fd, words[1], request);
}

static void
site_start_at(Site *site, Server *server, const char *address)
{
    *site = (Site){ .asked = g_string_new(NULL) };
    server_start_at(server, address, site_talk, site);
}

static void
site_start(Site *site, Server *server)
{
    site_start_at(site, server, "127.0.0.1");
}

static void
site_stop(Site *site, Server *server)
{
    server_stop(server);
    g_string_free(site->asked, TRUE);
}

#define BODY_MAX (1024 * 1024)

static const FetchLimits limits = {
    .parallel = 4,
    .per_host = 2,
    .timeout = 20,
    .max_bytes = BODY_MAX,
    .user_agent = "depesche-test",
};

static FetchReply *
fetch_one(const FetchLimits *these, const FetchRequest *request)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Fetcher) fetcher = fetcher_open(these, &error);
    g_assert_no_error(error);
    int mark = 0;
    void *tag = NULL;
    fetcher_add(fetcher, request, &mark);
    FetchReply *reply = fetcher_next(fetcher, &tag);
    g_assert_nonnull(reply);
    g_assert_true(tag == &mark);
    g_assert_null(fetcher_next(fetcher, &tag));
    return reply;
}

/* One answer of a server and what it means */

typedef struct {
    const char *name;
    const char *path;
    const char *etag; /* sent */
    const char *last_modified;
    FetchOutcome outcome;
    int status;
    const char *problem; /* begins so */
    const char *moved_to;
    int64_t retry_after;
    int64_t fresh_for;
    const char *fingerprint; /* sent */
} Case;

/* SHA-256 of "hello" */
#define HELLO "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static const Case cases[] = {
    { "new", "/plain", NULL, NULL, FETCH_NEW, .status = 200 },
    { "not-modified", "/condition", "\"1\"", NULL, FETCH_UNCHANGED, .status = 304 },
    { "not-modified-unasked", "/condition", NULL, NULL, FETCH_FAILED, .status = 304,
      .problem = "HTTP 304" },
    { "200-with-the-same-etag", "/same-etag", "\"1\"", "old", FETCH_UNCHANGED, .status = 200 },
    { "200-with-the-same-etag-and-bytes", "/same-etag", "\"1\"", "old", FETCH_UNCHANGED,
      .status = 200, .fingerprint = "1:0002b61d" },
    { "200-with-the-same-etag-and-other-bytes", "/same-etag", "\"1\"", "old", FETCH_NEW,
      .status = 200, .fingerprint = "1:0002b61e" },
    { "200-with-the-same-date", "/same-date", NULL, "old", FETCH_UNCHANGED, .status = 200 },
    { "etag-counts-more-than-date", "/new-etag-same-date", "\"1\"", "old", FETCH_NEW,
      .status = 200 },
    { "no-validators-and-new", "/bare", NULL, NULL, FETCH_NEW, .status = 200 },
    { "no-validators-and-the-same-bytes", "/bare", NULL, NULL, FETCH_UNCHANGED, .status = 200,
      .fingerprint = HELLO },
    { "other-bytes", "/bare", NULL, NULL, FETCH_NEW, .status = 200, .fingerprint = "00" },
    { "validators-count-more-than-bytes", "/plain", NULL, NULL, FETCH_NEW, .status = 200,
      .fingerprint = HELLO },
    { "no-validators-sent", "/same-etag", NULL, NULL, FETCH_NEW, .status = 200 },
    { "404", "/missing", NULL, NULL, FETCH_FAILED, .status = 404, .problem = "HTTP 404" },
    { "410", "/gone", NULL, NULL, FETCH_GONE, .status = 410 },
    { "204-is-no-document", "/empty", NULL, NULL, FETCH_FAILED, .status = 204,
      .problem = "HTTP 204" },
    { "retry-after-of-503", "/busy", NULL, NULL, FETCH_FAILED, .status = 503, .problem = "HTTP 503",
      .retry_after = 120 },
    { "retry-after-of-429", "/too-many", NULL, NULL, FETCH_FAILED, .status = 429,
      .problem = "HTTP 429: too many requests; asks us to wait 60 s", .retry_after = 60 },
    { "retry-after-that-is-past", "/too-many-times", NULL, NULL, FETCH_FAILED, .status = 429,
      .problem = "HTTP 429: too many requests" },
    { "login-wanted", "/login", NULL, NULL, FETCH_FAILED, .status = 401,
      .problem = "HTTP 401: the server wants a user" },
    { "forbidden", "/forbidden", NULL, NULL, FETCH_FAILED, .status = 403,
      .problem = "HTTP 403: the server refuses us; some do so by user_agent" },
    { "fresh", "/fresh", NULL, NULL, FETCH_NEW, .status = 200, .fresh_for = 540 },
    { "retry-after-of-500-is-ignored", "/busy-500", NULL, NULL, FETCH_FAILED, .status = 500,
      .problem = "HTTP 500" },
    { "moved-for-good", "/moved", NULL, NULL, FETCH_NEW, .status = 200, .moved_to = "/bare" },
    { "moved-for-good-and-unchanged", "/moved-unchanged", "\"1\"", NULL, FETCH_UNCHANGED,
      .status = 304, .moved_to = "/condition" },
    { "one-hop-for-now", "/moved-for-now", NULL, NULL, FETCH_NEW, .status = 200 },
    { "moved-to-nothing", "/moved-to-nothing", NULL, NULL, FETCH_FAILED, .status = 404,
      .problem = "HTTP 404" },
    { "early-hints-are-no-hop", "/early-hints", NULL, NULL, FETCH_NEW, .status = 200 },
    { "endless-redirects", "/loop", NULL, NULL, FETCH_FAILED, .status = 301,
      .problem = "more than 5 redirects" },
    { "redirect-to-file", "/to-file", NULL, NULL, FETCH_FAILED, .status = 301,
      .problem = "redirects to file:///etc/passwd" },
    { "redirect-to-gopher", "/to-gopher", NULL, NULL, FETCH_FAILED, .status = 301,
      .problem = "redirects to gopher://127.0.0.1/" },
    { "endless-chunks", "/chunked", NULL, NULL, FETCH_FAILED, .status = 200,
      .problem = "more than 1 MB" },
    { "gzip-bomb", "/bomb", NULL, NULL, FETCH_FAILED, .status = 200, .problem = "more than 1 MB" },
    { "size-announced", "/announced", NULL, NULL, FETCH_FAILED, .status = 200,
      .problem = "more than 1 MB" },
    { "endless-headers", "/headers", NULL, NULL, FETCH_FAILED, .status = 0,
      .problem = "headers without end" },
    { "cut-short", "/cut-short", NULL, NULL, FETCH_FAILED, .status = 200,
      .problem = "" }, /* libcurl's words for it have changed */
    { "no-answer", "/nothing", NULL, NULL, FETCH_FAILED, .status = 0, .problem = "empty reply" },
    { "not-http", "/garbage", NULL, NULL, FETCH_FAILED, .status = 0,
      .problem = "received HTTP/0.9" },
};

static void
test_case(const void *data)
{
    const Case *test = data;
    Site site;
    Server server;
    site_start(&site, &server);
    g_autofree char *root = g_strdup_printf("http://127.0.0.1:%d", server.port);
    g_autofree char *url = g_strconcat(root, test->path, NULL);
    g_autofree char *moved_to =
        test->moved_to != NULL ? g_strconcat(root, test->moved_to, NULL) : NULL;
    FetchRequest request = {
        .url = url,
        .etag = test->etag,
        .last_modified = test->last_modified,
        .fingerprint = test->fingerprint,
        .allow_file = true,
        .allow_private = true,
    };
    g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
    if (test->problem != NULL && !g_str_has_prefix(reply->problem, test->problem))
        g_error("\"%s\" does not begin with \"%s\"", reply->problem, test->problem);
    g_assert_cmpint(reply->outcome, ==, test->outcome);
    if (strcmp(test->path, "/headers") != 0) /* a status may be known before the end */
        g_assert_cmpint(reply->status, ==, test->status);
    g_assert_true((reply->problem != NULL) == (test->outcome == FETCH_FAILED));
    g_assert_true((reply->body != NULL) == (test->outcome == FETCH_NEW));
    g_assert_cmpstr(reply->moved_to, ==, moved_to);
    g_assert_cmpint(reply->retry_after, ==, test->retry_after);
    g_assert_cmpint(reply->fresh_for, ==, test->fresh_for);
    g_assert_null(reply->resting_host); /* it is a private one */
    site_stop(&site, &server);
}

static void
test_facts_of_last_hop(void)
{
    Site site;
    Server server;
    site_start(&site, &server);
    g_autofree char *url = g_strdup_printf("http://me:secret@127.0.0.1:%d/moved", server.port);
    g_autofree char *behind = g_strdup_printf("http://127.0.0.1:%d/bare", server.port);
    FetchRequest request = { .url = url, .allow_private = true };
    g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
    g_assert_cmpstr(reply->effective_url, ==, behind);
    g_assert_null(reply->etag);
    g_assert_null(reply->content_type);
    g_assert_cmpmem(g_bytes_get_data(reply->body, NULL), g_bytes_get_size(reply->body), "hello", 5);
    site_stop(&site, &server);
}

static void
test_validators_verbatim(void)
{
    Site site;
    Server server;
    site_start(&site, &server);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/plain", server.port);
    FetchRequest request = { .url = url, .user_agent = "for this one", .allow_private = true };
    g_autoptr(FetchReply) first = fetch_one(&limits, &request);
    g_assert_cmpstr(first->etag, ==, "W/\"a, b\"");
    g_assert_cmpstr(first->last_modified, ==, "yesterday, about noon");
    g_assert_cmpstr(first->content_type, ==, "text/xml; charset=x");
    g_assert_cmpstr(first->content_language, ==, "de-AT");

    request.etag = first->etag;
    request.last_modified = first->last_modified;
    g_autoptr(FetchReply) second = fetch_one(&limits, &request);
    g_assert_cmpint(second->outcome, ==, FETCH_UNCHANGED);
    g_assert_nonnull(strstr(site.asked->str, "\r\nIf-None-Match: W/\"a, b\"\r\n"));
    g_assert_nonnull(strstr(site.asked->str, "\r\nIf-Modified-Since: yesterday, about noon\r\n"));
    g_assert_nonnull(strstr(site.asked->str, "\r\nUser-Agent: for this one\r\n"));
    g_assert_null(strstr(site.asked->str, "depesche-test"));
    site_stop(&site, &server);
}

static void
test_forged_validator(void)
{
    Site site;
    Server server;
    site_start(&site, &server);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/plain", server.port);
    FetchRequest request = { .url = url, .etag = "\"1\"\r\nX-Forged: yes", .allow_private = true };
    g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
    g_assert_cmpint(reply->outcome, ==, FETCH_NEW);
    g_assert_null(strstr(site.asked->str, "X-Forged"));
    site_stop(&site, &server);
}

/* A server that says nothing, and one that says a little now and then. */
static void
test_slow_servers(void)
{
    static const char *const paths[] = { "/silent", "/slow" };
    FetchLimits hasty = limits;
    hasty.timeout = 1;
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        Site site;
        Server server;
        site_start(&site, &server);
        g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d%s", server.port, paths[i]);
        FetchRequest request = { .url = url, .allow_private = true };
        g_autoptr(FetchReply) reply = fetch_one(&hasty, &request);
        g_assert_cmpint(reply->outcome, ==, FETCH_FAILED);
        g_assert_true(g_str_has_prefix(reply->problem, "timed out"));
        site_stop(&site, &server);
    }
}

/* Whatever libcurl says it can decode it decodes. */
static void
test_encodings(void)
{
    static const char *const paths[] = { "/br", "/zstd" };
    Site site;
    Server server;
    site_start(&site, &server);
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d%s", server.port, paths[i]);
        FetchRequest request = { .url = url, .allow_private = true };
        g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
        g_assert_cmpstr(reply->problem, ==, NULL);
        g_assert_cmpmem(g_bytes_get_data(reply->body, NULL), g_bytes_get_size(reply->body), "hello",
                        5);
    }
    g_assert_nonnull(strstr(site.asked->str, "\r\nAccept-Encoding: deflate, gzip"));
    site_stop(&site, &server);
}

/* Four documents have no room beside each other: those that are given up come later, all of them. */
static void
test_room(void)
{
    enum { COUNT = 2 * CROWD };
    Site site;
    Server server;
    int seen[COUNT] = { 0 };
    site_start(&site, &server);
    FetchLimits narrow = limits;
    narrow.per_host = CROWD;
    narrow.max_together = BODY_MAX;
    g_autoptr(Fetcher) fetcher = fetcher_open(&narrow, NULL);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/large", server.port);
    FetchRequest request = { .url = url, .allow_private = true };
    for (int i = 0; i < COUNT; i++)
        fetcher_add(fetcher, &request, &seen[i]);
    while (!fetcher_is_done(fetcher)) {
        void *tag = NULL;
        g_autoptr(FetchReply) reply = fetcher_next(fetcher, &tag);
        g_assert_cmpstr(reply->problem, ==, NULL);
        g_assert_cmpint(g_bytes_get_size(reply->body), ==, LARGE_SIZE);
        ++*(int *)tag;
    }
    for (int i = 0; i < COUNT; i++)
        g_assert_cmpint(seen[i], ==, 1);
    g_clear_pointer(&fetcher, fetcher_close);
    site_stop(&site, &server);
    g_assert_cmpint(server.connections, >, COUNT);
}

/* Who has something else to do does not wait for a server that is silent. */
static void
test_next_within(void)
{
    Site site;
    Server server;
    int ends[2];
    void *tag = NULL;
    site_start(&site, &server);
    g_autoptr(Fetcher) fetcher = fetcher_open(&limits, NULL);
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(int));
    g_assert_cmpint(pipe(ends), ==, 0);
    g_array_append_val(fds, ends[0]);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/silent", server.port);
    FetchRequest request = { .url = url, .allow_private = true };
    g_assert_true(fetcher_is_done(fetcher));
    fetcher_add(fetcher, &request, NULL);
    g_assert_null(fetcher_next_within(fetcher, 10, fds, &tag));
    g_assert_cmpint(write(ends[1], "x", 1), ==, 1);
    /* The silent server would be given up before that. */
    g_assert_null(fetcher_next_within(fetcher, 3 * limits.timeout * 1000, fds, &tag));
    g_assert_false(fetcher_is_done(fetcher));
    g_clear_pointer(&fetcher, fetcher_close);
    close(ends[0]);
    close(ends[1]);
    site_stop(&site, &server);
}

/* What is on its way goes on while nobody wants another reply. */
static void
test_carry_on(void)
{
    Site site;
    Server server;
    void *tag = NULL;
    site_start(&site, &server);
    g_autoptr(Fetcher) fetcher = fetcher_open(&limits, NULL);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/plain", server.port);
    const FetchRequest request = { .url = url, .allow_private = true };
    fetcher_add(fetcher, &request, NULL);
    g_assert_null(fetcher_next_within(fetcher, 0, NULL, &tag));
    for (bool is_asked = false; !is_asked;) {
        fetcher_carry_on(fetcher, 10, NULL);
        g_mutex_lock(&site.mutex);
        is_asked = site.asked->len > 0;
        g_mutex_unlock(&site.mutex);
    }
    g_assert_false(fetcher_is_done(fetcher));
    g_autoptr(FetchReply) reply = fetcher_next(fetcher, &tag);
    g_assert_cmpint(reply->outcome, ==, FETCH_NEW);
    g_assert_true(fetcher_is_done(fetcher));
    site_stop(&site, &server);
}

/* What is set aside is as if it were not there, until it is taken up. */
static void
test_set_aside(void)
{
    Site site;
    Server server;
    int first, second;
    void *tag = NULL;
    site_start(&site, &server);
    g_autoptr(Fetcher) fetcher = fetcher_open(&limits, NULL);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/plain", server.port);
    const FetchRequest request = { .url = url, .allow_private = true };
    g_assert_false(fetcher_take_up(fetcher));
    fetcher_add(fetcher, &request, &first);
    fetcher_set_aside(fetcher);
    g_assert_true(fetcher_is_done(fetcher));
    g_assert_null(fetcher_next(fetcher, &tag));
    fetcher_add(fetcher, &request, &second);
    g_autoptr(FetchReply) urgent = fetcher_next(fetcher, &tag);
    g_assert_true(tag == &second);
    g_assert_cmpint(urgent->outcome, ==, FETCH_NEW);
    g_assert_true(fetcher_take_up(fetcher));
    g_assert_false(fetcher_is_done(fetcher));
    g_autoptr(FetchReply) other = fetcher_next(fetcher, &tag);
    g_assert_true(tag == &first);
    g_assert_cmpint(other->outcome, ==, FETCH_NEW);
    fetcher_add(fetcher, &request, NULL);
    fetcher_set_aside(fetcher); /* and is dropped with the fetcher */
    g_clear_pointer(&fetcher, fetcher_close);
    site_stop(&site, &server);
}

static void
test_files(void)
{
    g_autofree char *url = g_strconcat("file://", TEST_DATA, "/net/bomb.gz", NULL);
    FetchRequest request = { .url = url, .allow_private = true };
    g_autoptr(FetchReply) refused = fetch_one(&limits, &request);
    g_assert_cmpint(refused->outcome, ==, FETCH_FAILED);

    request.allow_file = true;
    g_autoptr(FetchReply) allowed = fetch_one(&limits, &request);
    g_autofree char *bytes = NULL;
    gsize size = 0;
    g_assert_true(g_file_get_contents(TEST_DATA "/net/bomb.gz", &bytes, &size, NULL));
    g_assert_cmpint(allowed->outcome, ==, FETCH_NEW);
    g_assert_cmpmem(g_bytes_get_data(allowed->body, NULL), g_bytes_get_size(allowed->body), bytes,
                    size);
    request.url = "file:///nowhere/at/all";
    g_autoptr(FetchReply) missing = fetch_one(&limits, &request);
    g_assert_cmpint(missing->outcome, ==, FETCH_FAILED);
}

/* Who opens a pipe waits for somebody to write to it; a device may have no end. */
static void
test_special_files(void)
{
    g_autofree char *folder = g_dir_make_tmp("depesche-XXXXXX", NULL);
    g_autofree char *pipe = g_build_filename(folder, "pipe", NULL);
    g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
    const char *const paths[] = { pipe, folder, "/dev/zero" };
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *url = g_strconcat("file://", paths[i], NULL);
        const FetchRequest request = { .url = url, .allow_file = true };
        g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
        g_assert_cmpint(reply->outcome, ==, FETCH_FAILED);
        g_assert_cmpstr(reply->problem, ==, "it is no regular file");
    }
    unlink(pipe);
    rmdir(folder);
}

static void
test_bad_urls(void)
{
    static const char *const urls[] = { "", "http://", "gopher://127.0.0.1/", "no url at all",
                                        "http://127.0.0.1:99999/" };
    for (size_t i = 0; i < G_N_ELEMENTS(urls); i++) {
        FetchRequest request = { .url = urls[i] };
        g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
        g_assert_cmpint(reply->outcome, ==, FETCH_FAILED);
        g_assert_nonnull(reply->problem);
    }
}

/* Many at a time: each comes back once, and a host is not crowded. */
static void
test_queue(void)
{
    enum { COUNT = 20 };
    Site site;
    Server server;
    int seen[COUNT] = { 0 };
    site_start(&site, &server);
    g_autoptr(Fetcher) fetcher = fetcher_open(&limits, NULL);
    g_autofree char *crowd = g_strdup_printf("http://127.0.0.1:%d/crowd", server.port);
    FetchRequest request = { .url = crowd, .allow_private = true };
    for (int i = 0; i < COUNT; i++)
        fetcher_add(fetcher, &request, &seen[i]);
    for (;;) {
        void *tag = NULL;
        g_autoptr(FetchReply) reply = fetcher_next(fetcher, &tag);
        if (reply == NULL)
            break;
        g_assert_cmpint(reply->outcome, ==, FETCH_NEW);
        ++*(int *)tag;
    }
    for (int i = 0; i < COUNT; i++)
        g_assert_cmpint(seen[i], ==, 1);
    g_assert_cmpint(site.most_busy, <=, limits.per_host);
    g_clear_pointer(&fetcher, fetcher_close);
    site_stop(&site, &server);
}

/* Who is asked with secrets of its own, on the same host and by the same fetcher, leaves nothing behind for
 * who comes next. */
static void
test_one_after_the_other(void)
{
    Site site;
    Server server;
    site_start(&site, &server);
    g_autoptr(GPtrArray) headers = g_ptr_array_new();
    g_ptr_array_add(headers, (char *)"X-Key: own");
    g_autoptr(Fetcher) fetcher = fetcher_open(&limits, NULL);
    g_autofree char *cookie = g_strdup_printf("http://127.0.0.1:%d/cookie", server.port);
    g_autofree char *bare = g_strdup_printf("http://127.0.0.1:%d/bare", server.port);
    const FetchRequest requests[] = {
        { .url = cookie,
          .allow_private = true,
          .user = "ann",
          .password = "secret",
          .auth = FETCH_AUTH_BASIC,
          .cookies = "own=cookie",
          .etag = "\"own\"",
          .user_agent = "own agent",
          .headers = headers },
        { .url = bare, .allow_private = true },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++) {
        void *tag = NULL;
        g_string_truncate(site.asked, 0);
        fetcher_add(fetcher, &requests[i], NULL);
        g_autoptr(FetchReply) reply = fetcher_next(fetcher, &tag);
        g_assert_cmpint(reply->outcome, ==, FETCH_NEW);
        static const char *const secrets[] = { "\r\nAuthorization:", "own=cookie", "\"own\"",
                                               "own agent", "X-Key: own" };
        for (size_t j = 0; j < G_N_ELEMENTS(secrets); j++)
            g_assert_cmpint(strstr(site.asked->str, secrets[j]) != NULL, ==, i == 0);
        g_assert_null(strstr(site.asked->str, "from=server"));
    }
    g_clear_pointer(&fetcher, fetcher_close);
    site_stop(&site, &server);
}

/* What is private: refused by address, by name, and in all its spellings. */
static void
test_guard(void)
{
    static const char *const hosts[] = { "127.0.0.1",          "localhost",  "[::1]",  "127.1",
                                         "[::ffff:127.0.0.1]", "0x7f000001", "0.0.0.0" };
    Site site;
    Server server;
    site_start(&site, &server);
    for (size_t i = 0; i < G_N_ELEMENTS(hosts); i++) {
        g_autofree char *url = g_strdup_printf("http://%s:%d/plain", hosts[i], server.port);
        FetchRequest request = { .url = url };
        g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
        g_assert_cmpint(reply->outcome, ==, FETCH_FAILED);
        g_assert_nonnull(strstr(reply->problem, "is an address of this host or its network"));
    }
    site_stop(&site, &server);
    g_assert_cmpint(server.connections, ==, 0);
}

/* An address that counts as the Internet's, on a network of our own that has nothing but loopback. */
#define PUBLIC "11.22.33.44"

static bool
leave_network(void)
{
    return unshare(CLONE_NEWNET) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

static bool
can_leave_network(void)
{
    int status = 1;
    pid_t pid = fork();
    if (pid == 0)
        _exit(leave_network() ? 0 : 1);
    g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
    return status == 0;
}

static void
enter_own_network(void)
{
    static const char *const addresses[] = { "127.0.0.1", PUBLIC };
    g_assert_true(leave_network());
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++) {
        struct ifreq ask = { 0 };
        struct sockaddr_in name = { .sin_family = AF_INET };
        g_snprintf(ask.ifr_name, sizeof ask.ifr_name, i == 0 ? "lo" : "lo:%zu", i);
        inet_pton(AF_INET, addresses[i], &name.sin_addr);
        memcpy(&ask.ifr_addr, &name, sizeof name);
        g_assert_cmpint(ioctl(fd, SIOCSIFADDR, &ask), ==, 0);
        ask.ifr_flags = IFF_UP;
        g_assert_cmpint(ioctl(fd, SIOCSIFFLAGS, &ask), ==, 0);
    }
    close(fd);
}

/* A server of the Internet sends us to one of this host, and to another one of the Internet. */
static void
test_guard_at_each_hop(void)
{
    if (!can_leave_network()) {
        g_test_skip("a network of one's own is not to be had here");
        return;
    }
    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
        g_test_trap_assert_passed();
        return;
    }
    Site site, inner;
    Server server, secret;
    enter_own_network();
    site_start_at(&site, &server, PUBLIC);
    site_start(&inner, &secret);
    g_autofree char *url = g_strdup_printf("http://" PUBLIC ":%d/elsewhere", server.port);
    FetchRequest request = { .url = url };
    site.elsewhere = g_strdup_printf("http://" PUBLIC ":%d/bare", server.port);
    g_autoptr(FetchReply) good = fetch_one(&limits, &request);
    g_assert_cmpstr(good->problem, ==, NULL);

    g_free(site.elsewhere);
    site.elsewhere = g_strdup_printf("http://127.0.0.1:%d/plain", secret.port);
    g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
    g_assert_cmpint(reply->outcome, ==, FETCH_FAILED);
    g_assert_nonnull(strstr(reply->problem, "is an address of this host or its network"));
    g_free(site.elsewhere);
    site_stop(&site, &server);
    site_stop(&inner, &secret);
    g_assert_cmpint(server.connections, ==, 3);
    g_assert_cmpint(secret.connections, ==, 0);
}

/* Programs */

typedef struct {
    const char *name;
    const char *command;
    const char *output;  /* NULL: it fails */
    const char *problem; /* begins so */
} ProgramCase;

static const ProgramCase programs[] = {
    { "prints", "printf hello", "hello", NULL },
    { "no-shell", "printf %s $HOME|cat*", "$HOME|cat*", NULL },
    { "quotes", "printf '%s-%s' 'a  b' \"c\\\"d\"", "a  b-c\"d", NULL },
    { "says-on-stderr-what-we-need-not-know", "sh -c 'echo careful >&2; printf hello'", "hello",
      NULL },
    { "fails", "sh -c 'echo one >&2; echo two >&2; exit 3'", NULL,
      "\"sh\" ended with status 3: two" },
    { "fails-silently", "false", NULL, "\"false\" ended with status 1" },
    { "is-killed", "sh -c 'kill -9 $$'", NULL, "\"sh\" was ended by a signal (Killed)" },
    { "hangs", "sleep 1000", NULL, "\"sleep\" did not end within 1 s" },
    { "leaves-a-child-with-the-pipe", "sh -c 'sleep 1000 & printf hello'", "hello", NULL },
    { "closes-and-goes-on", "sh -c 'exec >&- 2>&-; exec sleep 1000'", NULL,
      "\"sh\" did not end within 1 s" },
    { "prints-without-end", "cat /dev/zero", NULL, "\"cat\" printed more than 1 MB" },
    { "complains-without-end", "sh -c 'cat /dev/zero >&2'", NULL, "\"sh\" did not end within 1 s" },
    { "reads-nothing", "cat", "", NULL },
    { "is-not-there", "depesche-no-such-program", NULL, "cannot run \"depesche-no-such-program\"" },
    { "no-words", "", NULL, "no command" },
    { "open-quote", "printf 'hello", NULL, "no command" },
    { "has-our-descriptors", "ls /proc/self/fd", "0\n1\n2\n3\n", NULL },
};

static void
test_program(const void *data)
{
    const ProgramCase *test = data;
    g_autofree char *url = g_strconcat("exec:", test->command, NULL);
    FetchRequest request = { .url = url, .timeout = 1, .allow_exec = true };
    int ours = dup(1); /* must not be there */
    g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
    close(ours);
    if (test->problem != NULL) {
        g_assert_cmpint(reply->outcome, ==, FETCH_FAILED);
        if (!g_str_has_prefix(reply->problem, test->problem))
            g_error("\"%s\" does not begin with \"%s\"", reply->problem, test->problem);
        return;
    }
    g_assert_cmpstr(reply->problem, ==, NULL);
    g_assert_cmpint(reply->outcome, ==, FETCH_NEW);
    g_assert_cmpmem(g_bytes_get_data(reply->body, NULL), g_bytes_get_size(reply->body),
                    test->output, strlen(test->output));
    request.fingerprint = reply->fingerprint;
    g_autoptr(FetchReply) again = fetch_one(&limits, &request);
    g_assert_cmpint(again->outcome, ==, FETCH_UNCHANGED);
}

/* Nothing that a program has started is left. */
static void
test_program_leaves_nothing(void)
{
    g_autofree char *url =
        g_strdup("exec:sh -c 'sleep 1234 & echo $! >&2; printf hello >&2; exit 1'");
    FetchRequest request = { .url = url, .allow_exec = true };
    g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
    g_assert_cmpstr(reply->problem, ==, "\"sh\" ended with status 1: hello");

    url = (g_free(url), g_strdup("exec:sh -c 'sleep 1234 & exec sh -c \"echo $! >&2; exit 1\"'"));
    request.url = url;
    g_autoptr(FetchReply) child = fetch_one(&limits, &request);
    const char *number = strrchr(child->problem, ' ');
    g_assert_nonnull(number);
    pid_t pid = (pid_t)g_ascii_strtoll(number, NULL, 10);
    g_assert_cmpint(pid, >, 1);
    while (kill(pid, 0) == 0) { /* somebody has to reap it */
        g_autofree char *path = g_strdup_printf("/proc/%d/stat", pid);
        g_autofree char *text = NULL;
        if (!g_file_get_contents(path, &text, NULL, NULL) || strstr(text, ") Z ") != NULL)
            break;
        g_usleep(1000);
    }
}

typedef struct {
    const char *name;
    const char *path; /* of the site; NULL: of the program "printf hello" */
    const char *through;
    const char *output;
    const char *problem; /* begins so */
} ThroughCase;

static const ThroughCase throughs[] = {
    { "upper-case", "/plain", "tr a-z A-Z", "HELLO", NULL },
    { "behind-a-redirect", "/moved", "tr a-z A-Z", "HELLO", NULL },
    { "of-a-program", NULL, "sed 's/^/say /'", "say hello", NULL },
    { "reads-nothing", "/plain", "printf other", "other", NULL },
    { "says-nothing", "/plain", "true", "", NULL },
    { "fails", "/plain", "sh -c 'echo no >&2; exit 1'", NULL, "\"sh\" ended with status 1: no" },
    { "is-not-there", "/plain", "depesche-no-such-program", NULL, "cannot run" },
    { "not-for-failures", "/missing", "printf hello", NULL, "HTTP 404" },
    { "large", "/large", "wc -c", "614400\n", NULL },
};

static void
test_through(const void *data)
{
    const ThroughCase *test = data;
    Site site;
    Server server;
    site_start(&site, &server);
    site.halves = CROWD;
    g_autofree char *url = test->path == NULL
                               ? g_strdup("exec:printf hello")
                               : g_strdup_printf("http://127.0.0.1:%d%s", server.port, test->path);
    FetchRequest request = {
        .url = url, .through = test->through, .allow_exec = true, .allow_private = true
    };
    g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
    g_assert_cmpint(reply->outcome, ==, test->output != NULL ? FETCH_NEW : FETCH_FAILED);
    if (test->output != NULL)
        g_assert_cmpmem(g_bytes_get_data(reply->body, NULL), g_bytes_get_size(reply->body),
                        test->output, strlen(test->output));
    else
        g_assert_true(g_str_has_prefix(reply->problem, test->problem));
    request.allow_exec = false;
    g_autoptr(FetchReply) refused = fetch_one(&limits, &request);
    g_assert_cmpint(refused->outcome, ==, FETCH_FAILED);
    site_stop(&site, &server);
}

/* What the server says of the document stays, but for its type; and what is not new is not read. */
static void
test_through_validators(void)
{
    Site site;
    Server server;
    site_start(&site, &server);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/plain", server.port);
    FetchRequest request = {
        .url = url, .through = "tr a-z A-Z", .allow_exec = true, .allow_private = true
    };
    g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
    g_assert_cmpstr(reply->etag, ==, "W/\"a, b\"");
    g_assert_cmpstr(reply->effective_url, ==, url);
    g_assert_cmpstr(reply->content_type, ==, NULL);
    request.etag = reply->etag;
    request.fingerprint = reply->fingerprint;
    request.through = "false";
    g_autoptr(FetchReply) again = fetch_one(&limits, &request);
    g_assert_cmpint(again->outcome, ==, FETCH_UNCHANGED);
    site_stop(&site, &server);
}

/* Programs that have no room beside each other wait, and say all of it, once. */
static void
test_program_room(void)
{
    enum { COUNT = 6, SIZE = 700 * 1024 };
    g_autofree char *folder = g_dir_make_tmp("depesche-XXXXXX", NULL);
    g_autofree char *begun = g_build_filename(folder, "begun", NULL);
    g_autofree char *url =
        g_strdup_printf("exec:sh -c 'echo >>%s; head -c %d /dev/zero'", begun, SIZE);
    FetchLimits narrow = limits;
    narrow.parallel = COUNT;
    narrow.max_together = BODY_MAX + BODY_MAX / 2;
    g_autoptr(Fetcher) fetcher = fetcher_open(&narrow, NULL);
    const FetchRequest request = { .url = url, .allow_exec = true };
    for (int i = 0; i < COUNT; i++)
        fetcher_add(fetcher, &request, NULL);
    for (int i = 0; i < COUNT; i++) {
        void *tag = NULL;
        g_autoptr(FetchReply) reply = fetcher_next(fetcher, &tag);
        g_assert_cmpstr(reply->problem, ==, NULL);
        g_assert_cmpint(g_bytes_get_size(reply->body), ==, SIZE);
    }
    g_autofree char *lines = NULL;
    g_assert_true(g_file_get_contents(begun, &lines, NULL, NULL));
    g_assert_cmpint(strlen(lines), ==, COUNT);
    unlink(begun);
    rmdir(folder);
}

/* Programs go on as well: this one has more to say than a pipe holds. */
static void
test_program_carries_on(void)
{
    g_autofree char *folder = g_dir_make_tmp("depesche-XXXXXX", NULL);
    g_autofree char *done = g_build_filename(folder, "done", NULL);
    g_autofree char *url =
        g_strdup_printf("exec:sh -c 'head -c 200000 /dev/zero && touch %s'", done);
    g_autoptr(Fetcher) fetcher = fetcher_open(&limits, NULL);
    const FetchRequest request = { .url = url, .allow_exec = true };
    void *tag = NULL;
    fetcher_add(fetcher, &request, NULL);
    g_assert_null(fetcher_next_within(fetcher, 0, NULL, &tag));
    while (!g_file_test(done, G_FILE_TEST_EXISTS))
        fetcher_carry_on(fetcher, 10, NULL);
    fetcher_carry_on(fetcher, 10, NULL); /* also when it has ended */
    g_autoptr(FetchReply) reply = fetcher_next(fetcher, &tag);
    g_assert_cmpstr(reply->problem, ==, NULL);
    g_assert_cmpint(g_bytes_get_size(reply->body), ==, 200000);
    unlink(done);
    rmdir(folder);
}

/* One that hangs has the room of two: the other waits longer than its own time allows. */
static void
test_program_waits_for_room(void)
{
    g_autofree char *folder = g_dir_make_tmp("depesche-XXXXXX", NULL);
    g_autofree char *there = g_build_filename(folder, "there", NULL);
    g_autofree char *hangs =
        g_strdup_printf("exec:sh -c 'printf x; touch %s; exec sleep 1000'", there);
    g_autofree char *waits = g_strdup_printf(
        "exec:sh -c 'while ! test -e %s; do sleep 0.01; done; printf hello'", there);
    FetchLimits narrow = limits;
    narrow.max_together = BODY_MAX;
    g_autoptr(Fetcher) fetcher = fetcher_open(&narrow, NULL);
    const FetchRequest first = { .url = hangs, .timeout = 3, .allow_exec = true };
    const FetchRequest second = { .url = waits, .timeout = 2, .allow_exec = true };
    void *tag = NULL;
    fetcher_add(fetcher, &first, NULL);
    fetcher_add(fetcher, &second, NULL);
    g_autoptr(FetchReply) late = fetcher_next(fetcher, &tag);
    g_assert_cmpstr(late->problem, ==, "\"sh\" did not end within 3 s");
    g_autoptr(FetchReply) reply = fetcher_next(fetcher, &tag);
    g_assert_cmpstr(reply->problem, ==, NULL);
    g_assert_cmpmem(g_bytes_get_data(reply->body, NULL), g_bytes_get_size(reply->body), "hello", 5);
    unlink(there);
    rmdir(folder);
}

static void
test_program_not_allowed(void)
{
    FetchRequest request = { .url = "exec:printf hello",
                             .allow_file = true,
                             .allow_private = true };
    g_autoptr(FetchReply) reply = fetch_one(&limits, &request);
    g_assert_cmpint(reply->outcome, ==, FETCH_FAILED);
    g_assert_cmpstr(reply->problem, ==, "a feed that is a program needs allow_exec = true");
}

/* What is left in the queue or on its way is dropped without a word. */
static void
test_closed_early(void)
{
    Site site;
    Server server;
    site_start(&site, &server);
    g_autoptr(Fetcher) fetcher = fetcher_open(&limits, NULL);
    g_autofree char *plain = g_strdup_printf("http://127.0.0.1:%d/plain", server.port);
    g_autofree char *silent = g_strdup_printf("http://127.0.0.1:%d/silent", server.port);
    FetchRequest request = { .url = silent, .allow_private = true };
    fetcher_add(fetcher, &request, NULL);
    request.url = plain;
    for (int i = 0; i < 5; i++)
        fetcher_add(fetcher, &request, NULL);
    void *tag = NULL;
    g_autoptr(FetchReply) reply = fetcher_next(fetcher, &tag);
    g_assert_cmpint(reply->outcome, ==, FETCH_NEW);
    g_clear_pointer(&fetcher, fetcher_close);
    site_stop(&site, &server);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_strconcat("/fetch/", cases[i].name, NULL);
        g_test_add_data_func(path, &cases[i], test_case);
    }
    g_test_add_func("/fetch/facts-of-last-hop", test_facts_of_last_hop);
    g_test_add_func("/fetch/validators-verbatim", test_validators_verbatim);
    g_test_add_func("/fetch/forged-validator", test_forged_validator);
    g_test_add_func("/fetch/slow-servers", test_slow_servers);
    g_test_add_func("/fetch/encodings", test_encodings);
    g_test_add_func("/fetch/room", test_room);
    g_test_add_func("/fetch/next-within", test_next_within);
    g_test_add_func("/fetch/carry-on", test_carry_on);
    g_test_add_func("/fetch/set-aside", test_set_aside);
    g_test_add_func("/fetch/files", test_files);
    g_test_add_func("/fetch/special-files", test_special_files);
    g_test_add_func("/fetch/bad-urls", test_bad_urls);
    g_test_add_func("/fetch/guard", test_guard);
    g_test_add_func("/fetch/guard-at-each-hop", test_guard_at_each_hop);
    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *path = g_strconcat("/fetch/program/", programs[i].name, NULL);
        g_test_add_data_func(path, &programs[i], test_program);
    }
    g_test_add_func("/fetch/program-leaves-nothing", test_program_leaves_nothing);
    for (size_t i = 0; i < G_N_ELEMENTS(throughs); i++) {
        g_autofree char *path = g_strconcat("/fetch/through/", throughs[i].name, NULL);
        g_test_add_data_func(path, &throughs[i], test_through);
    }
    g_test_add_func("/fetch/through-validators", test_through_validators);
    g_test_add_func("/fetch/program-room", test_program_room);
    g_test_add_func("/fetch/program-carries-on", test_program_carries_on);
    g_test_add_func("/fetch/program-waits-for-room", test_program_waits_for_room);
    g_test_add_func("/fetch/program-not-allowed", test_program_not_allowed);
    g_test_add_func("/fetch/queue", test_queue);
    g_test_add_func("/fetch/one-after-the-other", test_one_after_the_other);
    g_test_add_func("/fetch/closed-early", test_closed_early);
    return g_test_run();
}
