#include "digest/corpus.h"

#include <string.h>

#include "base/text.h"
#include "digest/words-internal.h"
#include "feed/article.h"
#include "html/sanitize.h"

/* Words of an article beyond these are not looked at: no filter is about the end of a novel. */
#define ARTICLE_WORDS_MAX 20000u

/* What is indexed; FIELD_ANY is the union of title and text, FIELD_FEED is compared whole. */
enum { INDEX_TITLE, INDEX_TEXT, INDEX_CATEGORY, INDEX_AUTHOR, INDEX_COUNT };

/* One field of all articles. */
typedef struct {
    GHashTable *words;    /* folded word -> Bitset of the articles that have it */
    GHashTable *stems;    /* "language stem" -> Bitset */
    GPtrArray *sequences; /* by article: GPtrArray of its folded words, borrowed from CORPUS.names;
                             NULL keeps two texts apart */
    GPtrArray *sorted;    /* the keys of WORDS in order, once a prefix was asked for; or NULL */
} Index;

struct Corpus {
    const GPtrArray *articles;
    GHashTable *names; /* every folded word once: owns the text */
    Stemmers *stemmers;
    const char *language;  /* of articles that name none; or NULL */
    GHashTable *languages; /* tags of the articles' languages */
    int64_t now;
    Index indexes[INDEX_COUNT];
    GHashTable *topics; /* name -> Bitset */
    GHashTable *found;  /* "field prefix term" -> Bitset */
};

/* Building */

static const char *
corpus_name(Corpus *corpus, const char *word)
{
    char *folded = word_fold(word);
    const char *known = g_hash_table_lookup(corpus->names, folded);
    if (known != NULL) {
        g_free(folded);
        return known;
    }
    g_hash_table_add(corpus->names, folded);
    return folded;
}

static void
set_add(GHashTable *sets, const char *key, bool own_key, size_t bits, size_t article)
{
    Bitset *set = g_hash_table_lookup(sets, key);
    if (set == NULL) {
        set = bitset_new(bits);
        g_hash_table_insert(sets, own_key ? g_strdup(key) : (char *)key, set);
    }
    bitset_add(set, article);
}

static char *
stem_key(const char *language, const char *stem)
{
    return g_strconcat(language, " ", stem, NULL);
}

static void
index_text(Corpus *corpus, Index *index, size_t article, const char *text, const char *language)
{
    g_autoptr(GPtrArray) words = words_split(text);
    GPtrArray *sequence = index->sequences->pdata[article];
    size_t bits = corpus->articles->len;
    for (guint i = 0; i < words->len && sequence->len < ARTICLE_WORDS_MAX; i++) {
        const char *name = corpus_name(corpus, words->pdata[i]);
        g_ptr_array_add(sequence, (char *)name);
        set_add(index->words, name, false, bits, article);
        const char *stems[STEMS_MAX];
        size_t count = language == NULL
                           ? 0
                           : stemmers_stem(corpus->stemmers, language, words->pdata[i], stems);
        for (size_t n = 0; n < count; n++) {
            g_autofree char *key = stem_key(language, stems[n]);
            set_add(index->stems, key, true, bits, article);
        }
    }
    g_ptr_array_add(sequence, NULL);
}

static const char *
language_of(const Corpus *corpus, const Article *article)
{
    return article->language != NULL ? article->language : corpus->language;
}

static char *
primary_language(const char *tag)
{
    return tag == NULL ? NULL : g_ascii_strdown(tag, (gssize)strcspn(tag, "-_"));
}

static void
index_article(Corpus *corpus, size_t i)
{
    const Article *article = corpus->articles->pdata[i];
    g_autofree char *language = primary_language(language_of(corpus, article));
    g_autofree char *text = html_to_text(article->content);
    if (language != NULL)
        g_hash_table_add(corpus->languages, g_strdup(language));
    index_text(corpus, &corpus->indexes[INDEX_TITLE], i, article->title, language);
    index_text(corpus, &corpus->indexes[INDEX_TEXT], i, article->excerpt, language);
    index_text(corpus, &corpus->indexes[INDEX_TEXT], i, text, language);
    if (article->author != NULL)
        index_text(corpus, &corpus->indexes[INDEX_AUTHOR], i, article->author, NULL);
    for (guint c = 0; c < article->categories->len; c++)
        index_text(corpus, &corpus->indexes[INDEX_CATEGORY], i, article->categories->pdata[c],
                   language);
}

static void
index_init(Index *index, size_t articles)
{
    index->words =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)bitset_free);
    index->stems =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)bitset_free);
    index->sequences = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    for (size_t i = 0; i < articles; i++)
        g_ptr_array_add(index->sequences, g_ptr_array_new());
}

static void
index_clear(Index *index)
{
    g_hash_table_unref(index->words);
    g_hash_table_unref(index->stems);
    g_ptr_array_unref(index->sequences);
    g_clear_pointer(&index->sorted, g_ptr_array_unref);
}

Corpus *
corpus_new(const GPtrArray *articles, const char *language, int64_t now)
{
    Corpus *corpus = g_new0(Corpus, 1);
    corpus->articles = articles;
    corpus->language = g_intern_string(language);
    corpus->now = now;
    corpus->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    corpus->stemmers = stemmers_new();
    corpus->languages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    corpus->topics =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)bitset_free);
    corpus->found =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)bitset_free);
    for (size_t i = 0; i < INDEX_COUNT; i++)
        index_init(&corpus->indexes[i], articles->len);
    for (size_t i = 0; i < articles->len; i++)
        index_article(corpus, i);
    return corpus;
}

void
corpus_free(Corpus *corpus)
{
    if (corpus == NULL)
        return;
    for (size_t i = 0; i < INDEX_COUNT; i++)
        index_clear(&corpus->indexes[i]);
    g_hash_table_unref(corpus->found);
    g_hash_table_unref(corpus->topics);
    g_hash_table_unref(corpus->languages);
    stemmers_free(corpus->stemmers);
    g_hash_table_unref(corpus->names);
    g_free(corpus);
}

const GPtrArray *
corpus_articles(const Corpus *corpus)
{
    return corpus->articles;
}

GPtrArray *
corpus_words(const char *text)
{
    GPtrArray *words = words_split(text);
    for (guint i = 0; i < words->len; i++) {
        char *folded = word_fold(words->pdata[i]);
        g_free(words->pdata[i]);
        words->pdata[i] = folded;
    }
    return words;
}

/* Finding */

static void
or_found(Bitset *into, GHashTable *sets, const char *key)
{
    const Bitset *set = g_hash_table_lookup(sets, key);
    if (set != NULL)
        bitset_or(into, set);
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const GPtrArray *
sorted_words(Index *index)
{
    if (index->sorted != NULL)
        return index->sorted;
    index->sorted = g_ptr_array_new();
    GHashTableIter iterator;
    void *word;
    g_hash_table_iter_init(&iterator, index->words);
    while (g_hash_table_iter_next(&iterator, &word, NULL))
        g_ptr_array_add(index->sorted, word);
    g_ptr_array_sort(index->sorted, compare_names);
    return index->sorted;
}

static void
or_prefix(Bitset *into, Index *index, const char *prefix)
{
    const GPtrArray *sorted = sorted_words(index);
    guint low = 0, high = sorted->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (strcmp(sorted->pdata[middle], prefix) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < sorted->len && g_str_has_prefix(sorted->pdata[low], prefix); low++)
        or_found(into, index->words, sorted->pdata[low]);
}

/* A word alone also matches by its stem, in each language by that language's rules. */
static void
or_stems(Bitset *into, const Corpus *corpus, Index *index, const char *word)
{
    GHashTableIter iterator;
    void *language;
    g_hash_table_iter_init(&iterator, corpus->languages);
    while (g_hash_table_iter_next(&iterator, &language, NULL)) {
        const char *stems[STEMS_MAX];
        size_t count = stemmers_stem(corpus->stemmers, language, word, stems);
        for (size_t n = 0; n < count; n++) {
            g_autofree char *key = stem_key(language, stems[n]);
            or_found(into, index->stems, key);
        }
    }
}

/* The articles that have all the words, in whatever order: few are left to be read. */
static Bitset *
phrase_candidates(Index *index, const GPtrArray *words, bool prefix)
{
    Bitset *all = NULL;
    for (guint i = 0; i < words->len; i++) {
        g_autoptr(Bitset) some = bitset_new(index->sequences->len);
        if (prefix && i + 1 == words->len)
            or_prefix(some, index, words->pdata[i]);
        else
            or_found(some, index->words, words->pdata[i]);
        if (all == NULL)
            all = g_steal_pointer(&some);
        else
            bitset_and(all, some);
    }
    return all;
}

static bool
phrase_stands_at(const GPtrArray *sequence, guint at, const GPtrArray *words, bool prefix)
{
    for (guint i = 0; i < words->len; i++) {
        const char *there = at + i < sequence->len ? sequence->pdata[at + i] : NULL;
        bool open = prefix && i + 1 == words->len;
        if (there == NULL || (open ? !g_str_has_prefix(there, words->pdata[i])
                                   : strcmp(there, words->pdata[i]) != 0))
            return false;
    }
    return true;
}

static void
or_phrase(Bitset *into, Index *index, const GPtrArray *words, bool prefix)
{
    g_autoptr(Bitset) candidates = phrase_candidates(index, words, prefix);
    for (guint i = 0; i < index->sequences->len; i++) {
        const GPtrArray *sequence = index->sequences->pdata[i];
        bool found = false;
        if (!bitset_has(candidates, i))
            continue;
        for (guint at = 0; at < sequence->len && !found; at++)
            found = phrase_stands_at(sequence, at, words, prefix);
        if (found)
            bitset_add(into, i);
    }
}

static void
or_index(Bitset *into, Corpus *corpus, int which, const char *term, bool prefix)
{
    Index *index = &corpus->indexes[which];
    g_autoptr(GPtrArray) words = corpus_words(term);
    if (words->len == 0)
        return;
    if (words->len > 1) {
        or_phrase(into, index, words, prefix);
    } else if (prefix) {
        or_prefix(into, index, words->pdata[0]);
    } else {
        g_autoptr(GPtrArray) spelled = words_split(term); /* stems need the umlauts */
        or_found(into, index->words, words->pdata[0]);
        or_stems(into, corpus, index, spelled->pdata[0]);
    }
}

static void
or_feed(Bitset *into, const Corpus *corpus, const char *term, bool prefix)
{
    g_autofree char *wanted = text_fold(term);
    for (guint i = 0; i < corpus->articles->len; i++) {
        const Article *article = corpus->articles->pdata[i];
        g_autofree char *feed = text_fold(article->feed != NULL ? article->feed : "");
        if (prefix ? g_str_has_prefix(feed, wanted) : strcmp(feed, wanted) == 0)
            bitset_add(into, i);
    }
}

static bool
is_host_below(const char *host, const char *parent)
{
    size_t length = strlen(host), tail = strlen(parent);
    return length >= tail && strcmp(host + length - tail, parent) == 0 &&
           (length == tail || host[length - tail - 1] == '.');
}

static void
or_site(Bitset *into, const Corpus *corpus, const char *site)
{
    for (guint i = 0; i < corpus->articles->len; i++) {
        const Article *article = corpus->articles->pdata[i];
        g_autoptr(GUri) uri = article->url == NULL
                                  ? NULL
                                  : g_uri_parse(article->url, G_URI_FLAGS_PARSE_RELAXED, NULL);
        g_autofree char *host = uri == NULL || g_uri_get_host(uri) == NULL
                                    ? NULL
                                    : g_hostname_to_ascii(g_uri_get_host(uri));
        if (host != NULL && is_host_below(host, site))
            bitset_add(into, i);
    }
}

static void
or_language(Bitset *into, const Corpus *corpus, const char *wanted)
{
    size_t length = strlen(wanted);
    for (guint i = 0; i < corpus->articles->len; i++) {
        const char *tag = language_of(corpus, corpus->articles->pdata[i]);
        if (tag != NULL && g_ascii_strncasecmp(tag, wanted, length) == 0 &&
            strchr("-_", tag[length]) != NULL) /* strchr() finds the end, too */
            bitset_add(into, i);
    }
}

static Bitset *
find(Corpus *corpus, CorpusField field, const char *term, bool prefix)
{
    Bitset *set = bitset_new(corpus->articles->len);
    switch (field) {
    case FIELD_ANY:
        or_index(set, corpus, INDEX_TITLE, term, prefix);
        or_index(set, corpus, INDEX_TEXT, term, prefix);
        break;
    case FIELD_TITLE: or_index(set, corpus, INDEX_TITLE, term, prefix); break;
    case FIELD_TEXT: or_index(set, corpus, INDEX_TEXT, term, prefix); break;
    case FIELD_CATEGORY: or_index(set, corpus, INDEX_CATEGORY, term, prefix); break;
    case FIELD_AUTHOR: or_index(set, corpus, INDEX_AUTHOR, term, prefix); break;
    case FIELD_FEED: or_feed(set, corpus, term, prefix); break;
    case FIELD_SITE: or_site(set, corpus, term); break;
    case FIELD_LANGUAGE: or_language(set, corpus, term); break;
    case FIELD_TOPIC: or_found(set, corpus->topics, term); break;
    }
    return set;
}

const Bitset *
corpus_find(Corpus *corpus, CorpusField field, const char *term, bool prefix)
{
    g_autofree char *key = g_strdup_printf("%d %d %s", field, prefix, term);
    Bitset *set = g_hash_table_lookup(corpus->found, key);
    if (set != NULL)
        return set;
    set = find(corpus, field, term, prefix);
    g_hash_table_insert(corpus->found, g_steal_pointer(&key), set);
    return set;
}

void
corpus_add_topic(Corpus *corpus, const char *name, const Bitset *set)
{
    g_hash_table_replace(corpus->topics, g_strdup(name), bitset_copy(set));
}

static bool
is_of_age(int64_t seconds, const CorpusAge *age)
{
    switch (age->comparison) {
    case AGE_UNDER: return seconds < age->seconds;
    case AGE_AT_MOST: return seconds <= age->seconds;
    case AGE_AT_LEAST: return seconds >= age->seconds;
    case AGE_OVER: return seconds > age->seconds;
    }
    g_assert_not_reached();
}

Bitset *
corpus_find_age(const Corpus *corpus, const CorpusAge *age)
{
    Bitset *set = bitset_new(corpus->articles->len);
    for (guint i = 0; i < corpus->articles->len; i++) {
        const Article *article = corpus->articles->pdata[i];
        if (is_of_age(corpus->now - article->published, age))
            bitset_add(set, i);
    }
    return set;
}
