#include "digest/mustache-internal.h"

#include <string.h>
#include "base/text.h"

/* A template is gone through once for each item and each way to it. */
static void
note_once(const Inspection *inspection, const Mustache *mustache, const Instruction *tag,
          const char *problem)
{
    g_autofree char *place = mustache_place(mustache, tag->at);
    char *complaint = g_strconcat(place, ": ", problem, NULL);
    if (g_ptr_array_find_with_equal_func(inspection->complaints, complaint, g_str_equal, NULL))
        g_free(complaint);
    else
        g_ptr_array_add(inspection->complaints, complaint);
}

static void
add_keys(GPtrArray *keys, const Value *map)
{
    for (; map != NULL && value_kind(map) == VALUE_MAP; map = value_base(map))
        for (size_t i = 0; i < value_length(map); i++)
            g_ptr_array_add(keys, (gpointer)value_key(map, i));
}

/* The name that may have been meant by the first part of PATH that is not there; borrowed from the
 * scope, or NULL. *PART is that part. */
static const char *
nearest_name(ValueKey *path, const Scope *scope, guint *part)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    const Value *value = NULL;
    for (const Scope *each = scope; each != NULL && value == NULL; each = each->outer)
        value = value_find_key(each->value, &path[0]);
    *part = value == NULL ? 0 : 1;
    while (value != NULL) {
        const Value *inner = value_find_key(value, &path[*part]);
        if (inner == NULL)
            break;
        value = inner;
        ++*part;
    }
    add_keys(keys, value);
    for (const Scope *each = scope; each != NULL && value == NULL; each = each->outer)
        add_keys(keys, each->value);
    g_ptr_array_add(keys, NULL);
    return text_nearest(path[*part].name, (const char *const *)keys->pdata);
}

void
inspection_note_unknown(const Inspection *inspection, const Mustache *mustache,
                        const Instruction *tag, const Scope *scope)
{
    guint part = 0;
    const char *near = tag->keys[0].name != NULL ? nearest_name(tag->keys, scope, &part) : NULL;
    g_autoptr(GString) problem = g_string_new(NULL);
    g_string_printf(problem, "there is no \"%s\" here", tag->name);
    if (near != NULL)
        g_string_append_printf(problem, "; did you mean \"%s\"?", near);
    note_once(inspection, mustache, tag, problem->str);
}

void
inspection_note_absent(const Inspection *inspection, const Mustache *mustache,
                       const Instruction *tag)
{
    g_autofree char *problem = g_strdup_printf("there is no template \"%s\"", tag->name);
    note_once(inspection, mustache, tag, problem);
}

void
inspection_note_raw(const Inspection *inspection, const Mustache *mustache, const Instruction *tag)
{
    const char *dot = strrchr(tag->name, '.');
    const char *name = dot != NULL && dot[1] != '\0' ? dot + 1 : tag->name;
    if (g_strv_contains(inspection->raw_names, name))
        return;
    g_autofree char *problem = g_strdup_printf(
        "\"%s\" is not escaped: only what depesche has cleaned or made may stand so", tag->name);
    note_once(inspection, mustache, tag, problem);
}
