#include "cli/print.h"

#include <stdio.h>
#include "base/json.h"
#include "base/text.h"

#define JSON_INDENT 2

void
print_json(const Value *value)
{
    g_autoptr(GString) out = g_string_new(NULL);
    json_write(out, value, JSON_INDENT);
    puts(out->str);
}

static void
cell_write(GString *out, const Value *value)
{
    switch (value_kind(value)) {
    case VALUE_NULL: break;
    case VALUE_BOOL: g_string_append(out, value_bool(value) ? "yes" : "no"); break;
    case VALUE_INTEGER:
        g_string_append_printf(out, "%" G_GINT64_FORMAT, value_integer(value));
        break;
    case VALUE_REAL: g_string_append_printf(out, "%g", value_real(value)); break;
    case VALUE_STRING: g_string_append(out, value_string(value)); break;
    case VALUE_LIST:
    case VALUE_MAP: /* "ki energy"; "sent 12, refused 1" */
        for (size_t i = 0; i < value_length(value); i++) {
            bool map = value_kind(value) == VALUE_MAP;
            if (i > 0)
                g_string_append(out, map ? ", " : " ");
            if (map)
                g_string_append_printf(out, "%s ", value_key(value, i));
            cell_write(out, value_item(value, i));
        }
        break;
    }
}

/* VALUE (may be NULL) on one line. */
static char *
cell_text(const Value *value, size_t width_max)
{
    g_autoptr(GString) text = g_string_new(NULL);
    if (value != NULL)
        cell_write(text, value);
    g_autofree char *line = text_single_line(text->str);
    if (width_max > 0)
        return text_truncate(line, width_max);
    return g_steal_pointer(&line);
}

/* Columns on a terminal: East Asian characters take two, combining marks none. */
static size_t
text_columns(const char *text)
{
    size_t columns = 0;
    for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (!g_unichar_iszerowidth(c))
            columns += g_unichar_iswide(c) ? 2 : 1;
    }
    return columns;
}

/* Pads every cell but a row's last. */
static void
row_print(const char *const *cells, const size_t *widths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *text = *cells[i] != '\0' ? cells[i] : "-";
        fputs(text, stdout);
        if (i + 1 < count)
            printf("%*s", (int)(widths[i] - text_columns(text) + 2), "");
    }
    putchar('\n');
}

static void
table_print(const Value *list, const Column *columns, size_t count)
{
    size_t rows = value_length(list);
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
    g_autofree size_t *widths = g_new0(size_t, count);
    for (size_t i = 0; i < count; i++)
        g_ptr_array_add(cells, g_strdup(columns[i].heading));
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < count; i++)
            g_ptr_array_add(cells, cell_text(value_find(value_item(list, row), columns[i].key),
                                             columns[i].width_max));
    for (guint i = 0; i < cells->len; i++)
        widths[i % count] = MAX(widths[i % count], MAX(text_columns(cells->pdata[i]), 1));
    for (size_t row = 0; row <= rows; row++)
        row_print((const char *const *)cells->pdata + row * count, widths, count);
}

void
print_list(bool json, const Value *list, const Column *columns)
{
    if (json) {
        print_json(list);
        return;
    }
    size_t count = 0;
    while (columns[count].heading != NULL)
        count++;
    if (value_length(list) > 0)
        table_print(list, columns, count);
}

void
list_printer_print(ListPrinter *printer, const Value *page)
{
    if (!printer->json) {
        print_list(false, page, printer->columns);
        return;
    }
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = 0; i < value_length(page); i++) {
        g_string_append(out, printer->has_items ? ",\n " : "[\n ");
        json_write(out, value_item(page, i), 0);
        printer->has_items = true;
    }
    fputs(out->str, stdout);
}

void
list_printer_end(const ListPrinter *printer)
{
    if (printer->json)
        puts(printer->has_items ? "\n]" : "[]");
}

/* True when VALUE is no line of its own: nothing, or a list for print_list(). */
static bool
value_is_left_out(const Value *value)
{
    switch (value_kind(value)) {
    case VALUE_NULL: return true;
    case VALUE_LIST:
        return value_length(value) == 0 || value_kind(value_item(value, 0)) == VALUE_MAP;
    case VALUE_BOOL:
    case VALUE_INTEGER:
    case VALUE_REAL:
    case VALUE_STRING:
    case VALUE_MAP: return false;
    }
    g_assert_not_reached();
}

void
print_map(bool json, const Value *map)
{
    if (json) {
        print_json(map);
        return;
    }
    size_t width = 0;
    for (size_t i = 0; i < value_length(map); i++)
        width = MAX(width, text_columns(value_key(map, i)));
    for (size_t i = 0; i < value_length(map); i++) {
        const char *key = value_key(map, i);
        const Value *member = value_item(map, i);
        if (value_is_left_out(member))
            continue;
        g_autofree char *text = cell_text(member, 0);
        printf("%s:%*s%s\n", key, (int)(width - text_columns(key) + 1), "", text);
    }
}
