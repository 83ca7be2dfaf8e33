#include "jobs/pictures.h"

#include <string.h>

#include "digest/picture.h"
#include "feed/article.h"
#include "html/sanitize.h"
#include "store/pictures.h"

#define DAY_SECONDS ((int64_t)24 * 60 * 60)

/* Older articles are in no digest to come but that of a newcomer. */
#define SINCE_DAYS 7
/* An issue's, in memory while it is sent. */
#define LOADED_SIZE_MAX ((size_t)32 * 1024 * 1024)
/* So many in one run. */
#define FETCHED_MAX 500u

static bool
is_wanted(const Config *config)
{
    for (guint i = 0; i < config->newsletters->len; i++) {
        const NewsletterConfig *newsletter = config->newsletters->pdata[i];
        if (strcmp(newsletter->images, "embed") == 0)
            return true;
    }
    return false;
}

static Source *
find_source(const SourceList *list, int64_t feed_id)
{
    for (guint i = 0; i < list->sources->len; i++) {
        Source *source = list->sources->pdata[i];
        if (source->feed->id == feed_id)
            return source;
    }
    return NULL;
}

const char *
picture_type(GBytes *bytes)
{
    Picture picture;
    return g_bytes_get_size(bytes) <= PICTURE_SIZE_MAX && picture_recognize(bytes, &picture)
               ? picture.type
               : NULL;
}

static bool
take_picture(Instance *instance, const PictureWish *wish, const FetchReply *reply, GError **error)
{
    const char *type = reply->outcome == FETCH_NEW ? picture_type(reply->body) : NULL;
    if (reply->outcome == FETCH_POSTPONED)
        return true;
    if (type == NULL)
        log_detail(instance->log, "no picture for a mail at %s: %s", wish->url,
                   reply->problem != NULL ? reply->problem : "too large, or another format");
    return store_picture_put(instance->store, wish->url, type, type != NULL ? reply->body : NULL,
                             clock_now(instance->clock), error);
}

bool
pictures_gather(Instance *instance, const SourceList *list, Fetcher *fetcher, GError **error)
{
    if (!is_wanted(instance->config))
        return true;
    int64_t since = clock_now(instance->clock) - SINCE_DAYS * DAY_SECONDS;
    g_autoptr(GPtrArray) wishes = store_pictures_wanted(instance->store, since, FETCHED_MAX, error);
    if (wishes == NULL)
        return false;
    for (guint i = 0; i < wishes->len; i++) {
        PictureWish *wish = wishes->pdata[i];
        Source *source = find_source(list, wish->feed_id);
        FetchRequest request;
        if (source == NULL)
            continue;
        source_request_other(source, wish->url, &request);
        fetcher_add(fetcher, &request, wish);
    }
    for (;;) {
        void *wish = NULL;
        g_autoptr(FetchReply) reply = fetcher_next(fetcher, &wish);
        if (reply == NULL)
            return true;
        if (!take_picture(instance, wish, reply, error))
            return false;
    }
}

/* Embedding */

/* The same picture has the same name, so that the same mail has the same bytes. */
static char *
cid_of(const char *url)
{
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, url, -1);
    return g_strdup_printf("%.32s@picture.invalid", hash);
}

static StencilPicture *
picture_new(const char *cid, const char *type, GBytes *bytes)
{
    StencilPicture *picture = g_new0(StencilPicture, 1);
    picture->cid = g_strdup(cid);
    picture->type = g_strdup(type);
    picture->bytes = g_bytes_ref(bytes);
    return picture;
}

/* URL in an attribute. */
static char *
escaped(const char *url)
{
    g_autoptr(GString) text = g_string_new(NULL);
    html_escape(text, url);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static GHashTable *
table_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                 (GDestroyNotify)stencil_picture_free);
}

static bool
load(const Instance *instance, const char *url, GHashTable *loaded, size_t *room, GError **error)
{
    g_autofree char *type = NULL;
    g_autofree char *key = escaped(url);
    g_autoptr(GBytes) bytes = NULL;
    if (g_hash_table_contains(loaded, key))
        return true;
    if (!store_picture_find(instance->store, url, &type, &bytes, error))
        return false;
    if (bytes == NULL || g_bytes_get_size(bytes) > *room)
        return true;
    g_autofree char *cid = cid_of(url);
    *room -= g_bytes_get_size(bytes);
    g_hash_table_insert(loaded, g_steal_pointer(&key), picture_new(cid, type, bytes));
    return true;
}

GHashTable *
pictures_load(const Instance *instance, const GPtrArray *articles, GError **error)
{
    size_t room = LOADED_SIZE_MAX;
    g_autoptr(GHashTable) loaded = table_new();
    for (guint i = 0; i < articles->len; i++) {
        const Article *article = articles->pdata[i];
        if (article->image != NULL && !load(instance, article->image, loaded, &room, error))
            return NULL;
    }
    return g_steal_pointer(&loaded);
}

GHashTable *
pictures_of_post(const Post *post)
{
    GHashTable *loaded = table_new();
    for (guint i = 0; i < post->pictures->len; i++) {
        const PostPicture *picture = post->pictures->pdata[i];
        g_autofree char *url = post_picture_url(picture);
        g_autofree char *cid = cid_of(url);
        g_hash_table_insert(loaded, escaped(url), picture_new(cid, picture->type, picture->bytes));
    }
    return loaded;
}

/* HTML with what WRITE puts in the place of the source of each of LOADED that it shows. */
static char *
replace_sources(const char *html, GHashTable *loaded,
                bool (*write)(GString *out, StencilPicture *picture, void *user), void *user)
{
    static const char source[] = " src=\"";
    GString *text = g_string_new(NULL);
    for (const char *at; (at = strstr(html, source)) != NULL;) {
        const char *url = at + strlen(source);
        size_t size = strcspn(url, "\"");
        g_autofree char *key = g_strndup(url, size);
        StencilPicture *picture = g_hash_table_lookup(loaded, key);
        g_string_append_len(text, html, url - html);
        if (picture == NULL || !write(text, picture, user))
            g_string_append_len(text, url, (gssize)size);
        html = url + size;
    }
    g_string_append(text, html);
    return g_string_free(text, FALSE);
}

typedef struct {
    GPtrArray *pictures;
    size_t room;
} Carrying;

/* False when the mail has no room for PICTURE. */
static bool
write_cid(GString *out, StencilPicture *picture, void *user)
{
    Carrying *carrying = user;
    if (!g_ptr_array_find(carrying->pictures, picture, NULL)) {
        size_t size = g_bytes_get_size(picture->bytes);
        if (size > carrying->room)
            return false;
        carrying->room -= size;
        g_ptr_array_add(carrying->pictures, picture);
    }
    g_string_append_printf(out, "cid:%s", picture->cid);
    return true;
}

char *
pictures_embed(const char *html, GHashTable *loaded, GPtrArray *pictures)
{
    Carrying carrying = { pictures, PICTURES_SIZE_MAX };
    return replace_sources(html, loaded, write_cid, &carrying);
}

static bool
write_data(GString *out, StencilPicture *picture, void *user)
{
    gsize size;
    const guchar *bytes = g_bytes_get_data(picture->bytes, &size);
    g_autofree char *encoded = g_base64_encode(bytes, size);
    g_string_append_printf(out, "data:%s;base64,%s", picture->type, encoded);
    return true;
}

char *
pictures_inline(const char *html, GHashTable *loaded)
{
    return replace_sources(html, loaded, write_data, NULL);
}
