#include "store/pictures.h"

#include "store/driver-internal.h"

void
picture_wish_free(PictureWish *wish)
{
    g_free(wish->url);
    g_free(wish);
}

GPtrArray *
store_pictures_wanted(Store *store, int64_t since, guint max, GError **error)
{
    g_autoptr(GPtrArray) wishes = g_ptr_array_new_with_free_func((GDestroyNotify)picture_wish_free);
    g_autoptr(Query) query = query_new(
        store, "SELECT revision.image, MAX(article.feed_id), MAX(article.seq) FROM article "
               "JOIN revision ON revision.seq = article.seq AND revision.number = article.revision "
               "WHERE article.taken >= $since AND revision.image IS NOT NULL "
               "AND NOT EXISTS (SELECT 1 FROM picture WHERE picture.url = revision.image) "
               "GROUP BY revision.image ORDER BY 3 DESC LIMIT $max");
    query_bind_integer(query, "$since", since);
    query_bind_integer(query, "$max", max);
    while (query_step(query)) {
        PictureWish *wish = g_new0(PictureWish, 1);
        wish->url = query_copy(query, 0);
        wish->feed_id = query_integer(query, 1);
        g_ptr_array_add(wishes, wish);
    }
    return query_finish(query, error) ? g_steal_pointer(&wishes) : NULL;
}

bool
store_picture_put(Store *store, const char *url, const char *type, GBytes *bytes, int64_t now,
                  GError **error)
{
    g_autoptr(Query) query = query_new(
        store,
        "INSERT INTO picture (url, type, bytes, fetched_at) VALUES ($url, $type, $bytes, $now) "
        "ON CONFLICT (url) DO NOTHING");
    query_bind_text(query, "$url", url);
    query_bind_text(query, "$type", bytes != NULL ? type : NULL);
    if (bytes != NULL)
        query_bind_blob(query, "$bytes", g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    query_bind_integer(query, "$now", now);
    return query_run(query, error);
}

bool
store_picture_find(Store *store, const char *url, char **type, GBytes **bytes, GError **error)
{
    g_autoptr(Query) query =
        query_new(store, "SELECT type, bytes FROM picture WHERE url = $url AND bytes IS NOT NULL");
    query_bind_text(query, "$url", url);
    bool found = query_step(query);
    *type = found ? query_copy(query, 0) : NULL;
    *bytes = found ? query_bytes(query, 1) : NULL;
    return query_finish(query, error);
}

bool
store_pictures_forget(Store *store, int64_t before, GError **error)
{
    g_autoptr(Query) query = query_new(store, "DELETE FROM picture WHERE fetched_at < $before");
    query_bind_integer(query, "$before", before);
    return query_run(query, error);
}
