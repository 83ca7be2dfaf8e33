#include "html/blocks-internal.h"

#include <string.h>

#include "base/text.h"

/* A line of so many characters that is in a longer one as well is there twice, to catch the eye. Nobody
 * looks for such in a text beyond the third limit. */
#define REPEATED_MIN      20u
#define REPEATED_MAX      250u
#define REPEATED_TEXT_MAX 100000u
/* Octets that a line may have more and be the same. */
#define MARKS_MAX 4u

/* Who is quoted, beside it. */
#define SPEAKER_MAX 80u

/* TEXT without the marks that begin and end quotations: in large letters there are others. */
static char *
without_marks(const char *text)
{
    GString *plain = g_string_new(NULL);
    for (; *text != '\0'; text = g_utf8_next_char(text)) {
        gunichar c = g_utf8_get_char(text);
        if (g_utf8_strchr("\"'”“„«»’‘‚›‹", -1, c) == NULL)
            g_string_append_unichar(plain, c);
    }
    return g_string_free(plain, FALSE);
}

/* What repeats_clear() compares of LINE. */
static char *
comparable(const char *line)
{
    g_autofree char *plain = without_marks(line);
    return text_fold(plain);
}

/* All lines, each between line feeds. */
static char *
comparable_lines(const Blocks *blocks)
{
    GString *lines = g_string_new("\n");
    for (guint i = 0; i < blocks->blocks->len; i++) {
        g_autofree char *line = comparable(blocks_get(blocks, i)->line);
        if (!blocks_get(blocks, i)->is_gone)
            g_string_append_printf(lines, "%s\n", line);
    }
    return g_string_free(lines, FALSE);
}

/* PART is in one of LINES that is more than PART and a full stop. */
static bool
is_in_longer(const char *part, const char *lines)
{
    size_t size = strlen(part);
    for (const char *at = lines; (at = strstr(at, part)) != NULL; at += size) {
        const char *line = at;
        while (line[-1] != '\n')
            line--;
        if (strcspn(line, "\n") > size + MARKS_MAX)
            return true;
    }
    return false;
}

/* A name. */
static bool
may_be_speaker(const Block *block)
{
    return block->is_gone || (block->text <= SPEAKER_MAX && block->rank == 0 &&
                              block_list(block) == NULL && !block_ends_like_sentence(block));
}

/* Block I and who is said to have said it: what else its boxes hold. */
static void
drop_quotation(const Blocks *blocks, guint i)
{
    guint first = i, end = i + 1;
    for (const HtmlNode *box = blocks_get(blocks, i)->node->parent; box != NULL;
         box = box->parent) {
        guint from, to = blocks_within(blocks, box, &from);
        bool is_small = to - from <= 3;
        for (guint k = from; k < to && is_small; k++)
            is_small = k == i || may_be_speaker(blocks_get(blocks, k));
        if (!is_small)
            break;
        first = from;
        end = to;
    }
    blocks_drop_range(blocks, first, end);
}

void
repeats_clear(const Blocks *blocks)
{
    if (blocks->text > REPEATED_TEXT_MAX)
        return;
    g_autofree char *lines = comparable_lines(blocks);
    for (guint i = 0; i < blocks->blocks->len; i++) {
        const Block *block = blocks_get(blocks, i);
        if (block->is_gone || block->rank > 0 || block->text < REPEATED_MIN ||
            block->text > REPEATED_MAX || block_list(block) != NULL)
            continue;
        g_autofree char *part = comparable(block->line);
        if (strlen(part) >= REPEATED_MIN && is_in_longer(part, lines))
            drop_quotation(blocks, i);
    }
}
