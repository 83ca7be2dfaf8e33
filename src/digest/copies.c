/* Articles that are the same, word by word: the first half of story.h. */
#include "digest/story-internal.h"

#include <string.h>

#include "base/radix.h"
#include "digest/words-internal.h"
#include "html/link.h"

/* Two of these are titles of many articles: "Morning briefing". */
#define TITLE_WORDS_MIN 3u

/* Words in a row that two people do not write alike by chance, and the share of them that makes a
 * text a copy: agencies' texts are cut and begun anew. */
#define SHINGLE_WORDS 8u
#define SHINGLE_SHARE 0.6
/* A text with fewer says too little to tell. */
#define SHINGLES_MIN 8u
/* More is not looked at: the beginning tells. */
#define TEXT_WORDS_MAX 500u
/* Texts are compared when they share one of the shingles with the smallest numbers, so many of each:
 * of two that share more than half it is next to impossible that none of these is common. */
#define SHINGLES_INDEXED 16u
/* What stands in more articles than these is compared with the first of them: it is what a site
 * writes below everything, or one of these is enough. */
#define SHINGLE_REPORTS_MAX 8u

typedef struct {
    const GPtrArray *reports;
    int64_t window;
    GArray *originals; /* by report: an earlier copy, or itself */
} Copies;

/* Following originals leads to the earliest. */
static guint
original_of(const Copies *copies, guint report)
{
    while (g_array_index(copies->originals, guint, report) != report)
        report = g_array_index(copies->originals, guint, report);
    return report;
}

static void
join(Copies *copies, guint a, guint b)
{
    guint left = original_of(copies, a), right = original_of(copies, b);
    g_array_index(copies->originals, guint, MAX(left, right)) = MIN(left, right);
}

static int64_t
time_between(const Copies *copies, guint earlier, guint later)
{
    return seconds_between(copies->reports->pdata[earlier], copies->reports->pdata[later]);
}

/* Joins what has the same key, each with the one before it. */
static void
join_by_key(Copies *copies, char *(*key_of)(const Article *article), int64_t window)
{
    g_autoptr(GHashTable) latest = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < copies->reports->len; i++) {
        const Report *report = copies->reports->pdata[i];
        char *key = key_of(report->article);
        void *before;
        if (key == NULL)
            continue;
        if (g_hash_table_lookup_extended(latest, key, NULL, &before) &&
            time_between(copies, GPOINTER_TO_UINT(before), i) <= window)
            join(copies, GPOINTER_TO_UINT(before), i);
        g_hash_table_insert(latest, key, GUINT_TO_POINTER(i));
    }
}

/* Not of a site's front page, which some feeds name as the link of everything. */
static char *
url_key(const Article *article)
{
    g_autofree char *key = article->url != NULL ? link_key(article->url) : NULL;
    const char *host = key != NULL ? strstr(key, "//") : NULL;
    if (host == NULL || strpbrk(host + 2, "/?#") == NULL)
        return NULL;
    return g_steal_pointer(&key);
}

static char *
title_key(const Article *article)
{
    g_autoptr(GPtrArray) words = words_split(article->title);
    if (words->len < TITLE_WORDS_MIN)
        return NULL;
    g_ptr_array_add(words, NULL);
    return g_strjoinv(" ", (char **)words->pdata);
}

/* Shingles */

/* The words at the beginning of TEXT, hashed; says how many. */
static guint
hash_words(const char *text, guint words[TEXT_WORDS_MAX])
{
    g_auto(WordReader) reader;
    const char *word;
    guint count = 0;
    word_reader_init(&reader, text);
    while (count < TEXT_WORDS_MAX && (word = word_reader_next(&reader)) != NULL)
        words[count++] = g_str_hash(word);
    return count;
}

/* Every eight words in a row of TEXT, hashed, each once (of guint). */
static GArray *
shingles_of(const char *text)
{
    guint words[TEXT_WORDS_MAX];
    guint count = hash_words(text, words), kept = 0;
    GArray *shingles = g_array_sized_new(FALSE, FALSE, sizeof(guint), count);
    for (guint i = 0; i + SHINGLE_WORDS <= count; i++) {
        guint hash = 0;
        for (guint n = 0; n < SHINGLE_WORDS; n++)
            hash = hash * 16777619u + words[i + n];
        g_array_append_val(shingles, hash);
    }
    radix_sort((uint32_t *)(void *)shingles->data, shingles->len);
    for (guint i = 0; i < shingles->len; i++) {
        guint shingle = g_array_index(shingles, guint, i);
        if (kept == 0 || g_array_index(shingles, guint, kept - 1) != shingle)
            g_array_index(shingles, guint, kept++) = shingle;
    }
    g_array_set_size(shingles, kept);
    return shingles;
}

/* A report that has a shingle, linked to the one before that has it: a list for each shingle, without a piece
 * of memory for each of them, as nearly all shingles are had by one. */
typedef struct {
    guint report;
    guint before; /* in the array of owners, or NO_OWNER */
    guint count;  /* of those before */
} Owner;

#define NO_OWNER G_MAXUINT

/* The first SHINGLE_REPORTS_MAX reports that have a shingle. */
typedef struct {
    GArray *all;        /* of Owner */
    GHashTable *latest; /* shingle -> its latest in ALL */
} Owners;

static void
owners_init(Owners *owners)
{
    owners->all = g_array_new(FALSE, FALSE, sizeof(Owner));
    owners->latest = g_hash_table_new(NULL, NULL);
}

static void
owners_clear(Owners *owners)
{
    g_array_unref(owners->all);
    g_hash_table_unref(owners->latest);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Owners, owners_clear)

static guint
owners_find(const Owners *owners, guint shingle)
{
    void *latest;
    return g_hash_table_lookup_extended(owners->latest, GUINT_TO_POINTER(shingle), NULL, &latest)
               ? GPOINTER_TO_UINT(latest)
               : NO_OWNER;
}

/* BEFORE is what owners_find() has found. */
static void
owners_add(Owners *owners, guint shingle, guint before, guint report)
{
    guint count = before != NO_OWNER ? g_array_index(owners->all, Owner, before).count + 1 : 0;
    const Owner owner = { report, before, count };
    if (count >= SHINGLE_REPORTS_MAX)
        return;
    g_hash_table_insert(owners->latest, GUINT_TO_POINTER(shingle),
                        GUINT_TO_POINTER(owners->all->len));
    g_array_append_val(owners->all, owner);
}

static guint
count_shared(const GArray *left, const GArray *right)
{
    guint shared = 0;
    for (guint i = 0, j = 0; i < left->len && j < right->len;) {
        guint a = g_array_index(left, guint, i), b = g_array_index(right, guint, j);
        shared += a == b;
        i += a <= b;
        j += b <= a;
    }
    return shared;
}

static bool
is_copied(const GArray *left, const GArray *right)
{
    guint shorter = MIN(left->len, right->len);
    return shorter >= SHINGLES_MIN && count_shared(left, right) >= SHINGLE_SHARE * shorter;
}

/* Joins report I with those in the list from OWNER on that it is a copy of. */
static void
join_owners(Copies *copies, const Owners *owners, guint owner, const GPtrArray *shingles, guint i)
{
    while (owner != NO_OWNER) {
        const Owner *other = &g_array_index(owners->all, Owner, owner);
        if (original_of(copies, other->report) != original_of(copies, i) &&
            time_between(copies, other->report, i) <= copies->window &&
            is_copied(shingles->pdata[i], shingles->pdata[other->report]))
            join(copies, other->report, i);
        owner = other->before;
    }
}

static void
join_by_text(Copies *copies)
{
    g_auto(Owners) owners;
    g_autoptr(GPtrArray) shingles = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    owners_init(&owners);
    for (guint i = 0; i < copies->reports->len; i++) {
        GArray *own = shingles_of(((const Report *)copies->reports->pdata[i])->text);
        g_ptr_array_add(shingles, own);
        for (guint s = 0; s < MIN(own->len, SHINGLES_INDEXED); s++) {
            guint shingle = g_array_index(own, guint, s);
            guint owner = owners_find(&owners, shingle);
            join_owners(copies, &owners, owner, shingles, i);
            owners_add(&owners, shingle, owner, i);
        }
    }
}

GArray *
copies_find(const GPtrArray *reports, int64_t window)
{
    Copies copies = { reports, window, g_array_new(FALSE, FALSE, sizeof(guint)) };
    for (guint i = 0; i < reports->len; i++)
        g_array_append_val(copies.originals, i);
    join_by_key(&copies, url_key, G_MAXINT64);
    join_by_key(&copies, title_key, window);
    join_by_text(&copies);
    for (guint i = 0; i < reports->len; i++)
        g_array_index(copies.originals, guint, i) = original_of(&copies, i);
    return copies.originals;
}
