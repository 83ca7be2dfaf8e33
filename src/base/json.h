/* json.h - JSON (RFC 8259) in and out, over Jansson. */
#pragma once

#include <glib.h>
#include "base/value.h"

/* Any JSON value, at most 128 levels deep. A member that is repeated keeps its last value. NULL
 * and DEPESCHE_ERROR_INPUT ("line 3, column 7: …") when BYTES are no JSON. */
Value *json_parse(GBytes *bytes, GError **error);

/* VALUE as JSON on one line; with INDENT, spread over lines by that many spaces a level. UTF-8 is
 * written as it is; no final line feed. */
void json_write(GString *out, const Value *value, int indent);

/* The same for a VALUE that stands LEVEL levels deep in another: with INDENT, its lines are moved. */
void json_write_inside(GString *out, const Value *value, int indent, int level);
