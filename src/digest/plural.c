#include "digest/plural.h"

#include "base/error.h"

const char *const plural_names[PLURAL_FORMS] = { "zero", "one", "two", "few", "many", "other" };

/* Reads on from AT, which is moved behind what is taken. */
typedef struct {
    const char *at;
    uint64_t n;
} Reader;

static void
skip_spaces(Reader *reader)
{
    while (*reader->at == ' ')
        reader->at++;
}

static bool
take(Reader *reader, const char *word)
{
    skip_spaces(reader);
    const char *at = reader->at;
    while (*word != '\0')
        if (*at++ != *word++)
            return false;
    reader->at = at;
    return true;
}

static bool
take_number(Reader *reader, uint64_t *number)
{
    char *end;
    skip_spaces(reader);
    if (!g_ascii_isdigit(*reader->at))
        return false;
    *number = g_ascii_strtoull(reader->at, &end, 10);
    reader->at = end;
    return true;
}

/* A list of ranges; *INSIDE says whether VALUE is in one of them. */
static bool
read_ranges(Reader *reader, uint64_t value, bool *inside)
{
    *inside = false;
    do {
        uint64_t from, to;
        if (!take_number(reader, &from))
            return false;
        to = from;
        if (take(reader, "..") && !take_number(reader, &to))
            return false;
        *inside |= from <= value && value <= to;
    } while (take(reader, ","));
    return true;
}

static bool
read_relation(Reader *reader, bool *holds)
{
    uint64_t value = reader->n, divisor;
    bool inside;
    if (!take(reader, "n"))
        return false;
    if (take(reader, "%")) {
        if (!take_number(reader, &divisor) || divisor == 0)
            return false;
        value %= divisor;
    }
    bool negated = take(reader, "!=");
    if ((!negated && !take(reader, "=")) || !read_ranges(reader, value, &inside))
        return false;
    *holds = inside != negated;
    return true;
}

static bool
read_all(Reader *reader, bool *holds)
{
    *holds = true;
    do {
        bool one;
        if (!read_relation(reader, &one))
            return false;
        *holds &= one;
    } while (take(reader, "and"));
    return true;
}

static bool
read_condition(Reader *reader, bool *holds)
{
    *holds = false;
    do {
        bool one;
        if (!read_all(reader, &one))
            return false;
        *holds |= one;
    } while (take(reader, "or"));
    return take(reader, "") && *reader->at == '\0';
}

bool
plural_test(const char *condition, int64_t n, bool *holds, GError **error)
{
    Reader reader = { condition, n < 0 ? -(uint64_t)n : (uint64_t)n };
    if (read_condition(&reader, holds))
        return true;
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                "\"%s\" is no rule like \"n %% 10 = 2..4\", at \"%s\"", condition, reader.at);
    return false;
}
