#include "html/blocks-internal.h"

#include <string.h>

#include "base/text.h"

/* A line of so many characters that is in a longer one as well is there twice, to catch the eye. Nobody
 * looks for such in a text beyond the third limit. */
#define REPEATED_MIN      20u
#define REPEATED_MAX      250u
#define REPEATED_TEXT_MAX 100000u

/* All lines, folded, each between line feeds. */
static char *
folded_lines(const Blocks *blocks)
{
    GString *lines = g_string_new("\n");
    for (guint i = 0; i < blocks->blocks->len; i++) {
        g_autofree char *folded = text_fold(blocks_get(blocks, i)->line);
        if (!blocks_get(blocks, i)->is_gone)
            g_string_append_printf(lines, "%s\n", folded);
    }
    return g_string_free(lines, FALSE);
}

/* What is quoted in LINE, or all of it; folded. */
static char *
quotation(const char *line)
{
    while (*line != '\0' && g_utf8_strchr("\"'”“„«»’", -1, g_utf8_get_char(line)) != NULL)
        line = g_utf8_next_char(line);
    g_autofree char *quoted = g_strndup(line, (gsize)(quotation_end(line) - line));
    return text_fold(quoted);
}

/* PART is in one of LINES that is more than PART in marks of quotation. */
static bool
is_in_longer(const char *part, const char *lines)
{
    const size_t marks = strlen("“.”") * 2;
    size_t size = strlen(part);
    for (const char *at = lines; (at = strstr(at, part)) != NULL; at += size) {
        const char *line = at;
        while (line[-1] != '\n')
            line--;
        if (strcspn(line, "\n") > size + marks)
            return true;
    }
    return false;
}

void
repeats_clear(const Blocks *blocks)
{
    if (blocks->text > REPEATED_TEXT_MAX)
        return;
    g_autofree char *lines = folded_lines(blocks);
    for (guint i = 0; i < blocks->blocks->len; i++) {
        const Block *block = blocks_get(blocks, i);
        if (block->is_gone || block->rank > 0 || block->text < REPEATED_MIN ||
            block->text > REPEATED_MAX || block_list(block) != NULL)
            continue;
        g_autofree char *part = quotation(block->line);
        if (strlen(part) >= REPEATED_MIN && is_in_longer(part, lines))
            blocks_drop(blocks, i);
    }
}
