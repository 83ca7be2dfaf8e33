#include "web/site-internal.h"

#include <string.h>

#include "base/error.h"
#include "jobs/departures.h"

/* A person who copies a link wrongly does not do it more often. */
#define GUESSES       10u
#define GUESS_SECONDS 6u
/* An office may share an address; a hundred people an hour are no office. */
#define SIGN_UPS        10u
#define SIGN_UP_SECONDS 360u
/* What is sent at most because strangers filled in forms. */
#define ALL_SIGN_UPS        500u
#define ALL_SIGN_UP_SECONDS 5u

typedef bool (*Page)(const Visit *visit, WebReply *reply, GError **error);

typedef struct {
    const char *path; /* with a '/' at its end: what follows is REST */
    Page show;
    Page act; /* NULL: nothing can be posted there */
} Route;

void
site_close(Site *site)
{
    if (site == NULL)
        return;
    templates_free(site->templates);
    budget_free(site->guesses);
    budget_free(site->sign_ups);
    budget_free(site->all_sign_ups);
    archive_pages_free(site->archive);
    g_free(site->prefix);
    g_free(site);
}

Site *
site_open(Instance *instance, GError **error)
{
    const char *base = instance->config->base_url;
    if (base == NULL) {
        g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP,
                            "base_url is missing: pages need to know where they are reached");
        return NULL;
    }
    g_autoptr(GUri) uri = g_uri_parse(base, G_URI_FLAGS_NONE, error);
    g_autoptr(Templates) templates = templates_load(instance->config->templates, error);
    ArchivePages *archive = NULL;
    if (uri == NULL || templates == NULL || !archive_pages_open(instance, &archive, error))
        return NULL;
    Site *site = g_new0(Site, 1);
    site->instance = instance;
    site->templates = g_steal_pointer(&templates);
    site->prefix = g_strdup(g_uri_get_path(uri));
    site->guesses = budget_new(GUESSES, GUESS_SECONDS);
    site->sign_ups = budget_new(SIGN_UPS, SIGN_UP_SECONDS);
    site->all_sign_ups = budget_new(ALL_SIGN_UPS, ALL_SIGN_UP_SECONDS);
    site->archive = archive;
    return site;
}

/* Tokens */

/* To try tokens is slowed down, but a right one always works: behind one address there may be a whole
 * mailbox provider. */
static bool
refuse_guess(const Visit *visit, WebReply *reply, GError **error)
{
    g_autofree char *block = address_block(visit->request->peer);
    visit->site->counts[COUNT_GUESSED]++;
    if (!budget_take(visit->site->guesses, block, visit->now))
        return page_write_message(visit, reply, 429, "web_wait", error);
    return page_write_message(visit, reply, 404, "web_lost", error);
}

Subscription *
visit_subscription(const Visit *visit, TokenKind kind, WebReply *reply, GError **error)
{
    Instance *instance = visit->site->instance;
    Token token;
    Subscription *subscription = NULL;
    bool is_ours = token_parse(visit->rest, instance->keys, &token) && token.kind == kind;
    if (is_ours && !store_subscription_find_reference(instance->store, token.subscription,
                                                      &subscription, error))
        return NULL;
    if (subscription == NULL)
        refuse_guess(visit, reply, error);
    return subscription;
}

/* Routes */

static bool
style_show(const Visit *visit, WebReply *reply, GError **error)
{
    g_autoptr(Value) nothing = value_new_map();
    g_autoptr(GString) body = g_string_new(NULL);
    if (!templates_render(visit->site->templates, "web/style.css.mustache", nothing, body, error))
        return false;
    *reply = (WebReply){ .status = 200,
                         .type = "text/css; charset=utf-8",
                         .body = g_steal_pointer(&body),
                         .is_public = true };
    return true;
}

static bool
health_show(const Visit *visit, WebReply *reply, GError **error)
{
    const SubscriptionQuery query = { .state = -1, .limit = 1 };
    g_autoptr(GPtrArray) any =
        store_subscriptions_list(visit->site->instance->store, &query, error);
    if (any == NULL)
        return false;
    *reply = (WebReply){ .status = 200,
                         .type = "text/plain; charset=utf-8",
                         .body = g_string_new("ok\n") };
    return true;
}

static const Route routes[] = {
    { "/u/", unsubscribe_show, unsubscribe_act },
    { "/p/", preferences_show, preferences_act },
    { "/c/", confirm_show, confirm_act },
    { "/s/", sign_up_show, sign_up_act },
    { "/index", index_show, NULL },
    { "/style.css", style_show, NULL },
    { "/healthz", health_show, NULL },
    { "/metrics", metrics_show, NULL },
};

/* What stands behind ROUTE in PATH ("" for the route itself); NULL: PATH is another one. */
static const char *
match(const Route *route, const char *path)
{
    size_t size = strlen(route->path);
    bool has_rest = route->path[size - 1] == '/';
    bool is_it = has_rest ? strncmp(path, route->path, size) == 0 : strcmp(path, route->path) == 0;
    return is_it ? path + size : NULL;
}

/* A proxy may leave the prefix of base_url in the path, or take it away. */
static const char *
path_of(const Visit *visit)
{
    const char *path = visit->request->path;
    size_t size = strlen(visit->site->prefix);
    bool has_prefix = strncmp(path, visit->site->prefix, size) == 0 && path[size] == '/';
    return has_prefix ? path + size : path;
}

static bool
dispatch_visit(Visit *visit, WebReply *reply, GError **error)
{
    const char *path = path_of(visit);
    if (strcmp(path, "/") == 0)
        path = "/index";
    for (size_t i = 0; i < G_N_ELEMENTS(routes); i++) {
        visit->rest = match(&routes[i], path);
        if (visit->rest == NULL)
            continue;
        if (!visit->request->is_post)
            return routes[i].show(visit, reply, error);
        if (routes[i].act != NULL)
            return routes[i].act(visit, reply, error);
        return page_write_message(visit, reply, 405, "web_page", error);
    }
    /* Wherever that is, it is in nobody's way out. */
    visit->rest = archive_pages_match(visit->site->archive, path);
    if (visit->rest != NULL)
        return archive_pages_show(visit, reply, error);
    return page_write_message(visit, reply, 404, "web_page", error);
}

/* What can still be said when the page for it cannot be made. */
static void
write_failure(const Visit *visit, WebReply *reply)
{
    if (reply->body != NULL)
        g_string_free(reply->body, TRUE);
    visit->site->counts[COUNT_FAILED]++;
    if (!page_write_message(visit, reply, 503, "web_broken", NULL))
        *reply = (WebReply){ .status = 503,
                             .type = "text/plain; charset=utf-8",
                             .body = g_string_new("try again later\n") };
}

static void
answer(Visit *visit, WebReply *reply)
{
    g_autoptr(GError) error = NULL;
    if (dispatch_visit(visit, reply, &error))
        return;
    /* The path may have a token in it: it is not logged. */
    log_warn(visit->site->instance->log, "page: %s", error->message);
    write_failure(visit, reply);
}

static void
show(void *user, const WebRequest *request, WebReply *reply)
{
    Site *site = user;
    Visit visit = { .site = site, .request = request, .now = clock_now(site->instance->clock) };
    site->counts[COUNT_SHOWN]++;
    answer(&visit, reply);
}

static void
act_one(Site *site, const WebRequest *request, WebReply *reply)
{
    g_autoptr(Form) form = form_parse(request->type, request->body, request->size);
    Visit visit = {
        .site = site, .request = request, .form = form, .now = clock_now(site->instance->clock)
    };
    site->counts[COUNT_POSTED]++;
    answer(&visit, reply);
}

/* Nothing of it is stored: so everybody is told, whatever their replies said. */
static void
fail_all(Site *site, const WebRequest *const *requests, WebReply *const *replies, guint count,
         const GError *error)
{
    log_warn(site->instance->log, "page: %s", error->message);
    for (guint i = 0; i < count; i++) {
        const Visit visit = { .site = site, .request = requests[i] };
        write_failure(&visit, replies[i]);
    }
}

static void
act(void *user, const WebRequest *const *requests, WebReply *const *replies, guint count)
{
    Site *site = user;
    g_autoptr(GError) error = NULL;
    g_autoptr(StoreBatch) batch = store_batch_begin(site->instance->store, &error);
    for (guint i = 0; batch != NULL && i < count; i++)
        act_one(site, requests[i], replies[i]);
    if (batch == NULL || !store_batch_commit(batch, &error))
        fail_all(site, requests, replies, count, error);
    else if (!departures_mirror(site->instance, &error))
        log_warn(site->instance->log, "%s", error->message);
    site->counts[COUNT_COMMITS]++;
}

static void
idle(void *user)
{
}

WebHandler
site_handler(Site *site)
{
    return (WebHandler){ show, act, idle, site };
}
