/* mustache-internal.h - a compiled template: what its parser makes and its renderer runs.
 *
 * One flat array. An instruction with content (a section, a block, a parent) is followed by it and
 * knows where it ends, so that skipping is one assignment. Text is a span of the template's own
 * text, never a copy.
 *
 * Lines matter, because a partial or block that stands alone on its line is indented as a whole.
 * A text is "fresh" when it begins a line of its template; a fresh text may be empty, which marks a
 * line that begins with a tag.                                                                   */
#pragma once

#include "digest/mustache.h"

#include <stddef.h>

typedef enum {
    INSTRUCTION_TEXT,
    INSTRUCTION_ESCAPED,  /* {{name}} */
    INSTRUCTION_RAW,      /* {{{name}}} and {{&name}} */
    INSTRUCTION_SECTION,  /* {{#name}} */
    INSTRUCTION_INVERTED, /* {{^name}} */
    INSTRUCTION_PARTIAL,  /* {{>name}} */
    INSTRUCTION_PARENT,   /* {{<name}}: the blocks directly in it replace those of the parent */
    INSTRUCTION_BLOCK,    /* {{$name}} */
} InstructionKind;

/* Offsets have 32 bits, so that an instruction fills a line of the processor's cache and no more. */
#define MUSTACHE_TEXT_MAX (16u * 1024 * 1024)

typedef struct {
    uint32_t start, length;
} Span;

typedef struct {
    InstructionKind kind;
    bool fresh;     /* text: begins a line; block: its content does */
    bool own_line;  /* partial, parent, block: stands alone on its line */
    bool dynamic;   /* partial, parent: NAME is looked up in the data */
    bool argument;  /* stands directly in a parent, where only blocks count */
    bool is_found;  /* partial, parent: PARTIAL is known */
    uint32_t at;    /* where the tag begins, for messages */
    uint32_t end;   /* the instruction behind its content */
    ValueKey *keys; /* the parts of a name between its dots, the last one's is NULL; none: {{.}} */
    Span text;      /* text */
    Span indent;    /* white space before a tag on its own line, or before a block's content */
    Span tail;  /* the rest of the line behind a block, when its tags have lines to themselves */
    char *name; /* of a tag, as written */
    Mustache *partial; /* what a name that is not dynamic stands for; NULL: nothing */
} Instruction;

struct Mustache {
    char *name;
    char *text;
    bool escapes;
    GArray *instructions; /* of Instruction */
    GHashTable *partials; /* name -> Mustache; NULL: there is none */
    GPtrArray *context;   /* scratch of rendering */
    GString *indent;
};

/* "NAME:12:3": octet AT of the text, for people. The caller's. */
char *mustache_place(const Mustache *mustache, size_t at);

/* That, then what is wrong there. */
void mustache_complain(GError **error, const Mustache *mustache, size_t at, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* What mustache_inspect() notes while it renders. */
typedef struct {
    const char *const *raw_names;
    GPtrArray *complaints;
} Inspection;

/* TAG names what CONTEXT (of const Value *, the innermost last) does not have. */
void inspection_note_unknown(const Inspection *inspection, const Mustache *mustache,
                             const Instruction *tag, const GPtrArray *context);

/* TAG does not escape: whether it may. */
void inspection_note_raw(const Inspection *inspection, const Mustache *mustache,
                         const Instruction *tag);
