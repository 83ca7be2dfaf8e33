/* plural.h - which form of a word goes with a number, by the rules of a language.
 *
 * Languages have up to six forms: zero, one, two, few, many, other (Unicode's CLDR names them so and has
 * the rules for nearly all languages). A rule is a condition over the whole number n:
 *
 *     condition = all ("or" all)*           all = relation ("and" relation)*
 *     relation  = "n" ["%" NUMBER] ("=" | "!=") range ("," range)*
 *     range     = NUMBER | NUMBER ".." NUMBER
 *
 * Polish, for example: one "n = 1", few "n % 10 = 2..4 and n % 100 != 12..14", many "n != 1 and n % 10 =
 * 0..1 or n % 10 = 5..9 or n % 100 = 12..14". Pure.                                                */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

typedef enum {
    PLURAL_ZERO,
    PLURAL_ONE,
    PLURAL_TWO,
    PLURAL_FEW,
    PLURAL_MANY,
    PLURAL_OTHER, /* needs no rule: whatever none is for */
} PluralForm;
#define PLURAL_FORMS 6

/* "zero", … "other". */
extern const char *const plural_names[PLURAL_FORMS];

/* Whether CONDITION holds for N. DEPESCHE_ERROR_INPUT when it is none. */
bool plural_test(const char *condition, int64_t n, bool *holds, GError **error);
