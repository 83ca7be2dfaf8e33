#include "digest/mustache-internal.h"

#include <string.h>
#include "base/json.h"
#include "base/shared.h"
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
    Mustache *mustache;
    guint start, end;
};

/* Whose instructions run, and how their lines are set. */
typedef struct {
    Mustache *mustache;
    const Arguments *arguments; /* the innermost, or NULL */
    size_t indent_from;         /* lines get what stands in Renderer.indent from here on */
    size_t dedent;              /* white space that each line of the template itself loses */
} Place;

typedef struct {
    Mustache *root; /* holds the compiled partials, and the memory for what follows */
    Place place;
    MustacheLoader loader;
    void *loader_data;
    const Scope *scope; /* the innermost */
    GString *indent;
    guint partials, levels, steps;
    GString *out;
    size_t out_max;
    const Inspection *inspection; /* NULL: this is no inspection … */
    Draft *draft;                 /* … and NULL: no draft, but for a reader */
} Renderer;

static bool render_tag(Renderer *renderer, const Instruction *instruction, guint i, GError **error);
static bool render_range(Renderer *renderer, guint from, guint to, GError **error);

static const Instruction *
instruction_at(const Mustache *mustache, guint i)
{
    return &g_array_index(mustache->instructions, Instruction, i);
}

/* g_string_append_len() for what is called for each tag: there mostly is room. */
static void
append(GString *out, const char *text, size_t size)
{
    if (out->allocated_len - out->len <= size) {
        g_string_append_len(out, text, (gssize)size);
        return;
    }
    memcpy(out->str + out->len, text, size);
    out->len += size;
    out->str[out->len] = '\0';
}

/* The same of what may stand in other renderings, too: of a text that is KEPT as long as they are made. */
static void
append_shared(Renderer *renderer, const char *text, size_t size, bool kept)
{
    const SharedText shared = { .text = text, .at = renderer->out->len, .size = size };
    if (kept && size >= SHARED_SIZE_MIN)
        g_array_append_val(renderer->root->shared, shared);
    append(renderer->out, text, size);
}

static bool
is_kept(const Mustache *root, const char *text, size_t size)
{
    return size >= SHARED_SIZE_MIN && root->shared != NULL &&
           g_hash_table_contains(root->kept, text);
}

/* Values */

/* The first part of a dotted name is looked for in all scopes, the others only in what that
 * gave: {{a.b}} is nothing when the innermost "a" has no "b". NULL when there is none. */
static const Value *
value_of(const Renderer *renderer, const Instruction *tag)
{
    if (tag->keys[0].name == NULL)
        return renderer->scope->value;
    const Value *value = NULL;
    for (const Scope *each = renderer->scope; each != NULL && value == NULL; each = each->outer)
        value = value_find_key(each->value, &tag->keys[0]);
    for (ValueKey *key = &tag->keys[1]; key->name != NULL && value != NULL; key++)
        value = value_find_key(value, key);
    return value;
}

static const Value *
look_up(const Renderer *renderer, const Instruction *tag)
{
    const Value *value = value_of(renderer, tag);
    if (value == NULL && renderer->inspection != NULL)
        inspection_note_unknown(renderer->inspection, renderer->place.mustache, tag,
                                renderer->scope);
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
    case VALUE_INTEGER: json_write(renderer->out, value, 0); return;
    case VALUE_REAL: json_write_number(renderer->out, value_real(value)); return;
    case VALUE_STRING:
        if (escape)
            html_escape(renderer->out, value_string(value));
        else
            append_shared(renderer, value_string(value), value_size(value),
                          is_kept(renderer->root, value_string(value), value_size(value)));
        return;
    }
}

/* Lines */

static void
write_indent(Renderer *renderer)
{
    g_string_append_len(renderer->out, renderer->indent->str + renderer->place.indent_from,
                        (gssize)(renderer->indent->len - renderer->place.indent_from));
}

/* An empty line stays empty. What the data brings is not indented, nor is a line that was begun
 * before (GLUED). */
static void
write_text(Renderer *renderer, const Instruction *instruction, bool glued)
{
    const char *at = renderer->place.mustache->text + instruction->text.start;
    const char *end = at + instruction->text.length;
    bool fresh = instruction->fresh;
    if (renderer->indent->len == renderer->place.indent_from && renderer->place.dedent == 0 &&
        !glued) {
        bool is_own = renderer->place.mustache == renderer->root;
        append_shared(renderer, at, (size_t)(end - at), is_own && renderer->root->shared != NULL);
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
            at += glued ? blanks : MIN(blanks, renderer->place.dedent);
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
    size_t lost = MIN(instruction->indent.length, renderer->place.dedent);
    g_string_append_len(renderer->indent,
                        renderer->place.mustache->text + instruction->indent.start + lost,
                        (gssize)(instruction->indent.length - lost));
}

/* Whether the instructions from FROM to TO are one tag that brings lines. */
static bool
is_one_template(const Mustache *mustache, guint from, guint to)
{
    const Instruction *first = instruction_at(mustache, from);
    if (MAX(first->end, from + 1) < to)
        return false;
    return first->kind == INSTRUCTION_PARTIAL || first->kind == INSTRUCTION_PARENT ||
           (first->kind == INSTRUCTION_BLOCK && !first->fresh);
}

/* Content that takes the place of a tag: when the tag had a line of its own, so has the content;
 * when it stood in the middle of one, the content's first line goes on with it. FRESH content
 * begins a line of its template. */
static bool
render_in_place(Renderer *renderer, guint from, guint to, bool fresh, bool own_line, GError **error)
{
    if (from == to)
        return true;
    const Instruction *first = instruction_at(renderer->place.mustache, from);
    if (own_line && !fresh && is_one_template(renderer->place.mustache, from, to)) {
        Instruction alone = *first;
        alone.own_line = true;
        alone.indent.length = 0; /* the line's is in force */
        return render_tag(renderer, &alone, from, error);
    }
    if (own_line && !fresh) {
        write_indent(renderer);
    } else if (!own_line && fresh && first->kind == INSTRUCTION_TEXT) {
        write_text(renderer, first, true);
        from++;
    }
    return render_range(renderer, from, to, error);
}

/* Tags */

/* Content that sees what VALUE has. */
static bool
render_within(Renderer *renderer, const Value *value, guint from, guint to, GError **error)
{
    const Scope scope = { value, renderer->scope };
    renderer->scope = &scope;
    bool done = render_range(renderer, from, to, error);
    renderer->scope = scope.outer;
    return done;
}

static bool
render_section(Renderer *renderer, const Instruction *section, guint i, GError **error)
{
    const Value *value = look_up(renderer, section);
    if (!is_true(value) && (value == NULL || renderer->inspection == NULL))
        return true;
    bool many = value_kind(value) == VALUE_LIST;
    size_t count = many ? value_length(value) : 1;
    bool done = true;
    for (size_t n = 0; n < count && done; n++)
        done = render_within(renderer, many ? value_item(value, n) : value, i + 1, section->end,
                             error);
    return done;
}

static bool
render_inverted(Renderer *renderer, const Instruction *section, guint i, GError **error)
{
    if (is_true(look_up(renderer, section)) && renderer->inspection == NULL)
        return true;
    return render_range(renderer, i + 1, section->end, error);
}

/* What takes the block's place: of all parents that bring one, the outermost has the last word.
 * Of one parent the last counts. */
static const Arguments *
find_argument(const Renderer *renderer, const char *name, guint *index)
{
    const Arguments *found = NULL;
    for (const Arguments *each = renderer->place.arguments; each != NULL; each = each->outer) {
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
    Place saved = renderer->place;
    const Instruction *content = instruction_at(arguments->mustache, index);
    renderer->place.mustache = arguments->mustache;
    /* Blocks in it belong to the template that wrote it, and so to that one's own heirs. */
    renderer->place.arguments = arguments->outer;
    renderer->place.dedent = content->indent.length;
    if (!own_line)
        renderer->place.indent_from = renderer->indent->len;
    bool done = render_in_place(renderer, index + 1, content->end, content->fresh, own_line, error);
    renderer->place = saved;
    return done;
}

static bool
render_block(Renderer *renderer, const Instruction *block, guint i, GError **error)
{
    size_t indent_length = renderer->indent->len;
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

/* *PARTIAL is NULL when there is none of that name. */
static bool
find_partial(const Renderer *renderer, const char *name, Mustache **partial, GError **error)
{
    Mustache *root = renderer->root;
    *partial = NULL;
    if (renderer->loader == NULL || !is_partial_name(name))
        return true;
    if (!g_hash_table_contains(root->partials, name)) {
        const char *file = name;
        const char *text = renderer->loader(name, &file, renderer->loader_data);
        Mustache *compiled = text != NULL ? mustache_parse(file, text, error) : NULL;
        if (text != NULL && compiled == NULL)
            return false;
        g_hash_table_insert(root->partials, g_strdup(name), compiled);
    }
    *partial = g_hash_table_lookup(root->partials, name);
    return true;
}

/* The name in a partial's or parent's tag, or that the data gives; NULL when it gives none. */
static const char *
template_name(const Renderer *renderer, const Instruction *tag)
{
    if (!tag->dynamic)
        return tag->name;
    const Value *value = look_up(renderer, tag);
    return value != NULL && value_kind(value) == VALUE_STRING ? value_string(value) : NULL;
}

/* What a partial's or parent's tag stands for, NULL when that is nothing; a name that is written down is
 * looked for once. */
static bool
find_template(const Renderer *renderer, guint i, Mustache **template, GError **error)
{
    Instruction *tag = &g_array_index(renderer->place.mustache->instructions, Instruction, i);
    *template = tag->partial;
    if (tag->is_found)
        return true;
    const char *name = template_name(renderer, tag);
    if (name != NULL && !find_partial(renderer, name, template, error))
        return false;
    tag->is_found = !tag->dynamic;
    if (tag->is_found)
        tag->partial = *template;
    return true;
}

/* A partial, or a parent with its arguments. */
static bool
render_template(Renderer *renderer, const Instruction *tag, guint i, GError **error)
{
    Mustache *template;
    if (!find_template(renderer, i, &template, error))
        return false;
    if (template == NULL) {
        if (renderer->inspection != NULL && !tag->dynamic)
            inspection_note_absent(renderer->inspection, renderer->place.mustache, tag);
        return true;
    }
    if (renderer->partials >= MUSTACHE_DEPTH_MAX) {
        if (renderer->inspection != NULL)
            return true; /* it calls itself, and only data would have made an end of it */
        mustache_complain(error, renderer->place.mustache, tag->at,
                          "partials are nested deeper than %u levels at \"%s\"", MUSTACHE_DEPTH_MAX,
                          tag->name);
        return false;
    }

    Place saved = renderer->place;
    size_t indent_length = renderer->indent->len;
    Arguments arguments = { saved.arguments, saved.mustache, i + 1, tag->end };
    if (tag->own_line)
        push_indent(renderer, tag);
    renderer->place = (Place){
        .mustache = template,
        .arguments = tag->kind == INSTRUCTION_PARENT ? &arguments : saved.arguments,
        /* Otherwise it goes on with a line that was begun, and its own lines are as they are. */
        .indent_from = tag->own_line ? saved.indent_from : indent_length,
    };
    renderer->partials++;
    bool done = render_range(renderer, 0, template->instructions->len, error);
    renderer->partials--;
    renderer->place = saved;
    g_string_truncate(renderer->indent, indent_length);
    return done;
}

static bool
render_known_tag(Renderer *renderer, const Instruction *instruction, guint i, GError **error)
{
    switch (instruction->kind) {
    case INSTRUCTION_TEXT: write_text(renderer, instruction, false); return true;
    case INSTRUCTION_ESCAPED:
        write_value(renderer, look_up(renderer, instruction), renderer->root->escapes);
        return true;
    case INSTRUCTION_RAW:
        if (renderer->inspection != NULL && renderer->root->escapes)
            inspection_note_raw(renderer->inspection, renderer->place.mustache, instruction);
        write_value(renderer, look_up(renderer, instruction), false);
        return true;
    case INSTRUCTION_SECTION: return render_section(renderer, instruction, i, error);
    case INSTRUCTION_INVERTED: return render_inverted(renderer, instruction, i, error);
    case INSTRUCTION_PARTIAL:
    case INSTRUCTION_PARENT: return render_template(renderer, instruction, i, error);
    case INSTRUCTION_BLOCK: return render_block(renderer, instruction, i, error);
    }
    g_assert_not_reached();
}

/* A tag of a draft whose value is not known: its content, once, with all in it that is. */
static bool
leave_tag(Renderer *renderer, const Instruction *tag, guint i, GError **error)
{
    bool done = true;
    guint number = draft_open(renderer->draft, renderer->place.mustache, tag);
    switch (tag->kind) {
    case INSTRUCTION_SECTION: done = render_within(renderer, NULL, i + 1, tag->end, error); break;
    case INSTRUCTION_INVERTED: done = render_range(renderer, i + 1, tag->end, error); break;
    case INSTRUCTION_PARTIAL:
    case INSTRUCTION_PARENT: return false; /* with them comes what only the data knows */
    case INSTRUCTION_BLOCK:
    case INSTRUCTION_TEXT:
    case INSTRUCTION_ESCAPED:
    case INSTRUCTION_RAW: break;
    }
    draft_close(renderer->draft, number);
    return done && !draft_is_endless(renderer->draft);
}

static bool
render_tag(Renderer *renderer, const Instruction *instruction, guint i, GError **error)
{
    if (renderer->draft != NULL && draft_leaves(renderer->scope, instruction))
        return leave_tag(renderer, instruction, i, error);
    return render_known_tag(renderer, instruction, i, error);
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
    mustache_complain(error, renderer->place.mustache, at, "%s", problem);
    return false;
}

static bool
render_range(Renderer *renderer, guint from, guint to, GError **error)
{
    const Mustache *mustache = renderer->place.mustache;
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

static Renderer
renderer_for(Mustache *mustache, MustacheLoader loader, void *loader_data, GString *out)
{
    return (Renderer){
        .root = mustache,
        .place = { .mustache = mustache },
        .loader = loader,
        .loader_data = loader_data,
        .indent = g_string_truncate(mustache->indent, 0),
        .out = out,
        .out_max = out->len + MUSTACHE_OUTPUT_MAX,
    };
}

static bool
render_all(Renderer *renderer, const Value *data, GError **error)
{
    const Mustache *mustache = renderer->root;
    return render_within(renderer, data, 0, mustache->instructions->len, error) &&
           check_limits(renderer, strlen(mustache->text), error);
}

void
mustache_tell_shared(Mustache *mustache, GHashTable *kept, GArray *texts)
{
    mustache->kept = kept;
    mustache->shared = texts;
}

bool
mustache_render(Mustache *mustache, const Value *data, MustacheLoader loader, void *loader_data,
                GString *out, GError **error)
{
    Renderer renderer = renderer_for(mustache, loader, loader_data, out);
    if (mustache->shared != NULL)
        g_array_set_size(mustache->shared, 0);
    return render_all(&renderer, data, error);
}

bool
mustache_inspect(Mustache *mustache, const Value *data, MustacheLoader loader, void *loader_data,
                 const char *const *raw_names, GPtrArray *complaints, GError **error)
{
    const Inspection inspection = { raw_names, complaints };
    g_autoptr(GString) unwanted = g_string_new(NULL);
    Renderer renderer = renderer_for(mustache, loader, loader_data, unwanted);
    renderer.inspection = &inspection;
    return render_all(&renderer, data, error);
}

Mustache *
mustache_settle(Mustache *mustache, const Value *frame, MustacheLoader loader, void *loader_data)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GArray) instructions = g_array_new(FALSE, FALSE, sizeof(Instruction));
    Draft draft = { instructions, text, 0 };
    Renderer renderer = renderer_for(mustache, loader, loader_data, text);
    renderer.draft = &draft;
    return render_all(&renderer, frame, NULL) ? draft_finish(&draft, mustache) : NULL;
}
