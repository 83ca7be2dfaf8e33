#include "digest/filter.h"

#include <string.h>

#include "digest/filter-internal.h"
#include "feed/article.h"

struct Filter {
    Node *root;
};

Filter *
filter_parse(const char *text, GError **error)
{
    Node *root = node_parse(text, error);
    if (root == NULL)
        return NULL;
    Filter *filter = g_new0(Filter, 1);
    filter->root = root;
    return filter;
}

void
filter_free(Filter *filter)
{
    if (filter == NULL)
        return;
    node_free(filter->root);
    g_free(filter);
}

void
filter_write(GString *out, const Filter *filter)
{
    node_write(out, filter->root);
}

/* Selecting */

static Bitset *
node_select(const Node *node, Corpus *corpus)
{
    if (node->kind == NODE_TERM)
        return bitset_copy(corpus_find(corpus, node->field, node->text, node->prefix));
    if (node->kind == NODE_AGE)
        return corpus_find_age(corpus, &node->age);
    Bitset *set = node_select(node->children->pdata[0], corpus);
    if (node->kind == NODE_NOT)
        bitset_invert(set);
    for (guint i = 1; i < node->children->len; i++) {
        g_autoptr(Bitset) other = node_select(node->children->pdata[i], corpus);
        if (node->kind == NODE_AND)
            bitset_and(set, other);
        else
            bitset_or(set, other);
    }
    return set;
}

Bitset *
filter_select(const Filter *filter, Corpus *corpus)
{
    return node_select(filter->root, corpus);
}

/* Looking at it */

static void
add_topics(const Node *node, GPtrArray *names)
{
    if (node->kind == NODE_TERM && node->field == FIELD_TOPIC)
        g_ptr_array_add(names, node->text);
    for (guint i = 0; node->children != NULL && i < node->children->len; i++)
        add_topics(node->children->pdata[i], names);
}

GPtrArray *
filter_topics(const Filter *filter)
{
    GPtrArray *names = g_ptr_array_new();
    add_topics(filter->root, names);
    return names;
}

typedef void (*VisitTerm)(const Node *term, void *data);

/* Visits the terms and ages that are not behind a not, or (DENIED) those that are. Two of them are none. */
static void
visit_terms(const Node *node, bool denied, VisitTerm visit, void *data)
{
    bool is_leaf = node->kind == NODE_TERM || node->kind == NODE_AGE;
    bool wanted = node->kind == NODE_NOT ? !denied : denied;
    if (is_leaf && !denied)
        visit(node, data);
    for (guint i = 0; !is_leaf && i < node->children->len; i++)
        visit_terms(node->children->pdata[i], wanted, visit, data);
}

typedef struct {
    Corpus *corpus;
    size_t article;
    GPtrArray *terms;
} Hits;

static void
add_hit(const Node *term, void *data)
{
    const Hits *hits = data;
    g_autoptr(Bitset) set = node_select(term, hits->corpus);
    if (!bitset_has(set, hits->article))
        return;
    GString *text = g_string_new(NULL);
    node_write(text, term);
    g_ptr_array_add(hits->terms, g_string_free(text, FALSE));
}

static GPtrArray *
find_terms(const Filter *filter, bool denied, Corpus *corpus, size_t article)
{
    Hits hits = { corpus, article, g_ptr_array_new_with_free_func(g_free) };
    visit_terms(filter->root, denied, add_hit, &hits);
    return hits.terms;
}

GPtrArray *
filter_hits(const Filter *filter, Corpus *corpus, size_t article)
{
    return find_terms(filter, false, corpus, article);
}

GPtrArray *
filter_denials(const Filter *filter, Corpus *corpus, size_t article)
{
    return find_terms(filter, true, corpus, article);
}

/* Marking: each stretch of letters becomes an article of its own, and whoever finds it marks it. */

/* Where a stretch stands in the text. */
typedef struct {
    const char *start;
    const char *end;
} Stretch;

typedef struct {
    Corpus *corpus; /* of an article for each stretch, with it as its title */
    CorpusField field;
    Bitset *found;
} Marks;

static void
find_marks(const Node *term, void *data)
{
    const Marks *marks = data;
    if (term->kind != NODE_TERM || (term->field != FIELD_ANY && term->field != marks->field))
        return;
    g_auto(GStrv) words = g_strsplit(term->text, " ", -1);
    for (guint i = 0; words[i] != NULL; i++) {
        bool prefix = term->prefix && words[i + 1] == NULL;
        bitset_or(marks->found, corpus_find(marks->corpus, FIELD_TITLE, words[i], prefix));
    }
}

/* The parts of TEXT (of Stretch) that words are in. */
static GArray *
find_stretches(const char *text)
{
    GArray *stretches = g_array_new(FALSE, FALSE, sizeof(Stretch));
    const char *start = NULL;
    for (const char *at = text;; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool inside = *at != '\0' && (g_unichar_isalnum(c) || g_unichar_ismark(c));
        if (inside && start == NULL)
            start = at;
        if (!inside && start != NULL) {
            const Stretch stretch = { start, at };
            g_array_append_val(stretches, stretch);
            start = NULL;
        }
        if (*at == '\0')
            return stretches;
    }
}

static GPtrArray *
articles_of_stretches(const GArray *stretches)
{
    GPtrArray *articles = g_ptr_array_new_with_free_func((GDestroyNotify)article_free);
    for (guint i = 0; i < stretches->len; i++) {
        const Stretch *stretch = &g_array_index(stretches, Stretch, i);
        Article *article = article_new();
        article->title = g_strndup(stretch->start, (gsize)(stretch->end - stretch->start));
        article->excerpt = g_strdup("");
        article->content = g_strdup("");
        g_ptr_array_add(articles, article);
    }
    return articles;
}

char *
filter_mark(const Filter *filter, const char *text, CorpusField field, const char *language,
            const char *before, const char *after)
{
    g_autoptr(GArray) stretches = find_stretches(text);
    g_autoptr(GPtrArray) articles = articles_of_stretches(stretches);
    g_autoptr(Corpus) corpus = corpus_new(articles, language, 0);
    g_autoptr(Bitset) found = bitset_new(articles->len);
    Marks marks = { corpus, field, found };
    visit_terms(filter->root, false, find_marks, &marks);

    GString *out = g_string_new(NULL);
    const char *written = text;
    for (size_t i = bitset_next(found, 0); i < found->bits; i = bitset_next(found, i + 1)) {
        const Stretch *stretch = &g_array_index(stretches, Stretch, i);
        g_string_append_len(out, written, stretch->start - written);
        g_string_append(out, before);
        g_string_append_len(out, stretch->start, stretch->end - stretch->start);
        g_string_append(out, after);
        written = stretch->end;
    }
    g_string_append(out, written);
    return g_string_free(out, FALSE);
}
