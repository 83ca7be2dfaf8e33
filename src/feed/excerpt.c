#include "feed/excerpt-internal.h"

#include <stdbool.h>
#include <string.h>
#include <glib.h>

#include "base/text.h"
#include "html/sanitize.h"

/* Three lines in a mail. The lead sentences up to here beat every cleverer choice. */
#define EXCERPT_MAX 280
/* A first sentence that is too long is cut at a comma, if one is not too far to the front. */
#define COMMA_AFTER (EXCERPT_MAX * 6 / 10)
/* A summary shorter than this says nothing, a longer one is the text itself. */
#define SUMMARY_MIN 60
#define SUMMARY_MAX 600
/* Where the parenthesis of a dateline begins at the latest. */
#define DATELINE_MAX 40
/* The letters of a place in capitals. */
#define PLACE_MIN 4u
/* A sentence that shares more percent of its words with a title of so many words or more is that. */
#define TITLE_SHARE_MAX 80u
#define TITLE_WORDS_MIN 3u
/* A longer line is a sentence. */
#define LABEL_MAX 100u
/* No sentence is looked for further on than this. */
#define SOURCE_MAX (16u * 1024)

/* Words before a full stop that ends no sentence, in lower case. Single letters (z. B., U.S.), short
 * numbers (3. Mai) and Roman ones (Ludwig XIV.) are known by their form. */
static const char *const abbreviations[] = {
    "abb",    "abs",  "abzgl",  "adm",    "al",    "allg", "anm",  "approx", "apr",     "art",
    "assn",   "aug",  "ave",    "bayer",  "bd",    "bes",  "betr", "bez",    "blvd",    "bros",
    "bspw",   "bzw",  "ca",     "capt",   "cmdr",  "co",   "col",  "corp",   "cpl",     "dec",
    "dept",   "dez",  "dipl",   "dr",     "dt",    "ed",   "eds",  "ehem",   "einschl", "engl",
    "entspr", "erg",  "est",    "ev",     "evang", "evtl", "exkl", "fa",     "feb",     "fig",
    "folg",   "fr",   "franz",  "frl",    "frz",   "ft",   "geb",  "gen",    "gesch",   "gest",
    "ggf",    "gov",  "habil",  "hess",   "hl",    "hon",  "hr",   "hrsg",   "inc",     "ing",
    "inh",    "inkl", "intl",   "jan",    "jew",   "jh",   "jr",   "jul",    "jun",     "jur",
    "jän",    "kap",  "kath",   "lat",    "lfd",   "lic",  "lt",   "ltd",    "mag",     "maj",
    "max",    "med",  "messrs", "mill",   "min",   "mind", "mio",  "mr",     "mrd",     "mrs",
    "ms",     "mt",   "mtl",    "mtn",    "mx",    "mär",  "nat",  "natl",   "nos",     "nov",
    "nr",     "näml", "oct",    "okt",    "ph",    "phil", "pp",   "pres",   "prof",    "pvt",
    "rd",     "rep",  "rer",    "rev",    "röm",   "sek",  "sen",  "sep",    "sept",    "sgt",
    "sog",    "sq",   "sr",     "st",     "std",   "str",  "supt", "sächs",  "tab",     "tel",
    "tsd",    "univ", "urspr",  "verh",   "vgl",   "vol",  "vols", "vorl",   "vs",      "zit",
    "zzgl",   "zzt",  "ähnl",   "österr", "übl",   NULL,
};

/* Tails */

/* Ends that a content management system adds, in lower case. */
static const char *const tails[] = {
    "[…]",           "[...]",         "(…)",       "(...)",  "weiterlesen",
    "mehr lesen",    "zum artikel",   "read more", "(more)", "continue reading",
    "read the rest", "lire la suite", "leer más",  "(mehr)", "read the full article",
};

/* "The post TITLE appeared first on SITE." */
static const char *const credits[][2] = {
    { "The post ", " appeared first on " },
    { "Der Beitrag ", " erschien zuerst auf " },
    { "Der Artikel ", " erschien zuerst auf " },
    { "L’article ", " est apparu en premier sur " },
};

static bool
strip_suffix(GString *text, const char *suffix)
{
    if (!g_str_has_suffix(text->str, suffix))
        return false;
    g_string_truncate(text, text->len - strlen(suffix));
    return true;
}

/* Removes arrows, spaces and points of suspension from the end; true when there were any points. */
static bool
strip_arrows(GString *text)
{
    bool points = false;
    for (;;) {
        if (strip_suffix(text, "…") || strip_suffix(text, "..."))
            points = true;
        else if (!strip_suffix(text, "→") && !strip_suffix(text, "»") && !strip_suffix(text, "›") &&
                 !strip_suffix(text, ">") && !strip_suffix(text, ":") && !strip_suffix(text, " ") &&
                 !strip_suffix(text, "\n"))
            return points;
    }
}

static bool
strip_tail(GString *text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tails); i++) {
        size_t size = strlen(tails[i]);
        if (text->len >= size && g_ascii_strcasecmp(text->str + text->len - size, tails[i]) == 0) {
            g_string_truncate(text, text->len - size);
            return true;
        }
    }
    return false;
}

/* Removes what was added to the end of TEXT; true when the text itself had been cut. */
static bool
strip_tails(GString *text)
{
    bool was_cut = false;
    for (size_t i = 0; i < G_N_ELEMENTS(credits); i++) {
        char *credit = g_strrstr(text->str, credits[i][0]);
        if (credit != NULL && strstr(credit, credits[i][1]) != NULL)
            g_string_truncate(text, (gsize)(credit - text->str));
    }
    g_autofree char *whole = g_strdup(text->str);
    bool points = strip_arrows(text);
    while (strip_tail(text)) {
        was_cut = true;
        strip_arrows(text);
    }
    if (!was_cut && points) {
        g_string_assign(text, whole); /* the writer's own points of suspension */
        return true;
    }
    return was_cut;
}

/* Sentences */

static bool
is_one_of(gunichar c, const char *characters)
{
    return c != 0 && g_utf8_strchr(characters, -1, c) != NULL;
}

/* The letters and digits in the text from BEGIN on that end at STOP. */
static const char *
word_before(const char *begin, const char *stop)
{
    const char *word = stop;
    while (word > begin) {
        const char *before = g_utf8_prev_char(word);
        gunichar c = g_utf8_get_char(before);
        if (!g_unichar_isalnum(c) && !g_unichar_ismark(c))
            break;
        word = before;
    }
    return word;
}

/* What only a number makes an abbreviation: "No. 10", "Hauptstr. 5". */
static bool
counts(const char *word)
{
    return strcmp(word, "no") == 0 || g_str_has_suffix(word, "str");
}

/* True when the full stop at STOP, in the text from BEGIN on, belongs to the word before it. */
static bool
is_abbreviation(const char *begin, const char *stop)
{
    const char *word = word_before(begin, stop);
    size_t size = (size_t)(stop - word);
    bool is_address = word > begin && strchr("=/&?#_@", word[-1]) != NULL;
    if (size == 0 || is_address)
        return false;
    if (strspn(word, "0123456789") >= size)
        return size <= 2;
    if (g_utf8_strlen(word, (gssize)size) == 1 || strspn(word, "IVXLCDM") >= size)
        return true;
    g_autofree char *lower = g_utf8_strdown(word, (gssize)size);
    return g_strv_contains(abbreviations, lower) ||
           (stop[1] == ' ' && g_ascii_isdigit(stop[2]) && counts(lower));
}

/* The octets with which what may end a sentence begins: ".!?…" and a line feed. */
#define ENDS ".!?\xE2\n"

/* Behind the sentence that begins with TEXT; a line always ends one. */
static const char *
sentence_end(const char *text)
{
    for (const char *at = text; *(at += strcspn(at, ENDS)) != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c == '\n')
            return at;
        if (!is_one_of(c, ".!?…") || (c == '.' && is_abbreviation(text, at)))
            continue;
        const char *behind = g_utf8_next_char(at);
        while (is_one_of(g_utf8_get_char(behind), "\"'“”’»«)]"))
            behind = g_utf8_next_char(behind);
        if (*behind == '\0' || *behind == '\n')
            return behind;
        gunichar next = *behind == ' ' ? g_utf8_get_char(behind + 1) : 'x';
        if (g_unichar_isupper(next) || g_unichar_isdigit(next) || is_one_of(next, "\"„“»«‚‘'("))
            return behind;
    }
    return text + strlen(text);
}

static size_t
characters(const char *text)
{
    return (size_t)g_utf8_strlen(text, -1);
}

/* A number at the end of TEXT goes: what it counts was cut off. */
static void
strip_number(char *text)
{
    char *word = strrchr(text, ' ');
    if (word == NULL)
        return;
    size_t size = strlen(word + 1);
    if (size > 0 && strspn(word + 1, "0123456789.,-+/") == size)
        *word = '\0';
}

/* The beginning of SENTENCE with whole words, up to its last comma if that leaves enough. */
static char *
cut_sentence(const char *sentence)
{
    g_autofree char *cut = text_truncate(sentence, EXCERPT_MAX);
    if (strcmp(cut, sentence) == 0) /* marks count with their letters there */
        return g_steal_pointer(&cut);
    size_t size = strlen(cut) - strlen("…");
    cut[size] = '\0';
    char *last = strrchr(cut, ' ');
    if (sentence[size] != ' ' && last != NULL)
        *last = '\0';
    char *comma = g_strrstr(cut, ", ");
    if (comma != NULL && g_utf8_strlen(cut, comma - cut) >= COMMA_AFTER)
        *comma = '\0';
    else
        strip_number(cut);
    return g_strconcat(cut, "…", NULL);
}

/* True when a glance says that A and B are not the same: folding does not make one letter another. */
static bool
begin_differently(const char *a, const char *b)
{
    return g_ascii_isalpha(*a) && g_ascii_isalpha(*b) && g_ascii_tolower(*a) != g_ascii_tolower(*b);
}

static bool
is_same(const char *a, const char *b)
{
    if (begin_differently(a, b))
        return false;
    g_autofree char *left = text_fold(a);
    g_autofree char *right = text_fold(b);
    size_t size = strlen(left);
    while (size > 0 && strchr(".!?: ", left[size - 1]) != NULL)
        left[--size] = '\0';
    return strcmp(left, right) == 0;
}

/* How many of the words of A are in B. */
static guint
words_shared(char *const *a, char *const *b)
{
    guint shared = 0;
    for (; *a != NULL; a++)
        shared += g_strv_contains((const char *const *)b, *a);
    return shared;
}

/* True when SENTENCE says what TITLE has said, in nearly the same words. */
static bool
repeats_title(const char *sentence, const char *title)
{
    size_t size = strlen(sentence), title_size = strlen(title);
    if (is_same(sentence, title))
        return true;
    if (size > 2 * title_size || title_size > 2 * size) /* most are */
        return false;
    g_auto(GStrv) said = g_str_tokenize_and_fold(sentence, NULL, NULL);
    g_auto(GStrv) told = g_str_tokenize_and_fold(title, NULL, NULL);
    guint count = g_strv_length(said) + g_strv_length(told);
    return g_strv_length(told) >= TITLE_WORDS_MIN &&
           (words_shared(said, told) + words_shared(told, said)) * 100 > TITLE_SHARE_MAX * count;
}

/* "Foto: dpa", "Stand: 17.01.2026 21:48 Uhr": a line about the text rather than of it. */
static bool
is_label(const char *line)
{
    static const char *const labels[] = {
        "Foto: ",     "Fotos: ", "Bild: ",    "Stand: ", "Quelle: ", "Symbolbild", "Symbolfoto",
        "Archivfoto", "Photo: ", "Photo by ", "Image: ", "Credit: ", "Source: "
    };
    for (size_t i = 0; i < G_N_ELEMENTS(labels) && characters(line) <= LABEL_MAX; i++) {
        if (g_str_has_prefix(line, labels[i]))
            return true;
    }
    return false;
}

/* What may stand before the first sentence. */
static bool
says_nothing(const char *sentence, const char *title)
{
    return is_label(sentence) || (title != NULL && repeats_title(sentence, title));
}

/* The first sentences of TEXT that fit, at least one. */
static char *
lead_sentences(const char *text, const char *title)
{
    g_autoptr(GString) lead = g_string_new(NULL);
    while (*text != '\0') {
        const char *end = sentence_end(text);
        g_autofree char *raw = g_strndup(text, (gsize)(end - text));
        g_autofree char *sentence = text_single_line(raw);
        text = end + strspn(end, " \n");
        if (*sentence == '\0' || (lead->len == 0 && says_nothing(sentence, title)))
            continue;
        size_t size = characters(lead->str) + (lead->len > 0) + characters(sentence);
        if (size > EXCERPT_MAX && lead->len == 0)
            return cut_sentence(sentence);
        if (size > EXCERPT_MAX)
            break;
        if (lead->len > 0)
            g_string_append_c(lead, ' ');
        g_string_append(lead, sentence);
    }
    return g_string_free(g_steal_pointer(&lead), FALSE);
}

/* "(dpa) – ", "(AFP/Reuters) - ": behind it, or NULL. */
static const char *
skip_agency(const char *open)
{
    static const char *const agencies[] = { "dpa", "AFP", "AP",  "Reuters", "KNA",  "epd",
                                            "SID", "APA", "dts", "ots",     "ANSA", "PA" };
    static const char *const dashes[] = { ") – ", ") — ", ") - " };
    size_t name = strcspn(open + 1, ")/-");
    const char *close = strchr(open, ')');
    bool is_known = false;
    for (size_t i = 0; i < G_N_ELEMENTS(agencies); i++)
        is_known |=
            strlen(agencies[i]) == name && g_ascii_strncasecmp(open + 1, agencies[i], name) == 0;
    if (!is_known || close == NULL)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(dashes); i++) {
        if (g_str_has_prefix(close, dashes[i]))
            return close + strlen(dashes[i]);
    }
    return NULL;
}

/* "ELK HOLLOW, Iowa — ": behind the dash of a place in capitals, or NULL. */
static const char *
skip_place(const char *text)
{
    static const char dash[] = " — ";
    const char *end = strstr(text, dash);
    size_t capitals = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ -.'");
    if (end == NULL || end - text > DATELINE_MAX || capitals < PLACE_MIN)
        return NULL;
    return text + capitals >= end || text[capitals] == ',' ? end + strlen(dash) : NULL;
}

/* "Berlin (dpa) – ": where and by whom, which every agency's text begins with. */
static const char *
skip_dateline(const char *text)
{
    const char *open = strchr(text, '(');
    const char *behind = open == NULL || open - text > DATELINE_MAX ? NULL : skip_agency(open);
    if (behind == NULL)
        behind = skip_place(text);
    return behind != NULL ? behind : text;
}

/* The text of HTML without a tail; *WAS_CUT when it is a fragment. */
static GString *
source_text(const Html *html, bool *was_cut)
{
    g_autofree char *text = html == NULL ? NULL : html_text(html, SOURCE_MAX);
    GString *source = g_string_new(text);
    if (source->len > SOURCE_MAX) {
        const char *end = source->str + SOURCE_MAX;
        while (((unsigned char)*end & 0xC0) == 0x80)
            end--;
        g_string_truncate(source, (gsize)(end - source->str));
    }
    *was_cut = strip_tails(source);
    return source;
}

char *
excerpt_new(const Html *summary, const Html *content, const char *title)
{
    bool was_cut;
    g_autoptr(GString) source = source_text(summary, &was_cut);
    size_t size = characters(source->str);
    bool is_good = size >= SUMMARY_MIN && size <= SUMMARY_MAX && !was_cut;
    if (!is_good) { /* the long text is only looked at when it is wanted */
        bool content_was_cut;
        g_autoptr(GString) whole = source_text(content, &content_was_cut);
        if (whole->len > 0) {
            g_string_assign(source, whole->str);
            was_cut = content_was_cut;
        }
    }
    g_autofree char *excerpt = lead_sentences(skip_dateline(source->str), title);
    size_t length = strlen(excerpt);
    if (!was_cut || length == 0 || strchr(".!?\"", excerpt[length - 1]) != NULL ||
        g_str_has_suffix(excerpt, "…"))
        return g_steal_pointer(&excerpt);
    return g_strconcat(excerpt, "…", NULL);
}
