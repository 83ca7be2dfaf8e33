/* filter-internal.h - a filter as a tree. Stays in this room. */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "digest/corpus.h"

typedef enum {
    NODE_OR,
    NODE_AND,
    NODE_NOT,
    NODE_TERM,
    NODE_AGE,
} NodeKind;

typedef struct {
    NodeKind kind;
    GPtrArray *children; /* of Node *; NULL of a term */
    CorpusField field;   /* this and the next two: of a term */
    bool prefix;
    char *text; /* in the form that corpus_find() wants */
    CorpusAge age;
} Node;

void node_free(Node *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Node, node_free)

/* As filter_parse() and filter_write(). */
Node *node_parse(const char *text, GError **error);
void node_write(GString *out, const Node *node);
