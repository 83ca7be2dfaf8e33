#include "feed/date_word-internal.h"

#include <string.h>
#include <glib.h>

/* How the names of the months begin. Where several fit, the longest beginning counts: Finnish
 * "marraskuu" is no March. Croatian is not here: its "lipanj" and "listopad" are a month off from
 * what they mean to its neighbours. */
static const char *const months[][12] = {
    /* English, German, Dutch, Nordic languages */
    { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec" },
    { NULL, NULL, "mae", NULL, "mai", NULL, NULL, NULL, NULL, "okt", NULL, "dez" },
    { NULL, NULL, "mrz", NULL, "maj", NULL, NULL, NULL, NULL, NULL, NULL, "des" },
    { NULL, NULL, "mrt", NULL, "mei", NULL, NULL, NULL, NULL, NULL, NULL, NULL },
    /* French, Spanish, Italian, Portuguese, Romanian */
    { NULL, "fev", NULL, "avr", NULL, "juin", "juil", "aou", NULL, NULL, NULL, NULL },
    { "ene", NULL, NULL, "abr", NULL, NULL, NULL, "ago", "set", NULL, NULL, "dic" },
    { "gen", NULL, NULL, NULL, "mag", "giu", "lug", NULL, NULL, "ott", NULL, NULL },
    { "ian", NULL, NULL, NULL, NULL, "iun", "iul", NULL, NULL, "out", "noi", NULL },
    /* Polish, Czech (whose June and July differ late), Turkish, Finnish */
    { "sty", "lut", NULL, "kwi", NULL, "cze", "lip", "sie", "wrz", "paz", "lis", "gru" },
    { "led", "uno", "bre", "dub", "kve", "cerv", "cervenc", "srp", "zar", "rij", NULL, "pro" },
    { NULL, NULL, NULL, NULL, NULL, "cvn", "cervenec", NULL, NULL, NULL, NULL, NULL },
    { NULL, NULL, NULL, NULL, NULL, NULL, "cvc", NULL, NULL, NULL, NULL, NULL },
    { "oca", "sub", NULL, "nis", NULL, "haz", "tem", "agu", "eyl", "eki", "kas", "ara" },
    { "tam", "hel", "maa", "huh", "tou", "kes", "hei", "elo", "syy", "lok", "marr", "jou" },
    /* Russian, Ukrainian, Greek */
    { "янв", "фев", "мар", "апр", "мая", "июн", "июл", "авг", "сен", "окт", "ноя", "дек" },
    { NULL, NULL, NULL, NULL, "маи", NULL, NULL, NULL, NULL, NULL, NULL, NULL },
    { "січ", "лют", "бер", "кві", "тра", "чер", "лип", "сер", "вер", "жов", "лис", "гру" },
    { "ιαν", "φεβ", "μαρ", "απρ", "μαι", "ιουν", "ιουλ", "αυγ", "σεπ", "οκτ", "νοε", "δεκ" },
};

/* Zone names that feeds use. Military letters were defined the wrong way round (RFC 2822, 4.3) and
 * are taken for UTC, as is every name that is not here. */
static const struct {
    const char *name;
    int minutes;
} zones[] = {
    { "wet", 0 },    { "west", 60 },  { "bst", 60 },    { "cet", 60 },    { "mez", 60 },
    { "cest", 120 }, { "mesz", 120 }, { "eet", 120 },   { "sast", 120 },  { "eest", 180 },
    { "msk", 180 },  { "ist", 330 },  { "sgt", 480 },   { "hkt", 480 },   { "awst", 480 },
    { "jst", 540 },  { "kst", 540 },  { "acst", 570 },  { "aest", 600 },  { "acdt", 630 },
    { "aedt", 660 }, { "nzst", 720 }, { "nzdt", 780 },  { "brt", -180 },  { "art", -180 },
    { "adt", -180 }, { "ndt", -150 }, { "nst", -210 },  { "ast", -240 },  { "edt", -240 },
    { "est", -300 }, { "cdt", -300 }, { "cst", -360 },  { "mdt", -360 },  { "mst", -420 },
    { "pdt", -420 }, { "pst", -480 }, { "akdt", -480 }, { "akst", -540 }, { "hst", -600 },
};

int
date_word_month(const char *word)
{
    int month = 0;
    size_t longest = 0;
    for (size_t language = 0; language < G_N_ELEMENTS(months); language++) {
        if (longest > 0 && word[longest] == '\0')
            break;
        for (int i = 0; i < 12; i++) {
            const char *start = months[language][i];
            if (start == NULL || start[0] != word[0] || !g_str_has_prefix(word, start) ||
                strlen(start) <= longest)
                continue;
            longest = strlen(start);
            month = i + 1;
        }
    }
    return month;
}

bool
date_word_zone(const char *word, int *offset)
{
    for (size_t i = 0; i < G_N_ELEMENTS(zones); i++) {
        if (strcmp(word, zones[i].name) == 0) {
            *offset = zones[i].minutes * 60;
            return true;
        }
    }
    return false;
}
