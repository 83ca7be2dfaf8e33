#include "digest/post_html-internal.h"

#include "digest/markdown-internal.h"
#include "digest/picture.h"
#include "html/link.h"

/* A picture within a line, and one that begins a paragraph. */
#define PICTURE_STYLE "max-width:100%;height:auto;border:0;vertical-align:middle"
#define BLOCK_STYLE   "display:block;"

/* Where the pictures of POST are, for markdown_to_html(). */
static GHashTable *
picture_sources(const RenderContext *context, const Post *post)
{
    GHashTable *sources = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    if (g_strcmp0(context->settings->images, "none") == 0)
        return sources;
    g_autoptr(GPtrArray) names = markdown_pictures(post->markdown);
    for (guint i = 0; i < names->len; i++) {
        const char *name = names->pdata[i];
        const PostPicture *carried = context->is_public ? NULL : post_find_picture(post, name);
        char *source = carried != NULL ? post_picture_url(carried) : link_resolve(NULL, name);
        if (source != NULL)
            g_hash_table_insert(sources, g_strdup(name), source);
    }
    return sources;
}

/* How large PICTURE is shown: programs that do not know the style, and those that have not loaded it yet,
 * see it from this. */
static void
size_picture(GString *html, const PostPicture *picture, unsigned column)
{
    Picture facts;
    if (!picture_recognize(picture->bytes, &facts) || facts.width == 0 || facts.height == 0)
        return;
    unsigned width = MIN(facts.width, column);
    unsigned height = MAX(facts.height * width / facts.width, 1);
    g_autofree char *url = post_picture_url(picture);
    g_autofree char *source = g_strdup_printf("src=\"%s\"", url);
    g_autofree char *sized =
        g_strdup_printf("%s width=\"%u\" height=\"%u\"", source, width, height);
    g_string_replace(html, source, sized, 0);
}

/* True when the same picture has another name, too. */
static bool
was_before(const GPtrArray *pictures, guint i)
{
    const PostPicture *picture = pictures->pdata[i];
    for (guint k = 0; k < i; k++) {
        if (g_bytes_equal(((PostPicture *)pictures->pdata[k])->bytes, picture->bytes))
            return true;
    }
    return false;
}

/* HTML, which the sanitiser has written, with pictures that are no wider than a mail. */
static char *
fit_pictures(const char *html, const Post *post, unsigned column)
{
    g_autoptr(GString) fit = g_string_new(html);
    g_string_replace(fit, "<img ", "<img style=\"" PICTURE_STYLE "\" ", 0);
    g_string_replace(fit, "<p><img style=\"", "<p><img style=\"" BLOCK_STYLE, 0);
    for (guint i = 0; i < post->pictures->len; i++) {
        if (!was_before(post->pictures, i))
            size_picture(fit, post->pictures->pdata[i], column);
    }
    return g_string_free(g_steal_pointer(&fit), FALSE);
}

char *
post_html(const Post *post, const RenderContext *context)
{
    g_autoptr(GHashTable) sources = picture_sources(context, post);
    g_autofree char *clean = markdown_to_html(post->markdown, sources);
    return fit_pictures(clean, post, (unsigned)looks_inner_width(&context->settings->looks));
}
