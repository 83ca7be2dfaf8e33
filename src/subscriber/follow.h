/* follow.h - a subject that a person follows: the words of an article that they pointed at. Plain facts. */
#pragma once

#include <stdbool.h>
#include <glib.h>

/* How near something must be. */
typedef enum {
    STRICTNESS_STRICT,
    STRICTNESS_NORMAL,
    STRICTNESS_WIDE,
} Strictness;

const char *strictness_name(Strictness strictness); /* "strict" */
bool strictness_find(const char *name, Strictness *strictness);

/* So many subjects one person follows in one newsletter. */
#define FOLLOWS_MAX 50u

typedef struct {
    Strictness strictness;
    char *words; /* "elbtunnel stau sperrung" */
} Follow;

Follow *follow_new(Strictness strictness, const char *words);
void follow_free(Follow *follow);

/* From and to text, a line for each (of Follow *): "strict elbtunnel stau". NULL for "". */
GPtrArray *follows_parse(const char *text);
void follows_write(GString *out, const GPtrArray *follows);
