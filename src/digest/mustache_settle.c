#include "digest/mustache-internal.h"

/* A partial that calls itself in a section would be drafted until the limits of rendering. */
#define INSTRUCTIONS_MAX 20000u
#define TEXT_MAX         (1024u * 1024)

/* What the KEYS of a dotted name behind the first one lead to in VALUE; or NULL. */
static const Value *
follow(const Value *value, ValueKey *keys)
{
    for (ValueKey *key = keys; key->name != NULL && value != NULL; key++)
        value = value_find_key(value, key);
    return value;
}

/* Whether the data can only say what SCOPE says of a name, which is *VALUE then; NULL: nothing. The frame,
 * which is the outermost, may have more members one day, what lists bring has not. */
static bool
is_known(const Scope *scope, ValueKey *keys, const Value **value)
{
    if (keys[0].name == NULL) {
        *value = scope->value;
        return scope->outer != NULL && *value != NULL;
    }
    for (; scope != NULL && scope->value != NULL; scope = scope->outer) {
        const Value *first = value_find_key(scope->value, &keys[0]);
        if (first == NULL)
            continue;
        *value = follow(first, &keys[1]);
        return *value != NULL || scope->outer != NULL;
    }
    return false;
}

bool
draft_leaves(const Scope *scope, const Instruction *tag)
{
    const Value *value = NULL;
    switch (tag->kind) {
    case INSTRUCTION_TEXT:
    case INSTRUCTION_BLOCK: return false;
    case INSTRUCTION_ESCAPED:
    case INSTRUCTION_RAW:
    case INSTRUCTION_INVERTED: return !is_known(scope, tag->keys, &value);
    case INSTRUCTION_SECTION:
        return !is_known(scope, tag->keys, &value) ||
               (value != NULL && value_kind(value) == VALUE_MAP);
    case INSTRUCTION_PARTIAL:
    case INSTRUCTION_PARENT: return tag->dynamic && !is_known(scope, tag->keys, &value);
    }
    g_assert_not_reached();
}

/* An instruction for the text since the last one. */
static void
cut(Draft *draft)
{
    const Instruction text = {
        .kind = INSTRUCTION_TEXT,
        .at = draft->cut,
        .text = { draft->cut, draft->text->len - draft->cut },
    };
    if (text.text.length > 0)
        g_array_append_val(draft->instructions, text);
    draft->cut = draft->text->len;
}

guint
draft_open(Draft *draft, const Mustache *mustache, const Instruction *tag)
{
    cut(draft);
    Instruction copy = *tag;
    copy.at = draft->cut;
    copy.end = draft->instructions->len + 1;
    copy.indent = (Span){ draft->cut, 0 };
    g_array_append_val(draft->instructions, copy);
    return draft->instructions->len - 1;
}

void
draft_close(Draft *draft, guint number)
{
    cut(draft);
    g_array_index(draft->instructions, Instruction, number).end = draft->instructions->len;
}

bool
draft_is_endless(const Draft *draft)
{
    return draft->instructions->len > INSTRUCTIONS_MAX || draft->text->len > TEXT_MAX;
}

Mustache *
draft_finish(Draft *draft, const Mustache *mustache)
{
    cut(draft);
    Mustache *settled = mustache_new(mustache->name, draft->text->str, mustache->escapes);
    g_array_append_vals(settled->instructions, draft->instructions->data, draft->instructions->len);
    return settled;
}
