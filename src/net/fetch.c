#include "net/fetch.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/error.h"
#include "net/program.h"
#include "net/reactor-internal.h"
#include "net/transfer-internal.h"

#define POLL_MILLISECONDS 1000
#define EXEC              "exec:"

/* What there must be room for before a program may go on. */
#define PROGRAM_STEP ((size_t)256 * 1024)

/* What we know of a host while the queue is worked on. */
typedef struct {
    int busy;           /* transfers that run */
    int64_t next_start; /* of g_get_monotonic_time(): none begins before */
    int64_t rest;       /* seconds that it wants to be left alone; 0: it did not say so */
} Host;

/* A document in the queue or on its way: a transfer, or a program and the transfer that it takes the
 * place of or whose document goes through it. */
typedef struct {
    Transfer *transfer;
    CURL *curl; /* the transfer's, while it runs */
    Program *program;
    FetchReply *raw; /* whose body the program reads; or NULL */
    Share share;     /* the program's */
    Host *host;      /* of the present hop; NULL: nobody has looked yet */
} Job;

struct Fetcher {
    FetchLimits limits;
    char *user_agent;
    char *proxy;
    char *directory;
    CURLM *multi;
    Reactor *reactor;
    Room room;
    GHashTable *hosts;  /* name -> Host */
    GQueue waiting;     /* of Job * */
    GQueue aside;       /* of Job *: not to be begun for now */
    GPtrArray *running; /* of Job * */
    int programs;       /* among them */
};

void
fetch_reply_free(FetchReply *reply)
{
    if (reply == NULL)
        return;
    g_clear_pointer(&reply->body, g_bytes_unref);
    g_free(reply->content_type);
    g_free(reply->content_language);
    g_free(reply->etag);
    g_free(reply->last_modified);
    g_free(reply->fingerprint);
    g_free(reply->effective_url);
    g_free(reply->moved_to);
    g_free(reply->resting_host);
    g_free(reply->problem);
    g_free(reply);
}

static void
job_free(Job *job)
{
    transfer_free(job->transfer);
    program_free(job->program);
    fetch_reply_free(job->raw);
    g_free(job);
}

static bool
job_is_program(const Job *job)
{
    return g_str_has_prefix(transfer_request(job->transfer)->url, EXEC);
}

/* Opening and closing */

Fetcher *
fetcher_open(const FetchLimits *limits, GError **error)
{
    CURLM *multi = curl_multi_init();
    Reactor *reactor = multi != NULL ? reactor_new(multi) : NULL;
    if (reactor == NULL) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_SETUP, "libcurl cannot be started");
        curl_multi_cleanup(multi);
        return NULL;
    }
    Fetcher *fetcher = g_new0(Fetcher, 1);
    fetcher->limits = *limits;
    fetcher->limits.user_agent = fetcher->user_agent = g_strdup(limits->user_agent);
    fetcher->limits.proxy = fetcher->proxy = g_strdup(limits->proxy);
    fetcher->limits.directory = fetcher->directory = g_strdup(limits->directory);
    fetcher->multi = multi;
    fetcher->reactor = reactor;
    fetcher->room.largest = limits->max_bytes;
    fetcher->room.max =
        limits->max_together > 0 ? MAX(limits->max_together, limits->max_bytes) : SIZE_MAX;
    fetcher->hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_queue_init(&fetcher->waiting);
    g_queue_init(&fetcher->aside);
    fetcher->running = g_ptr_array_new();
    /* A connection for each transfer is kept for the next one to that host. */
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)MAX(limits->parallel, 1));
    return fetcher;
}

/* Takes JOB out of those that run. */
static void
fetcher_stop(Fetcher *fetcher, Job *job)
{
    g_ptr_array_remove_fast(fetcher->running, job);
    job->host->busy--;
    fetcher->programs -= job->program != NULL;
    if (job->curl != NULL)
        curl_multi_remove_handle(fetcher->multi, job->curl);
    job->curl = NULL;
    transfer_leave_room(job->transfer);
    room_leave(&fetcher->room, &job->share);
}

void
fetcher_close(Fetcher *fetcher)
{
    if (fetcher == NULL)
        return;
    for (guint i = 0; i < fetcher->running->len; i++) {
        Job *job = fetcher->running->pdata[i];
        if (job->curl != NULL)
            curl_multi_remove_handle(fetcher->multi, job->curl);
        job_free(job);
    }
    g_ptr_array_unref(fetcher->running);
    g_queue_clear_full(&fetcher->waiting, (GDestroyNotify)job_free);
    g_queue_clear_full(&fetcher->aside, (GDestroyNotify)job_free);
    curl_multi_cleanup(fetcher->multi);
    reactor_free(fetcher->reactor);
    g_hash_table_unref(fetcher->hosts);
    g_free(fetcher->user_agent);
    g_free(fetcher->proxy);
    g_free(fetcher->directory);
    g_free(fetcher);
}

/* The queue */

static Host *
fetcher_host(Fetcher *fetcher, const char *name)
{
    Host *host = g_hash_table_lookup(fetcher->hosts, name);
    if (host == NULL) {
        host = g_new0(Host, 1);
        g_hash_table_insert(fetcher->hosts, g_strdup(name), host);
    }
    return host;
}

void
fetcher_add(Fetcher *fetcher, const FetchRequest *request, void *tag)
{
    Job *job = g_new0(Job, 1);
    job->transfer = transfer_new(request, tag);
    g_queue_push_tail(&fetcher->waiting, job);
}

/* Moves all of FROM behind TO. */
static void
queue_move(GQueue *from, GQueue *to)
{
    Job *job;
    while ((job = g_queue_pop_head(from)) != NULL)
        g_queue_push_tail(to, job);
}

void
fetcher_set_aside(Fetcher *fetcher)
{
    queue_move(&fetcher->waiting, &fetcher->aside);
}

bool
fetcher_take_up(Fetcher *fetcher)
{
    bool is_there = !g_queue_is_empty(&fetcher->aside);
    queue_move(&fetcher->aside, &fetcher->waiting);
    return is_there;
}

/* Microseconds until JOB may begin; INT64_MAX: when another one has ended. Files and programs have no host
 * to be polite to. */
static int64_t
time_to_start(const Fetcher *fetcher, const Job *job, int64_t now)
{
    if (!transfer_fits(job->transfer, &fetcher->room))
        return INT64_MAX;
    if (*transfer_host(job->transfer) == '\0')
        return 0;
    if (job->host->busy >= MAX(fetcher->limits.per_host, 1))
        return INT64_MAX;
    return MAX(job->host->next_start - now, 0);
}

static void
fetcher_begin(Fetcher *fetcher, Job *job, int64_t now)
{
    job->host->busy++;
    job->host->next_start = now + (int64_t)fetcher->limits.spacing * 1000;
    g_ptr_array_add(fetcher->running, job);
    job->curl = transfer_prepare(job->transfer, &fetcher->limits, &fetcher->room);
    curl_easy_setopt(job->curl, CURLOPT_PRIVATE, job);
    CURLMcode code = curl_multi_add_handle(fetcher->multi, job->curl);
    g_assert(code == CURLM_OK);
}

static FetchReply *
hand_out(Job *job, FetchReply *reply, void **tag)
{
    *tag = transfer_tag(job->transfer);
    job_free(job);
    return reply;
}

/* Runs COMMAND for JOB, on INPUT (may be NULL). The reply when that failed. */
static FetchReply *
fetcher_begin_program(Fetcher *fetcher, Job *job, const char *command, GBytes *input)
{
    const ProgramLimits limits = {
        .directory = fetcher->limits.directory,
        .seconds = transfer_timeout(job->transfer, &fetcher->limits),
        .bytes_max = fetcher->limits.max_bytes,
    };
    g_autoptr(GError) error = NULL;
    if (!transfer_request(job->transfer)->allow_exec)
        return transfer_fail(job->transfer, FETCH_FAILED,
                             "a feed that is a program needs allow_exec = true");
    job->program = program_start(command, input, &limits, &error);
    if (job->program == NULL)
        return transfer_fail(job->transfer, FETCH_FAILED, error->message);
    job->host = fetcher_host(fetcher, ""); /* it keeps nobody from asking the host */
    job->host->busy++;
    fetcher->programs++;
    g_ptr_array_add(fetcher->running, job);
    return NULL;
}

/* The reply when JOB's program cannot be begun. */
static FetchReply *
fetcher_start_program(Fetcher *fetcher, Job *job, void **tag)
{
    const char *command = transfer_request(job->transfer)->url + strlen(EXEC);
    FetchReply *failure = fetcher_begin_program(fetcher, job, command, NULL);
    return failure != NULL ? hand_out(job, failure, tag) : NULL;
}

/* REPLY, which came for JOB; NULL when its document goes through a program first. */
static FetchReply *
fetcher_finish(Fetcher *fetcher, Job *job, FetchReply *reply, void **tag)
{
    const char *command = transfer_request(job->transfer)->through;
    if (reply->outcome != FETCH_NEW || command == NULL)
        return hand_out(job, reply, tag);
    job->raw = reply;
    FetchReply *failure = fetcher_begin_program(fetcher, job, command, reply->body);
    g_clear_pointer(&reply->body, g_bytes_unref);
    return failure != NULL ? hand_out(job, failure, tag) : NULL;
}

/* A pipe or a device would not end, or not even begin; and libcurl would wait for it. */
static bool
names_special_file(const Job *job)
{
    const FetchRequest *request = transfer_request(job->transfer);
    g_autofree char *path =
        request->allow_file ? g_filename_from_uri(request->url, NULL, NULL) : NULL;
    struct stat facts;
    return path != NULL && stat(path, &facts) == 0 && !S_ISREG(facts.st_mode);
}

static FetchReply *
postpone(Job *job, void **tag)
{
    g_autofree char *problem =
        g_strdup_printf("not asked: \"%s\" wants to be left alone for %" PRId64 " s",
                        transfer_host(job->transfer), job->host->rest);
    FetchReply *reply = transfer_fail(job->transfer, FETCH_POSTPONED, problem);
    reply->retry_after = job->host->rest;
    reply->resting_host = g_strdup(transfer_host(job->transfer));
    return hand_out(job, reply, tag);
}

/* Begins what may begin, in the order of the queue; a busy host lets others pass. libcurl could count
 * connections itself, but there a document's time would run while it waits. *WAIT is shortened to the
 * time when the next one may begin. Returns a reply when there is one without asking anybody. */
static FetchReply *
fetcher_start(Fetcher *fetcher, int64_t *wait, void **tag)
{
    int64_t now = g_get_monotonic_time();
    GList *next = NULL;
    for (GList *link = fetcher->waiting.head; link != NULL; link = next) {
        next = link->next;
        Job *job = link->data;
        if (fetcher->running->len >= (guint)MAX(fetcher->limits.parallel, 1))
            return NULL;
        if (job->host == NULL)
            job->host = fetcher_host(fetcher, transfer_host(job->transfer));
        bool is_resting = job->host->rest > 0;
        int64_t time = is_resting ? 0 : time_to_start(fetcher, job, now);
        *wait = MIN(*wait, time > 0 ? time : *wait);
        if (time > 0)
            continue;
        g_queue_delete_link(&fetcher->waiting, link);
        FetchReply *reply = NULL;
        if (is_resting)
            reply = postpone(job, tag);
        else if (names_special_file(job))
            reply = hand_out(
                job, transfer_fail(job->transfer, FETCH_FAILED, "it is no regular file"), tag);
        else if (job_is_program(job))
            reply = fetcher_start_program(fetcher, job, tag);
        else
            fetcher_begin(fetcher, job, now);
        if (reply != NULL)
            return reply;
    }
    return NULL;
}

/* What is finished */

/* The next hop goes to the head of the queue, where its host is looked at like any other's. */
static void
fetcher_requeue(Fetcher *fetcher, Job *job)
{
    job->host = NULL;
    g_queue_push_head(&fetcher->waiting, job);
}

static FetchReply *
finished_transfer(Fetcher *fetcher, void **tag)
{
    int left = 0;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(fetcher->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE)
            continue;
        Job *job = NULL;
        CURLcode code = message->data.result; /* the message ends when the handle is removed */
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
        fetcher_stop(fetcher, job);
        if (transfer_begins_anew(job->transfer)) {
            g_queue_push_tail(&fetcher->waiting, job);
            continue;
        }
        if (transfer_follow(job->transfer, code)) {
            fetcher_requeue(fetcher, job);
            continue;
        }
        FetchReply *reply = transfer_reply(job->transfer, code);
        if (reply->resting_host != NULL)
            job->host->rest = MAX(job->host->rest, reply->retry_after);
        reply = fetcher_finish(fetcher, job, reply, tag);
        if (reply != NULL)
            return reply;
    }
    return NULL;
}

/* Lets JOB's program say what there is room for. True when it has come to its end. */
static bool
pump(Fetcher *fetcher, Job *job)
{
    bool is_over = program_pump(job->program, program_size(job->program));
    while (!is_over && program_is_held(job->program)) {
        size_t more = MIN(program_size(job->program) + PROGRAM_STEP, fetcher->limits.max_bytes);
        if (!room_take_or_wait(&fetcher->room, &job->share, more))
            break;
        is_over = program_pump(job->program, more);
    }
    room_trim(&fetcher->room, &job->share, program_size(job->program));
    return is_over;
}

/* What came of JOB's program. */
static FetchReply *
program_reply(Job *job)
{
    g_autoptr(GError) error = NULL;
    GBytes *output = program_take_output(job->program, &error);
    if (output == NULL)
        return transfer_fail(job->transfer, FETCH_FAILED, error->message);
    if (job->raw == NULL)
        return transfer_take_body(job->transfer, output);
    FetchReply *reply = g_steal_pointer(&job->raw);
    reply->body = output;
    g_clear_pointer(&reply->content_type, g_free); /* it was that of another body */
    return reply;
}

static FetchReply *
finished_program(Fetcher *fetcher, void **tag)
{
    for (guint i = 0; i < fetcher->running->len;) {
        Job *job = fetcher->running->pdata[i];
        if (job->program == NULL || !pump(fetcher, job)) {
            i++;
            continue;
        }
        bool is_made = job->raw != NULL;
        FetchReply *reply = program_reply(job);
        fetcher_stop(fetcher, job);
        g_clear_pointer(&job->program, program_free);
        reply = is_made ? hand_out(job, reply, tag) : fetcher_finish(fetcher, job, reply, tag);
        if (reply != NULL)
            return reply;
    }
    return NULL;
}

static void
watch(GArray *watched, int fd)
{
    struct pollfd one = { .fd = fd, .events = POLLIN };
    if (fd >= 0)
        g_array_append_val(watched, one);
}

/* What programs say. Returns how many microseconds the first of them has left, or WAIT. */
static int64_t
watch_programs(const Fetcher *fetcher, GArray *watched, int64_t wait)
{
    for (guint i = 0; fetcher->programs > 0 && i < fetcher->running->len; i++) {
        const Job *job = fetcher->running->pdata[i];
        int fds[PROGRAM_FDS];
        if (job->program == NULL)
            continue;
        program_fds(job->program, fds);
        wait = MIN(wait, (int64_t)program_milliseconds(job->program) * 1000);
        for (size_t n = 0; n < PROGRAM_FDS; n++)
            watch(watched, fds[n]);
    }
    return wait;
}

/* FDS as they are polled; may be NULL. */
static GArray *
watch_all(const GArray *fds)
{
    GArray *watched = g_array_new(FALSE, TRUE, sizeof(struct pollfd));
    for (guint i = 0; fds != NULL && i < fds->len; i++)
        watch(watched, g_array_index(fds, int, i));
    return watched;
}

/* Waits until anything happens, at most so many microseconds. True when one of FDS can be read. */
static bool
fetcher_wait(Fetcher *fetcher, int64_t wait, const GArray *fds)
{
    g_autoptr(GArray) watched = watch_all(fds);
    guint theirs = watched->len;
    wait = watch_programs(fetcher, watched, wait);
    reactor_run(fetcher->reactor, wait, watched);
    bool can_be_read = false;
    for (guint i = 0; i < theirs; i++)
        can_be_read |= g_array_index(watched, struct pollfd, i).revents != 0;
    return can_be_read;
}

void
fetcher_carry_on(Fetcher *fetcher, int milliseconds, const GArray *fds)
{
    g_autoptr(GArray) watched = watch_all(fds);
    int64_t wait = watch_programs(fetcher, watched, (int64_t)milliseconds * 1000);
    reactor_run(fetcher->reactor, wait, watched);
    for (guint i = 0; i < fetcher->running->len; i++) {
        Job *job = fetcher->running->pdata[i];
        if (job->program != NULL)
            pump(fetcher, job);
    }
}

bool
fetcher_is_done(const Fetcher *fetcher)
{
    return fetcher->running->len == 0 && g_queue_is_empty((GQueue *)&fetcher->waiting);
}

FetchReply *
fetcher_next_within(Fetcher *fetcher, int milliseconds, const GArray *fds, void **tag)
{
    int64_t end = g_get_monotonic_time() + (int64_t)milliseconds * 1000;
    while (!fetcher_is_done(fetcher)) {
        int64_t left = end - g_get_monotonic_time();
        int64_t wait = MAX(left, 0);
        bool is_over = wait == 0;
        FetchReply *reply = finished_transfer(fetcher, tag);
        if (reply == NULL)
            reply = finished_program(fetcher, tag);
        if (reply == NULL)
            reply = fetcher_start(fetcher, &wait, tag);
        if (reply != NULL || is_over || fetcher_wait(fetcher, wait, fds))
            return reply;
    }
    return NULL;
}

FetchReply *
fetcher_next(Fetcher *fetcher, void **tag)
{
    FetchReply *reply = NULL;
    while (reply == NULL && !fetcher_is_done(fetcher))
        reply = fetcher_next_within(fetcher, POLL_MILLISECONDS, NULL, tag);
    return reply;
}
