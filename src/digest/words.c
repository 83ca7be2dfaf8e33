#include "digest/words-internal.h"

#include <string.h>
#include <libstemmer.h>

#include "base/text.h"

static bool
is_word_character(const char *at)
{
    if ((*at & 0x80) == 0)
        return g_ascii_isalnum(*at);
    gunichar c = g_utf8_get_char(at);
    return g_unichar_isalnum(c) || g_unichar_ismark(c);
}

void
word_reader_init(WordReader *reader, const char *text)
{
    *reader = (WordReader){ .at = text, .word = g_string_new(NULL) };
}

void
word_reader_clear(WordReader *reader)
{
    g_string_free(reader->word, TRUE);
    g_free(reader->stretch);
}

/* Most words are ASCII, and need neither tables nor memory. True, and past it, when the next one is. */
static bool
read_ascii_word(WordReader *reader)
{
    const char *end = reader->at;
    while (g_ascii_isalnum(*end))
        end++;
    if (end == reader->at || (*end & 0x80) != 0) /* what follows may belong to it */
        return false;
    g_string_truncate(reader->word, 0);
    g_string_append_len(reader->word, reader->at, end - reader->at);
    for (gsize i = 0; i < reader->word->len; i++)
        reader->word->str[i] |= 0x20; /* makes letters small and leaves digits as they are */
    reader->at = end;
    return true;
}

/* In NFKC, "½" has a stroke in it, and "™" is letters: what is a word is only known then. */
static void
read_stretch(WordReader *reader)
{
    const char *end = reader->at;
    while (*end != '\0' && ((*end & 0x80) != 0 || g_ascii_isalnum(*end)))
        end = g_utf8_next_char(end);
    g_free(reader->stretch);
    reader->stretch = text_fold_part(reader->at, (size_t)(end - reader->at));
    reader->rest = reader->stretch;
    reader->at = end;
}

/* The next word of the stretch, which is cut off behind it; NULL at its end. */
static const char *
next_of_stretch(WordReader *reader)
{
    char *start = reader->rest;
    while (*start != '\0' && !is_word_character(start))
        start = g_utf8_next_char(start);
    char *end = start;
    while (*end != '\0' && is_word_character(end))
        end = g_utf8_next_char(end);
    reader->rest = *end != '\0' ? g_utf8_next_char(end) : end;
    *end = '\0';
    return start != end ? start : NULL;
}

const char *
word_reader_next(WordReader *reader)
{
    for (;;) {
        const char *word = reader->stretch != NULL ? next_of_stretch(reader) : NULL;
        if (word != NULL)
            return word;
        while (*reader->at != '\0' && (*reader->at & 0x80) == 0 && !g_ascii_isalnum(*reader->at))
            reader->at++;
        if (*reader->at == '\0')
            return NULL;
        if (read_ascii_word(reader))
            return reader->word->str;
        read_stretch(reader);
    }
}

GPtrArray *
words_split(const char *text)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_auto(WordReader) reader;
    word_reader_init(&reader, text);
    for (const char *word; (word = word_reader_next(&reader)) != NULL;)
        g_ptr_array_add(words, g_strdup(word));
    return words;
}

char *
word_fold(const char *word)
{
    if (g_str_is_ascii(word))
        return g_strdup(word);
    GString *out = g_string_sized_new(strlen(word) + 4);
    for (const char *at = word; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        switch (c) {
        case 0xE4: g_string_append(out, "ae"); break;
        case 0xF6: g_string_append(out, "oe"); break;
        case 0xFC: g_string_append(out, "ue"); break;
        default: g_string_append_unichar(out, c); break;
        }
    }
    return g_string_free(out, FALSE);
}

/* Stems */

struct Stemmers {
    GHashTable *languages; /* primary subtag -> struct sb_stemmer; NULL: Snowball has none */
};

static void
stemmer_free(struct sb_stemmer *stemmer)
{
    if (stemmer != NULL)
        sb_stemmer_delete(stemmer);
}

Stemmers *
stemmers_new(void)
{
    Stemmers *stemmers = g_new0(Stemmers, 1);
    stemmers->languages =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)stemmer_free);
    return stemmers;
}

void
stemmers_free(Stemmers *stemmers)
{
    if (stemmers == NULL)
        return;
    g_hash_table_unref(stemmers->languages);
    g_free(stemmers);
}

static struct sb_stemmer *
find_stemmer(Stemmers *stemmers, const char *primary)
{
    void *stemmer = NULL;
    if (!g_hash_table_lookup_extended(stemmers->languages, primary, NULL, &stemmer)) {
        stemmer = sb_stemmer_new(primary, "UTF_8");
        g_hash_table_insert(stemmers->languages, g_strdup(primary), stemmer);
    }
    return stemmer;
}

static char *
stem_of(struct sb_stemmer *stemmer, const char *word)
{
    const sb_symbol *stem = sb_stemmer_stem(stemmer, (const sb_symbol *)word, (int)strlen(word));
    g_autofree char *text = g_strndup((const char *)stem, (gsize)sb_stemmer_length(stemmer));
    return word_fold(text);
}

/* WORD with ae, oe and ue as umlauts; NULL when it has none of them. */
static char *
with_umlauts(const char *word)
{
    if (strstr(word, "ae") == NULL && strstr(word, "oe") == NULL && strstr(word, "ue") == NULL)
        return NULL;
    GString *out = g_string_new(word);
    g_string_replace(out, "ae", "ä", 0);
    g_string_replace(out, "oe", "ö", 0);
    g_string_replace(out, "ue", "ü", 0);
    return g_string_free(out, FALSE);
}

size_t
stemmers_stem(Stemmers *stemmers, const char *tag, const char *word, char *stems[STEMS_MAX])
{
    g_autofree char *primary = g_ascii_strdown(tag, (gssize)strcspn(tag, "-_"));
    struct sb_stemmer *stemmer = find_stemmer(stemmers, primary);
    size_t count = 0;
    if (stemmer == NULL)
        return 0;
    stems[count++] = stem_of(stemmer, word);
    g_autofree char *umlauts = strcmp(primary, "de") == 0 ? with_umlauts(word) : NULL;
    if (umlauts != NULL)
        stems[count++] = stem_of(stemmer, umlauts);
    return count;
}
