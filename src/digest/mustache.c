#include "digest/mustache-internal.h"

#include <string.h>
#include "base/json.h"
#include "html/sanitize.h"

/* Tags run in one rendering. Two partials that call each other twice would double with each level
 * without a word of output. */
#define STEPS_MAX 5000000u

/* Sections and blocks within each other, in all partials that are open: it is our stack. */
#define LEVELS_MAX 1024u

/* The blocks that one {{<parent}} brings: those directly between START and END. */
typedef struct Arguments Arguments;
struct Arguments {
    const Arguments *outer;
    const Mustache *mustache;
    guint start, end;
};

typedef struct {
    Mustache *root;           /* holds the compiled partials */
    const Mustache *mustache; /* that runs now */
    MustacheLoader loader;
    void *loader_data;
    GPtrArray *context;         /* of const Value *, the innermost last */
    const Arguments *arguments; /* the innermost, or NULL */
    GString *indent;            /* put before each line: what stands behind INDENT_FROM */
    size_t indent_from;
    size_t dedent; /* white space that each line of the template itself loses */
    guint partials, levels, steps;
    GString *out;
    size_t out_max;
} Renderer;

static void
renderer_clear(Renderer *renderer)
{
    g_ptr_array_unref(renderer->context);
    g_string_free(renderer->indent, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Renderer, renderer_clear)

static bool render_range(Renderer *renderer, guint from, guint to, GError **error);

static const Instruction *
instruction_at(const Mustache *mustache, guint i)
{
    return &g_array_index(mustache->instructions, Instruction, i);
}

/* Values */

/* The first part of a dotted name is looked for through the whole context, the others only in what
 * that gave: {{a.b}} is nothing when the innermost "a" has no "b". NULL when there is none. */
static const Value *
value_of(const Renderer *renderer, char **path)
{
    const GPtrArray *context = renderer->context;
    if (path[0] == NULL)
        return context->pdata[context->len - 1];
    const Value *value = NULL;
    for (guint i = context->len; i > 0 && value == NULL; i--)
        value = value_find(context->pdata[i - 1], path[0]);
    for (guint i = 1; path[i] != NULL && value != NULL; i++)
        value = value_find(value, path[i]);
    return value;
}

/* As in the language Mustache comes from: nothing, false, "", 0 and an empty list are false. */
static bool
is_true(const Value *value)
{
    if (value == NULL)
        return false;
    switch (value_kind(value)) {
    case VALUE_NULL: return false;
    case VALUE_BOOL: return value_bool(value);
    case VALUE_INTEGER: return value_integer(value) != 0;
    case VALUE_REAL: return value_real(value) != 0;
    case VALUE_STRING: return value_string(value)[0] != '\0';
    case VALUE_LIST: return value_length(value) > 0;
    case VALUE_MAP: return true;
    }
    g_assert_not_reached();
}

static void
write_value(Renderer *renderer, const Value *value, bool escape)
{
    if (value == NULL)
        return;
    switch (value_kind(value)) {
    case VALUE_NULL:
    case VALUE_LIST:
    case VALUE_MAP: return;
    case VALUE_BOOL:
    case VALUE_INTEGER:
    case VALUE_REAL: json_write(renderer->out, value, 0); return;
    case VALUE_STRING:
        if (escape)
            html_escape(renderer->out, value_string(value));
        else
            g_string_append(renderer->out, value_string(value));
        return;
    }
}

/* Lines */

static void
write_indent(Renderer *renderer)
{
    g_string_append_len(renderer->out, renderer->indent->str + renderer->indent_from,
                        (gssize)(renderer->indent->len - renderer->indent_from));
}

/* An empty line stays empty. What the data brings is not indented, nor is a line that was begun
 * before (GLUED). */
static void
write_text(Renderer *renderer, const Instruction *instruction, bool glued)
{
    const char *at = renderer->mustache->text + instruction->text.start;
    const char *end = at + instruction->text.length;
    bool fresh = instruction->fresh;
    if (renderer->indent->len == renderer->indent_from && renderer->dedent == 0 && !glued) {
        g_string_append_len(renderer->out, at, end - at);
        return;
    }
    if (at == end && fresh && !glued)
        write_indent(renderer);
    while (at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        const char *next = feed != NULL ? feed + 1 : end;
        if (fresh && at[0] != '\n' && at[0] != '\r') {
            size_t blanks = MIN(strspn(at, " \t"), (size_t)(next - at));
            if (!glued)
                write_indent(renderer);
            at += glued ? blanks : MIN(blanks, renderer->dedent);
        }
        g_string_append_len(renderer->out, at, next - at);
        at = next;
        fresh = true;
        glued = false;
    }
}

static void
push_indent(Renderer *renderer, const Instruction *instruction)
{
    size_t lost = MIN(instruction->indent.length, renderer->dedent);
    g_string_append_len(renderer->indent,
                        renderer->mustache->text + instruction->indent.start + lost,
                        (gssize)(instruction->indent.length - lost));
}

/* Content that takes the place of a tag: when the tag had a line of its own, so has the content;
 * when it stood in the middle of one, the content's first line goes on with it. FRESH content
 * begins a line of its template. */
static bool
render_in_place(Renderer *renderer, guint from, guint to, bool fresh, bool own_line, GError **error)
{
    if (from == to)
        return true;
    const Instruction *first = instruction_at(renderer->mustache, from);
    if (own_line && !fresh) {
        write_indent(renderer);
    } else if (!own_line && fresh && first->kind == INSTRUCTION_TEXT) {
        write_text(renderer, first, true);
        from++;
    }
    return render_range(renderer, from, to, error);
}

/* Tags */

static bool
render_section(Renderer *renderer, const Instruction *section, guint i, GError **error)
{
    const Value *value = value_of(renderer, section->path);
    if (!is_true(value))
        return true;
    bool many = value_kind(value) == VALUE_LIST;
    size_t count = many ? value_length(value) : 1;
    for (size_t n = 0; n < count; n++) {
        g_ptr_array_add(renderer->context, many ? value_item(value, n) : (gpointer)value);
        bool done = render_range(renderer, i + 1, section->end, error);
        g_ptr_array_set_size(renderer->context, (int)renderer->context->len - 1);
        if (!done)
            return false;
    }
    return true;
}

/* What takes the block's place: of all parents that bring one, the outermost has the last word.
 * Of one parent the last counts. */
static const Arguments *
find_argument(const Renderer *renderer, const char *name, guint *index)
{
    const Arguments *found = NULL;
    for (const Arguments *each = renderer->arguments; each != NULL; each = each->outer) {
        guint i = each->start;
        while (i < each->end) {
            const Instruction *instruction = instruction_at(each->mustache, i);
            if (instruction->kind == INSTRUCTION_BLOCK && strcmp(instruction->name, name) == 0) {
                found = each;
                *index = i;
            }
            i = MAX(instruction->end, i + 1);
        }
    }
    return found;
}

static bool
render_argument(Renderer *renderer, const Arguments *arguments, guint index, bool own_line,
                GError **error)
{
    Renderer saved = *renderer;
    const Instruction *content = instruction_at(arguments->mustache, index);
    renderer->mustache = arguments->mustache;
    /* Blocks in it belong to the template that wrote it, and so to that one's own heirs. */
    renderer->arguments = arguments->outer;
    renderer->dedent = content->indent.length;
    bool done = render_in_place(renderer, index + 1, content->end, content->fresh, own_line, error);
    renderer->mustache = saved.mustache;
    renderer->arguments = saved.arguments;
    renderer->dedent = saved.dedent;
    return done;
}

static bool
render_block(Renderer *renderer, const Instruction *block, guint i, GError **error)
{
    size_t indent_length = renderer->indent->len;
    size_t written = renderer->out->len;
    bool one_line = block->own_line && !block->fresh;
    guint index;
    bool done;
    const Arguments *arguments = find_argument(renderer, block->name, &index);

    if (block->own_line && (arguments != NULL || one_line))
        push_indent(renderer, block);
    if (arguments != NULL)
        done = render_argument(renderer, arguments, index, block->own_line, error);
    else if (one_line)
        done = render_in_place(renderer, i + 1, block->end, false, true, error);
    else
        done = render_range(renderer, i + 1, block->end, error);
    g_string_truncate(renderer->indent, indent_length);

    const GString *out = renderer->out;
    if (out->len == written || out->str[out->len - 1] != '\n')
        g_string_append_len(renderer->out, renderer->mustache->text + block->tail.start,
                            (gssize)block->tail.length);
    return done;
}

/* Names come from data, too: none leads out of the folder of the templates. */
static bool
is_partial_name(const char *name)
{
    const char *part = name;
    for (;;) {
        size_t length = strspn(part, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-");
        if (length == 0 || (part[length] != '\0' && part[length] != '/'))
            return false;
        if (part[length] == '\0')
            return true;
        part += length + 1;
    }
}

/* The compiled partial, or NULL: there is none, or it has a mistake and ERROR is set. */
static const Mustache *
find_partial(Renderer *renderer, const char *name, GError **error)
{
    Mustache *root = renderer->root;
    if (renderer->loader == NULL || !is_partial_name(name))
        return NULL;
    if (g_hash_table_contains(root->partials, name))
        return g_hash_table_lookup(root->partials, name);
    const char *text = renderer->loader(name, renderer->loader_data);
    Mustache *partial = NULL;
    if (text != NULL) {
        partial = mustache_parse(name, text, error);
        if (partial == NULL)
            return NULL;
    }
    g_hash_table_insert(root->partials, g_strdup(name), partial);
    return partial;
}

/* A partial, or a parent with its arguments. */
static bool
render_template(Renderer *renderer, const Instruction *tag, guint i, GError **error)
{
    const char *name = tag->name;
    if (tag->dynamic) {
        const Value *value = value_of(renderer, tag->path);
        if (value == NULL || value_kind(value) != VALUE_STRING)
            return true;
        name = value_string(value);
    }
    g_autoptr(GError) mistake = NULL;
    const Mustache *template = find_partial(renderer, name, &mistake);
    if (mistake != NULL) {
        g_propagate_error(error, g_steal_pointer(&mistake));
        return false;
    }
    if (template == NULL)
        return true;
    if (renderer->partials >= MUSTACHE_DEPTH_MAX) {
        mustache_complain(error, renderer->mustache, tag->at,
                          "partials are nested deeper than %u levels at \"%s\"", MUSTACHE_DEPTH_MAX,
                          name);
        return false;
    }

    Renderer saved = *renderer;
    size_t indent_length = renderer->indent->len;
    Arguments arguments = { renderer->arguments, renderer->mustache, i + 1, tag->end };
    if (tag->own_line)
        push_indent(renderer, tag);
    else
        renderer->indent_from = indent_length; /* it goes on with a line that was begun */
    if (tag->kind == INSTRUCTION_PARENT)
        renderer->arguments = &arguments;
    renderer->mustache = template;
    renderer->dedent = 0;
    renderer->partials++;
    bool done = render_range(renderer, 0, template->instructions->len, error);
    g_string_truncate(renderer->indent, indent_length);
    renderer->indent_from = saved.indent_from;
    renderer->arguments = saved.arguments;
    renderer->mustache = saved.mustache;
    renderer->dedent = saved.dedent;
    renderer->partials = saved.partials;
    return done;
}

static bool
render_tag(Renderer *renderer, const Instruction *instruction, guint i, GError **error)
{
    switch (instruction->kind) {
    case INSTRUCTION_TEXT: write_text(renderer, instruction, false); return true;
    case INSTRUCTION_ESCAPED:
        write_value(renderer, value_of(renderer, instruction->path), renderer->root->escapes);
        return true;
    case INSTRUCTION_RAW:
        write_value(renderer, value_of(renderer, instruction->path), false);
        return true;
    case INSTRUCTION_SECTION: return render_section(renderer, instruction, i, error);
    case INSTRUCTION_INVERTED:
        return is_true(value_of(renderer, instruction->path)) ||
               render_range(renderer, i + 1, instruction->end, error);
    case INSTRUCTION_PARTIAL:
    case INSTRUCTION_PARENT: return render_template(renderer, instruction, i, error);
    case INSTRUCTION_BLOCK: return render_block(renderer, instruction, i, error);
    }
    g_assert_not_reached();
}

static bool
check_limits(const Renderer *renderer, size_t at, GError **error)
{
    const char *problem = NULL;
    if (renderer->out->len > renderer->out_max)
        problem = "the result is larger than 5 MB";
    else if (renderer->steps > STEPS_MAX)
        problem = "the template does not come to an end";
    else if (renderer->levels > LEVELS_MAX)
        problem = "sections and partials are nested too deep";
    if (problem == NULL)
        return true;
    mustache_complain(error, renderer->mustache, at, "%s", problem);
    return false;
}

static bool
render_range(Renderer *renderer, guint from, guint to, GError **error)
{
    const Mustache *mustache = renderer->mustache;
    bool done = true;
    renderer->levels++;
    for (guint i = from; i < to && done;) {
        const Instruction *instruction = instruction_at(mustache, i);
        renderer->steps++;
        done = check_limits(renderer, instruction->at, error) &&
               render_tag(renderer, instruction, i, error);
        i = MAX(instruction->end, i + 1);
    }
    renderer->levels--;
    return done;
}

bool
mustache_render(Mustache *mustache, const Value *data, MustacheLoader loader, void *loader_data,
                GString *out, GError **error)
{
    g_auto(Renderer) renderer = {
        .root = mustache,
        .mustache = mustache,
        .loader = loader,
        .loader_data = loader_data,
        .context = g_ptr_array_new(),
        .indent = g_string_new(NULL),
        .out = out,
        .out_max = out->len + MUSTACHE_OUTPUT_MAX,
    };
    g_ptr_array_add(renderer.context, (gpointer)data);
    return render_range(&renderer, 0, mustache->instructions->len, error) &&
           check_limits(&renderer, strlen(mustache->text), error);
}
