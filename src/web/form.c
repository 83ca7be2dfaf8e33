#include "web/form.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* A form of ours has a dozen; who sends more wants to make work. */
#define FIELDS_MAX 100u

typedef struct {
    char *name;
    char *value;
} Field;

struct Form {
    GArray *fields;
};

static void
field_clear(void *data)
{
    Field *field = data;
    g_free(field->name);
    g_free(field->value);
}

void
form_free(Form *form)
{
    if (form == NULL)
        return;
    g_array_unref(form->fields);
    g_free(form);
}

static void
add_field(Form *form, const GString *name, const GString *value)
{
    if (form->fields->len >= FIELDS_MAX)
        return;
    Field field = { text_repair(name->str, name->len), text_repair(value->str, value->len) };
    g_strstrip(field.value);
    g_array_append_val(form->fields, field);
}

/* application/x-www-form-urlencoded */

static GString *
unescape(const char *text, size_t size)
{
    GString *out = g_string_sized_new(size);
    for (size_t i = 0; i < size; i++) {
        bool is_escape = text[i] == '%' && i + 2 < size && g_ascii_isxdigit(text[i + 1]) &&
                         g_ascii_isxdigit(text[i + 2]);
        if (is_escape) {
            g_string_append_c(out, (char)(g_ascii_xdigit_value(text[i + 1]) << 4 |
                                          g_ascii_xdigit_value(text[i + 2])));
            i += 2;
        } else {
            g_string_append_c(out, text[i] == '+' ? ' ' : text[i]);
        }
    }
    return out;
}

static void
read_pair(Form *form, const char *text, size_t size)
{
    const char *equals = memchr(text, '=', size);
    size_t name_size = equals != NULL ? (size_t)(equals - text) : size;
    size_t value_size = equals != NULL ? size - name_size - 1 : 0;
    g_autoptr(GString) name = unescape(text, name_size);
    g_autoptr(GString) value = unescape(equals != NULL ? equals + 1 : "", value_size);
    if (name->len > 0)
        add_field(form, name, value);
}

static void
read_urlencoded(Form *form, const char *body, size_t size)
{
    const char *end = body + size;
    while (body < end) {
        const char *next = memchr(body, '&', (size_t)(end - body));
        if (next == NULL)
            next = end;
        read_pair(form, body, (size_t)(next - body));
        body = next + 1;
    }
}

/* multipart/form-data */

/* The text of the parameter NAME in HEADER, in quotes or not; NULL: it has none. */
static char *
find_parameter(const char *header, const char *name)
{
    g_autofree char *wanted = g_strconcat(name, "=", NULL);
    const char *at = header;
    while ((at = strchr(at, ';')) != NULL) {
        at += 1 + strspn(at + 1, " \t");
        if (g_ascii_strncasecmp(at, wanted, strlen(wanted)) != 0)
            continue;
        at += strlen(wanted);
        size_t size = *at == '"' ? strcspn(at + 1, "\"") : strcspn(at, "; \t\r\n");
        return g_strndup(at + (*at == '"'), size);
    }
    return NULL;
}

/* Where TEXT begins in BODY, or NULL. */
static const char *
find_bytes(const char *body, size_t size, const char *text)
{
    return memmem(body, size, text, strlen(text));
}

/* The blank line between a part's head and its text; *SKIP is its length. */
static const char *
find_blank_line(const char *part, size_t size, size_t *skip)
{
    const char *strict = find_bytes(part, size, "\r\n\r\n");
    const char *lenient = find_bytes(part, size, "\n\n");
    bool is_lenient = strict == NULL || (lenient != NULL && lenient < strict);
    *skip = is_lenient ? 2 : 4;
    return is_lenient ? lenient : strict;
}

static void
read_part(Form *form, const char *part, size_t size)
{
    size_t skip = 0;
    const char *blank = find_blank_line(part, size, &skip);
    if (blank == NULL)
        return;
    g_autofree char *head = g_strndup(part, (size_t)(blank - part));
    g_autofree char *found = find_parameter(head, "name");
    const char *text = blank + skip;
    size_t text_size = size - (size_t)(text - part);
    while (text_size > 0 && (text[text_size - 1] == '\n' || text[text_size - 1] == '\r'))
        text_size--;
    g_autoptr(GString) name = g_string_new(found);
    g_autoptr(GString) value = g_string_new_len(text, (gssize)text_size);
    if (name->len > 0)
        add_field(form, name, value);
}

static void
read_multipart(Form *form, const char *boundary, const char *body, size_t size)
{
    g_autofree char *mark = g_strconcat("--", boundary, NULL);
    const char *end = body + size;
    const char *part = find_bytes(body, size, mark);
    while (part != NULL) {
        part += strlen(mark);
        const char *next = find_bytes(part, (size_t)(end - part), mark);
        read_part(form, part, (size_t)((next != NULL ? next : end) - part));
        part = next;
    }
}

Form *
form_parse(const char *content_type, const char *body, size_t size)
{
    Form *form = g_new0(Form, 1);
    form->fields = g_array_new(FALSE, FALSE, sizeof(Field));
    g_array_set_clear_func(form->fields, field_clear);
    bool is_multipart =
        content_type != NULL && g_ascii_strncasecmp(content_type, "multipart/form-data", 19) == 0;
    g_autofree char *boundary = is_multipart ? find_parameter(content_type, "boundary") : NULL;
    if (!is_multipart)
        read_urlencoded(form, body, size);
    else if (boundary != NULL && *boundary != '\0')
        read_multipart(form, boundary, body, size);
    return form;
}

const char *
form_find(const Form *form, const char *name)
{
    for (guint i = 0; i < form->fields->len; i++) {
        const Field *field = &g_array_index(form->fields, Field, i);
        if (strcmp(field->name, name) == 0)
            return field->value;
    }
    return NULL;
}

GPtrArray *
form_values(const Form *form, const char *name)
{
    GPtrArray *values = g_ptr_array_new();
    for (guint i = 0; i < form->fields->len; i++) {
        const Field *field = &g_array_index(form->fields, Field, i);
        if (strcmp(field->name, name) == 0)
            g_ptr_array_add(values, field->value);
    }
    return values;
}
