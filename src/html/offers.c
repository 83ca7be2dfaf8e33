#include "html/blocks-internal.h"

#include <string.h>

#include "base/text.h"
#include "html/names-internal.h"

/* A line with a price has so many characters at most. */
#define PRICED_MAX 300u

/* A page with more buttons is no article with offers in it. */
#define BUTTONS_MAX 50u

/* Percent of the text that all boxes around buttons may hold together. */
#define BUTTON_ALL_MAX 30u

static bool
holds_any(const char *text, const char *const *parts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(text, parts[i]) != NULL)
            return true;
    }
    return false;
}

/* Something with a price and a link to where it is sold. */
static bool
is_offer(const Block *block)
{
    static const char *const prices[] = { " euro", "€", " eur ", "$", "£" };
    static const char *const goods[] = { " seiten",   "isbn",      "bestellen",  "warenkorb",
                                         "leseprobe", "paperback", "hardcover",  "gebunden",
                                         "buy now",   "order now", "add to cart" };
    if (block->links == 0 || block->text > PRICED_MAX || block_is_sentence(block))
        return false;
    g_autofree char *folded = text_fold(block->line);
    return holds_any(folded, prices, G_N_ELEMENTS(prices)) &&
           holds_any(folded, goods, G_N_ELEMENTS(goods));
}

static void
clear_priced(const Blocks *blocks)
{
    for (guint i = 0; i < blocks->blocks->len; i++) {
        const Block *block = blocks_get(blocks, i);
        if (!block->is_gone && !block_is_cell(block) && is_offer(block))
            blocks_drop(blocks, i);
    }
}

/* A link that is made to look like something to press. */
static bool
is_button(const HtmlNode *node)
{
    if (!node_is(node, "a"))
        return false;
    g_autofree char *names = node_names(node);
    return names_hold(names,
                      "btn*, button*, cta*, et pb button*, wp block button*, elementor button*");
}

/* Boxes that end in something to press. An article that is made of such boxes is a list of things, and
 * keeps them. */
static void
clear_buttons(const Blocks *blocks, const Html *html)
{
    g_autoptr(GPtrArray) offers = g_ptr_array_new();
    size_t text = 0;
    unsigned buttons = 0;
    HtmlNode *next;
    for (HtmlNode *node = html_first(html); node != NULL; node = next) {
        next = node_next(node);
        if (!is_button(node))
            continue;
        if (++buttons > BUTTONS_MAX)
            return;
        HtmlNode *offer = blocks_small_box(blocks, node);
        if (offer == NULL)
            continue;
        guint first, end = blocks_within(blocks, offer, &first);
        text += blocks_text(blocks, first, end);
        g_ptr_array_add(offers, offer);
        next = node_behind(offer);
    }
    if (100 * text > BUTTON_ALL_MAX * blocks->text)
        return;
    for (guint i = 0; i < offers->len; i++)
        blocks_drop_box(blocks, offers->pdata[i]);
}

void
offers_clear(const Blocks *blocks, const Html *html)
{
    clear_buttons(blocks, html);
    clear_priced(blocks);
}
