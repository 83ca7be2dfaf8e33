/* mustache.h - the Mustache language (specification 1.4), without lambdas.
 *
 * Core, partials, inheritance ({{<parent}}{{$block}}…) and dynamic names ({{>*name}}). Escaping
 * goes by the template's file name: "*.txt.mustache" escapes nothing, everything else escapes
 * & < > " '. A name that is not there renders as nothing, as do lists and maps; for sections null,
 * false, 0, "" and an empty list are false.                                                      */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "base/value.h"

#define MUSTACHE_DEPTH_MAX  64                 /* partials within partials */
#define MUSTACHE_OUTPUT_MAX (5u * 1024 * 1024) /* octets */

typedef struct Mustache Mustache;

/* Finds the text of a partial; NULL when there is none (it then renders as nothing). It may set
 * *FILE to what messages call it, instead of NAME. Both are borrowed until the renderer returns. Names
 * reach it only when they are of the form [A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*. */
typedef const char *(*MustacheLoader)(const char *name, const char **file, void *data);

/* Compiles TEXT. NAME ("plain/digest.html.mustache") decides on escaping and stands in messages.
 * NULL and DEPESCHE_ERROR_INPUT: "NAME:12:3: {{#articles}} is never closed". */
Mustache *mustache_parse(const char *name, const char *text, GError **error);
void mustache_free(Mustache *mustache);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mustache, mustache_free)

/* From one thread at a time: a template holds the memory that rendering takes, so that no tag costs an
 * allocation. Appends the rendering of DATA to OUT. Partials come from LOADER (NULL: there are none), escape
 * like MUSTACHE itself, and are compiled once per template. Fails on a partial with an error in it
 * and past a limit. */
bool mustache_render(Mustache *mustache, const Value *data, MustacheLoader loader,
                     void *loader_data, GString *out, GError **error);

/* From now on rendering says where it has shared texts (base/shared.h): adds to TEXTS (of SharedText,
 * emptied first) those that MUSTACHE has itself, and those of KEPT (a set of const char *, strings of
 * the data that are kept). Borrows both. */
void mustache_tell_shared(Mustache *mustache, GHashTable *kept, GArray *texts);

/* A template that renders as MUSTACHE does all data over FRAME (value_new_map_over()) that hides none of its
 * members, but quicker: what FRAME says is filled in, and partials and blocks are in their places. The
 * data may have more members in maps of FRAME, but nothing more in its lists. NULL when that cannot be: a
 * partial is named by other data, calls itself, or has an error in it. The caller's; borrows MUSTACHE. Its
 * own messages give no lines: who needs them renders MUSTACHE. */
Mustache *mustache_settle(Mustache *mustache, const Value *frame, MustacheLoader loader,
                          void *loader_data);

/* Goes through the whole of a template with a DATA that has everything once: all sections, inverted
 * ones too. Adds to COMPLAINTS (of char *, each once) names that DATA does not have, with the nearest
 * that it has, templates that are not there, and unescaped tags of others than RAW_NAMES (NULL-terminated).
 * Fails as rendering does. */
bool mustache_inspect(Mustache *mustache, const Value *data, MustacheLoader loader,
                      void *loader_data, const char *const *raw_names, GPtrArray *complaints,
                      GError **error);
