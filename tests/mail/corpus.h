/* corpus.h - text that people, feeds and hostile hands give: names, subjects, bodies. */
#pragma once

#include <stdbool.h>
#include <glib.h>

#define MARK_TOWER 200 /* combining marks on one letter */

static const char *const corpus_lines[] = {
    "",
    "a",
    "Morning digest",
    "Grüße aus Köln",
    "Die Übersicht für heute: fünf Artikel über Äpfel, Öl und Süßes",
    "ä",
    "naïve café, crème brûlée",
    "Ο Μέγας Αλέξανδρος",
    "Сводка новостей за сегодня",
    "Сводка новостей за сегодня и за вчера, потому что вчера мы её не отправили",
    "今日のニュースまとめ",
    "今日的新闻摘要今日的新闻摘要今日的新闻摘要今日的新闻摘要今日的新闻摘要今日的新闻摘要",
    "오늘의 소식",
    "สรุปข่าววันนี้",
    "आज की ख़बरें",
    "חדשות היום",
    "أخبار اليوم",
    "שלום and hello, mixed",
    "e\xCC\x81 with a mark of its own",
    "e\xCC\x81\xCC\xA7\xCC\x88 three marks",
    "🚀",
    "🚀 Launch 🎉 party",
    "👩‍👩‍👧‍👦 family 🇩🇪 flag 👍🏽 thumb",
    "a=b",
    "=",
    "==?=",
    "=?",
    "=?UTF-8?Q?fake?=",
    "=?UTF-8?B?w6Q=?= and ä",
    "50% off & more <today>",
    "\"quoted\" words",
    "back\\slash",
    "Doe, Jane",
    "O'Brien",
    "Dr. Who (the doctor)",
    "jane@example.org",
    "<script>alert(1)</script>",
    "a_b_c under_scores",
    "tab\tinside",
    "question? yes!",
    "semi;colon:comma,",
    "[list] subject",
    "From here",
    "From ",
    ".",
    "..",
    ". dot first",
    "....................................................................................",
    "-- ",
    "--=_boundary",
    "--",
    "https://example.org/a/very/long/path?with=query&and=more#and-a-fragment-that-goes-on-and-on",
    "ends in a dash -",
    "x\xC2\xA0y no-break",
    "soft\xC2\xADhyphen",
    "\xE2\x80\x9Eguillemets\xE2\x80\x9C and \xC2\xBBothers\xC2\xAB",
    "\xE2\x82\xAC 5",
    "trailing mark e\xCC\x81",
    "1234567890123456789012345678901234567890123456789012345678901234567890123456",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbb ccc",
};

static inline void
corpus_add_run(GPtrArray *corpus, const char *piece, int count, const char *end)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (int i = 0; i < count; i++)
        g_string_append(text, piece);
    g_string_append(text, end);
    g_ptr_array_add(corpus, g_string_free(g_steal_pointer(&text), FALSE));
}

/* Every text, without white space at its ends when TRIMMED: what a single line in a header is. */
static inline GPtrArray *
corpus_new(bool trimmed)
{
    GPtrArray *corpus = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < G_N_ELEMENTS(corpus_lines); i++) {
        char *text = g_strdup(corpus_lines[i]);
        g_ptr_array_add(corpus, trimmed ? g_strstrip(text) : text);
    }
    corpus_add_run(corpus, "a", 300, "");
    corpus_add_run(corpus, "ö", 300, "");
    corpus_add_run(corpus, "漢", 300, "");
    corpus_add_run(corpus, "🚀", 300, "");
    corpus_add_run(corpus, "word ", 60, "end");
    corpus_add_run(corpus, "word: ", 60, "end");
    corpus_add_run(corpus, "Wörter ", 60, "Ende");
    corpus_add_run(corpus, "\xCC\x81", MARK_TOWER, "x");
    corpus_add_run(corpus, "e\xCC\x81\xCC\x88", 100, "");
    corpus_add_run(corpus, "\"", 80, "");
    return corpus;
}
