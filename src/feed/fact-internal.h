/* fact-internal.h - structs of plain facts, described once: how they are freed, shown and sent.
 *
 * A table of Fact has a row for each member. One that gets a new member needs a new row, or the
 * member would be lost on its way through a pipe: keep a G_STATIC_ASSERT beside the table.       */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <glib.h>
#include "base/json.h"
#include "base/value.h"

typedef enum {
    FACT_TEXT,    /* char *, owned; may be NULL */
    FACT_WORD,    /* const char *, of a few that the program has */
    FACT_TIME,    /* int64_t; 0 is shown as null */
    FACT_LENGTH,  /* int64_t; a negative one is shown as null */
    FACT_FLAG,    /* bool */
    FACT_BITS,    /* guint32 */
    FACT_OCTET,   /* guint8 */
    FACT_TEXTS,   /* GPtrArray of char * */
    FACT_OBJECTS, /* GPtrArray of what `of` describes */
} FactKind;

typedef struct FactTable FactTable;

typedef struct {
    const char *name; /* as it is shown; NULL: it is not */
    FactKind kind;
    size_t offset;
    const FactTable *of;
} Fact;

struct FactTable {
    const Fact *facts;
    size_t count;
    void *(*new_object)(void);
};

/* Frees what the members of OBJECT own. */
void facts_clear(const FactTable *table, void *object);

/* A map of those that have names, in the order of the table. */
Value *facts_to_value(const FactTable *table, const void *object);

/* The same written, without the map. */
void facts_write(const FactTable *table, const void *object, JsonWriter *writer);

/* Appends all members to OUT. */
void facts_pack(const FactTable *table, const void *object, GString *out);

/* What facts_pack() wrote, at *AT before END, is put into the new OBJECT; *AT moves behind it. False
 * when that makes no sense: whoever wrote it is not trusted. All text is valid UTF-8 then. */
bool facts_unpack(const FactTable *table, void *object, const char **at, const char *end);
