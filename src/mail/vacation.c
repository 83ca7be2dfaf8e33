#include "mail/vacation.h"

#include <string.h>

#include "mail/phrase.h"

/* RFC 3834, 5, and what came before it: a field and how its value begins. */
static const char *const header_signs[][2] = {
    { "Auto-Submitted", "auto-replied" },
    { "Auto-Submitted", "auto-notified" },
    { "Precedence", "auto_reply" },
    { "Precedence", "auto-reply" },
    { "X-Autoreply", "" },
    { "X-Auto-Reply", "" },
    { "X-Autorespond", "" },
    { "X-Autoresponder", "" },
    { "X-Autoreply-From", "" },
    { "X-Mail-Autoreply", "" },
    { "X-Vacation", "" },
    { "X-AutoReply-From", "" },
    { "X-POST-MessageClass", "9; autoresponder" },
    { "Delivered-To", "autoresponder" },
};

/* Beginnings of subjects. */
static const char *const subjects[] = {
    "out of office",
    "out of the office",
    "out-of-office",
    "[out of office",
    "ooo:",
    "automatic reply",
    "automated reply",
    "automated response",
    "automatic response",
    "auto reply",
    "autoreply",
    "auto-reply",
    "auto response",
    "autoresponse",
    "auto-response",
    "autoresponder",
    "auto:",
    "vacation",
    "on vacation",
    "away from my mail",
    "i am away",
    "i'm away",
    "i am out of",
    "i'm out of",
    "on holiday",
    "on leave",
    "abwesenheit",
    "abwesend",
    "ich bin abwesend",
    "ich bin im urlaub",
    "automatische antwort",
    "automatische abwesenheit",
    "urlaubsabwesenheit",
    "urlaub:",
    "im urlaub",
    "nicht im büro",
    "ausser haus",
    "réponse automatique",
    "message d'absence",
    "absence du bureau",
    "absent du bureau",
    "absence :",
    "absence:",
    "je suis absent",
    "en congé",
    "en vacances",
    "respuesta automática",
    "respuesta automatica",
    "fuera de la oficina",
    "ausente de la oficina",
    "ausencia de la oficina",
    "ausencia:",
    "de vacaciones",
    "estoy de vacaciones",
    "risposta automatica",
    "fuori sede",
    "fuori ufficio",
    "assenza",
    "assente",
    "in ferie",
    "resposta automática",
    "resposta automatica",
    "ausência",
    "fora do escritório",
    "estou de férias",
    "automatisch antwoord",
    "automatische beantwoording",
    "afwezig",
    "niet aanwezig",
    "automatiskt svar",
    "frånvaro",
    "automatisk svar",
    "autosvar",
    "poissa",
    "automaattinen vastaus",
    "odpowiedź automatyczna",
    "automatikus válasz",
    "otomatik yanıt",
    "автоматический ответ",
    "automaatvastus",
    "automatický odpoveď",
    "răspuns automat",
    "αυτόματη απάντηση",
    "자동 회신",
    "automatická odpověď",
    "автоответ",
    "自動応答",
    "自動返信",
    "不在通知",
    "不在のお知らせ",
    "自动回复",
    "自動回覆",
    NULL,
};

static const char *const texts[] = {
    "out of office",
    "out of the office",
    "on vacation",
    "on holiday",
    "on annual leave",
    "on leave until",
    "away from my mail",
    "away from the office",
    "currently away",
    "limited access to e-mail",
    "limited access to email",
    "no longer works",
    "no longer with the company",
    "no longer employed",
    "when i return",
    "upon my return",
    "not in the office",
    "nicht im büro",
    "nicht im hause",
    "ausser haus",
    "ich bin abwesend",
    "bin ich abwesend",
    "derzeit abwesend",
    "im urlaub",
    "nicht mehr im unternehmen",
    "wieder erreichbar",
    "nicht erreichbar",
    "absent du bureau",
    "actuellement absent",
    "je suis absent",
    "de retour le",
    "en congé",
    "fuera de la oficina",
    "estoy de vacaciones",
    "estaré ausente",
    "fuori ufficio",
    "sono in ferie",
    "sarò assente",
    "fora do escritório",
    "estou de férias",
    "niet aanwezig",
    "afwezig",
    "休暇",
    "不在",
    NULL,
};

bool
vacation_has_header(const Fields *header)
{
    for (size_t i = 0; i < G_N_ELEMENTS(header_signs); i++) {
        const char *value = fields_find(header, header_signs[i][0]);
        const char *beginning = header_signs[i][1];
        if (value != NULL && g_ascii_strncasecmp(value, beginning, strlen(beginning)) == 0)
            return true;
    }
    return false;
}

bool
vacation_has_subject(const char *subject)
{
    if (subject == NULL)
        return false;
    g_autofree char *words = phrase_fold(subject);
    return phrase_begins(words, subjects);
}

bool
vacation_has_text(const char *text)
{
    g_autofree char *words = phrase_fold(text);
    return phrase_any(words, texts);
}
