/* What furniture says (phrase_reach() of furniture-internal.h), in German and English. */
#include "html/furniture-internal.h"

#include <string.h>

#include "base/text.h"

/* Longer lines are no headings, and these are no remarks. */
#define HEADING_MAX 90u
#define REMARK_MAX  260u
/* A word that a sentence may hold makes shorter ones furniture. */
#define SHORT_MAX 60u

/* No sentence of an article begins with so many words of a phrase. */
#define DISTINCT_WORDS 3u

/* Phrases are folded, with '#' for a number, and without punctuation at either end. One that ends with
 * '*' begins a line, one that begins with '*' is somewhere in it; others are all of it. */
typedef struct {
    Reach reach;
    size_t max;          /* characters of the line */
    const char *phrases; /* separated by ", " */
} Phrases;

static const Phrases table[] = {
    { REACH_BOX, REMARK_MAX,
      "*delivered to your inbox*, *in your inbox*, *newsletter*abonnieren*, "
      "*abonnieren*newsletter*, *newsletter*anmelden*, *anmelden*newsletter*, *verpassen sie "
      "keine*, *keine*mehr verpassen*, *um keine*zu verpassen*, *mit einer spende*, "
      "*jetzt*spenden, *über paypal*, unterstütze unsere arbeit*, unterstützen sie unsere arbeit*, "
      "support our work*, *support our journalism*, *make a donation*, *become a member today*, "
      "*in ihr postfach*, *in ihrem postfach*, *in "
      "dein postfach*, *per e-mail*abonnieren*, *i understand and agree that*, *by "
      "subscribing*agree*, *by signing up*agree*, *by clicking*agree*, *our privacy policy*, *in "
      "unserer datenschutzerklärung*, *unsere datenschutzerklärung*, start your subscription*, "
      "this content is for subscribers*, diese inhalte sind *abonnenten*, keine news*verpassen*, "
      "keine neuigkeit*verpassen*, be the first to know*, you’ve read # *, you've read # *, "
      "*jederzeit kündbar*, jetzt weiterlesen, register for free*, *to continue reading*, *to "
      "unlock this article*, "
      "please turn on javascript*, please enable javascript*, *javascript*aktivieren*" },
    { REACH_BOX, SHORT_MAX, "*newsletter*" },
    { REACH_REST, HEADING_MAX,
      "kommentare, # kommentare, # kommentar, kommentare (#), ein kommentar, "
      "keine kommentare, kommentare zu*, kommentare zum*, leserkommentare, ihre kommentare, "
      "schreibe einen kommentar*, schreiben sie einen kommentar*, kommentar schreiben*, "
      "kommentar verfassen*, kommentar hinterlassen*, kommentar abgeben*, "
      "hinterlasse einen kommentar*, hinterlasse eine antwort*, hinterlassen sie einen*, "
      "deine meinung*, ihre meinung*, diskutieren sie mit*, diskutiere mit*, mitdiskutieren*, "
      "jetzt kommentieren*, # gedanken zu*, ein gedanke zu*, # antworten*, "
      "antwort hinterlassen*, antworten abbrechen*, lesermeinungen*, pingbacks*, comments, "
      "# comments, # comment, one comment, no comments*, comments (#), comments on*, "
      "leave a comment*, leave a reply*, leave your comment*, leave a response*, "
      "post a comment*, post a reply*, add a comment*, add your comment*, write a comment*, "
      "join the conversation*, join the discussion*, # thoughts on*, one thought on*, "
      "# responses to*, one response to*, # responses, responses (#), # replies*, reader "
      "comments*, "
      "guest book*, guestbook*, gästebuch*, view comments*, show comments*, load comments*, have "
      "your say*, what do you think" },
    { REACH_SECTION, HEADING_MAX,
      "über den autor*, über die autor*, zum autor*, zur autorin*, "
      "der autor, die autorin, autor, autorin, autoren, autor und*, about the author*, "
      "about the writer*, about author*, meet the author*, more about the author*, "
      "the author, author, author bio*, newsletter*, unser newsletter*, "
      "*newsletter abonnieren*, *newsletter anmelden*, *zum newsletter*, "
      "newsletter-anmeldung*, kostenlos anmelden*, jetzt abonnieren*, kostenlos abonnieren*, "
      "*auf dem laufenden bleiben*, bleiben sie auf dem laufenden*, bleib auf dem laufenden*, "
      "nichts mehr verpassen*, nichts verpassen*, keine nachricht verpassen*, "
      "immer "
      "informiert*, rückfragen bitte*, für rückfragen*, kontakt für rückfragen*, ansprechpartner*, "
      "wissenschaftliche ansprechpartner*, wissenschaftlicher ansprechpartner*, "
      "originalpublikation*, verwendete quellen*, quellen, quellenangaben*, sources, references, "
      "also from this source*,  sign up for*, sign up to*, subscribe*, get our newsletter*, "
      "get the newsletter*, our newsletter*, join our newsletter*, join our mailing list*, "
      "stay up to date*, stay informed*, get the latest*, never miss*, don't miss a*, "
      "jetzt abo*, jetzt mitglied werden*, unterstützen sie uns*, unterstütze uns*, "
      "unterstützen sie unsere*, unterstütze unsere*, support us*, support our*, spenden, "
      "jetzt spenden*, stellenangebote*, stellenanzeigen*, stellenmarkt*, aktuelle stellen*, "
      "aktuelle jobs*, offene stellen*, jobs, jobs in*, jobs aus*, jobs bei*, jobs für*, "
      "jobangebote*, karriere, top-jobs*, latest jobs*, job offers*, job listings*, jobs at*, "
      "*fachbuch:*, *buchtipp*, *buch-tipp*, buchempfehlung*, unsere buchtipps*, unsere bücher*, "
      "das buch zum*, literaturtipp*, aus unserem shop*, aus dem shop*, in unserem shop*, "
      "produktempfehlung*, unsere produktempfehlung*, book recommendation*, buy the book*, "
      "express-kauf*, magazin kaufen, heft kaufen, ausgabe kaufen, pressekontakt*, "
      "media contact*, press contact*, from our shop*, from our store*, shop our*, our partners*, "
      "wetter, weather, umfrage, podcast, "
      "video, videos, bildergalerie*, fotostrecke*" },
    { REACH_LINKS, HEADING_MAX,
      "ähnliche beiträge*, ähnliche artikel*, ähnliche themen*, ähnliche nachrichten*, "
      "ähnliche meldungen*, ähnliche inhalte*, das könnte sie*, das könnte dich*, "
      "das könnte euch*, das könnte ihnen*, das interessiert*, dies könnte*, "
      "könnte sie auch*, könnte dich auch*, auch interessant*, auch spannend*, "
      "auch lesenswert*, ebenfalls interessant*, lesen sie auch*, lesen sie mehr*, "
      "lesen sie hier*, lesen sie weiter*, lesen sie dazu*, lies auch*, lies mehr*, "
      "lies hier*, lest auch*, lesetipp*, lese-tipp*, passende jobs*, passende stellen*, "
      "interessante jobs*, jobs zum thema*, mehr zum thema*, "
      "mehr zu diesem thema*, mehr zu den themen*, mehr zu*, mehr dazu*, mehr aus*, "
      "mehr von*, mehr lesen*, mehr artikel*, mehr beiträge*, mehr nachrichten*, mehr news*, "
      "mehr über*, mehr infos*, mehr informationen*, passend dazu*, passend zum thema*, "
      "passende artikel*, zum thema, zum weiterlesen*, weiterlesen*, weitere artikel*, "
      "weitere beiträge*, weitere nachrichten*, weitere meldungen*, weitere themen*, "
      "weitere news*, weitere infos*, weitere informationen*, weitere links*, "
      "weiterführende*, verwandte*, dazu passend*, neueste*, neuste*, aktuelle beiträge*, "
      "aktuelle artikel*, aktuelle meldungen*, aktuelle nachrichten*, letzte beiträge*, "
      "meistgelesen*, am meisten gelesen*, meist gelesen*, beliebte*, beliebteste*, "
      "top-themen*, top themen*, topthemen*, top-artikel*, unsere empfehlung*, empfehlungen*, "
      "empfohlene*, empfohlen*, redaktionsempfehlung*, leseempfehlung*, nächster artikel*, "
      "nächster beitrag*, vorheriger artikel*, vorheriger beitrag*, related*, recommended*, "
      "recommendations*, you may also*, you may have missed*, you might have missed*, you might "
      "also*, you may like*, you might like*, "
      "you may be interested*, also read*, read also*, read next*, read more*, read this*, "
      "see also, more from*, more on*, more in*, more stories*, more news*, more articles*, "
      "more like this*, more about*, more to read*, more posts*, more great*, up next*, "
      "next up*, further reading*, trending*, most read*, most popular*, most viewed*, "
      "popular posts*, popular stories*, popular articles*, latest news*, latest stories*, "
      "latest posts*, latest articles*, latest from*, recent posts*, recent articles*, "
      "recent stories*, don't miss*, what to read next*, what to know*, similar*, "
      "explore more*, go deeper*, more for you*, für sie empfohlen*, editor's picks*, editors' "
      "picks*, top "
      "stories*, in this story*, "
      "in other news*, elsewhere on*, previous post*, next post*, previous article*, "
      "next article*, from around the web*, around the web*, inhalt, inhaltsverzeichnis*, "
      "inhaltsübersicht*, auf dieser seite*, in diesem artikel*, table of contents*, "
      "contents, on this page*, in this article*, jump to*, schlagworte*, schlagwörter*, "
      "stichworte*, stichwörter*, tags, tags:*, themen, themen:*, themen in diesem*, topics, "
      "topics:*, filed under*, kategorien, kategorie*, categories, archiv, archive, links, "
      "links zum thema*, links zum artikel*, teilen, artikel teilen*, beitrag teilen*, "
      "diesen artikel teilen*, diesen beitrag teilen*, teilen mit*, teilen sie*, "
      "teile diesen*, seite teilen*, share, share this*, share on*, share:*, share the*, "
      "share article*, share story*, share via*, gefällt mir*, gefällt dir*, like this*, "
      "like loading*, folge uns*, folgen sie uns*, folgt uns*, follow us*, follow on*, "
      "connect with us*, anzeige, anzeigen, werbung, advertisement, advertising, sponsored*, "
      "präsentiert von*, gesponsert von*, companies in this*, mentioned in this*, paid "
      "for by*, paid content*, paid post*, presented by*, brought to you by*, partner content*, "
      "from our partner*, from our sponsor*, "
      "ad" },
    { REACH_BLOCK, REMARK_MAX,
      "lesen sie auch*, lesen sie mehr*, lesen sie hier*, lesen sie dazu*, lesen sie jetzt*, "
      "lies auch*, lies hier*, lest auch*, auch interessant*, mehr zum thema*, mehr dazu*, "
      "mehr hier*, siehe auch*, siehe dazu*, zum artikel*, zur startseite*, hier geht es zu*, "
      "hier geht's zu*, hier gehts zu*, hier lesen sie*, passend dazu*, weiterlesen*, "
      "dazu auch*, related:*, read more*, read also*, also read*, read next*, see also:*, "
      "more:*, more on this*, more from*, watch:*, watch now*, listen:*, listen to this*, "
      "click here*, tap here*, don't miss*, must read*, bild:*, bilder:*, foto:*, fotos:*, "
      "foto ©*, bild ©*, symbolbild*, symbolfoto*, archivbild*, archivfoto*, bildquelle*, "
      "bildnachweis*, titelbild*, beitragsbild*, quelle:*, quellen:*, grafik:*, image:*, "
      "image credit*, photo:*, *photo by *, *photos by *, *photographs by *, photo by*, photo "
      "credit*, photograph:*, picture:*, credit:*, "
      "source:*, illustration:*, file photo*, (c)*, ©*, copyright*, alle rechte vorbehalten*, "
      "all rights reserved*, *alle rechte vorbehalten, *all rights reserved*, bild # von #*, "
      "bild #/#*, #/#, # von #, # of #, "
      "#:#, #.#, #:# uhr, #.# uhr, #.# gmt, #:# gmt, #.# bst, #:# bst, #:# am, #:# pm, #:# a.m, "
      "#:# p.m, #:#am, #:#pm, #.#am, #.#pm, #.#am gmt, #.#pm gmt, #.#am bst, #.#pm bst, #:# et, "
      "#:# am et, #:# pm et, # min ago, # mins ago, # minutes ago, # hour ago, # hours ago, "
      "# day ago, # days ago, #h ago, #m ago, # neue beiträge, vergrössern*, image # of #*, audio: "
      "artikel "
      "vorlesen*, "
      "artikel vorlesen*, artikel anhören*, listen to the article*, listen to article*, "
      "diesen artikel anhören*, beitrag anhören*, vorlesen*, mit material von*, "
      "mit inhalten von*, (dpa*), (afp*), (ap), (reuters*), (kna*), (epd*), (sid*), (dts*), "
      "(red*), (pm), dpa-infocom*, dpa*newsdesk*, dts nachrichtenagentur*, anzeige*, "
      "werbung*, advertisement*, article continues*, story continues*, continue reading*, "
      "scroll to continue*, *affiliate-link*, *affiliate link*, *affiliate commission*, "
      "*provision*kaufen*, *einkaufslink*, *amazon-partner*, *amazon associate*, "
      "*earn a commission*, *erhalten wir eine*provision*, isbn*, *isbn #*, jetzt bestellen*, "
      "jetzt kaufen*, bei amazon*, hier bestellen*, buy now*, buy on*, order now*, "
      "newsletter*, *newsletter abonnieren*, *newsletter anmelden*, *unseren newsletter*, "
      "*our newsletter*, *our daily newsletter*, *weekly newsletter*, sign up*, subscribe*, "
      "ihre e-mail-adresse*, deine e-mail-adresse*, e-mail-adresse*, your email*, "
      "enter your email*, abonnieren sie*, abonniere*, jetzt abonnieren*, *whatsapp-kanal*, "
      "*telegram-kanal*, *whatsapp channel*, *auf whatsapp*folgen*, *bei google news*, "
      "*google news*follow*, follow us*, follow *on twitter*, follow*on facebook*, "
      "follow*on instagram*, follow*on x, folgen sie*, folge uns*, folgt uns*, like us on*, "
      "download our*, download the*app*, this article was originally published*, "
      "this story was originally published*, originally published*, "
      "this article originally appeared*, this article first appeared*, "
      "republished*permission*, dieser artikel erschien zuerst*, "
      "dieser beitrag erschien zuerst*, der beitrag * erschien zuerst auf*, "
      "der artikel * erschien zuerst auf*, the post * appeared first on*, "
      "dieser text erschien*zuerst*, zuerst erschienen*, dieser beitrag wurde *, "
      "dieser eintrag wurde *, dieser artikel wurde *veröffentlicht*, veröffentlicht am*, "
      "veröffentlicht in*, veröffentlicht von*, veröffentlicht unter*, veröffentlicht:*, "
      "erstellt am*, erstellt:*, aktualisiert am*, aktualisiert:*, zuletzt aktualisiert*, "
      "letzte aktualisierung*, letzte änderung*, stand:*, published:*, published on*, "
      "published at*, posted on*, posted: *, posted in*, posted by*, posted at*, last updated*, "
      "last modified*, updated:*, updated on*, updated at*, first published*, "
      "this entry was posted*, filed under*, tagged with*, tagged:*, tags:*, tag:*, "
      "schlagworte:*, schlagwörter:*, stichworte:*, kategorie:*, kategorien:*, themen:*, "
      "topics:*, categories:*, category:*, lesezeit*, lesedauer*, # min*, "
      "# minuten lesezeit*, # minute read*, # min read*, reading time*, estimated reading*, "
      "read time*, von redaktion*, autor:*, autorin:*, text:*, text und foto*, "
      "text und fotos*, alle beiträge von*, alle artikel von*, view all posts*, "
      "all posts by*, more by*, zum profil*, view profile*, teilen*mit*, "
      "gefällt mir wird geladen*, wird geladen*, loading*, drucken*, print this*, "
      "artikel drucken*, artikel merken*, merken*, kommentieren*, jetzt kommentieren*, "
      "# kommentare*, # comments*, leave a comment*, comments are closed*, comments closed*, "
      "kommentare sind geschlossen*, die kommentarfunktion ist*, die kommentarfunktion wurde*, "
      "die kommentarfunktion steht*, kommentare werden moderiert*, kommentare werden vor*, "
      "kommentare werden nach*, kommentare werden erst*, kommentare werden von*, "
      "kommentare werden durch*, kommentare werden nicht*, kommentare werden geprüft*, "
      "*kommentare*moderiert*, *kommentare*freigeschaltet*, *kommentare*geprüft*, ihr kommentar "
      "wird*, dein kommentar wird*, "
      "kommentare werden manuell*, *der kommentar wird*freigeschaltet, "
      "*kommentar*wird*freigeschaltet*, *kommentar*werden*freigeschaltet*, "
      "bitte beachten sie unsere*, bitte beachte unsere*, *netiquette*, "
      "ihr kommentar wartet*, dein kommentar wartet*, your comment is awaiting*, "
      "deine e-mail-adresse wird nicht*, ihre e-mail-adresse wird nicht*, "
      "your email address will not*, erforderliche felder sind*, required fields are*, "
      "du musst angemeldet sein*, sie müssen angemeldet sein*, you must be logged in*, "
      "nach oben*, zurück zur*, zurück zum*, zurück nach*, zurück, back to top*, back to*, "
      "nächste seite*, vorherige seite*, seite # von #*, page # of #*, previous*next*, "
      "an dieser stelle finden sie*, an dieser stelle befindet sich*, "
      "empfohlener externer inhalt*, externer inhalt*, externen inhalt*, "
      "ich bin damit einverstanden*, ich bin einverstanden*, *externe inhalte*, "
      "*inhalte anzuzeigen*, *inhalt anzuzeigen*, *cookies akzeptieren*, "
      "wir verwenden cookies*, diese seite verwendet cookies*, we use cookies*, "
      "this site uses cookies*, this website uses cookies*, this content is not available*, "
      "mit dem laden des*, inhalt von * laden*, video laden*, karte laden*, "
      "diese website verwendet akismet*, this site uses akismet*, "
      "dieser artikel ist *abonnenten*, jetzt weiterlesen mit*, weiterlesen mit*, "
      "sie haben noch kein*abo*, bereits abonnent*, sie sind bereits abonnent*, "
      "already a subscriber*, already have an account*, this article is for subscribers*, "
      "log in*, anmelden*, registrieren*, fehler gefunden*, korrekturhinweis*, "
      "haben sie einen fehler*, hinweis: dieser artikel enthält*, transparenzhinweis*, "
      "unterstützen sie *, wenn ihnen dieser artikel*, wenn dir dieser artikel*, "
      "hat ihnen der artikel*, hat dir der artikel*, war dieser artikel*, was this article*, "
      "if you liked this*, if you enjoyed this*, enjoyed this*, *buy me a coffee*, "
      "*subscribe to my*, *subscribe to our*, did you like*, have a tip*, have a news tip*, *email "
      "our newsroom*, support local journalism*, *subscribe today for*, got a tip*, do you have "
      "a story*, send us*tip*, "
      "dieses thema im programm*, über dieses thema berichtet*, reporting by*editing by*, "
      "*contributed to this report, *contributed to this story, *contributed to this article, "
      "*contributed reporting*, *contributed research, with files from*, with reporting by*, "
      "additional reporting by*, (reporting by*, (additional reporting*, (with input*, with inputs "
      "from*, (except for the headline*, (this story has not been edited*, a version of this "
      "article*, a version of this story*, *order reprints*, how we rate and review*, "
      "editing by*, reach*reporter*at*, original-content von*, "
      "umfang: # heftseiten*, preis € #*, *artikel als pdf kaufen*, als digital-abonnent*, "
      "*please chip in*, *chip in*a month*, *please consider donating*, *please consider a *, "
      "*please consider becoming*, *please consider supporting*, #', "
      "this article contains content provided by*, allow*content?, end of*post, end of*content, "
      "skip*and continue reading, skip*post, skip advertisement, a post shared by*, view this post "
      "on*, if you*affected by*issues*, more to follow, updates to follow, *app store*google "
      "play*, "
      "the views expressed in this*, the opinions expressed in this*, view comments, # shares, "
      "# views, #k shares, #k views, "
      "this article is more than # *old, dieser artikel ist älter als*, the rules of replying*, "
      "*keep it clean*, *kann einen arztbesuch nicht ersetzen*, *ersetzt keine*beratung*, "
      "facebook, twitter, linkedin, whatsapp, flipboard, pinterest, reddit, xing, telegram, email, "
      "e-mail, copy link, link copied, link kopieren, print, share to facebook*, share to "
      "twitter*, "
      "share to linkedin*, toggle caption, hide caption, video player is loading*, *<iframe src=*, "
      "opinions expressed by*are their own*, *is a reader-supported publication*, "
      "this is an archived article*, *you can now listen to*, stay with*for updates*, *for iphone "
      "and android*, disclosure:*, offenlegung:*, merkmale dieser pressemitteilung*, pin it*, *auf "
      "pinterest, "
      "our standards:*, impressum*, datenschutz*" },
};

/* Arrows, bells and other pictures before a phrase. */
static bool
is_decoration(gunichar c)
{
    return !g_unichar_isalnum(c) && g_utf8_strchr("(©#[", -1, c) == NULL;
}

/* The line as the phrases are written. */
static char *
plain_line(const char *line)
{
    static const char decoration[] = " .:!…»«›‹→←►▶▸•*|-–—_+>&›\"„“”";
    g_autofree char *folded = text_fold(line);
    GString *plain = g_string_new(NULL);
    const char *at = folded;
    while (*at != '\0' && is_decoration(g_utf8_get_char(at)))
        at = g_utf8_next_char(at);
    for (; *at != '\0'; at++) {
        bool is_digit = g_ascii_isdigit(*at);
        if (!is_digit)
            g_string_append_c(plain, *at);
        else if (plain->len == 0 || plain->str[plain->len - 1] != '#')
            g_string_append_c(plain, '#');
    }
    while (plain->len > 0) {
        const char *last = g_utf8_prev_char(plain->str + plain->len);
        if (g_utf8_strchr(decoration, -1, g_utf8_get_char(last)) == NULL)
            break;
        g_string_truncate(plain, (gsize)(last - plain->str));
    }
    return g_string_free(plain, FALSE);
}

/* Where PART (SIZE octets) ends in LINE, at the beginning or (ANYWHERE) further on; NULL: nowhere. */
static const char *
match_part(const char *line, const char *part, size_t size, bool anywhere)
{
    const char *at = anywhere                         ? memmem(line, strlen(line), part, size)
                     : strncmp(line, part, size) == 0 ? line
                                                      : NULL;
    return at != NULL ? at + size : NULL;
}

/* The words of PATTERN. */
static unsigned
count_words(const char *pattern)
{
    unsigned count = 0;
    size_t size = strcspn(pattern, ",");
    for (size_t i = 0; i < size; i++)
        count += pattern[i] != ' ' && pattern[i] != '*' &&
                 (i == 0 || pattern[i - 1] == ' ' || pattern[i - 1] == '*');
    return count;
}

/* True when PATTERN can only mean furniture. Others are a word or two with which any sentence may begin:
 * "Similar projects exist elsewhere." */
static bool
is_distinct(const char *pattern)
{
    size_t size = strcspn(pattern, ",");
    return pattern[size - 1] != '*' || count_words(pattern) >= DISTINCT_WORDS ||
           memchr(pattern, ':', size) != NULL || !g_unichar_isalpha(g_utf8_get_char(pattern));
}

/* PATTERN ends at a comma or with the text; '*' in it stands for anything. */
static bool
matches(const char *line, const char *pattern)
{
    bool anywhere = false;
    for (;;) {
        size_t size = strcspn(pattern, "*,");
        line = match_part(line, pattern, size, anywhere);
        pattern += size;
        if (line == NULL || *pattern != '*')
            return line != NULL && *line == '\0';
        pattern++;
        anywhere = true;
        if (*pattern == '\0' || *pattern == ',')
            return true;
    }
}

static bool
matches_any(const char *line, const char *patterns, bool is_sentence)
{
    while (*patterns != '\0') {
        if (matches(line, patterns) && (!is_sentence || is_distinct(patterns)))
            return true;
        patterns += strcspn(patterns, ",");
        patterns += strspn(patterns, ", ");
    }
    return false;
}

Reach
phrase_reach(const char *line, bool is_sentence)
{
    size_t size = (size_t)g_utf8_strlen(line, -1);
    if (size > REMARK_MAX)
        return REACH_NOTHING;
    g_autofree char *plain = plain_line(line);
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        if (size <= table[i].max && matches_any(plain, table[i].phrases, is_sentence))
            return table[i].reach;
    }
    return REACH_NOTHING;
}
