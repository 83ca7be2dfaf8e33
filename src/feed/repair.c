#include "feed/repair-internal.h"

#include <stdbool.h>
#include <string.h>

#include "feed/reference-internal.h"

/* A feed may begin behind the warnings of a broken server, but not further on than this. */
#define JUNK_MAX (64u * 1024)

/* An empty element that is longer is left as it is. */
#define TAG_MAX 4096u
/* A tag with more is meant to cost us time: libxml2 compares each attribute with all others. */
#define ATTRIBUTES_MAX 200u
/* libxml2 gives up at a text of ten million octets; what is beyond this is left out. */
#define TEXT_MAX (8u * 1000 * 1000)

/* What ends the things that begin with "<!--", "<![CDATA[" and "<?". */
typedef enum { END_COMMENT, END_CDATA, END_INSTRUCTION, END_COUNT } End;

static const char *const ends[END_COUNT] = { "-->", "]]>", "?>" };

typedef struct {
    GString *out;
    const char *at;
    const char *end;
    size_t text_begin;         /* where in OUT the last tag ended */
    bool is_absent[END_COUNT]; /* looked for in vain: a million "<!--" must not search again */
} Mender;

/* Octets at which copying has to stop: characters that may be forbidden, and mark-up. */
enum { STOP_CHARACTER = 1, STOP_MARKUP = 2 };

static const unsigned char stops[256] = {
    [0x00 ... 0x08] = STOP_CHARACTER,
    [0x0B ... 0x0C] = STOP_CHARACTER,
    [0x0E ... 0x1F] = STOP_CHARACTER,
    [0xC2] = STOP_CHARACTER, /* U+0080 to U+00BF */
    [0xEF] = STOP_CHARACTER, /* U+F000 to U+FFFF */
    ['&'] = STOP_MARKUP,
    ['<'] = STOP_MARKUP,
};

static bool
starts_with(const char *at, const char *end, const char *word)
{
    size_t size = strlen(word);
    return (size_t)(end - at) >= size && g_ascii_strncasecmp(at, word, size) == 0;
}

/* The octet behind the next KIND, from AT on, or NULL. */
static const char *
find_behind(Mender *mender, const char *at, End kind)
{
    if (mender->is_absent[kind])
        return NULL;
    size_t size = strlen(ends[kind]);
    const char *found = memmem(at, (size_t)(mender->end - at), ends[kind], size);
    mender->is_absent[kind] = found == NULL;
    return found == NULL ? NULL : found + size;
}

/* Leaves out what stands before TO, but for its line feeds. */
static void
drop_to(Mender *mender, const char *to)
{
    const char *at = mender->at;
    while ((at = memchr(at, '\n', (size_t)(to - at))) != NULL) {
        g_string_append_c(mender->out, '\n');
        at++;
    }
    mender->at = to;
}

/* Copies what stands before TO, but for characters that XML forbids; KINDS says where to stop. */
static void
copy_to(Mender *mender, const char *to, unsigned kinds)
{
    while (mender->at < to) {
        const char *from = mender->at;
        while (mender->at < to && (stops[(unsigned char)*mender->at] & kinds) == 0)
            mender->at++;
        g_string_append_len(mender->out, from, mender->at - from);
        if (mender->at == to || (stops[(unsigned char)*mender->at] & STOP_MARKUP) != 0)
            return;
        gunichar c = xml_character(g_utf8_get_char(mender->at));
        if (c != 0)
            g_string_append_unichar(mender->out, c);
        mender->at = g_utf8_next_char(mender->at);
    }
}

static void
mend_reference(Mender *mender)
{
    gunichar c;
    if (!reference_read(&mender->at, mender->end, &c)) {
        g_string_append(mender->out, "&#38;");
        mender->at++;
    } else if (c != 0) {
        g_string_append_printf(mender->out, "&#%u;", c);
    }
}

/* As much of the text up to TO as is read at once; ends with a whole character. */
static const char *
text_part(const char *at, const char *to)
{
    if (to - at <= TEXT_MAX)
        return to;
    at += TEXT_MAX;
    while (((unsigned char)*at & 0xC0) == 0x80)
        at--;
    return at;
}

/* A section that never ends would take the rest of the document with it: what it holds is read as
 * if it stood in the open. */
static void
mend_cdata(Mender *mender)
{
    const char *end = find_behind(mender, mender->at, END_CDATA);
    if (end == NULL) {
        mender->at += strlen("<![CDATA[");
        return;
    }
    const char *part = text_part(mender->at, end);
    copy_to(mender, part, STOP_CHARACTER);
    if (part < end)
        drop_to(mender, end - strlen("]]>"));
    copy_to(mender, end, STOP_CHARACTER);
}

/* Where a DOCTYPE or another declaration ends; its internal subset holds '>' in brackets and
 * quotes, and apostrophes in comments. */
static const char *
declaration_end(const char *at, const char *end)
{
    bool in_subset = false;
    while (at < end) {
        if (starts_with(at, end, "<!--")) {
            const char *close = memmem(at, (size_t)(end - at), "-->", 3);
            if (close == NULL)
                return end;
            at = close + 3;
            continue;
        }
        if (*at == '"' || *at == '\'') {
            at = memchr(at + 1, *at, (size_t)(end - at - 1));
            if (at == NULL)
                return end;
        } else if (*at == '[') {
            in_subset = true;
        } else if (*at == ']') {
            in_subset = false;
        } else if (*at == '>' && !in_subset) {
            return at + 1;
        }
        at++;
    }
    return end;
}

/* True for elements that HTML never closes and no feed knows. */
static bool
is_empty_element(const char *name, const char *end)
{
    static const char *const names[] = { "br", "hr", "img", "wbr" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *behind = name + strlen(names[i]);
        if (starts_with(name, end, names[i]) && behind < end &&
            (*behind == '>' || *behind == '/' || g_ascii_isspace(*behind)))
            return true;
    }
    return false;
}

static void mend_to(Mender *mender, const char *to);

/* "<br>" that somebody forgot to escape would nest all that follows in it. CLOSE is its '>'. */
static void
mend_empty_element(Mender *mender, bool is_end_tag, const char *close)
{
    if (!is_end_tag) {
        g_string_append_c(mender->out, '<');
        mender->at++;
        mend_to(mender, close[-1] == '/' ? close - 1 : close);
        g_string_append(mender->out, "/>");
    }
    drop_to(mender, close + 1);
}

/* The '>' of the tag at AT, or NULL when another tag begins before it. */
static const char *
tag_close(const char *at, const char *end)
{
    size_t max = MIN((size_t)(end - at), TAG_MAX);
    const char *close = memchr(at, '>', max);
    if (close == NULL || memchr(at + 1, '<', (size_t)(close - at - 1)) != NULL)
        return NULL;
    return close;
}

/* For the tag whose name begins at AT. */
static bool
has_too_many_attributes(const char *at, const char *end)
{
    unsigned count = 0;
    for (; at < end && *at != '>' && *at != '<'; at++) {
        if (*at != '=')
            continue;
        if (++count > ATTRIBUTES_MAX)
            return true;
        while (at + 1 < end && g_ascii_isspace(at[1]))
            at++;
        if (at + 1 < end && (at[1] == '"' || at[1] == '\'')) {
            const char *close = memchr(at + 2, at[1], (size_t)(end - at - 2));
            at = close != NULL ? close : end - 1;
        }
    }
    return false;
}

static void
mend_tag(Mender *mender)
{
    const char *name = mender->at + 1;
    bool is_end_tag = name < mender->end && *name == '/';
    name += is_end_tag;
    const char *close =
        is_empty_element(name, mender->end) ? tag_close(mender->at, mender->end) : NULL;
    if (close != NULL) {
        mend_empty_element(mender, is_end_tag, close);
        return;
    }
    bool is_tag = name < mender->end && (g_ascii_isalpha(*name) || *name == '_' || *name == ':' ||
                                         (unsigned char)*name >= 0x80);
    if (is_tag && !is_end_tag && has_too_many_attributes(name, mender->end))
        is_tag = false;
    g_string_append(mender->out, is_tag ? "<" : "&#60;");
    mender->at++;
    if (is_tag)
        mender->text_begin = mender->out->len;
}

static void
mend_markup(Mender *mender)
{
    const char *at = mender->at;
    const char *end = mender->end;
    if (*at == '&') {
        mend_reference(mender);
    } else if (starts_with(at, end, "<![CDATA[")) {
        mend_cdata(mender);
    } else if (starts_with(at, end, "<!--")) {
        const char *behind = find_behind(mender, at + 4, END_COMMENT);
        drop_to(mender, behind != NULL ? behind : at + 4);
    } else if (starts_with(at, end, "<!")) {
        drop_to(mender, declaration_end(at + 2, end));
    } else if (starts_with(at, end, "<?")) {
        const char *behind = find_behind(mender, at + 2, END_INSTRUCTION);
        drop_to(mender, behind != NULL ? behind : at + 2);
    } else {
        mend_tag(mender);
    }
}

static void
mend_to(Mender *mender, const char *to)
{
    while (mender->at < to) {
        copy_to(mender, text_part(mender->at, to), STOP_CHARACTER | STOP_MARKUP);
        if (mender->out->len - mender->text_begin >= TEXT_MAX) {
            const char *tag = memchr(mender->at, '<', (size_t)(to - mender->at));
            drop_to(mender, tag != NULL ? tag : to);
        }
        if (mender->at < to)
            mend_markup(mender);
    }
}

/* Where the document begins: at the first thing that looks like the start of one, since servers
 * put their warnings, blank lines and counters before it. */
static const char *
find_start(const char *text, const char *end)
{
    static const char *const starts[] = { "<?xml",     "<rss",     "<feed", "<rdf:",
                                          "<!doctype", "<channel", "<html", "<opml" };
    const char *limit = text + MIN((size_t)(end - text), JUNK_MAX);
    const char *first = memchr(text, '<', (size_t)(limit - text));
    for (const char *at = first; at != NULL; at = memchr(at + 1, '<', (size_t)(limit - at - 1))) {
        for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
            if (starts_with(at, end, starts[i]))
                return at;
        }
    }
    return first != NULL ? first : end;
}

GString *
xml_repair(const char *text, size_t size)
{
    GString *out = g_string_sized_new(size + size / 8 + 64);
    Mender mender = { .out = out, .at = text, .end = text + size };
    drop_to(&mender, find_start(text, text + size));
    mend_to(&mender, text + size);
    return out;
}
