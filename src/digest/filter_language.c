/* The language of filters (filter.h): text to a tree, and back. */
#include "digest/filter-internal.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "digest/filter.h"
#include "digest/words-internal.h"

static const struct {
    const char *name;
    CorpusField field;
} fields[] = {
    { "title", FIELD_TITLE },         { "text", FIELD_TEXT },
    { "feed", FIELD_FEED },           { "category", FIELD_CATEGORY },
    { "author", FIELD_AUTHOR },       { "site", FIELD_SITE },
    { "lang", FIELD_LANGUAGE },       { "topic", FIELD_TOPIC },
    { "like", FIELD_LIKE },           { "like-strict", FIELD_LIKE_STRICT },
    { "like-wide", FIELD_LIKE_WIDE },
};

static const struct {
    const char *sign;
    CorpusComparison comparison;
} comparisons[] = {
    { "<=", AGE_AT_MOST }, /* the longer ones first */
    { ">=", AGE_AT_LEAST },
    { "<", AGE_UNDER },
    { ">", AGE_OVER },
};

/* The largest first, so that 48h is written 2d. */
static const struct {
    char letter;
    int64_t seconds;
} units[] = { { 'w', 7 * 86400 }, { 'd', 86400 }, { 'h', 3600 } };

/* Digits of the number in an age: no unit then reaches the end of an int64_t. */
#define AGE_DIGITS_MAX 6

/* Nodes */

void
node_free(Node *node)
{
    if (node == NULL)
        return;
    g_clear_pointer(&node->children, g_ptr_array_unref);
    g_free(node->text);
    g_free(node);
}

static Node *
node_new(NodeKind kind)
{
    Node *node = g_new0(Node, 1);
    node->kind = kind;
    if (kind != NODE_TERM && kind != NODE_AGE)
        node->children = g_ptr_array_new_with_free_func((GDestroyNotify)node_free);
    return node;
}

/* Takes CHILD into PARENT; a child of the same kind gives its own children. */
static void
node_take(Node *parent, Node *child)
{
    if (child->kind != parent->kind || parent->kind == NODE_NOT) {
        g_ptr_array_add(parent->children, child);
        return;
    }
    g_ptr_array_extend_and_steal(parent->children, g_steal_pointer(&child->children));
    node_free(child);
}

/* LEFT KIND RIGHT, of which it takes both. */
static Node *
node_join(NodeKind kind, Node *left, Node *right)
{
    Node *node = left;
    if (left->kind != kind) {
        node = node_new(kind);
        node_take(node, left);
    }
    node_take(node, right);
    return node;
}

/* Reading */

typedef struct {
    const char *start;
    const char *at;
    int level;
    int terms;
} Parser;

static Node *parse_expression(Parser *parser, GError **error);

static bool
is_space(const char *at)
{
    return (*at & 0x80) == 0 ? g_ascii_isspace(*at) : g_unichar_isspace(g_utf8_get_char(at));
}

static void
skip_space(Parser *parser)
{
    while (is_space(parser->at))
        parser->at = g_utf8_next_char(parser->at);
}

static void G_GNUC_PRINTF(3, 4) fail(const Parser *parser, GError **error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *what = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT, "column %ld: %s",
                g_utf8_pointer_to_offset(parser->start, parser->at) + 1, what);
}

/* Bare words go up to a space, a parenthesis or a quote. */
static bool
word_ends(const char *at)
{
    return *at == '\0' || *at == '(' || *at == ')' || *at == '"' || is_space(at);
}

static size_t
word_size(const char *at)
{
    const char *end = at;
    while (!word_ends(end))
        end = g_utf8_next_char(end);
    return (size_t)(end - at);
}

/* True when the word at AT is KEYWORD. */
static bool
stands_at(const char *at, const char *keyword)
{
    size_t size = strlen(keyword);
    return g_ascii_strncasecmp(at, keyword, size) == 0 && word_ends(at + size);
}

/* True, and past it, when the word KEYWORD is next. */
static bool
take_keyword(Parser *parser, const char *keyword)
{
    skip_space(parser);
    if (!stands_at(parser->at, keyword))
        return false;
    parser->at += strlen(keyword);
    return true;
}

static bool
is_keyword(const char *at)
{
    return stands_at(at, "or") || stands_at(at, "and") || stands_at(at, "not");
}

/* "field:" at the beginning of a word. False on an unknown one. */
static bool
parse_field(Parser *parser, CorpusField *field, GError **error)
{
    const char *colon = memchr(parser->at, ':', word_size(parser->at));
    *field = FIELD_ANY;
    if (colon == NULL)
        return true;
    const char *names[G_N_ELEMENTS(fields) + 1] = { NULL };
    g_autofree char *name = g_ascii_strdown(parser->at, colon - parser->at);
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        names[i] = fields[i].name;
        if (strcmp(name, fields[i].name) != 0)
            continue;
        *field = fields[i].field;
        parser->at = colon + 1;
        return true;
    }
    const char *meant = text_nearest(name, names);
    fail(parser, error, "unknown field \"%s\"%s%s%s; quote the word if a ':' is part of it", name,
         meant != NULL ? ", did you mean \"" : "", meant != NULL ? meant : "",
         meant != NULL ? "\"?" : "");
    return false;
}

/* The raw text of a term: a word, or what is between quotes. NULL on an error. */
static char *
parse_raw(Parser *parser, GError **error)
{
    if (*parser->at != '"') {
        size_t size = word_size(parser->at);
        if (size == 0) {
            fail(parser, error, "expected a word, a \"phrase\" or '('");
            return NULL;
        }
        char *raw = g_strndup(parser->at, size);
        parser->at += size;
        return raw;
    }
    const char *end = strchr(parser->at + 1, '"');
    if (end == NULL) {
        fail(parser, error, "the quote is never closed");
        return NULL;
    }
    char *raw = g_strndup(parser->at + 1, (size_t)(end - parser->at - 1));
    parser->at = end + 1;
    return raw;
}

/* A word of ASCII in lower case, as most are, is its own canonical form. */
static bool
is_plain_word(const char *raw)
{
    const char *at = raw;
    while (g_ascii_islower(*at) || g_ascii_isdigit(*at))
        at++;
    return at > raw && *at == '\0';
}

static char *
canonical_words(const char *raw)
{
    if (is_plain_word(raw))
        return g_strdup(raw);
    g_autoptr(GPtrArray) words = words_split(raw);
    g_ptr_array_add(words, NULL);
    return g_strjoinv(" ", (char **)words->pdata);
}

static char *
canonical_line(const char *raw)
{
    g_autofree char *line = text_single_line(raw);
    return text_fold(line);
}

/* RAW when it has nothing but letters and digits of ASCII and one of OTHERS; else "". */
static char *
canonical_name(const char *raw, const char *others)
{
    g_autofree char *name = canonical_line(raw);
    for (const char *at = name; *at != '\0'; at++)
        if (!g_ascii_isalnum(*at) && strchr(others, *at) == NULL)
            return g_strdup("");
    return g_steal_pointer(&name);
}

/* A number would be that of an article, whose words are frozen before a filter is read. */
static char *
canonical_likeness(const char *raw)
{
    bool is_number = strspn(raw, "0123456789") == strlen(raw);
    return is_number ? g_strdup("") : canonical_words(raw);
}

static char *
canonical_site(const char *raw)
{
    g_autofree char *ascii = g_hostname_to_ascii(raw);
    return ascii == NULL ? g_strdup("") : canonical_name(ascii, ".-");
}

/* RAW in the form in which FIELD is compared and written; "" when it can be found nowhere. */
static char *
canonical_text(const char *raw, CorpusField field)
{
    switch (field) {
    case FIELD_ANY:
    case FIELD_TITLE:
    case FIELD_TEXT:
    case FIELD_CATEGORY:
    case FIELD_AUTHOR: return canonical_words(raw);
    case FIELD_LIKE:
    case FIELD_LIKE_STRICT:
    case FIELD_LIKE_WIDE: return canonical_likeness(raw);
    case FIELD_FEED: return canonical_line(raw);
    case FIELD_TOPIC: return text_single_line(raw);
    case FIELD_SITE: return canonical_site(raw);
    case FIELD_LANGUAGE: return canonical_name(raw, "-");
    }
    g_assert_not_reached();
}

static const char *
expected_text(CorpusField field)
{
    switch (field) {
    case FIELD_SITE: return "expected a host, like example.org";
    case FIELD_LANGUAGE: return "expected a language, like de or pt-br";
    case FIELD_TOPIC: return "expected the name of a topic";
    case FIELD_FEED: return "expected the name of a feed";
    case FIELD_LIKE:
    case FIELD_LIKE_STRICT:
    case FIELD_LIKE_WIDE:
        return "expected words in quotes: \"article terms NUMBER\" shows those of an article";
    case FIELD_ANY:
    case FIELD_TITLE:
    case FIELD_TEXT:
    case FIELD_CATEGORY:
    case FIELD_AUTHOR: return "expected a word, but there is no letter or digit in it";
    }
    g_assert_not_reached();
}

/* Hosts, and what stands behind them in the enum, are meant whole. */
static bool
may_be_open(CorpusField field)
{
    return field < FIELD_SITE;
}

static Node *
parse_term(Parser *parser, GError **error)
{
    CorpusField field;
    if (++parser->terms > FILTER_TERMS_MAX) {
        fail(parser, error, "more than %d terms", FILTER_TERMS_MAX);
        return NULL;
    }
    if (!parse_field(parser, &field, error))
        return NULL;
    const char *start = parser->at;
    g_autofree char *raw = parse_raw(parser, error);
    if (raw == NULL)
        return NULL;
    g_autoptr(Node) node = node_new(NODE_TERM);
    node->field = field;
    node->prefix = may_be_open(field) && g_str_has_suffix(raw, "*");
    if (node->prefix)
        raw[strlen(raw) - 1] = '\0';
    node->text = canonical_text(raw, field);
    if (*node->text == '\0') {
        parser->at = start;
        fail(parser, error, "%s", expected_text(field));
        return NULL;
    }
    return g_steal_pointer(&node);
}

/* Ages */

/* Past "age" when a comparison follows it: else it is a word like others. */
static bool
take_age(Parser *parser)
{
    if (g_ascii_strncasecmp(parser->at, "age", 3) != 0)
        return false;
    Parser ahead = { .at = parser->at + 3 };
    skip_space(&ahead);
    if (*ahead.at != '<' && *ahead.at != '>')
        return false;
    parser->at = ahead.at;
    return true;
}

static bool
parse_duration(Parser *parser, int64_t *seconds, GError **error)
{
    size_t digits = strspn(parser->at, "0123456789");
    char unit = digits > 0 ? parser->at[digits] : '\0';
    bool ends = unit != '\0' && word_size(parser->at) == digits + 1;
    for (size_t i = 0; ends && digits <= AGE_DIGITS_MAX && i < G_N_ELEMENTS(units); i++) {
        if (g_ascii_tolower(unit) != units[i].letter)
            continue;
        *seconds = g_ascii_strtoll(parser->at, NULL, 10) * units[i].seconds;
        parser->at += digits + 1;
        return true;
    }
    fail(parser, error, "expected an age in hours, days or weeks: 12h, 3d, 2w");
    return false;
}

/* At the comparison. */
static Node *
parse_age(Parser *parser, GError **error)
{
    g_autoptr(Node) node = node_new(NODE_AGE);
    if (++parser->terms > FILTER_TERMS_MAX) {
        fail(parser, error, "more than %d terms", FILTER_TERMS_MAX);
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(comparisons); i++) {
        if (!g_str_has_prefix(parser->at, comparisons[i].sign))
            continue;
        node->age.comparison = comparisons[i].comparison;
        parser->at += strlen(comparisons[i].sign);
        break;
    }
    skip_space(parser);
    return parse_duration(parser, &node->age.seconds, error) ? g_steal_pointer(&node) : NULL;
}

/* Expressions */

static Node *
parse_parentheses(Parser *parser, GError **error)
{
    parser->at++;
    g_autoptr(Node) node = parse_expression(parser, error);
    if (node == NULL)
        return NULL;
    skip_space(parser);
    if (*parser->at != ')') {
        fail(parser, error, "expected ')'");
        return NULL;
    }
    parser->at++;
    return g_steal_pointer(&node);
}

static Node *
parse_primary(Parser *parser, GError **error)
{
    skip_space(parser);
    if (*parser->at == '(')
        return parse_parentheses(parser, error);
    if (is_keyword(parser->at)) {
        fail(parser, error, "expected a word; quote \"and\", \"or\" and \"not\" to look for them");
        return NULL;
    }
    return take_age(parser) ? parse_age(parser, error) : parse_term(parser, error);
}

static Node *
parse_factor(Parser *parser, GError **error)
{
    bool negated = take_keyword(parser, "not");
    if (!negated && *parser->at == '-') {
        negated = true;
        parser->at++;
    }
    if (!negated)
        return parse_primary(parser, error);
    Node *inner = parse_primary(parser, error);
    if (inner == NULL)
        return NULL;
    Node *node = node_new(NODE_NOT);
    node_take(node, inner);
    return node;
}

/* True when another factor follows without a word between. */
static bool
factor_follows(Parser *parser)
{
    skip_space(parser);
    return *parser->at != '\0' && *parser->at != ')' && !stands_at(parser->at, "or");
}

static Node *
parse_conjunction(Parser *parser, GError **error)
{
    g_autoptr(Node) node = parse_factor(parser, error);
    while (node != NULL && (take_keyword(parser, "and") || factor_follows(parser))) {
        Node *factor = parse_factor(parser, error);
        if (factor == NULL)
            return NULL;
        node = node_join(NODE_AND, g_steal_pointer(&node), factor);
    }
    return g_steal_pointer(&node);
}

static Node *
parse_expression(Parser *parser, GError **error)
{
    if (++parser->level > FILTER_LEVELS_MAX) {
        fail(parser, error, "nested more than %d levels deep", FILTER_LEVELS_MAX);
        return NULL;
    }
    g_autoptr(Node) node = parse_conjunction(parser, error);
    while (node != NULL && take_keyword(parser, "or")) {
        Node *term = parse_conjunction(parser, error);
        if (term == NULL)
            return NULL;
        node = node_join(NODE_OR, g_steal_pointer(&node), term);
    }
    parser->level--;
    return g_steal_pointer(&node);
}

Node *
node_parse(const char *text, GError **error)
{
    Parser parser = { .start = text, .at = text };
    if (strlen(text) > FILTER_LENGTH_MAX || !g_utf8_validate(text, -1, NULL)) {
        g_set_error(error, DEPESCHE_ERROR, DEPESCHE_ERROR_INPUT,
                    "a filter is UTF-8 text of at most %d octets", FILTER_LENGTH_MAX);
        return NULL;
    }
    g_autoptr(Node) root = parse_expression(&parser, error);
    if (root == NULL)
        return NULL;
    skip_space(&parser);
    if (*parser.at != '\0') {
        fail(&parser, error, "expected the end, \"or\" or a word");
        return NULL;
    }
    return g_steal_pointer(&root);
}

/* Writing */

static void
write_term(GString *out, const Node *node)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        if (fields[i].field == node->field)
            g_string_append_printf(out, "%s:", fields[i].name);
    }
    bool bare = word_size(node->text) == strlen(node->text) && strchr(node->text, ':') == NULL &&
                strchr(node->text, '*') == NULL && node->text[0] != '-' && !is_keyword(node->text);
    g_string_append_printf(out, bare ? "%s%s" : "\"%s%s\"", node->text, node->prefix ? "*" : "");
}

static void
write_age(GString *out, const CorpusAge *age)
{
    size_t unit = 0;
    while (age->seconds % units[unit].seconds != 0)
        unit++;
    for (size_t i = 0; i < G_N_ELEMENTS(comparisons); i++) {
        if (comparisons[i].comparison == age->comparison)
            g_string_append_printf(out, "age%s%" G_GINT64_FORMAT "%c", comparisons[i].sign,
                                   age->seconds / units[unit].seconds, units[unit].letter);
    }
}

static void
write_node(GString *out, const Node *node, NodeKind around)
{
    /* OR binds least: inside anything else it needs parentheses, as an AND does behind a NOT. */
    bool parentheses = (node->kind == NODE_OR && around != NODE_OR) ||
                       (node->kind == NODE_AND && around == NODE_NOT) ||
                       (node->kind == NODE_NOT && around == NODE_NOT);
    if (node->kind == NODE_TERM) {
        write_term(out, node);
        return;
    }
    if (node->kind == NODE_AGE) {
        write_age(out, &node->age);
        return;
    }
    g_string_append(out, parentheses ? "(" : "");
    for (guint i = 0; i < node->children->len; i++) {
        if (node->kind == NODE_NOT)
            g_string_append(out, "not ");
        else if (i > 0)
            g_string_append(out, node->kind == NODE_OR ? " or " : " ");
        write_node(out, node->children->pdata[i], node->kind);
    }
    g_string_append(out, parentheses ? ")" : "");
}

void
node_write(GString *out, const Node *node)
{
    write_node(out, node, NODE_OR);
}
