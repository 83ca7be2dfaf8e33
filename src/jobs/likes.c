#include "jobs/likes.h"

#include <string.h>

#include "base/error.h"
#include "digest/likeness.h"
#include "store/feeds.h"

/* So many articles say which words are common at present. */
#define OTHERS_MAX 500

char *
likes_words(Store *store, int64_t seq, GError **error)
{
    const ArticleQuery latest = { .limit = OTHERS_MAX };
    g_autoptr(Article) article = NULL;
    if (!store_article_find(store, seq, &article, error))
        return NULL;
    g_autoptr(GPtrArray) others = store_articles_list(store, &latest, error);
    if (others == NULL)
        return NULL;
    g_autofree char *words = article != NULL ? likeness_words(article, others) : NULL;
    if (words != NULL && *words != '\0')
        return g_steal_pointer(&words);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                article == NULL ? "there is no article %" G_GINT64_FORMAT
                                : "article %" G_GINT64_FORMAT " has no words to know it by",
                seq);
    return NULL;
}

/* The size of "like:", "like-strict:" or "like-wide:" before a number at AT; 0: something else. */
static size_t
prefix_size(const char *at)
{
    static const char *const prefixes[] = { "like:", "like-strict:", "like-wide:" };
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        size_t size = strlen(prefixes[i]);
        if (g_ascii_strncasecmp(at, prefixes[i], size) == 0 && g_ascii_isdigit(at[size]))
            return size;
    }
    return 0;
}

/* AT is at a number. Past it. */
static const char *
write_words(GString *out, Store *store, const char *at, GError **error)
{
    char *end;
    int64_t seq = g_ascii_strtoll(at, &end, 10);
    g_autofree char *words = likes_words(store, seq, error);
    if (words == NULL)
        return NULL;
    g_string_append_printf(out, "\"%s\"", words);
    return end;
}

char *
likes_freeze(Store *store, const char *filter, GError **error)
{
    g_autoptr(GString) out = g_string_new(NULL);
    bool is_quoted = false, is_start = true;
    const char *at = filter;
    while (at != NULL && *at != '\0') {
        size_t size = is_start && !is_quoted ? prefix_size(at) : 0;
        if (size > 0) {
            g_string_append_len(out, at, (gssize)size);
            at = write_words(out, store, at + size, error);
            continue;
        }
        is_quoted ^= *at == '"';
        is_start = strchr(" (-\t", *at) != NULL;
        g_string_append_c(out, *at++);
    }
    return at == NULL ? NULL : g_string_free(g_steal_pointer(&out), FALSE);
}
