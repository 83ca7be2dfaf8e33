#include "feed/entity-internal.h"

#include <stdlib.h>
#include <string.h>
#include <libxml/HTMLparser.h>

typedef struct {
    const char *name;
    gunichar c;
} Entity;

/* Names of HTML 5 that libxml2, which knows HTML 4, has not: the letters of Latin-2 and its
 * relatives, ASCII's punctuation, and what else is met in prose. In the order of strcmp(). */
static const Entity entities[] = {
    { "AMP", 0x26 },       { "Abreve", 0x102 },     { "Amacr", 0x100 },      { "Aogon", 0x104 },
    { "COPY", 0xA9 },      { "Cacute", 0x106 },     { "Ccaron", 0x10C },     { "Ccirc", 0x108 },
    { "Cdot", 0x10A },     { "CenterDot", 0xB7 },   { "Dcaron", 0x10E },     { "Dstrok", 0x110 },
    { "ENG", 0x14A },      { "Ecaron", 0x11A },     { "Edot", 0x116 },       { "Emacr", 0x112 },
    { "Eogon", 0x118 },    { "GT", 0x3E },          { "Gbreve", 0x11E },     { "Gcedil", 0x122 },
    { "Gcirc", 0x11C },    { "Gdot", 0x120 },       { "Hcirc", 0x124 },      { "Hstrok", 0x126 },
    { "IJlig", 0x132 },    { "Idot", 0x130 },       { "Imacr", 0x12A },      { "Iogon", 0x12E },
    { "Itilde", 0x128 },   { "Jcirc", 0x134 },      { "Kcedil", 0x136 },     { "LT", 0x3C },
    { "Lacute", 0x139 },   { "Lcaron", 0x13D },     { "Lcedil", 0x13B },     { "Lmidot", 0x13F },
    { "Lstrok", 0x141 },   { "Nacute", 0x143 },     { "Ncaron", 0x147 },     { "Ncedil", 0x145 },
    { "NewLine", 0xA },    { "Odblac", 0x150 },     { "Omacr", 0x14C },      { "QUOT", 0x22 },
    { "REG", 0xAE },       { "Racute", 0x154 },     { "Rcaron", 0x158 },     { "Rcedil", 0x156 },
    { "Sacute", 0x15A },   { "Scedil", 0x15E },     { "Scirc", 0x15C },      { "Tab", 0x9 },
    { "Tcaron", 0x164 },   { "Tcedil", 0x162 },     { "ThinSpace", 0x2009 }, { "Tstrok", 0x166 },
    { "Ubreve", 0x16C },   { "Udblac", 0x170 },     { "Umacr", 0x16A },      { "Uogon", 0x172 },
    { "Uring", 0x16E },    { "Utilde", 0x168 },     { "Wcirc", 0x174 },      { "Ycirc", 0x176 },
    { "Zacute", 0x179 },   { "Zcaron", 0x17D },     { "Zdot", 0x17B },       { "abreve", 0x103 },
    { "amacr", 0x101 },    { "aogon", 0x105 },      { "apos", 0x27 },        { "ast", 0x2A },
    { "bigstar", 0x2605 }, { "bsol", 0x5C },        { "bullet", 0x2022 },    { "cacute", 0x107 },
    { "ccaron", 0x10D },   { "ccirc", 0x109 },      { "cdot", 0x10B },       { "centerdot", 0xB7 },
    { "check", 0x2713 },   { "checkmark", 0x2713 }, { "colon", 0x3A },       { "comma", 0x2C },
    { "commat", 0x40 },    { "cross", 0x2717 },     { "dash", 0x2010 },      { "dcaron", 0x10F },
    { "dollar", 0x24 },    { "dstrok", 0x111 },     { "ecaron", 0x11B },     { "edot", 0x117 },
    { "emacr", 0x113 },    { "emsp13", 0x2004 },    { "emsp14", 0x2005 },    { "eng", 0x14B },
    { "eogon", 0x119 },    { "equals", 0x3D },      { "excl", 0x21 },        { "female", 0x2640 },
    { "flat", 0x266D },    { "frac13", 0x2153 },    { "frac15", 0x2155 },    { "frac16", 0x2159 },
    { "frac18", 0x215B },  { "frac23", 0x2154 },    { "frac25", 0x2156 },    { "frac35", 0x2157 },
    { "frac38", 0x215C },  { "frac45", 0x2158 },    { "frac56", 0x215A },    { "frac58", 0x215D },
    { "frac78", 0x215E },  { "gbreve", 0x11F },     { "gcirc", 0x11D },      { "gdot", 0x121 },
    { "grave", 0x60 },     { "hairsp", 0x200A },    { "hcirc", 0x125 },      { "horbar", 0x2015 },
    { "hstrok", 0x127 },   { "hyphen", 0x2010 },    { "ijlig", 0x133 },      { "imacr", 0x12B },
    { "inodot", 0x131 },   { "iogon", 0x12F },      { "itilde", 0x129 },     { "jcirc", 0x135 },
    { "kcedil", 0x137 },   { "lacute", 0x13A },     { "lbrace", 0x7B },      { "lbrack", 0x5B },
    { "lcaron", 0x13E },   { "lcedil", 0x13C },     { "lcub", 0x7B },        { "ldquor", 0x201E },
    { "lmidot", 0x140 },   { "lowbar", 0x5F },      { "lpar", 0x28 },        { "lsqb", 0x5B },
    { "lsquor", 0x201A },  { "lstrok", 0x142 },     { "male", 0x2642 },      { "mldr", 0x2026 },
    { "nacute", 0x144 },   { "napos", 0x149 },      { "natural", 0x266E },   { "ncaron", 0x148 },
    { "ncedil", 0x146 },   { "nldr", 0x2025 },      { "num", 0x23 },         { "numero", 0x2116 },
    { "numsp", 0x2007 },   { "odblac", 0x151 },     { "omacr", 0x14D },      { "percnt", 0x25 },
    { "period", 0x2E },    { "phone", 0x260E },     { "plus", 0x2B },        { "puncsp", 0x2008 },
    { "quest", 0x3F },     { "racute", 0x155 },     { "rbrace", 0x7D },      { "rbrack", 0x5D },
    { "rcaron", 0x159 },   { "rcedil", 0x157 },     { "rcub", 0x7D },        { "rdquor", 0x201D },
    { "rpar", 0x29 },      { "rsqb", 0x5D },        { "rsquor", 0x2019 },    { "sacute", 0x15B },
    { "scedil", 0x15F },   { "scirc", 0x15D },      { "semi", 0x3B },        { "sharp", 0x266F },
    { "sol", 0x2F },       { "star", 0x2606 },      { "starf", 0x2605 },     { "tcaron", 0x165 },
    { "tcedil", 0x163 },   { "tstrok", 0x167 },     { "ubreve", 0x16D },     { "udblac", 0x171 },
    { "umacr", 0x16B },    { "uogon", 0x173 },      { "uring", 0x16F },      { "utilde", 0x169 },
    { "verbar", 0x7C },    { "vert", 0x7C },        { "wcirc", 0x175 },      { "ycirc", 0x177 },
    { "zacute", 0x17A },   { "zcaron", 0x17E },     { "zdot", 0x17C },
};

static int
compare_names(const void *name, const void *entity)
{
    return strcmp(name, ((const Entity *)entity)->name);
}

gunichar
entity_find(const char *name)
{
    /* libxml2 goes through its list of 253 for each; nearly all references are these. */
    static const Entity common[] = { { "lt", '<' },   { "gt", '>' },    { "amp", '&' },
                                     { "quot", '"' }, { "apos", '\'' }, { "nbsp", 0xA0 } };
    for (size_t i = 0; i < G_N_ELEMENTS(common); i++) {
        if (strcmp(name, common[i].name) == 0)
            return common[i].c;
    }
    const htmlEntityDesc *known = htmlEntityLookup((const xmlChar *)name);
    if (known != NULL)
        return known->value;
    const Entity *found =
        bsearch(name, entities, G_N_ELEMENTS(entities), sizeof entities[0], compare_names);
    return found == NULL ? 0 : found->c;
}
