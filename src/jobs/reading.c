#include "jobs/reading.h"

#include <poll.h>

/* Documents that are read at the same time are no larger together, unless it is a single one: each is in
 * memory three times, and a child needs a multiple of it. */
#define AT_WORK_SIZE ((size_t)8 * 1024 * 1024)

struct Reading {
    SafeReader *reader;
    guint children_max;
    GPtrArray *at_work; /* of Finding *, those with children */
    size_t at_work_size;
    GArray *fds;      /* of int, the children's */
    GPtrArray *ready; /* of Finding * */
    size_t ready_size;
};

void
finding_free(Finding *finding)
{
    if (finding == NULL)
        return;
    safe_read_free(finding->read);
    fetch_reply_free(finding->reply);
    feed_free(finding->document);
    g_ptr_array_unref(finding->articles);
    g_clear_error(&finding->problem);
    g_free(finding);
}

static GPtrArray *
new_findings(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
}

Reading *
reading_new(void)
{
    Reading *reading = g_new0(Reading, 1);
    reading->reader = safe_reader_new();
    reading->children_max = g_get_num_processors() + 1; /* to ask the system costs */
    reading->at_work = new_findings();
    reading->fds = g_array_new(FALSE, FALSE, sizeof(int));
    reading->ready = new_findings();
    return reading;
}

void
reading_free(Reading *reading)
{
    if (reading == NULL)
        return;
    g_ptr_array_unref(reading->at_work);
    g_array_unref(reading->fds);
    g_ptr_array_unref(reading->ready);
    safe_reader_free(reading->reader);
    g_free(reading);
}

void
reading_make_ready(Reading *reading)
{
    safe_reader_make_ready(reading->reader, NULL); /* else the first document will tell */
}

static void
add_ready(Reading *reading, Finding *finding)
{
    reading->ready_size += finding->size;
    g_ptr_array_add(reading->ready, finding);
}

void
reading_take_reply(Reading *reading, Source *source, FetchReply *reply, int64_t now)
{
    Finding *finding = g_new0(Finding, 1);
    finding->source = source;
    finding->reply = reply;
    finding->articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    if (reply->body == NULL) {
        add_ready(reading, finding);
        return;
    }
    const SafeDocument document = {
        .bytes = reply->body,
        .content_type = reply->content_type,
        .content_language = reply->content_language,
        .base_url = reply->effective_url,
    };
    finding->size = g_bytes_get_size(reply->body);
    finding->read = safe_reader_begin_articles(reading->reader, &document, now);
    reading->at_work_size += finding->size;
    g_ptr_array_add(reading->at_work, finding);
}

bool
reading_has_enough(const Reading *reading)
{
    return reading->at_work->len >= reading->children_max || reading->at_work_size >= AT_WORK_SIZE;
}

bool
reading_is_busy(const Reading *reading)
{
    return reading->at_work->len > 0;
}

static void
take_articles(Reading *reading, Finding *finding)
{
    finding->document = safe_read_articles(finding->read, finding->articles, &finding->problem);
    g_clear_pointer(&finding->read, safe_read_free);
    g_clear_pointer(&finding->reply->body, g_bytes_unref);
    reading->at_work_size -= finding->size;
    add_ready(reading, finding);
}

void
reading_take_answers(Reading *reading)
{
    for (guint i = 0; i < reading->at_work->len;) {
        Finding *finding = reading->at_work->pdata[i];
        if (safe_read_is_ready(finding->read))
            take_articles(reading, g_ptr_array_steal_index(reading->at_work, i));
        else
            i++;
    }
}

const GArray *
reading_fds(Reading *reading)
{
    g_array_set_size(reading->fds, 0);
    for (guint i = 0; i < reading->at_work->len; i++) {
        const Finding *finding = reading->at_work->pdata[i];
        int fd = safe_read_fd(finding->read);
        g_array_append_val(reading->fds, fd);
    }
    return reading->fds;
}

void
reading_wait(Reading *reading, int milliseconds)
{
    const GArray *fds = reading_fds(reading);
    g_autofree struct pollfd *pollers = g_new0(struct pollfd, fds->len);
    for (guint i = 0; i < fds->len; i++)
        pollers[i] = (struct pollfd){ .fd = g_array_index(fds, int, i), .events = POLLIN };
    poll(pollers, fds->len, milliseconds);
}

guint
reading_count(const Reading *reading)
{
    return reading->ready->len;
}

size_t
reading_size(const Reading *reading)
{
    return reading->ready_size;
}

GPtrArray *
reading_steal(Reading *reading)
{
    GPtrArray *ready = reading->ready;
    reading->ready = new_findings();
    reading->ready_size = 0;
    return ready;
}
