#include "mail/status-internal.h"

#include <string.h>

#include "mail/phrase.h"
#include "mail/spot.h"

/* Of longer texts only the beginning is looked at. */
#define WORDS_MAX 4000

/* What a reply code says of itself. */
static const struct {
    int code;
    const char *status;
} replies[] = {
    { 421, "4.3.2" }, { 450, "4.2.0" }, { 451, "4.3.0" },  { 452, "4.2.2" }, { 500, "5.5.2" },
    { 501, "5.5.4" }, { 502, "5.5.1" }, { 503, "5.5.1" },  { 504, "5.5.4" }, { 521, "5.1.10" },
    { 530, "5.7.0" }, { 535, "5.7.8" }, { 550, "5.0.0" },  { 551, "5.1.6" }, { 552, "5.2.2" },
    { 553, "5.1.3" }, { 554, "5.0.0" }, { 556, "5.1.10" },
};

/* Codes in text */

/* The length of the code at AT, or 0. Subjects are of one digit, details of up to three; whatever goes
 * on with a point is an address. */
static size_t
code_size(const char *at)
{
    if ((*at != '4' && *at != '5') || at[1] != '.' || at[2] < '0' || at[2] > '7' || at[3] != '.')
        return 0;
    size_t digits = strspn(at + 4, "0123456789");
    const char *end = at + 4 + digits;
    bool goes_on = g_ascii_isalnum(*end) || (*end == '.' && g_ascii_isdigit(end[1]));
    return digits == 0 || digits > 3 || goes_on ? 0 : 4 + digits;
}

/* A reply of several lines has a dash before the code: "550-5.1.1"; others write no spaces at all:
 * "550_5.1.1_unknown_user". */
static bool
follows_reply(const char *text, const char *at)
{
    return at - text >= 4 && (at[-1] == '-' || at[-1] == '_') && g_ascii_isdigit(at[-2]) &&
           g_ascii_isdigit(at[-3]) && g_ascii_isdigit(at[-4]);
}

static bool
stands_alone(const char *text, const char *at)
{
    return at == text || follows_reply(text, at) ||
           (!g_ascii_isalnum(at[-1]) && strchr(".-_/@", at[-1]) == NULL);
}

/* The first code that may be vague, or not. */
static char *
find_code(const char *text, bool may_be_vague)
{
    for (const char *at = text; *at != '\0'; at++) {
        size_t size = *at == '4' || *at == '5' ? code_size(at) : 0;
        if (size == 0 || !stands_alone(text, at))
            continue;
        bool is_vague = size == 5 && strncmp(at + 1, ".0.0", 4) == 0;
        if (may_be_vague || !is_vague)
            return g_strndup(at, size);
    }
    return NULL;
}

char *
status_find(const char *text)
{
    char *status = find_code(text, false);
    return status != NULL ? status : find_code(text, true);
}

int
status_reply_code(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((*at != '4' && *at != '5') || !stands_alone(text, at))
            continue;
        bool is_code = g_ascii_isdigit(at[1]) && g_ascii_isdigit(at[2]) &&
                       (at[1] <= '5' || g_str_has_prefix(at + 1, "71")) &&
                       (at[3] == '\0' || strchr(" -_:;,)]'\"\t\n", at[3]) != NULL);
        if (is_code)
            return (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
    }
    return 0;
}

/* TEXT without addresses and the brackets or quotes around them: "user <a@example.org> unknown" says what
 * "user unknown" does. */
static char *
without_addresses(const char *text)
{
    GString *left = g_string_new(NULL);
    Spot spot;
    while (spot_find(text, &spot)) {
        g_string_append_len(left, text, spot.begin - text);
        text = spot.begin + spot.size;
        bool is_closed = *text != '\0' && strchr(">)\"'", *text) != NULL;
        if (is_closed && left->len > 0 && strchr("<(\"'", left->str[left->len - 1]) != NULL) {
            g_string_truncate(left, left->len - 1);
            text++;
        }
    }
    g_string_append(left, text);
    return g_string_free(left, FALSE);
}

static const StatusReason *
find_reason(const char *text)
{
    g_autofree char *begin = g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), WORDS_MAX));
    g_autofree char *plain = without_addresses(begin);
    g_autofree char *words = phrase_fold(g_strdelimit(plain, "_", ' '));
    for (size_t i = 0; status_reasons[i].detail != NULL; i++) {
        if (phrase_any(words, status_reasons[i].phrases))
            return &status_reasons[i];
    }
    return NULL;
}

static const char *
status_of_reply(int code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
        if (replies[i].code == code)
            return replies[i].status;
    }
    return code / 100 == 4 ? "4.0.0" : "5.0.0";
}

char *
status_derive(const char *text)
{
    char *status = status_find(text);
    if (status != NULL)
        return status;
    int code = status_reply_code(text);
    const StatusReason *reason = find_reason(text);
    if (reason == NULL)
        return code != 0 ? g_strdup(status_of_reply(code)) : NULL;
    char klass = code != 0 ? (char)('0' + code / 100) : reason->klass;
    return g_strdup_printf("%c.%s", klass, reason->detail);
}

static bool
is_vague(const char *status)
{
    return g_str_has_suffix(status, ".0.0");
}

char *
status_choose(const char *field, const char *words)
{
    g_autofree char *said = field == NULL ? NULL : status_find(field);
    if (said != NULL && !is_vague(said))
        return g_steal_pointer(&said);
    g_autofree char *explicit_code = words == NULL ? NULL : status_find(words);
    if (explicit_code != NULL && (said == NULL || !is_vague(explicit_code)))
        return g_steal_pointer(&explicit_code);
    if (said != NULL)
        return g_steal_pointer(&said);
    return words == NULL ? NULL : status_derive(words);
}

char *
status_refine(const char *status, const char *words)
{
    const StatusReason *reason =
        words != NULL && (status == NULL || is_vague(status)) ? find_reason(words) : NULL;
    if (reason != NULL)
        return g_strdup_printf("%c.%s", status != NULL ? *status : reason->klass, reason->detail);
    return status == NULL && words != NULL ? status_derive(words) : g_strdup(status);
}

Finality
status_finality(const char *status, const char *words)
{
    g_autofree char *derived = status == NULL && words != NULL ? status_derive(words) : NULL;
    const char *code = status != NULL ? status : derived;
    if (code == NULL)
        return FINALITY_UNKNOWN;
    return *code == '5' ? FINALITY_PERMANENT : *code == '4' ? FINALITY_TEMPORARY : FINALITY_UNKNOWN;
}
