#include "jobs/post_pictures.h"

#include <string.h>

#include "base/error.h"
#include "digest/markdown.h"
#include "html/link.h"
#include "jobs/pictures.h"
#include "net/fetch.h"

#define FETCH_PARALLEL 4
#define FETCH_SECONDS  30

typedef struct {
    Instance *instance;
    const PostPictureRules *rules;
    Post *post;
    size_t room; /* for more, in octets */
} Gathering;

static bool
refuse_file(const char *name, const char *why, GError **error)
{
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "cannot carry the picture \"%s\": %s",
                name, why);
    return false;
}

/* NAME is as Markdown has it: with %20 for a space. */
static bool
add_file(Gathering *gathering, const char *name, GError **error)
{
    g_autofree char *file = g_uri_unescape_string(name, "/");
    if (file == NULL)
        return refuse_file(name, "this is no name of a file", error);
    g_autofree char *path = g_path_is_absolute(file)
                                ? g_strdup(file)
                                : g_build_filename(gathering->rules->folder, file, NULL);
    g_autoptr(GError) problem = NULL;
    g_autoptr(GMappedFile) mapped = g_mapped_file_new(path, FALSE, &problem);
    if (mapped == NULL)
        return refuse_file(name, problem->message, error);
    g_autoptr(GBytes) bytes = g_mapped_file_get_bytes(mapped);
    const char *type = picture_type(bytes);
    size_t size = g_bytes_get_size(bytes);
    if (size > PICTURE_SIZE_MAX)
        return refuse_file(name, "it is larger than 100 kB; put it on the web and link to it",
                           error);
    if (type == NULL)
        return refuse_file(name, "it is no JPEG, PNG or GIF", error);
    if (size > gathering->room)
        return refuse_file(name, "a mail carries no more than 1 MB of pictures", error);
    gathering->room -= size;
    post_add_picture(gathering->post, name, type, bytes);
    return true;
}

static void
add_reply(Gathering *gathering, const char *url, const FetchReply *reply)
{
    GBytes *bytes = reply->outcome == FETCH_NEW ? reply->body : NULL;
    const char *type = bytes != NULL ? picture_type(bytes) : NULL;
    if (type == NULL || g_bytes_get_size(bytes) > gathering->room) {
        log_warn(gathering->instance->log, "the picture at %s stays a link: %s", url,
                 reply->problem != NULL ? reply->problem : "too large, or another format");
        return;
    }
    gathering->room -= g_bytes_get_size(bytes);
    post_add_picture(gathering->post, url, type, bytes);
}

static bool
fetch(Gathering *gathering, const GPtrArray *urls, GError **error)
{
    const Config *config = gathering->instance->config;
    const FetchLimits limits = { .parallel = FETCH_PARALLEL,
                                 .per_host = FETCH_PARALLEL,
                                 .timeout = FETCH_SECONDS,
                                 .max_bytes = PICTURE_SIZE_MAX,
                                 .user_agent = config->user_agent,
                                 .proxy = config->fetch_proxy };
    g_autoptr(Fetcher) fetcher = fetcher_open(&limits, error);
    if (fetcher == NULL)
        return false;
    for (guint i = 0; i < urls->len; i++) {
        const FetchRequest request = { .url = urls->pdata[i],
                                       .allow_private = gathering->rules->allow_private };
        fetcher_add(fetcher, &request, urls->pdata[i]);
    }
    for (;;) {
        void *url = NULL;
        g_autoptr(FetchReply) reply = fetcher_next(fetcher, &url);
        if (reply == NULL)
            return true;
        add_reply(gathering, url, reply);
    }
}

bool
post_pictures_gather(Instance *instance, const PostPictureRules *rules, Post *post, GError **error)
{
    Gathering gathering = { instance, rules, post, PICTURES_SIZE_MAX };
    g_autoptr(GPtrArray) names = markdown_pictures(post->markdown);
    g_autoptr(GPtrArray) urls = g_ptr_array_new();
    if (strcmp(rules->images, "none") == 0)
        return true;
    for (guint i = 0; i < names->len; i++) {
        char *name = names->pdata[i];
        g_autofree char *url = link_resolve(NULL, name);
        if (url != NULL)
            g_ptr_array_add(urls, name);
        else if (!add_file(&gathering, name, error))
            return false;
    }
    return strcmp(rules->images, "embed") != 0 || urls->len == 0 || fetch(&gathering, urls, error);
}
