#include "cli/command.h"

#include "base/error.h"
#include "jobs/answer.h"
#include "jobs/confirm.h"
#include "web/site.h"

#define LOOK_MICROSECONDS   G_USEC_PER_SEC
#define AFTER_FAILURE_LOOKS 30 /* a relay that does not answer now will not in a second */

/* Sends what people are to confirm, and answers to their mails, while they wait for it: in a thread
 * of its own, because a relay may take a minute, and with its own view of the state. */
typedef struct {
    const Invocation *invocation;
    GThread *thread; /* NULL: it does not run */
    int stop;        /* atomic */
} Postman;

static void
wait_for_work(Postman *postman, int looks)
{
    for (int i = 0; i < looks && !g_atomic_int_get(&postman->stop); i++)
        g_usleep(LOOK_MICROSECONDS);
}

/* False when it is better to wait a while. */
static bool
ask(const Postman *postman, Instance *instance)
{
    ConfirmReport report = { 0 };
    g_autoptr(GError) error = NULL;
    bool fine = confirm_send(instance, &postman->stop, &report, &error);
    if (!fine)
        log_warn(instance->log, "confirm mail: %s", error->message);
    return fine && report.deferred == 0;
}

/* The same. */
static bool
answer(const Postman *postman, Instance *instance)
{
    AnswerReport report = { 0 };
    g_autoptr(GError) error = NULL;
    bool fine = answer_send(instance, &postman->stop, &report, &error);
    if (!fine)
        log_warn(instance->log, "answer: %s", error->message);
    return fine && report.deferred == 0;
}

static void *
postman_run(void *user)
{
    Postman *postman = user;
    g_autoptr(GError) problem = NULL;
    g_autoptr(Instance) instance = invocation_open(postman->invocation, INSTANCE_CHANGE, &problem);
    if (instance == NULL) {
        log_error(postman->invocation->log, "confirm mails and answers are not sent: %s",
                  problem->message);
        return NULL;
    }
    while (!g_atomic_int_get(&postman->stop)) {
        bool asked = ask(postman, instance);
        bool answered = answer(postman, instance);
        wait_for_work(postman, asked && answered ? 1 : AFTER_FAILURE_LOOKS);
    }
    return NULL;
}

static void
postman_clear(Postman *postman)
{
    g_atomic_int_set(&postman->stop, 1);
    if (postman->thread != NULL)
        g_thread_join(postman->thread);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Postman, postman_clear)

static bool
serve(const Invocation *invocation, GError **error)
{
    const char *listen_on = invocation_option(invocation, "--listen");
    g_autoptr(Instance) instance = invocation_open(invocation, INSTANCE_CHANGE, error);
    if (instance == NULL)
        return false;
    g_autoptr(Site) site = site_open(instance, error);
    if (site == NULL)
        return false;
    g_autoptr(Proxies) proxies = proxies_new(instance->config->web_proxies, error);
    if (proxies == NULL)
        return false;
    const WebHandler handler = site_handler(site);
    g_autoptr(WebServer) server = web_server_open(
        listen_on != NULL ? listen_on : instance->config->web_listen, proxies, &handler, error);
    if (server == NULL)
        return false;
    g_autofree char *place = web_server_place(server);
    g_auto(Postman) postman = { .invocation = invocation };
    /* The signals that stop the server are blocked by now, in this thread and in what it makes. */
    postman.thread = g_thread_new("postman", postman_run, &postman);
    log_info(instance->log, "serving %s on %s", instance->config->base_url, place);
    return web_server_run(server, error);
}

static const CommandOption serve_options[] = {
    { "--listen", 0, "PLACE", "instead of web.listen: ADDRESS:PORT or unix:/PATH" },
    { NULL },
};

const Command serve_commands[] = {
    { "serve", "", 0, 0, "serve the pages where people subscribe and leave, until it is stopped",
      serve_options, serve },
    { NULL },
};
