#include "mail/fields.h"

#include <stdbool.h>
#include <string.h>

/* More than any real header has; a mail may be all fields. */
#define FIELDS_MAX 500

typedef struct {
    char *name;
    GString *value;
} Field;

struct Fields {
    GPtrArray *fields; /* of Field * */
};

static void
field_free(void *data)
{
    Field *field = data;
    g_free(field->name);
    g_string_free(field->value, TRUE);
    g_free(field);
}

void
fields_free(Fields *fields)
{
    if (fields == NULL)
        return;
    g_ptr_array_unref(fields->fields);
    g_free(fields);
}

/* The line at *TEXT without white space at its end; *TEXT goes on to the next. NULL at the end. */
static char *
take_line(const char **text)
{
    if (**text == '\0')
        return NULL;
    size_t size = strcspn(*text, "\r\n");
    char *line = g_strchomp(g_strndup(*text, size));
    *text += size;
    if (**text == '\r')
        ++*text;
    if (**text == '\n')
        ++*text;
    return line;
}

static bool
is_empty_line(const char *text)
{
    return *text == '\r' || *text == '\n';
}

/* Where the name of a field on LINE ends, or NULL: RFC 5322, 3.6.8, but spaces before the colon. */
static const char *
find_colon(const char *line)
{
    const char *at = line;
    while (*at > ' ' && *at < 0x7F && *at != ':')
        at++;
    const char *colon = at + strspn(at, " \t");
    return at > line && *colon == ':' ? colon : NULL;
}

static void
add_field(Fields *fields, const char *line, const char *colon)
{
    Field *field = g_new(Field, 1);
    field->name = g_strchomp(g_strndup(line, (gsize)(colon - line)));
    field->value = g_string_new(colon + 1 + strspn(colon + 1, " \t"));
    g_ptr_array_add(fields->fields, field);
}

static void
add_line(Fields *fields, const char *line)
{
    bool is_folded = *line == ' ' || *line == '\t';
    if (is_folded && fields->fields->len > 0) {
        Field *last = fields->fields->pdata[fields->fields->len - 1];
        if (last->value->len > 0)
            g_string_append_c(last->value, ' ');
        g_string_append(last->value, line + strspn(line, " \t"));
        return;
    }
    const char *colon = find_colon(line);
    if (colon != NULL && fields->fields->len < FIELDS_MAX)
        add_field(fields, line, colon);
}

Fields *
fields_read(const char **text)
{
    *text += strspn(*text, "\r\n");
    if (**text == '\0')
        return NULL;
    Fields *fields = g_new(Fields, 1);
    fields->fields = g_ptr_array_new_with_free_func(field_free);
    while (**text != '\0' && !is_empty_line(*text)) {
        g_autofree char *line = take_line(text);
        add_line(fields, line);
    }
    return fields;
}

const char *
fields_find_nth(const Fields *fields, const char *name, guint i)
{
    for (guint k = 0; k < fields->fields->len; k++) {
        const Field *field = fields->fields->pdata[k];
        if (g_ascii_strcasecmp(field->name, name) == 0 && i-- == 0)
            return field->value->str;
    }
    return NULL;
}

const char *
fields_find(const Fields *fields, const char *name)
{
    return fields_find_nth(fields, name, 0);
}
