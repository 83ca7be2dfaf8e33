/* What stands at both ends of an article and is none of it: titles, names, dates, notes. */
#include "html/blocks-internal.h"

#include <string.h>

#include "base/text.h"
#include "html/furniture-internal.h"
#include "html/names-internal.h"

/* At both ends of an article, lines up to this that do not end like sentences are dates, names and
 * labels. */
#define LABEL_MAX 80u

/* A line this short in which somebody says how to reach them is no part of the article at its end. */
#define CONTACT_MAX 200u

/* A note about the article, at its end and in italics. */
#define NOTE_MAX 300u

/* Initials or an agency in brackets, and a place before them, in octets. */
#define AGENCY_MAX 30u
#define PLACE_MAX  20u

/* A rule across the page is so many of these: "_". So many percent of the text may stand behind it. */
#define RULE_MIN       3u
#define RULE_SHARE_MAX 30u

/* Percent of the text that may be notes at its end. */
#define NOTES_SHARE_MAX 20u

/* Percent of the text that may stand before the title. */
#define BEFORE_TITLE_MAX 10u

static bool
is_same_line(const char *a, const char *b)
{
    g_autofree char *left = text_fold(a);
    g_autofree char *right = text_fold(b);
    return strcmp(left, right) == 0;
}

/* A line that says where somebody can be reached. */
static bool
is_contact(const Block *block)
{
    return block->text <= CONTACT_MAX && strchr(block->line, '@') != NULL &&
           block_list(block) == NULL && !node_is(block->node, "pre");
}

static bool
is_called_lead(const HtmlNode *node)
{
    g_autofree char *names = node->element != NULL ? node_names(node) : NULL;
    return names != NULL && names_hold(names, lead_names);
}

/* A name, a place, an agency, a date. */
static bool
is_label(const Block *block)
{
    bool is_salutation = g_str_has_suffix(block->line, ",");
    return block->text <= LABEL_MAX && block->rank == 0 && !block_ends_like_sentence(block) &&
           !is_salutation && block_list(block) == NULL && !node_is(block->node, "pre") &&
           !is_called_lead(block->node) &&
           !(block->node->parent != NULL && is_called_lead(block->node->parent));
}

/* The title, and who wrote it and when, in one paragraph. */
static bool
begins_with_title(const Block *block, const char *title)
{
    return g_str_has_prefix(block->line, title) && !block_ends_like_sentence(block) &&
           strlen(block->line) - strlen(title) <= LABEL_MAX;
}

static bool
is_title(const Block *block, const char *title)
{
    return block->rank == 1 ||
           (title != NULL && (is_same_line(block->line, title) || begins_with_title(block, title) ||
                              (block->rank > 0 && g_str_has_suffix(block->line, title))));
}

/* Behind the title, when next to nothing stands before it; else 0. */
static guint
behind_title(const Blocks *blocks, const char *title)
{
    size_t before = 0;
    for (guint i = 0; i < blocks->blocks->len; i++) {
        const Block *block = blocks_get(blocks, i);
        if (block->is_gone)
            continue;
        if (is_title(block, title))
            return i + 1;
        before += block->text;
        if (100 * before > BEFORE_TITLE_MAX * blocks->text)
            break;
    }
    return 0;
}

/* A price, a number, the name of a share: no table that a text begins with. */
static bool
is_bare_cell(const Block *block)
{
    return block_is_cell(block) && block->text <= LABEL_MAX && !block_ends_like_sentence(block);
}

/* The only child of NODE with something in it, or NULL. */
static const HtmlNode *
only_child(const HtmlNode *node)
{
    const HtmlNode *only = NULL;
    for (const HtmlNode *child = node->children; child != NULL; child = child->next) {
        if (child->element == NULL && child->text[strspn(child->text, " \t\r\n")] == '\0')
            continue;
        if (only != NULL)
            return NULL;
        only = child;
    }
    return only;
}

/* All in italics: who wrote it, and what else they have written. */
static bool
is_note(const Block *block)
{
    const HtmlNode *node = block->node;
    while (node != NULL && !node_is(node, "em") && !node_is(node, "i"))
        node = only_child(node);
    return node != NULL && block->text <= NOTE_MAX && block->rank == 0;
}

void
ends_clear_begin(const Blocks *blocks, const char *title)
{
    blocks_drop_range(blocks, 0, behind_title(blocks, title));
    for (guint i = 0; i < blocks->blocks->len; i++) {
        const Block *block = blocks_get(blocks, i);
        if (block->is_gone)
            continue;
        bool is_appeal = is_note(block) && is_contact(block); /* "Have a problem? Write to …" */
        if (is_title(block, title) || is_label(block) || is_bare_cell(block) || is_appeal)
            blocks_drop(blocks, i);
        else if (block->rank == 0)
            return;
    }
}

/* "(jo)", "[dpa/lni]", "ULM (dpa)": who wrote it, as newspapers say it. */
static bool
is_initials(const Block *block)
{
    size_t size = strlen(block->line);
    if (size < 3 || block->rank > 0 || block_list(block) != NULL)
        return false;
    const char *begin = strpbrk(block->line, "([");
    const char *end = begin != NULL ? strpbrk(begin, ")]") : NULL;
    return end == block->line + size - 1 && (size_t)(begin - block->line) <= PLACE_MAX &&
           (size_t)(end - begin) <= AGENCY_MAX;
}

/* "Anna Ast covers bridges." */
static bool
is_about_author(const Block *block, const char *author)
{
    return *author != '\0' && block->text <= NOTE_MAX && block_list(block) == NULL &&
           g_str_has_prefix(block->line, author);
}

/* Labels behind the last sentence, who wrote it and how to reach them, and notes about it. */
static void
clear_signature(const Blocks *blocks, const char *author)
{
    size_t notes = 0;
    for (guint i = blocks->blocks->len; i-- > 0;) {
        const Block *block = blocks_get(blocks, i);
        if (block->is_gone)
            continue;
        bool is_other = is_contact(block) || is_label(block) || is_initials(block);
        bool is_remark = is_note(block) || is_about_author(block, author);
        notes += is_other ? 0 : block->text;
        if (!is_other && (!is_remark || 100 * notes > NOTES_SHARE_MAX * blocks->text))
            return;
        blocks_drop(blocks, i);
    }
}

/* "___": what agencies write between an article and what is said about it. */
static bool
is_rule(const Block *block)
{
    size_t size = strlen(block->line);
    return size >= RULE_MIN && strspn(block->line, "_") == size;
}

static void
clear_behind_rule(const Blocks *blocks)
{
    guint count = blocks->blocks->len;
    guint rule = count;
    size_t most = RULE_SHARE_MAX * blocks_text(blocks, 0, count);
    size_t behind = 0;
    for (guint i = count; i-- > 0 && 100 * behind <= most;) {
        const Block *block = blocks_get(blocks, i);
        if (block->is_gone)
            continue;
        if (is_rule(block))
            rule = i;
        behind += block->text;
    }
    blocks_drop_range(blocks, rule, count);
}

void
ends_clear_end(const Blocks *blocks, const char *author)
{
    clear_behind_rule(blocks);
    clear_signature(blocks, author);
}
