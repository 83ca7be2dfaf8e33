#include "digest/corpus.h"

#include <string.h>

#include "base/text.h"
#include "digest/likeness.h"
#include "digest/set_cache-internal.h"
#include "digest/words-internal.h"
#include "feed/article.h"
#include "html/sanitize.h"

/* Words of an article beyond these are not looked at: no filter is about the end of a novel. */
#define ARTICLE_WORDS_MAX 20000u

/* Of what was found and is kept: far more than the filters of a newsletter's readers ask for in an
 * ordinary week; what a million different filters would have must not stay in memory. */
#define FOUND_BYTES_MAX (4u * 1024 * 1024)

/* What is indexed by word; FIELD_ANY is the union of title and text. */
enum { INDEX_TITLE, INDEX_TEXT, INDEX_CATEGORY, INDEX_AUTHOR, INDEX_COUNT };

/* The articles that have a word, in ascending order. Most words are rare: a set of bits for each
 * would take ten times as much. */
typedef struct {
    guint count;
    guint room;
    guint *articles;
} Posting;

/* One field of all articles. Words are compared by their name: see Corpus.names. */
typedef struct {
    GHashTable *words;    /* name -> Posting */
    GPtrArray *sequences; /* by article: GPtrArray of the names of its words; NULL keeps two texts
                             apart */
    GPtrArray *sorted;    /* the keys of WORDS in order, once a prefix was asked for; or NULL */
} Index;

/* A language of some of the articles, and the stems by its rules. */
typedef struct {
    char *tag;
    Bitset *articles;
    GHashTable *stems;                 /* word -> the name of its stem */
    GHashTable *others;                /* word -> the name of another stem, where there is one */
    GHashTable *postings[INDEX_COUNT]; /* name of a stem -> Posting of the articles that have other
                                          words of this stem than the stem itself */
} Language;

struct Corpus {
    const GPtrArray *articles;
    GHashTable *names; /* word -> its name: folded, one pointer for all spellings. Owns the keys; a
                          name is the key of itself */
    Stemmers *stemmers;
    const char *language;  /* of articles that name none; or NULL */
    GHashTable *languages; /* tag -> Language */
    int64_t now;
    Index indexes[INDEX_COUNT];
    GHashTable *feeds;  /* text_fold() of its name -> Posting */
    GHashTable *topics; /* name -> Bitset */
    Likeness *likeness; /* NULL until somebody asks */
    SetCache *found;    /* by what key_of() makes of a question */
    GString *key;
};

/* Postings */

static void
posting_free(Posting *posting)
{
    g_free(posting->articles);
    g_slice_free(Posting, posting);
}

static void
posting_add(Posting *posting, guint article)
{
    if (posting->count > 0 && posting->articles[posting->count - 1] == article)
        return;
    if (posting->count == posting->room) {
        posting->room = MAX(2, posting->room * 2);
        posting->articles = g_renew(guint, posting->articles, posting->room);
    }
    posting->articles[posting->count++] = article;
}

static GHashTable *
postings_new(void)
{
    return g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)posting_free);
}

static void
postings_add(GHashTable *postings, const char *name, guint article)
{
    Posting *posting = g_hash_table_lookup(postings, name);
    if (posting == NULL) {
        posting = g_slice_new0(Posting);
        g_hash_table_insert(postings, (char *)name, posting);
    }
    posting_add(posting, article);
}

/* POSTING may be NULL. */
static void
or_posting(Bitset *into, const Posting *posting)
{
    for (guint i = 0; posting != NULL && i < posting->count; i++)
        bitset_add(into, posting->articles[i]);
}

static void
or_name(Bitset *into, GHashTable *postings, const char *name)
{
    or_posting(into, g_hash_table_lookup(postings, name));
}

/* Building */

/* The name of WORD; *KEY is the pointer by which tables know WORD itself. */
static const char *
name_of(Corpus *corpus, const char *word, const char **key)
{
    void *known_key, *name;
    if (g_hash_table_lookup_extended(corpus->names, word, &known_key, &name)) {
        *key = known_key;
        return name;
    }
    g_autofree char *folded = word_fold(word);
    char *own = g_strdup(word);
    const char *unused;
    name = strcmp(folded, word) == 0 ? own : (char *)name_of(corpus, folded, &unused);
    g_hash_table_insert(corpus->names, own, name);
    *key = own;
    return name;
}

static void
language_free(Language *language)
{
    g_free(language->tag);
    bitset_free(language->articles);
    g_hash_table_unref(language->stems);
    g_hash_table_unref(language->others);
    for (size_t i = 0; i < INDEX_COUNT; i++)
        g_hash_table_unref(language->postings[i]);
    g_free(language);
}

static const char *
language_of(const Corpus *corpus, const Article *article)
{
    return article->language != NULL ? article->language : corpus->language;
}

/* By its first subtag: rules for stems know no regions. NULL: not known. */
static Language *
ensure_language(Corpus *corpus, const Article *article)
{
    const char *whole = language_of(corpus, article);
    if (whole == NULL)
        return NULL;
    g_autofree char *tag = g_ascii_strdown(whole, (gssize)strcspn(whole, "-_"));
    Language *language = g_hash_table_lookup(corpus->languages, tag);
    if (language != NULL)
        return language;
    language = g_new0(Language, 1);
    language->articles = bitset_new(corpus->articles->len);
    language->stems = g_hash_table_new(NULL, NULL);
    language->others = g_hash_table_new(NULL, NULL);
    for (size_t i = 0; i < INDEX_COUNT; i++)
        language->postings[i] = postings_new();
    language->tag = g_steal_pointer(&tag);
    g_hash_table_insert(corpus->languages, language->tag, language);
    return language;
}

static void
make_stems(Corpus *corpus, Language *language, const char *word)
{
    char *stems[STEMS_MAX];
    const char *unused;
    size_t count = stemmers_stem(corpus->stemmers, language->tag, word, stems);
    g_hash_table_insert(language->stems, (char *)word,
                        count > 0 ? (char *)name_of(corpus, stems[0], &unused) : NULL);
    if (count > 1)
        g_hash_table_insert(language->others, (char *)word,
                            (char *)name_of(corpus, stems[1], &unused));
    for (size_t i = 0; i < count; i++)
        g_free(stems[i]);
}

static void
index_stems(Corpus *corpus, Language *language, int which, guint article, const char *word,
            const char *name)
{
    void *stem = NULL;
    if (!g_hash_table_lookup_extended(language->stems, word, NULL, &stem)) {
        make_stems(corpus, language, word);
        stem = g_hash_table_lookup(language->stems, word);
    }
    if (stem != NULL && stem != name)
        postings_add(language->postings[which], stem, article);
    if (g_hash_table_size(language->others) == 0)
        return;
    const char *other = g_hash_table_lookup(language->others, word);
    if (other != NULL && other != name)
        postings_add(language->postings[which], other, article);
}

static void
index_text(Corpus *corpus, int which, guint article, const char *text, Language *language)
{
    Index *index = &corpus->indexes[which];
    GPtrArray *sequence = index->sequences->pdata[article];
    g_auto(WordReader) reader;
    word_reader_init(&reader, text);
    const char *word;
    while (sequence->len < ARTICLE_WORDS_MAX && (word = word_reader_next(&reader)) != NULL) {
        const char *key;
        const char *name = name_of(corpus, word, &key);
        g_ptr_array_add(sequence, (char *)name);
        postings_add(index->words, name, article);
        if (language != NULL)
            index_stems(corpus, language, which, article, key, name);
    }
    g_ptr_array_add(sequence, NULL);
}

static void
index_feed(Corpus *corpus, guint article, const char *feed)
{
    g_autofree char *name = text_fold(feed != NULL ? feed : "");
    Posting *posting = g_hash_table_lookup(corpus->feeds, name);
    if (posting == NULL) {
        posting = g_slice_new0(Posting);
        g_hash_table_insert(corpus->feeds, g_steal_pointer(&name), posting);
    }
    posting_add(posting, article);
}

static void
index_article(Corpus *corpus, guint i)
{
    const Article *article = corpus->articles->pdata[i];
    Language *language = ensure_language(corpus, article);
    g_autofree char *text = html_to_text(article->content);
    if (language != NULL)
        bitset_add(language->articles, i);
    index_text(corpus, INDEX_TITLE, i, article->title, language);
    index_text(corpus, INDEX_TEXT, i, article->excerpt, language);
    index_text(corpus, INDEX_TEXT, i, text, language);
    if (article->author != NULL)
        index_text(corpus, INDEX_AUTHOR, i, article->author, NULL);
    for (guint c = 0; c < article->categories->len; c++)
        index_text(corpus, INDEX_CATEGORY, i, article->categories->pdata[c], language);
    index_feed(corpus, i, article->feed);
}

static void
index_init(Index *index, size_t articles)
{
    index->words = postings_new();
    index->sequences = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    for (size_t i = 0; i < articles; i++)
        g_ptr_array_add(index->sequences, g_ptr_array_new());
}

static void
index_clear(Index *index)
{
    g_hash_table_unref(index->words);
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
    corpus->languages =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)language_free);
    corpus->feeds =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)posting_free);
    corpus->topics =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)bitset_free);
    corpus->found = set_cache_new(FOUND_BYTES_MAX);
    corpus->key = g_string_new(NULL);
    for (size_t i = 0; i < INDEX_COUNT; i++)
        index_init(&corpus->indexes[i], articles->len);
    for (guint i = 0; i < articles->len; i++)
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
    set_cache_free(corpus->found);
    g_string_free(corpus->key, TRUE);
    likeness_free(corpus->likeness);
    g_hash_table_unref(corpus->topics);
    g_hash_table_unref(corpus->feeds);
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

static GPtrArray *
fold_words(const GPtrArray *words)
{
    GPtrArray *folded = g_ptr_array_new_full(words->len, g_free);
    for (guint i = 0; i < words->len; i++)
        g_ptr_array_add(folded, word_fold(words->pdata[i]));
    return folded;
}

GPtrArray *
corpus_words(const char *text)
{
    g_autoptr(GPtrArray) words = words_split(text);
    return fold_words(words);
}

/* Finding */

/* The name of FOLDED when any article has it: what no table can know is nowhere. */
static const char *
find_name(const Corpus *corpus, const char *folded)
{
    return g_hash_table_lookup(corpus->names, folded);
}

static void
or_word(Bitset *into, const Corpus *corpus, const Index *index, const char *folded)
{
    const char *name = find_name(corpus, folded);
    if (name != NULL)
        or_name(into, index->words, name);
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
        or_name(into, index->words, sorted->pdata[low]);
}

/* The articles in LANGUAGE that have a word of the stem NAME. */
static void
or_stem(Bitset *into, const Corpus *corpus, const Language *language, int which, const char *name)
{
    const Posting *itself = g_hash_table_lookup(corpus->indexes[which].words, name);
    for (guint i = 0; itself != NULL && i < itself->count; i++)
        if (bitset_has(language->articles, itself->articles[i]))
            bitset_add(into, itself->articles[i]);
    or_name(into, language->postings[which], name);
}

/* Puts the names of WORD's stems into STEMS, but of such that no word has, and says how many there are.
 * Most words that are looked for are in some article, whose stems were found already. */
static size_t
find_stems(const Corpus *corpus, const Language *language, const char *word,
           const char *stems[STEMS_MAX])
{
    char *made[STEMS_MAX];
    void *key = NULL, *stem = NULL;
    size_t count = 0;
    if (g_hash_table_lookup_extended(corpus->names, word, &key, NULL) &&
        g_hash_table_lookup_extended(language->stems, key, NULL, &stem)) {
        const char *other = g_hash_table_lookup(language->others, key);
        if (stem != NULL)
            stems[count++] = stem;
        if (other != NULL)
            stems[count++] = other;
        return count;
    }
    size_t made_count = stemmers_stem(corpus->stemmers, language->tag, word, made);
    for (size_t i = 0; i < made_count; i++) {
        const char *name = find_name(corpus, made[i]);
        if (name != NULL)
            stems[count++] = name;
        g_free(made[i]);
    }
    return count;
}

/* A word alone also matches by its stem, in each language by that language's rules. */
static void
or_stems(Bitset *into, const Corpus *corpus, int which, const char *word)
{
    GHashTableIter iterator;
    void *language;
    g_hash_table_iter_init(&iterator, corpus->languages);
    while (g_hash_table_iter_next(&iterator, NULL, &language)) {
        const char *stems[STEMS_MAX];
        size_t count = find_stems(corpus, language, word, stems);
        for (size_t i = 0; i < count; i++)
            or_stem(into, corpus, language, which, stems[i]);
    }
}

/* The articles that have all the words, in whatever order: few are left to be read. */
static Bitset *
phrase_candidates(const Corpus *corpus, Index *index, const GPtrArray *words, bool prefix)
{
    Bitset *all = NULL;
    for (guint i = 0; i < words->len; i++) {
        g_autoptr(Bitset) some = bitset_new(index->sequences->len);
        if (prefix && i + 1 == words->len)
            or_prefix(some, index, words->pdata[i]);
        else
            or_word(some, corpus, index, words->pdata[i]);
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
or_phrase(Bitset *into, const Corpus *corpus, Index *index, const GPtrArray *words, bool prefix)
{
    g_autoptr(Bitset) candidates = phrase_candidates(corpus, index, words, prefix);
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
or_words(Bitset *into, Corpus *corpus, int which, const GPtrArray *spelled, bool prefix)
{
    Index *index = &corpus->indexes[which];
    g_autoptr(GPtrArray) words = fold_words(spelled);
    if (words->len > 1) {
        or_phrase(into, corpus, index, words, prefix);
    } else if (prefix) {
        or_prefix(into, index, words->pdata[0]);
    } else {
        or_word(into, corpus, index, words->pdata[0]);
        or_stems(into, corpus, which, spelled->pdata[0]); /* which need the umlauts */
    }
}

/* In one index, or in one and ANOTHER. */
static void
or_indexes(Bitset *into, Corpus *corpus, int which, int another, const char *term, bool prefix)
{
    g_autoptr(GPtrArray) spelled = words_split(term);
    if (spelled->len == 0)
        return;
    or_words(into, corpus, which, spelled, prefix);
    if (another != which)
        or_words(into, corpus, another, spelled, prefix);
}

static void
or_feed(Bitset *into, const Corpus *corpus, const char *term, bool prefix)
{
    g_autofree char *wanted = text_fold(term);
    GHashTableIter iterator;
    void *feed, *posting;
    if (!prefix)
        or_posting(into, g_hash_table_lookup(corpus->feeds, wanted));
    g_hash_table_iter_init(&iterator, corpus->feeds);
    while (prefix && g_hash_table_iter_next(&iterator, &feed, &posting))
        if (g_str_has_prefix(feed, wanted))
            or_posting(into, posting);
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

static void
or_topic(Bitset *into, const Corpus *corpus, const char *name)
{
    const Bitset *set = g_hash_table_lookup(corpus->topics, name);
    if (set != NULL)
        bitset_or(into, set);
}

/* Most newsletters never need it. */
static const Likeness *
likeness_of(Corpus *corpus)
{
    if (corpus->likeness == NULL)
        corpus->likeness = likeness_new(corpus->articles, corpus->language);
    return corpus->likeness;
}

char *
corpus_shared_words(Corpus *corpus, const char *term, size_t article)
{
    return likeness_shared(likeness_of(corpus), term, article);
}

static Bitset *
find(Corpus *corpus, CorpusField field, const char *term, bool prefix)
{
    Bitset *set = bitset_new(corpus->articles->len);
    switch (field) {
    case FIELD_ANY: or_indexes(set, corpus, INDEX_TITLE, INDEX_TEXT, term, prefix); break;
    case FIELD_TITLE: or_indexes(set, corpus, INDEX_TITLE, INDEX_TITLE, term, prefix); break;
    case FIELD_TEXT: or_indexes(set, corpus, INDEX_TEXT, INDEX_TEXT, term, prefix); break;
    case FIELD_CATEGORY:
        or_indexes(set, corpus, INDEX_CATEGORY, INDEX_CATEGORY, term, prefix);
        break;
    case FIELD_AUTHOR: or_indexes(set, corpus, INDEX_AUTHOR, INDEX_AUTHOR, term, prefix); break;
    case FIELD_FEED: or_feed(set, corpus, term, prefix); break;
    case FIELD_SITE: or_site(set, corpus, term); break;
    case FIELD_LANGUAGE: or_language(set, corpus, term); break;
    case FIELD_TOPIC: or_topic(set, corpus, term); break;
    case FIELD_LIKE: likeness_find(likeness_of(corpus), term, STRICTNESS_NORMAL, set); break;
    case FIELD_LIKE_STRICT: likeness_find(likeness_of(corpus), term, STRICTNESS_STRICT, set); break;
    case FIELD_LIKE_WIDE: likeness_find(likeness_of(corpus), term, STRICTNESS_WIDE, set); break;
    }
    return set;
}

/* Valid until the next one. Asked for with each term of a filter: no printf, and no memory. */
static const char *
key_of(Corpus *corpus, CorpusField field, const char *term, bool prefix)
{
    g_string_truncate(corpus->key, 0);
    g_string_append_c(corpus->key, (char)('a' + field));
    g_string_append_c(corpus->key, prefix ? '*' : ' ');
    g_string_append(corpus->key, term);
    return corpus->key->str;
}

const Bitset *
corpus_find(Corpus *corpus, CorpusField field, const char *term, bool prefix)
{
    const char *key = key_of(corpus, field, term, prefix);
    const Bitset *known = set_cache_find(corpus->found, key);
    if (known != NULL)
        return known;
    g_autoptr(Bitset) set = find(corpus, field, term, prefix);
    return set_cache_add(corpus->found, key, set);
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
