#include "feed/repair-internal.h"

#include <stdbool.h>
#include <string.h>

#include "base/block.h"
#include "feed/markup-internal.h"
#include "feed/nesting-internal.h"
#include "feed/reference-internal.h"
#include "feed/subset-internal.h"

/* libxml2 gives up at a text of ten million octets; what is beyond this is left out. */
#define TEXT_MAX (8u * 1000 * 1000)
/* A text of so many octets is worth a mark in its place. */
#define TEXT_LONG 64
/* As much text as a document's own entities may stand for, all in all. */
#define ENTITIES_MAX    (1024u * 1024)
#define ENTITY_NAME_MAX 100u
/* What is mended at once: small enough to be read again from the processor's cache. */
#define PART_SIZE (32u * 1024)

/* What ends the things that begin with "<!--", "<![CDATA[" and "<?". */
typedef enum { END_COMMENT, END_CDATA, END_INSTRUCTION, END_COUNT } End;

static const char *const ends[END_COUNT] = { "-->", "]]>", "?>" };

struct Repair {
    GString *out;       /* mended and not read yet, from taken on */
    size_t taken;       /* octets of OUT that were read */
    GString *aside;     /* texts that marks in OUT stand for, each with a NUL */
    size_t aside_taken; /* octets of ASIDE that were given away */
    size_t text_begin;  /* where in OUT the last tag ended, less the text that was put aside since;
                           before its beginning: wraps around */
    const char *at;
    const char *end;
    bool is_open;              /* AT is in no tag for certain, and its text may be put aside */
    Nesting *nesting;          /* of a thorough repair, or NULL */
    const char *section_end;   /* where next_section_end() found one last; or NULL */
    GHashTable *entities;      /* of the document: name to text; or NULL */
    size_t entities_size;      /* octets that they have stood for */
    bool is_absent[END_COUNT]; /* looked for in vain: a million "<!--" must not search again */
};

/* Octets at which copying has to stop: characters that may be forbidden, mark-up, and ends of lines
 * that libxml2 would make line feeds. */
enum { STOP_CHARACTER = 1, STOP_MARKUP = 2, STOP_RETURN = 4 };

static const unsigned char stops[256] = {
    [0x00 ... 0x08] = STOP_CHARACTER,
    [0x0B ... 0x0C] = STOP_CHARACTER,
    [0x0E ... 0x1F] = STOP_CHARACTER,
    [0xC2] = STOP_CHARACTER, /* U+0080 to U+00BF */
    [0xEF] = STOP_CHARACTER, /* U+F000 to U+FFFF */
    ['&'] = STOP_MARKUP,
    ['<'] = STOP_MARKUP,
    ['\r'] = STOP_RETURN,
};

/* The octet behind the next KIND, from AT on, or NULL. */
static const char *
find_behind(Repair *repair, const char *at, End kind)
{
    if (repair->is_absent[kind])
        return NULL;
    const char *found = markup_find(at, repair->end, ends[kind]);
    repair->is_absent[kind] = found == NULL;
    return found == NULL ? NULL : found + strlen(ends[kind]);
}

/* The line feeds of what is left out. */
static void
write_line_feeds(GString *out, const char *at, const char *to)
{
    while ((at = memchr(at, '\n', (size_t)(to - at))) != NULL) {
        g_string_append_c(out, '\n');
        at++;
    }
}

/* Leaves out what stands before TO, but for its line feeds. */
static void
drop_to(Repair *repair, const char *to)
{
    write_line_feeds(repair->out, repair->at, to);
    repair->at = to;
}

/* The first of the sixteen octets at AT of which `stops` says so; or sixteen. */
static size_t
first_stop(const char *at, unsigned kinds)
{
    Block block = block_load(at);
    Block control = (Block)((block < 0x20) & (block != '\n') & (block != '\t') & (block != '\r'));
    Block stop = control | (Block)((block == 0xC2) | (block == 0xEF));
    if ((kinds & STOP_MARKUP) != 0)
        stop |= (Block)((block == '&') | (block == '<'));
    if ((kinds & STOP_RETURN) != 0)
        stop |= (Block)(block == '\r');
    return block_first(stop);
}

/* The first octet from AT on, before TO, at which copying has to stop; or TO. */
static const char *
find_stop(const char *at, const char *to, unsigned kinds)
{
    while ((size_t)(to - at) >= sizeof(Block)) {
        size_t plain = first_stop(at, kinds);
        at += plain;
        if (plain < sizeof(Block))
            return at;
    }
    while (at < to && (stops[(unsigned char)*at] & kinds) == 0)
        at++;
    return at;
}

/* Writes what becomes of the character at AT. */
static void
mend_character(Repair *repair, GString *out)
{
    if (*repair->at == '\r') { /* one of a pair leaves the other */
        if (repair->at + 1 == repair->end || repair->at[1] != '\n')
            g_string_append_c(out, '\n');
        repair->at++;
        return;
    }
    gunichar c = xml_character(g_utf8_get_char(repair->at));
    if (c != 0)
        g_string_append_unichar(out, c);
    repair->at = g_utf8_next_char(repair->at);
}

/* Copies what stands before TO, but for characters that XML forbids; KINDS says where to stop. */
static void
copy_to(Repair *repair, GString *out, const char *to, unsigned kinds)
{
    while (repair->at < to) {
        const char *from = repair->at;
        repair->at = find_stop(from, to, kinds);
        g_string_append_len(out, from, repair->at - from);
        if (repair->at == to || (stops[(unsigned char)*repair->at] & STOP_MARKUP) != 0)
            return;
        mend_character(repair, out);
    }
}

/* The text of the document's own entity that is referred to here, or NULL; then at moves behind
 * it. */
static const char *
find_entity(Repair *repair)
{
    if (repair->entities == NULL)
        return NULL;
    const char *name = repair->at + 1;
    const char *semicolon = memchr(name, ';', MIN((size_t)(repair->end - name), ENTITY_NAME_MAX));
    if (semicolon == NULL)
        return NULL;
    g_autofree char *key = g_strndup(name, (gsize)(semicolon - name));
    const char *text = g_hash_table_lookup(repair->entities, key);
    if (text == NULL || repair->entities_size + strlen(text) > ENTITIES_MAX)
        return NULL;
    repair->entities_size += strlen(text);
    repair->at = semicolon + 1;
    return text;
}

/* Text as it stands, its mark-up escaped. */
static void
write_text(Repair *repair, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("&<\"'", *text) != NULL)
            g_string_append_printf(repair->out, "&#%d;", *text);
        else
            g_string_append_c(repair->out, *text);
    }
}

static void
mend_reference(Repair *repair)
{
    gunichar c;
    if (!reference_read(&repair->at, repair->end, &c)) {
        const char *text = find_entity(repair);
        if (text != NULL) {
            write_text(repair, text);
            return;
        }
        g_string_append(repair->out, "&#38;");
        repair->at++;
    } else if (c != 0) {
        char digits[16];
        char *at = digits + sizeof digits;
        *--at = ';';
        for (gunichar left = c; left > 0; left /= 10)
            *--at = (char)('0' + left % 10);
        g_string_append(repair->out, "&#");
        g_string_append_len(repair->out, at, digits + sizeof digits - at);
    }
}

/* As much of the text up to TO as there is room for since the last tag; ends with a whole character. */
static const char *
text_part(const Repair *repair, const char *to)
{
    size_t taken = repair->out->len - repair->text_begin;
    size_t room = TEXT_MAX - MIN(taken, TEXT_MAX);
    if ((size_t)(to - repair->at) <= room)
        return to;
    const char *at = repair->at + room;
    while (at < to && ((unsigned char)*at & 0xC0) == 0x80)
        at++;
    return at;
}

/* The same reference where nothing is mark-up. */
static void
decode_reference(Repair *repair, GString *out)
{
    gunichar c;
    if (reference_read(&repair->at, repair->end, &c)) {
        if (c != 0)
            g_string_append_unichar(out, c);
        return;
    }
    const char *text = find_entity(repair);
    g_string_append(out, text != NULL ? text : "&");
    if (text == NULL)
        repair->at++;
}

/* Leaves a mark where the text up to TO stands, and puts that aside. KINDS is what is special in it. */
static void
put_aside(Repair *repair, const char *to, unsigned kinds)
{
    const char *from = repair->at;
    const char *part = text_part(repair, to);
    size_t before = repair->aside->len;
    while (repair->at < part) {
        copy_to(repair, repair->aside, part, kinds);
        if (repair->at < part)
            decode_reference(repair, repair->aside);
    }
    repair->text_begin -= repair->aside->len - before;
    g_string_append_c(repair->aside, '\0');
    g_string_append(repair->out, "<?t");
    write_line_feeds(repair->out, from, to);
    g_string_append(repair->out, "?>");
    repair->at = to;
}

/* False, nothing done, where the text at AT is too short to be put aside, or may be part of a tag. */
static bool
put_text_aside(Repair *repair)
{
    if (!repair->is_open)
        return false;
    const char *tag = memchr(repair->at, '<', (size_t)(repair->end - repair->at));
    const char *to = tag != NULL ? tag : repair->end;
    if (to - repair->at < TEXT_LONG)
        return false;
    put_aside(repair, to, STOP_CHARACTER | STOP_MARKUP | STOP_RETURN);
    return true;
}

/* A section that never ends would take the rest of the document with it: what it holds is read as
 * if it stood in the open. */
static void
mend_cdata(Repair *repair)
{
    const char *end = find_behind(repair, repair->at, END_CDATA);
    if (end == NULL) {
        repair->at += strlen("<![CDATA[");
        return;
    }
    repair->at += strlen("<![CDATA[");
    if (repair->is_open) {
        put_aside(repair, end - strlen("]]>"), STOP_CHARACTER | STOP_RETURN);
        repair->at = end;
        return;
    }
    g_string_append(repair->out, "<![CDATA["); /* in capitals, whatever stands there */
    const char *part = text_part(repair, end);
    copy_to(repair, repair->out, part, STOP_CHARACTER);
    if (part < end)
        drop_to(repair, end - strlen("]]>"));
    copy_to(repair, repair->out, end, STOP_CHARACTER);
}

static void mend_to(Repair *repair, const char *to);

/* "<br>" that somebody forgot to escape would nest all that follows in it. CLOSE is its '>'. */
static void
mend_empty_element(Repair *repair, bool is_end_tag, const char *close)
{
    if (!is_end_tag) {
        bool is_open = repair->is_open;
        repair->is_open = false;
        g_string_append_c(repair->out, '<');
        repair->at++;
        mend_to(repair, close[-1] == '/' ? close - 1 : close);
        g_string_append(repair->out, "/>");
        repair->is_open = is_open;
    }
    drop_to(repair, close + 1);
}

/* Writes the tag at AT anew, in a thorough repair; else, and when it is none, returns false. */
static bool
mend_nesting(Repair *repair, bool is_end_tag)
{
    if (repair->nesting == NULL)
        return false;
    const char *behind =
        is_end_tag ? nesting_write_end(repair->nesting, repair->out, repair->at, repair->end)
                   : nesting_write_start(repair->nesting, repair->out, repair->at, repair->end);
    if (behind == NULL)
        return false;
    repair->at = behind;
    return true;
}

/* CLOSE is the '>' of the tag at AT, or NULL: then it is copied like text that follows it. */
static void
copy_tag(Repair *repair, const char *close)
{
    g_string_append_c(repair->out, '<');
    repair->at++;
    repair->text_begin = repair->out->len;
    repair->is_open = false;
    if (close == NULL)
        return;
    mend_to(repair, close + 1);
    repair->is_open = repair->nesting == NULL;
}

static void
mend_tag(Repair *repair)
{
    const char *name = repair->at + 1;
    bool is_end_tag = name < repair->end && *name == '/';
    name += is_end_tag;
    const char *close = markup_is_empty_element(name, repair->end)
                            ? markup_tag_close(repair->at, repair->end)
                            : NULL;
    if (close != NULL) {
        mend_empty_element(repair, is_end_tag, close);
        return;
    }
    if (!markup_is_name(name, repair->end) ||
        markup_count_attributes(name, repair->end, &close) > MARKUP_ATTRIBUTES_MAX) {
        g_string_append(repair->out, "&#60;");
        repair->at++;
        return;
    }
    if (!mend_nesting(repair, is_end_tag))
        copy_tag(repair, close);
    repair->text_begin = repair->out->len;
}

static void
mend_declaration(Repair *repair)
{
    const char *end = markup_declaration_end(repair->at + 2, repair->end);
    if (repair->entities == NULL && markup_begins(repair->at, end, "<!DOCTYPE"))
        repair->entities = subset_read(repair->at, end);
    drop_to(repair, end);
}

static void
mend_instruction(Repair *repair)
{
    const char *at = repair->at;
    const char *close =
        markup_is_declaration(at, repair->end) ? memchr(at, '>', (size_t)(repair->end - at)) : NULL;
    const char *behind = close != NULL ? close + 1 : find_behind(repair, at + 2, END_INSTRUCTION);
    drop_to(repair, behind != NULL ? behind : at + 2);
}

static void
mend_markup(Repair *repair)
{
    const char *at = repair->at;
    const char *end = repair->end;
    if (*at == '&') {
        mend_reference(repair);
    } else if (end - at < 2 || (at[1] != '!' && at[1] != '?')) {
        mend_tag(repair);
    } else if (markup_begins(at, end, "<![CDATA[")) {
        mend_cdata(repair);
    } else if (markup_begins(at, end, "<!--")) {
        const char *behind = find_behind(repair, at + 4, END_COMMENT);
        drop_to(repair, behind != NULL ? behind : at + 4);
    } else if (at[1] == '!') {
        mend_declaration(repair);
    } else {
        mend_instruction(repair);
    }
}

/* The '>' of the next "]]>", or the end. */
static const char *
next_section_end(Repair *repair)
{
    if (repair->section_end == NULL || repair->section_end < repair->at) {
        const char *found = markup_find(repair->at, repair->end, "]]>");
        repair->section_end = found != NULL ? found + 2 : repair->end;
    }
    return repair->section_end;
}

/* "]]>" in the open is an error, after which libxml2 loses the text before it. */
static void
copy_text(Repair *repair, const char *to)
{
    const unsigned kinds = STOP_CHARACTER | STOP_MARKUP;
    while (repair->nesting != NULL && next_section_end(repair) < to) {
        const char *bracket = repair->section_end;
        copy_to(repair, repair->out, bracket, kinds);
        if (repair->at < bracket)
            return;
        g_string_append(repair->out, "&#62;");
        repair->at++;
    }
    copy_to(repair, repair->out, to, kinds);
}

/* Mends the text up to the next mark-up, and that, but nothing behind TO. */
static void
mend_step(Repair *repair, const char *to)
{
    if (put_text_aside(repair))
        return;
    copy_text(repair, text_part(repair, to));
    if (repair->out->len - repair->text_begin >= TEXT_MAX) {
        const char *tag = memchr(repair->at, '<', (size_t)(to - repair->at));
        drop_to(repair, tag != NULL ? tag : to);
    }
    if (repair->at < to)
        mend_markup(repair);
}

static void
mend_to(Repair *repair, const char *to)
{
    while (repair->at < to)
        mend_step(repair, to);
}

Repair *
repair_new(const char *text, size_t size, bool is_thorough)
{
    Repair *repair = g_new0(Repair, 1);
    repair->nesting = is_thorough ? nesting_new() : NULL;
    repair->out = g_string_sized_new(PART_SIZE + PART_SIZE / 4);
    repair->aside = g_string_sized_new(PART_SIZE + PART_SIZE / 4);
    repair->at = text;
    repair->end = text + size;
    drop_to(repair, markup_find_start(text, repair->end));
    return repair;
}

void
repair_free(Repair *repair)
{
    if (repair == NULL)
        return;
    g_string_free(repair->out, TRUE);
    g_string_free(repair->aside, TRUE);
    nesting_free(repair->nesting);
    g_clear_pointer(&repair->entities, g_hash_table_unref);
    g_free(repair);
}

static void
mend_part(Repair *repair)
{
    repair->text_begin -= repair->out->len;
    repair->taken = 0;
    g_string_truncate(repair->out, 0);
    g_string_erase(repair->aside, 0, (gssize)repair->aside_taken);
    repair->aside_taken = 0;
    do
        mend_step(repair, repair->end);
    while (repair->at < repair->end && repair->out->len + repair->aside->len < PART_SIZE);
    if (repair->at == repair->end && repair->nesting != NULL)
        nesting_finish(repair->nesting, repair->out);
}

size_t
repair_read(Repair *repair, char *buffer, size_t size)
{
    while (repair->taken == repair->out->len && repair->at < repair->end)
        mend_part(repair);
    size_t part = MIN(size, repair->out->len - repair->taken);
    memcpy(buffer, repair->out->str + repair->taken, part);
    repair->taken += part;
    return part;
}

const char *
repair_next_text(Repair *repair)
{
    g_assert(repair->aside_taken < repair->aside->len);
    const char *text = repair->aside->str + repair->aside_taken;
    repair->aside_taken += strlen(text) + 1;
    return text;
}
