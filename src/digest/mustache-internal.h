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
    char *name;     /* of a tag, as written */
    Mustache *partial; /* what a name that is not dynamic stands for; NULL: nothing */
} Instruction;

struct Mustache {
    char *name;
    char *text;
    bool escapes;
    GArray *instructions; /* of Instruction */
    GHashTable *partials; /* name -> Mustache; NULL: there is none */
    GString *indent;      /* scratch of rendering */
    GHashTable *kept;     /* of mustache_tell_shared(), or NULL */
    GArray *shared;       /* the same */
};

/* Where names are looked for: what a section has opened, then what is around it. */
typedef struct Scope Scope;
struct Scope {
    const Value *value; /* of a draft: NULL when it is not known yet */
    const Scope *outer; /* or NULL */
};

/* One without instructions, which are to come. */
Mustache *mustache_new(const char *name, const char *text, bool escapes);

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

/* TAG names what SCOPE does not have. */
void inspection_note_unknown(const Inspection *inspection, const Mustache *mustache,
                             const Instruction *tag, const Scope *scope);

/* There is no template of the name in TAG. */
void inspection_note_absent(const Inspection *inspection, const Mustache *mustache,
                            const Instruction *tag);

/* TAG does not escape: whether it may. */
void inspection_note_raw(const Inspection *inspection, const Mustache *mustache,
                         const Instruction *tag);

/* What mustache_settle() makes of a template: it is rendered with what is known, and the text of that is cut
 * where tags are left. */
typedef struct {
    GArray *instructions; /* of Instruction; names are borrowed */
    GString *text;
    size_t cut; /* so much of it is in instructions */
} Draft;

/* Whether TAG is to be left to those who render the draft. */
bool draft_leaves(const Scope *scope, const Instruction *tag);

/* Adds a TAG of MUSTACHE that is left; with content, which comes next, it has to be closed: by the number
 * that this returns. */
guint draft_open(Draft *draft, const Mustache *mustache, const Instruction *tag);
void draft_close(Draft *draft, guint number);

/* Whether there is more of it than a template that comes to an end can have. */
bool draft_is_endless(const Draft *draft);

/* The template that DRAFT of MUSTACHE, which it borrows from, has become. */
Mustache *draft_finish(Draft *draft, const Mustache *mustache);
