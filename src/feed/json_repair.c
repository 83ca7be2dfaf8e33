#include "feed/json_repair-internal.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Every integer of so many digits is one of 64 bits. */
#define DIGITS_MAX 18
/* A number that is longer means to cost us time. */
#define NUMBER_MAX 400u

typedef struct {
    GString *out;
    const char *at;
    const char *end;
} Mender;

/* The code unit of the "\uXXXX" at AT, or -1. */
static int
code_unit(const char *at, const char *end)
{
    int unit = 0;
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        if (!g_ascii_isxdigit(at[i]))
            return -1;
        unit = unit * 16 + g_ascii_xdigit_value(at[i]);
    }
    return unit;
}

static void
copy(Mender *mender, size_t size)
{
    size = MIN(size, (size_t)(mender->end - mender->at));
    g_string_append_len(mender->out, mender->at, (gssize)size);
    mender->at += size;
}

static void
mend_escape(Mender *mender)
{
    int unit = code_unit(mender->at, mender->end);
    if (unit < 0) {
        copy(mender, 2);
        return;
    }
    int next = code_unit(mender->at + 6, mender->end);
    bool is_first = unit >= 0xD800 && unit <= 0xDBFF;
    bool is_second = unit >= 0xDC00 && unit <= 0xDFFF;
    if (is_first && next >= 0xDC00 && next <= 0xDFFF) {
        copy(mender, 12);
        return;
    }
    if (is_first || is_second)
        g_string_append(mender->out, "\\ufffd");
    else if (unit != 0)
        g_string_append_len(mender->out, mender->at, 6);
    mender->at += 6;
}

/* What may stand in a string only as an escape. */
static void
mend_control(Mender *mender)
{
    if (*mender->at == '\n')
        g_string_append(mender->out, "\\n");
    else if (*mender->at == '\t')
        g_string_append(mender->out, "\\t");
    mender->at++;
}

static void
mend_string(Mender *mender)
{
    copy(mender, 1);
    while (mender->at < mender->end && *mender->at != '"') {
        if (*mender->at == '\\')
            mend_escape(mender);
        else if ((unsigned char)*mender->at < 0x20)
            mend_control(mender);
        else
            copy(mender, 1);
    }
    copy(mender, 1);
}

static void
mend_number(Mender *mender)
{
    const char *to = mender->at;
    while (to < mender->end && (g_ascii_isalnum(*to) || strchr("+-.", *to) != NULL) && *to != '\0')
        to++;
    size_t size = (size_t)(to - mender->at);
    bool is_whole = true;
    for (const char *at = mender->at; at < to; at++)
        is_whole &= g_ascii_isdigit(*at) || *at == '-';
    bool is_large = is_whole ? size > DIGITS_MAX : size > NUMBER_MAX;
    if (!is_whole && !is_large) {
        char number[NUMBER_MAX + 1] = { 0 };
        memcpy(number, mender->at, size);
        is_large = !isfinite(g_ascii_strtod(number, NULL));
    }
    if (is_large)
        g_string_append_c(mender->out, '"');
    copy(mender, size);
    if (is_large)
        g_string_append_c(mender->out, '"');
}

/* True for the comma of "[1, 2, ]". */
static bool
is_last_comma(const char *at, const char *end)
{
    if (*at != ',')
        return false;
    at++;
    while (at < end && g_ascii_isspace(*at))
        at++;
    return at < end && (*at == ']' || *at == '}');
}

GString *
json_repair(const char *text, size_t size)
{
    Mender mender = { g_string_sized_new(size + 64), text, text + size };
    while (mender.at < mender.end) {
        char c = *mender.at;
        bool is_control = (unsigned char)c < 0x20 && !g_ascii_isspace(c);
        if (c == '"')
            mend_string(&mender);
        else if (g_ascii_isdigit(c) || c == '-')
            mend_number(&mender);
        else if (is_control || is_last_comma(mender.at, mender.end))
            mender.at++;
        else
            copy(&mender, 1);
    }
    return mender.out;
}
