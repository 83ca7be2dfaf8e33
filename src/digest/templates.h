/* templates.h - the files that give mails their looks, as one bundle that an issue can freeze.
 *
 * The folder has one sub-folder per template (plain/digest.html.mustache, digest.txt.mustache,
 * subject.txt.mustache, post.html.mustache, post.txt.mustache), partials beside them or in
 * partials/, and strings/LANGUAGE.json. A partial NAME of an HTML template is NAME.html.mustache,
 * else NAME.mustache; of a text template NAME.txt.mustache, else NAME.mustache.                  */
#pragma once

#include <stdbool.h>
#include <glib.h>
#include "base/value.h"
#include "digest/mustache.h"

typedef struct Templates Templates;

/* Reads all of FOLDER (at most 1,000 files, 5 MB). DEPESCHE_ERROR_SETUP names what is missing. */
Templates *templates_load(const char *folder, GError **error);

/* To and from a snapshot; the same files give the same bytes. */
void templates_write(GString *out, const Templates *templates);
Templates *templates_parse(GBytes *snapshot, GError **error);
void templates_free(Templates *templates);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Templates, templates_free)

/* Appends the file NAME ("plain/digest.txt.mustache") filled with DATA. */
bool templates_render(Templates *templates, const char *name, const Value *data, GString *out,
                      GError **error);
/* The file NAME in mustache_settle()'s way, or NULL. */
Mustache *templates_settle(Templates *templates, const char *name, const Value *frame);
bool templates_has(const Templates *templates, const char *name);

/* The strings of LANGUAGE ("de-AT" falls back to "de", then "en"); a map; borrowed. */
const Value *templates_strings(const Templates *templates, const char *language);

/* The day of TIME in ZONE as LANGUAGE writes it ("24. Dezember 2026"), or "2026-12-24" where it does not say
 * how; the caller's. */
char *templates_day(const Templates *templates, const char *language, int64_t time,
                    const char *zone, GError **error);

/* Puts those of them that begin with PREFIX into MODEL as "t", with their tags filled from it. */
bool templates_put_strings(const Templates *templates, const char *language, const char *prefix,
                           Value *model, GError **error);

/* The same in mustache_inspect()'s way. */
bool templates_inspect(Templates *templates, const char *name, const Value *data,
                       const char *const *raw_names, GPtrArray *complaints, GError **error);

/* The templates that can make a digest, and the languages, in order; of char *, the caller's. */
GPtrArray *templates_names(const Templates *templates);
GPtrArray *templates_languages(const Templates *templates);
