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

typedef struct {
    size_t start, length;
} Span;

typedef struct {
    InstructionKind kind;
    bool fresh;        /* text: begins a line; block: its content does */
    bool own_line;     /* partial, parent, block: stands alone on its line */
    bool dynamic;      /* partial, parent: NAME is looked up in the data */
    bool argument;     /* stands directly in a parent, where only blocks count */
    size_t at;         /* where the tag begins, for messages */
    guint end;         /* the instruction behind its content */
    char *name;        /* of a tag, as written */
    char **path;       /* its parts between the dots; none of them: {{.}} */
    ValueKey *keys;    /* the same, to look for */
    bool is_found;     /* of a partial or parent that is not dynamic: whether PARTIAL is known */
    Mustache *partial; /* NULL: there is none */
    Span text;         /* text */
    Span indent;       /* white space before a tag on its own line, or before a block's content */
    Span tail; /* the rest of the line behind a block whose both tags have it to themselves */
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
