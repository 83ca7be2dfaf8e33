#include "jobs/reading.h"

struct Reading {
    SafeReader *reader;
    GQueue waited_for; /* of Finding *: their children are at work, the oldest first */
    GPtrArray *ready;  /* of Finding * */
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
    safe_reader_make_ready(reading->reader, NULL); /* else the first document will tell */
    g_queue_init(&reading->waited_for);
    reading->ready = new_findings();
    return reading;
}

void
reading_free(Reading *reading)
{
    if (reading == NULL)
        return;
    g_queue_clear_full(&reading->waited_for, (GDestroyNotify)finding_free);
    g_ptr_array_unref(reading->ready);
    safe_reader_free(reading->reader);
    g_free(reading);
}

static void
add_ready(Reading *reading, Finding *finding)
{
    reading->ready_size += finding->size;
    g_ptr_array_add(reading->ready, finding);
}

/* Waits for the oldest child: it is the likeliest to be done. */
static void
finish_oldest(Reading *reading)
{
    Finding *finding = g_queue_pop_head(&reading->waited_for);
    finding->document = safe_read_articles(finding->read, finding->articles, &finding->problem);
    g_clear_pointer(&finding->read, safe_read_free);
    g_clear_pointer(&finding->reply->body, g_bytes_unref);
    add_ready(reading, finding);
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
    finding->read = safe_reader_begin_articles(reading->reader, &document, now, &finding->problem);
    if (finding->read == NULL) {
        add_ready(reading, finding);
        return;
    }
    g_queue_push_tail(&reading->waited_for, finding);
    if (g_queue_get_length(&reading->waited_for) > g_get_num_processors())
        finish_oldest(reading);
}

void
reading_finish(Reading *reading)
{
    while (!g_queue_is_empty(&reading->waited_for))
        finish_oldest(reading);
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
