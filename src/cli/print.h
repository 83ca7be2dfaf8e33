/* print.h - data on stdout: JSON for programs, aligned columns and "key: value" for people.
 *
 * Commands build one Value and leave its looks to this. Control characters are taken out of what
 * people see, so that a feed's title cannot paint the terminal.                                  */
#pragma once

#include <stdbool.h>
#include "base/value.h"

/* One JSON document with a line feed behind it. */
void print_json(const Value *value);

typedef struct {
    const char *heading;
    const char *key;  /* of a member; a missing one or a null shows as "-" */
    size_t width_max; /* longer texts are cut; 0: never */
} Column;

/* LIST (of maps) as JSON, or as a table with COLUMNS (ended by one without a heading); an empty
 * list is no output at all for people. */
void print_list(bool json, const Value *list, const Column *columns);

/* The same page by page, for lists that are too long to be held: each page is a table with its heading,
 * or in JSON an item a line. JSON needs the end. */
typedef struct {
    bool json;
    const Column *columns;
    bool has_items; /* printed so far */
} ListPrinter;

void list_printer_print(ListPrinter *printer, const Value *page);
void list_printer_end(const ListPrinter *printer);

/* MAP as JSON, or as lines of "key: value" without nulls and empty lists. Lists of maps are left
 * to print_list(). */
void print_map(bool json, const Value *map);
