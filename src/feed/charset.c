#include "feed/charset-internal.h"

#include <stdbool.h>
#include <string.h>
#include <glib.h>

/* Longer ones are none. */
#define LABEL_MAX 40u

/* Labels in small letters and without punctuation, separated by spaces. Those of the encoding
 * standard of the WHATWG, and some that only feeds use. Latin-1 and ASCII mean Windows-1252 and the
 * East Asian sets their larger successors, for that is what the octets are. */
static const struct {
    const char *charset;
    const char *labels;
} charsets[] = {
    { "CP866", "866 cp866 csibm866 ibm866" },
    { "ISO-8859-2", "csisolatin2 isoir101 iso88592 iso885921987 l2 latin2" },
    { "ISO-8859-3", "csisolatin3 isoir109 iso88593 iso885931988 l3 latin3" },
    { "ISO-8859-4", "csisolatin4 isoir110 iso88594 iso885941988 l4 latin4" },
    { "ISO-8859-5", "csisolatincyrillic cyrillic isoir144 iso88595 iso885951988" },
    { "ISO-8859-6", "arabic asmo708 csiso88596e csiso88596i csisolatinarabic ecma114 isoir127 "
                    "iso88596 iso88596e iso88596i iso885961987" },
    { "ISO-8859-7", "csisolatingreek ecma118 elot928 greek greek8 isoir126 iso88597 "
                    "iso885971987 suneugreek" },
    { "ISO-8859-8", "csiso88598e csiso88598i csisolatinhebrew hebrew isoir138 iso88598 iso88598e "
                    "iso88598i iso885981988 logical visual" },
    { "ISO-8859-10", "csisolatin6 isoir157 iso885910 l6 latin6" },
    { "ISO-8859-13", "iso885913 latin7" },
    { "ISO-8859-14", "iso885914 latin8" },
    { "ISO-8859-15", "csisolatin9 iso885915 l9 latin9" },
    { "ISO-8859-16", "iso885916 latin10" },
    { "KOI8-R", "cskoi8r koi koi8 koi8r" },
    { "KOI8-U", "koi8ru koi8u" },
    { "MACINTOSH", "csmacintosh mac macintosh macroman xmacroman" },
    { "MAC-CYRILLIC", "xmaccyrillic xmacukrainian" },
    { "CP874", "cp874 dos874 iso885911 tis620 windows874" },
    { "CP1250", "cp1250 win1250 windows1250 xcp1250" },
    { "CP1251", "cp1251 win1251 windows1251 xcp1251" },
    { "CP1252", "ansi ansix341968 ascii cp1252 cp819 csisolatin1 ibm819 isoir100 iso88591 "
                "iso885911987 l1 latin1 usascii win1252 windows1252 xansi xcp1252" },
    { "CP1253", "cp1253 win1253 windows1253 xcp1253" },
    { "CP1254", "cp1254 csisolatin5 isoir148 iso88599 iso885991989 l5 latin5 win1254 windows1254 "
                "xcp1254" },
    { "CP1255", "cp1255 win1255 windows1255 xcp1255" },
    { "CP1256", "cp1256 win1256 windows1256 xcp1256" },
    { "CP1257", "cp1257 win1257 windows1257 xcp1257" },
    { "CP1258", "cp1258 win1258 windows1258 xcp1258" },
    { "GB18030", "chinese cp936 csgb2312 csiso58gb231280 gb18030 gb2312 gb231280 gbk isoir58 ms936 "
                 "windows936 xgbk" },
    { "BIG5-HKSCS", "big5 big5hkscs cnbig5 csbig5 xxbig5" },
    { "CP950", "cp950 windows950" },
    { "EUC-JP-MS", "cseucpkdfmtjapanese eucjp ujis xeucjp" },
    { "ISO-2022-JP", "csiso2022jp iso2022jp" },
    { "CP932", "cp932 csshiftjis ms932 mskanji shiftjis sjis windows31j xsjis" },
    { "CP949", "cp949 cseuckr csksc56011987 euckr isoir149 korean ksc5601 ksc56011987 ksc56011989 "
               "uhc windows949 xwindows949" },
};

/* True when WORD is one of WORDS, which are separated by spaces. */
static bool
has_word(const char *words, const char *word)
{
    size_t size = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at++) {
        bool begins = at == words || at[-1] == ' ';
        if (begins && (at[size] == ' ' || at[size] == '\0'))
            return true;
    }
    return false;
}

const char *
charset_find(const char *label, size_t size)
{
    char plain[LABEL_MAX + 1];
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        if (!g_ascii_isalnum(label[i]))
            continue;
        if (length == LABEL_MAX)
            return NULL;
        plain[length++] = g_ascii_tolower(label[i]);
    }
    plain[length] = '\0';
    for (size_t i = 0; i < G_N_ELEMENTS(charsets) && length > 0; i++) {
        if (has_word(charsets[i].labels, plain))
            return charsets[i].charset;
    }
    return NULL;
}
