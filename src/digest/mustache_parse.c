#include "digest/mustache-internal.h"

#include <string.h>
#include "base/error.h"

/* Sections in sections; more is a mistake or an attack on the stack. */
#define NESTING_MAX 128u

typedef struct {
    Mustache *mustache;
    const char *text;
    size_t at;  /* where reading goes on */
    char *open; /* the delimiters in force */
    char *close;
    GArray *scopes; /* of guint: the instructions that are not closed yet */
} Parser;

typedef struct {
    size_t start, end; /* in the text, with delimiters */
    char sigil;        /* one of SIGILS, or 0: a plain name */
    char *content;     /* without white space around it */
    bool blank_before; /* nothing but white space is before it on its line … */
    bool blank_after;  /* … behind it */
    size_t line;       /* where that line begins, when blank_before */
    size_t next_line;  /* and the next one, when blank_after */
} Tag;

#define SIGILS "#^/>{&!=<$"

static void
tag_clear(Tag *tag)
{
    g_free(tag->content);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Tag, tag_clear)

static void
parser_clear(Parser *parser)
{
    g_free(parser->open);
    g_free(parser->close);
    g_array_unref(parser->scopes);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parser, parser_clear)

static void
instruction_clear(Instruction *instruction)
{
    g_free(instruction->name);
    for (const ValueKey *key = instruction->keys; key != NULL && key->name != NULL; key++)
        g_free((char *)key->name);
    g_free(instruction->keys);
}

char *
mustache_place(const Mustache *mustache, size_t at)
{
    size_t line = 1;
    const char *begin = mustache->text;
    const char *end = mustache->text + at;
    for (const char *feed; (feed = memchr(begin, '\n', (size_t)(end - begin))) != NULL; line++)
        begin = feed + 1;
    return g_strdup_printf("%s:%zu:%ld", mustache->name, line,
                           g_utf8_strlen(begin, end - begin) + 1);
}

void
mustache_complain(GError **error, const Mustache *mustache, size_t at, const char *format, ...)
{
    g_autofree char *place = mustache_place(mustache, at);
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "%s: %s", place, message);
}

/* Lines */

/* The white space at AT. */
static Span
blanks_at(const char *text, size_t at)
{
    return (Span){ at, strspn(text + at, " \t") };
}

static bool
begins_line(const char *text, size_t at)
{
    return at == 0 || text[at - 1] == '\n';
}

static void
tag_measure_line(Tag *tag, const char *text)
{
    tag->line = tag->start;
    while (tag->line > 0 && strchr(" \t", text[tag->line - 1]) != NULL)
        tag->line--;
    tag->blank_before = begins_line(text, tag->line);

    const char *after = text + tag->end;
    after += strspn(after, " \t");
    if (after[0] == '\r' && after[1] == '\n')
        after++;
    tag->blank_after = after[0] == '\0' || after[0] == '\n';
    if (after[0] == '\n')
        after++;
    tag->next_line = (size_t)(after - text);
}

/* How far the content that begins at AT is indented: its first line that is not empty says. */
static Span
content_indent(const char *text, size_t at)
{
    for (;;) {
        Span blanks = blanks_at(text, at);
        size_t end = at + blanks.length;
        if (text[end] == '\r' && text[end + 1] == '\n')
            end++;
        if (text[end] != '\n')
            return blanks;
        at = end + 1;
    }
}

/* Instructions */

static Instruction *
instruction_at(const Parser *parser, guint i)
{
    return &g_array_index(parser->mustache->instructions, Instruction, i);
}

/* The innermost section, block or parent that is open, or NULL. It moves when one is added. */
static Instruction *
scope_find(const Parser *parser)
{
    if (parser->scopes->len == 0)
        return NULL;
    return instruction_at(parser, g_array_index(parser->scopes, guint, parser->scopes->len - 1));
}

/* Only blocks count between {{<parent}} and {{/parent}}; what else stands there is not shown. */
static bool
is_argument(const Parser *parser)
{
    const Instruction *scope = scope_find(parser);
    return scope != NULL && scope->kind == INSTRUCTION_PARENT;
}

static void
add_text(const Parser *parser, size_t from, size_t to, bool mark_line)
{
    const char *text = parser->text;
    if (is_argument(parser))
        return;
    if (from < to) {
        Instruction instruction = { .kind = INSTRUCTION_TEXT,
                                    .fresh = begins_line(text, from),
                                    .at = from,
                                    .text = { from, to - from } };
        g_array_append_val(parser->mustache->instructions, instruction);
    }
    if (mark_line && begins_line(text, to)) {
        Instruction instruction = { .kind = INSTRUCTION_TEXT, .fresh = true, .at = to };
        g_array_append_val(parser->mustache->instructions, instruction);
    }
}

/* A name between dots, as its parts. NULL when one of them is empty. */
static ValueKey *
keys_parse(const char *name)
{
    g_auto(GStrv) path = g_strsplit(strcmp(name, ".") == 0 ? "" : name, ".", -1);
    for (guint i = 0; path[i] != NULL; i++)
        if (path[i][0] == '\0')
            return NULL;
    guint count = g_strv_length(path);
    ValueKey *keys = g_new0(ValueKey, count + 1);
    for (guint i = 0; i < count; i++)
        keys[i] = value_key_new(g_steal_pointer(&path[i]));
    return keys;
}

static bool
add_tag(const Parser *parser, const Tag *tag, InstructionKind kind, GError **error)
{
    const char *name = tag->content;
    Instruction instruction = { .kind = kind, .at = tag->start };
    if ((kind == INSTRUCTION_PARTIAL || kind == INSTRUCTION_PARENT) && name[0] == '*') {
        instruction.dynamic = true;
        name++;
        name += strspn(name, " \t\r\n");
    }
    if (name[0] == '\0' || name[strcspn(name, " \t\r\n")] != '\0') {
        mustache_complain(error, parser->mustache, tag->start,
                          "\"%s\" is no name: it must be one word", name);
        return false;
    }
    bool is_path = kind < INSTRUCTION_PARTIAL || instruction.dynamic;
    if (is_path && (instruction.keys = keys_parse(name)) == NULL) {
        mustache_complain(error, parser->mustache, tag->start,
                          "\"%s\" is no name: a part between its dots is empty", name);
        return false;
    }
    instruction.name = g_strdup(name);
    g_array_append_val(parser->mustache->instructions, instruction);
    return true;
}

/* Tags */

/* Reads the tag at START: the opening delimiter is there. */
static bool
tag_read(Tag *tag, const Parser *parser, size_t start, GError **error)
{
    const char *content = parser->text + start + strlen(parser->open);
    content += strspn(content, " \t\r\n");
    tag->start = start;
    tag->sigil = content[0] != '\0' && strchr(SIGILS, content[0]) != NULL ? content[0] : '\0';
    if (tag->sigil != '\0')
        content++;
    const char *extra = tag->sigil == '{' ? "}" : tag->sigil == '=' ? "=" : "";
    g_autofree char *close = g_strconcat(extra, parser->close, NULL);
    const char *end = strstr(content, close);
    if (end == NULL) {
        mustache_complain(error, parser->mustache, start, "the tag has no \"%s\" at its end",
                          close);
        return false;
    }
    tag->content = g_strstrip(g_strndup(content, (size_t)(end - content)));
    tag->end = (size_t)(end - parser->text) + strlen(close);
    tag_measure_line(tag, parser->text);
    return true;
}

/* Adds the text before a tag and goes on behind it; with the whole line when it is standalone. */
static void
pass_tag(Parser *parser, const Tag *tag, bool standalone)
{
    add_text(parser, parser->at, standalone ? tag->line : tag->start, !standalone);
    parser->at = standalone ? tag->next_line : tag->end;
}

static bool
set_delimiters(Parser *parser, const Tag *tag, GError **error)
{
    size_t first = strcspn(tag->content, " \t\r\n");
    const char *second = tag->content + first + strspn(tag->content + first, " \t\r\n");
    if (first == 0 || second[0] == '\0' || second[strcspn(second, " \t\r\n=")] != '\0' ||
        memchr(tag->content, '=', first) != NULL) {
        mustache_complain(error, parser->mustache, tag->start,
                          "\"%s\" must be two delimiters, like \"<%% %%>\"", tag->content);
        return false;
    }
    g_free(parser->open);
    g_free(parser->close);
    parser->open = g_strndup(tag->content, first);
    parser->close = g_strdup(second);
    return true;
}

/* A parent or block may still turn out to stand alone on its line, when its end is known. Until
 * then the white space before it is a text of its own, which stand_alone() takes back. */
static void
pass_tag_undecided(Parser *parser, const Tag *tag)
{
    if (tag->blank_before) {
        add_text(parser, parser->at, tag->line, false);
        add_text(parser, tag->line, tag->start, tag->line == tag->start);
    } else {
        add_text(parser, parser->at, tag->start, false);
    }
    parser->at = tag->end;
}

static void
stand_alone(const Parser *parser, guint i)
{
    Instruction *instruction = instruction_at(parser, i);
    instruction->own_line = true;
    *instruction_at(parser, i - 1) = (Instruction){ .kind = INSTRUCTION_TEXT };
}

static bool
open_scope(Parser *parser, const Tag *tag, GError **error)
{
    InstructionKind kind = tag->sigil == '#'   ? INSTRUCTION_SECTION
                           : tag->sigil == '^' ? INSTRUCTION_INVERTED
                           : tag->sigil == '<' ? INSTRUCTION_PARENT
                                               : INSTRUCTION_BLOCK;
    bool argument = is_argument(parser);
    bool standalone = tag->blank_before && tag->blank_after && kind != INSTRUCTION_PARENT;
    if (parser->scopes->len >= NESTING_MAX) {
        mustache_complain(error, parser->mustache, tag->start,
                          "tags are nested deeper than %u levels", NESTING_MAX);
        return false;
    }
    if (kind == INSTRUCTION_BLOCK && argument && tag->blank_after)
        parser->at = tag->next_line;
    else if (standalone || kind == INSTRUCTION_SECTION || kind == INSTRUCTION_INVERTED)
        pass_tag(parser, tag, standalone);
    else
        pass_tag_undecided(parser, tag);
    if (!add_tag(parser, tag, kind, error))
        return false;

    guint index = parser->mustache->instructions->len - 1;
    g_array_append_val(parser->scopes, index);
    Instruction *instruction = instruction_at(parser, index);
    instruction->argument = argument;
    if (kind == INSTRUCTION_BLOCK && begins_line(parser->text, parser->at)) {
        instruction->fresh = true;
        instruction->own_line = standalone;
        instruction->indent = content_indent(parser->text, parser->at);
    } else if (tag->blank_before && !argument) {
        instruction->indent = (Span){ tag->line, tag->start - tag->line };
    }
    return true;
}

/* The end of a block that has not begun on a line of its own: when both its tags have one line to
 * themselves, what replaces it is indented like them. The end of that line stays. */
static void
close_inline_block(Parser *parser, const Tag *tag, guint index)
{
    const Instruction *block = instruction_at(parser, index);
    size_t line = block->indent.start;
    bool alone = tag->blank_after && line + block->indent.length == block->at &&
                 begins_line(parser->text, line) &&
                 memchr(parser->text + line, '\n', tag->start - line) == NULL;
    add_text(parser, parser->at, tag->start, false);
    parser->at = tag->end;
    if (alone)
        stand_alone(parser, index);
}

static void
close_parent(Parser *parser, const Tag *tag, guint index)
{
    const Instruction *parent = instruction_at(parser, index);
    size_t line = parent->indent.start;
    bool alone = tag->blank_after && !parent->argument &&
                 line + parent->indent.length == parent->at && begins_line(parser->text, line);
    parser->at = alone ? tag->next_line : tag->end;
    if (alone)
        stand_alone(parser, index);
}

static bool
closes(const Tag *tag, const Instruction *scope)
{
    const char *name = tag->content;
    if (scope->dynamic && name[0] == '*')
        name += 1 + strspn(name + 1, " \t\r\n");
    return strcmp(name, scope->name) == 0;
}

static const char *
scope_sigil(const Instruction *scope)
{
    switch (scope->kind) {
    case INSTRUCTION_SECTION: return "#";
    case INSTRUCTION_INVERTED: return "^";
    case INSTRUCTION_PARENT: return scope->dynamic ? "<*" : "<";
    case INSTRUCTION_BLOCK: return "$";
    case INSTRUCTION_TEXT:
    case INSTRUCTION_ESCAPED:
    case INSTRUCTION_RAW:
    case INSTRUCTION_PARTIAL: break;
    }
    g_assert_not_reached();
}

static bool
close_scope(Parser *parser, const Tag *tag, GError **error)
{
    const Instruction *scope = scope_find(parser);
    if (scope == NULL || !closes(tag, scope)) {
        g_autofree char *open = scope != NULL ? g_strdup_printf("the open tag is {{%s%s}}",
                                                                scope_sigil(scope), scope->name)
                                              : g_strdup("no tag is open");
        mustache_complain(error, parser->mustache, tag->start, "{{/%s}} closes nothing: %s",
                          tag->content, open);
        return false;
    }
    guint index = g_array_index(parser->scopes, guint, parser->scopes->len - 1);
    bool standalone = tag->blank_before && tag->blank_after;
    if (scope->kind == INSTRUCTION_PARENT) {
        close_parent(parser, tag, index);
    } else if (scope->kind == INSTRUCTION_BLOCK && scope->argument && tag->blank_before) {
        add_text(parser, parser->at, tag->line, false);
        parser->at = tag->end;
    } else if (scope->kind == INSTRUCTION_BLOCK && !scope->argument && !scope->own_line &&
               !standalone) {
        close_inline_block(parser, tag, index);
    } else {
        pass_tag(parser, tag, standalone);
    }
    g_array_set_size(parser->scopes, parser->scopes->len - 1);
    instruction_at(parser, index)->end = parser->mustache->instructions->len;
    return true;
}

static bool
tag_apply(Parser *parser, const Tag *tag, GError **error)
{
    bool standalone = tag->blank_before && tag->blank_after;
    switch (tag->sigil) {
    case '!': pass_tag(parser, tag, standalone); return true;
    case '=': pass_tag(parser, tag, standalone); return set_delimiters(parser, tag, error);
    case '#':
    case '^':
    case '<':
    case '$': return open_scope(parser, tag, error);
    case '/': return close_scope(parser, tag, error);
    case '>':
        pass_tag(parser, tag, standalone);
        if (!add_tag(parser, tag, INSTRUCTION_PARTIAL, error))
            return false;
        if (standalone) {
            Instruction *partial = instruction_at(parser, parser->mustache->instructions->len - 1);
            partial->own_line = true;
            partial->indent = (Span){ tag->line, tag->start - tag->line };
        }
        return true;
    case '{':
    case '&': pass_tag(parser, tag, false); return add_tag(parser, tag, INSTRUCTION_RAW, error);
    default: pass_tag(parser, tag, false); return add_tag(parser, tag, INSTRUCTION_ESCAPED, error);
    }
}

Mustache *
mustache_new(const char *name, const char *text, bool escapes)
{
    Mustache *mustache = g_new0(Mustache, 1);
    mustache->name = g_strdup(name);
    mustache->text = g_strdup(text);
    mustache->escapes = escapes;
    mustache->instructions = g_array_new(FALSE, FALSE, sizeof(Instruction));
    mustache->partials =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)mustache_free);
    mustache->indent = g_string_new(NULL);
    return mustache;
}

Mustache *
mustache_parse(const char *name, const char *text, GError **error)
{
    g_autoptr(Mustache) mustache =
        mustache_new(name, text, !g_str_has_suffix(name, ".txt.mustache"));
    g_array_set_clear_func(mustache->instructions, (GDestroyNotify)instruction_clear);

    g_auto(Parser) parser = {
        .mustache = mustache,
        .text = mustache->text,
        .open = g_strdup("{{"),
        .close = g_strdup("}}"),
        .scopes = g_array_new(FALSE, FALSE, sizeof(guint)),
    };
    const char *open;
    if (strlen(text) > MUSTACHE_TEXT_MAX) {
        mustache_complain(error, mustache, 0, "the template is larger than %u MB",
                          MUSTACHE_TEXT_MAX >> 20);
        return NULL;
    }
    while ((open = strstr(parser.text + parser.at, parser.open)) != NULL) {
        g_auto(Tag) tag = { 0 };
        if (!tag_read(&tag, &parser, (size_t)(open - parser.text), error) ||
            !tag_apply(&parser, &tag, error))
            return NULL;
    }
    const Instruction *scope = scope_find(&parser);
    if (scope != NULL) {
        mustache_complain(error, mustache, scope->at, "{{%s%s}} is never closed",
                          scope_sigil(scope), scope->name);
        return NULL;
    }
    add_text(&parser, parser.at, strlen(parser.text), false);
    return g_steal_pointer(&mustache);
}

void
mustache_free(Mustache *mustache)
{
    if (mustache == NULL)
        return;
    g_free(mustache->name);
    g_free(mustache->text);
    g_array_unref(mustache->instructions);
    g_hash_table_unref(mustache->partials);
    g_string_free(mustache->indent, TRUE);
    g_free(mustache);
}
