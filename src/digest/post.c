#include "digest/post.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "feed/article.h"

static void
post_picture_free(PostPicture *picture)
{
    g_free(picture->name);
    g_free(picture->type);
    g_bytes_unref(picture->bytes);
    g_free(picture);
}

Post *
post_new(const char *subject, const char *markdown)
{
    Post *post = g_new0(Post, 1);
    post->subject = g_strdup(subject);
    post->markdown = g_strdup(markdown);
    post->topics = g_ptr_array_new_with_free_func(g_free);
    post->pictures = g_ptr_array_new_with_free_func((GDestroyNotify)post_picture_free);
    return post;
}

void
post_free(Post *post)
{
    if (post == NULL)
        return;
    g_free(post->subject);
    g_free(post->markdown);
    g_free(post->language);
    g_ptr_array_unref(post->topics);
    g_free(post->to);
    g_free(post->filter);
    g_ptr_array_unref(post->pictures);
    g_free(post);
}

/* Pictures */

void
post_add_picture(Post *post, const char *name, const char *type, GBytes *bytes)
{
    PostPicture *picture = g_new0(PostPicture, 1);
    picture->name = g_strdup(name);
    picture->type = g_strdup(type);
    picture->bytes = g_bytes_ref(bytes);
    g_ptr_array_add(post->pictures, picture);
}

char *
post_picture_url(const PostPicture *picture)
{
    g_autofree char *hash = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, picture->bytes);
    return g_strdup_printf("https://picture.invalid/%.32s", hash);
}

const PostPicture *
post_find_picture(const Post *post, const char *name)
{
    for (guint i = 0; i < post->pictures->len; i++) {
        const PostPicture *picture = post->pictures->pdata[i];
        if (strcmp(picture->name, name) == 0)
            return picture;
    }
    return NULL;
}

/* Keeping */

static Value *
pictures_value(const GPtrArray *pictures)
{
    Value *list = value_new_list();
    for (guint i = 0; i < pictures->len; i++) {
        const PostPicture *picture = pictures->pdata[i];
        gsize size;
        const guchar *bytes = g_bytes_get_data(picture->bytes, &size);
        g_autofree char *encoded = g_base64_encode(bytes, size);
        Value *map = value_new_map();
        value_set_string(map, "name", picture->name);
        value_set_string(map, "type", picture->type);
        value_set_string(map, "bytes", encoded);
        value_take_item(list, map);
    }
    return list;
}

GBytes *
post_write(const Post *post)
{
    g_autoptr(Value) map = value_new_map();
    Value *topics = value_new_list();
    for (guint i = 0; i < post->topics->len; i++)
        value_take_item(topics, value_new_string(post->topics->pdata[i]));
    value_set_string(map, "subject", post->subject);
    value_set_string(map, "markdown", post->markdown);
    value_take(map, "topics", topics);
    value_set_string(map, "to", post->to);
    value_set_string(map, "filter", post->filter);
    value_set_string(map, "language", post->language);
    value_take(map, "pictures", pictures_value(post->pictures));
    g_autoptr(GString) text = g_string_new(NULL);
    json_write(text, map, 0);
    return g_string_free_to_bytes(g_steal_pointer(&text));
}

static bool
read_pictures(Post *post, const Value *list)
{
    for (size_t i = 0; list != NULL && i < value_length(list); i++) {
        const Value *map = value_item(list, i);
        const char *name = value_find_string(map, "name");
        const char *type = value_find_string(map, "type");
        const char *encoded = value_find_string(map, "bytes");
        if (name == NULL || type == NULL || encoded == NULL)
            return false;
        gsize size;
        guchar *decoded = g_base64_decode(encoded, &size);
        g_autoptr(GBytes) bytes = g_bytes_new_take(decoded, size);
        post_add_picture(post, name, type, bytes);
    }
    return true;
}

/* Letters of before there could be several have one "topic". */
static void
read_topics(Post *post, const Value *map)
{
    const char *topic = value_find_string(map, "topic");
    const Value *list = value_find(map, "topics");
    if (topic != NULL)
        g_ptr_array_add(post->topics, g_strdup(topic));
    for (size_t i = 0; list != NULL && i < value_length(list); i++)
        g_ptr_array_add(post->topics, g_strdup(value_string(value_item(list, i))));
}

Post *
post_parse(GBytes *bytes, GError **error)
{
    g_autoptr(Value) map = json_parse(bytes, error);
    if (map == NULL)
        return NULL;
    g_autoptr(Post) post =
        post_new(value_find_string(map, "subject"), value_find_string(map, "markdown"));
    post->to = g_strdup(value_find_string(map, "to"));
    post->filter = g_strdup(value_find_string(map, "filter"));
    post->language = g_strdup(value_find_string(map, "language"));
    read_topics(post, map);
    if (post->subject != NULL && post->markdown != NULL &&
        read_pictures(post, value_find(map, "pictures")))
        return g_steal_pointer(&post);
    g_set_error_literal(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "this is no letter");
    return NULL;
}

/* Whom it is for */

static bool
names_topic(GPtrArray *names, const char *topic)
{
    return g_ptr_array_find_with_equal_func(names, topic, g_str_equal, NULL);
}

static bool
gets_topic(const Choice *choice, const char *topic)
{
    return (choice->topics->len == 0 || names_topic(choice->topics, topic)) &&
           !names_topic(choice->without, topic);
}

/* Who made CHOICE, as an article: for filters. */
static Article *
person_article(const Choice *choice, const char *language)
{
    Article *article = article_new();
    article->title = g_strdup("");
    article->content = g_strdup("");
    article->feed = g_strdup("");
    article->excerpt = g_strdup(choice->attributes != NULL ? choice->attributes : "");
    article->language = g_strdup(choice->language != NULL ? choice->language : language);
    article->url = g_strconcat("https://", address_domain(choice->address), "/", NULL);
    return article;
}

static bool
is_described(const Filter *filter, const Choice *choice, const Settings *settings)
{
    g_autoptr(GPtrArray) people = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    g_ptr_array_add(people, person_article(choice, settings->language));
    g_autoptr(Corpus) corpus = corpus_new(people, settings->language, 0);
    g_autoptr(Bitset) everybody = bitset_new(1);
    bitset_add(everybody, 0);
    for (guint i = 0; i < settings->topics->len; i++) {
        const Topic *topic = settings->topics->pdata[i];
        if (gets_topic(choice, topic->name))
            corpus_add_topic(corpus, topic->name, everybody);
    }
    g_autoptr(Bitset) found = filter_select(filter, corpus);
    return bitset_has(found, 0);
}

bool
post_is_for(const Post *post, const Filter *filter, const Choice *choice, const Settings *settings)
{
    if (post->to != NULL)
        return strcmp(post->to, address_key(choice->address)) == 0;
    bool is_chosen = post->topics->len == 0;
    for (guint i = 0; i < post->topics->len && !is_chosen; i++)
        is_chosen = gets_topic(choice, post->topics->pdata[i]);
    return is_chosen && (filter == NULL || is_described(filter, choice, settings));
}
