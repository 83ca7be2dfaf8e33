#include "mail/status.h"

#include <string.h>

#include "mail/phrase.h"

/* Of longer texts only the beginning is looked at. */
#define WORDS_MAX 4000

/* What servers' words mean, folded (text_fold()). The first that is found counts: what is particular
 * stands before what is general. CLASS is what they mean where no code says it. */
typedef struct {
    const char *detail; /* "SUBJECT.DETAIL" of the code */
    char klass;
    const char *const *phrases;
} Reason;

static const char *const moved[] = {
    "has moved to",   "has been moved to", "no longer on server",
    "user has moved", "ist umgezogen",     NULL,
};

static const char *const full[] = {
    "mailbox full",
    "mailbox is full",
    "mail box full",
    "mbox full",
    "inbox full",
    "inbox is full",
    "over quota",
    "overquota",
    "over the quota",
    "over their quota",
    "over disk quota",
    "out of storage",
    "quota exceed",
    "exceeded quota",
    "exceeds quota",
    "exceed the quota",
    "exceeds the quota",
    "exceeded the quota",
    "exceeds allowed quota",
    "quota limit",
    "quota violation",
    "quota has been exceeded",
    "disk quota",
    "exceeded storage",
    "exceeds allowed size",
    "insufficient storage",
    "insufficient disk space",
    "not enough storage",
    "not enough space",
    "exceeded the space",
    "exceeded its allotted",
    "exceeded the local limit",
    "mailbox size limit",
    "mailbox exceeds",
    "mailbox has exceeded",
    "storage limit",
    "exceed mailbox quota",
    "too much mail",
    "maildir over",
    "account is full",
    "folder is full",
    "store is full",
    "full mailbox",
    "user is over",
    "is over his quota",
    "postfach ist voll",
    "postfach voll",
    "mailbox ist voll",
    "speicherplatz erschöpft",
    "speicherplatz überschritten",
    "quota überschritten",
    "boîte aux lettres est pleine",
    "boite pleine",
    "boîte pleine",
    "boîte de réception est pleine",
    "quota dépassé",
    "buzón lleno",
    "buzón está lleno",
    "bandeja de entrada está llena",
    "cuota excedida",
    "casella piena",
    "è piena",
    "casella di posta piena",
    "caixa cheia",
    "caixa de correio cheia",
    "caixa de entrada está cheia",
    "caixa postal cheia",
    "postvak is vol",
    "postvak vol",
    "mailbox vol",
    "メールボックスが一杯",
    "メールボックスがいっぱい",
    "メールボックスの容量",
    "容量を超え",
    "переполнен",
    "превышена квота",
    "已满",
    NULL,
};

static const char *const too_large[] = {
    "message too large",
    "message too big",
    "message is too large",
    "message size exceeds",
    "message exceeds",
    "maximum message size",
    "message file too big",
    "size limit exceeded",
    "exceeds maximum",
    "exceeded maximum size",
    "too large",
    "mail size limit",
    "message length exceeds",
    "nachricht ist zu gross",
    "zu gross",
    "trop volumineux",
    "demasiado grande",
    "troppo grande",
    "muito grande",
    "te groot",
    "サイズが大き",
    NULL,
};

static const char *const disabled[] = {
    "account is disabled",
    "account disabled",
    "account has been disabled",
    "account that you tried to reach is disabled",
    "account that you tried to reach is inactive",
    "account is inactive",
    "account inactive",
    "account is not active",
    "user is inactive",
    "inactive user",
    "inactive mailbox",
    "mailbox is inactive",
    "mailbox inactive",
    "mailbox disabled",
    "mailbox is disabled",
    "mailbox is frozen",
    "mailbox is locked",
    "mailbox has been disabled",
    "mailbox has been suspended",
    "mailbox temporarily disabled",
    "account suspended",
    "account has been suspended",
    "account is suspended",
    "account is locked",
    "account expired",
    "is terminated",
    "account terminated",
    "no longer available",
    "account has expired",
    "user suspended",
    "user disabled",
    "user not active",
    "deactivated mailbox",
    "account deactivated",
    "discontinued",
    "not accepting mail",
    "is not accepting messages",
    "delivery to this address is restricted",
    "konto ist deaktiviert",
    "konto deaktiviert",
    "postfach ist gesperrt",
    "postfach deaktiviert",
    "compte désactivé",
    "cuenta deshabilitada",
    "cuenta inactiva",
    "account disattivato",
    "conta desativada",
    NULL,
};

static const char *const null_mx[] = {
    "null mx",
    "nullmx",
    "domain does not accept mail",
    "does not accept mail",
    "domain does not accept email",
    NULL,
};

/* Before the dead addresses: "550 blocked, see …/user-unknown". */
static const char *const policy[] = {
    "spamhaus",
    "spamcop",
    "barracudacentral",
    "blacklist",
    "black list",
    "block list",
    "blocklist",
    "blocked using",
    "blocked by",
    "is listed in",
    "currently listed",
    "listed at",
    "listed on",
    "rbl",
    "dnsbl",
    "poor reputation",
    "bad reputation",
    "low reputation",
    "considered spam",
    "detected as spam",
    "classified as spam",
    "identified as spam",
    "looks like spam",
    "likely spam",
    "suspected spam",
    "spam message",
    "spam content",
    "spam detected",
    "spam score",
    "message rejected as spam",
    "unsolicited",
    "spf check",
    "spf fail",
    "spf validation",
    "sender policy framework",
    "dmarc",
    "dkim",
    "unauthenticated",
    "relaying denied",
    "relay access denied",
    "relay not permitted",
    "relaying not allowed",
    "unable to relay",
    "not permitted to relay",
    "relay denied",
    "we do not relay",
    "not authorized",
    "not authorised",
    "not permitted",
    "not allowed",
    "access denied",
    "permission denied",
    "authentication required",
    "policy",
    "prohibited",
    "refused by",
    "sender rejected",
    "sender denied",
    "sender blocked",
    "content rejected",
    "message content",
    "rejected due to content",
    "message rejected",
    "virus",
    "malware",
    "phish",
    "no ptr",
    "reverse dns",
    "reverse lookup",
    "your ip",
    "aus richtliniengründen",
    "richtlinie",
    "nicht erlaubt",
    "nicht berechtigt",
    "non autorisé",
    "no autorizado",
    NULL,
};

static const char *const bad_host[] = {
    "host unknown",
    "unknown host",
    "host not found",
    "host or domain name not found",
    "name or service not known",
    "domain not found",
    "unknown domain",
    "domain does not exist",
    "domain unknown",
    "bad destination host",
    "bad destination system",
    "unrouteable mail domain",
    "unrouteable address",
    "unroutable address",
    "unrouteable domain",
    "no such domain",
    "nxdomain",
    "couldn't find any host",
    "couldn't find any host named",
    "illegal host/domain",
    "invalid domain",
    "name service error for name",
    "domain isn't in my list",
    "all relevant mx records point to non-existent hosts",
    "no mx record",
    "domain couldn't be found",
    "domain name not found",
    "domäne nicht gefunden",
    "domain wurde nicht gefunden",
    "domaine introuvable",
    "dominio no encontrado",
    "dominio non trovato",
    "domínio não encontrado",
    "domein niet gevonden",
    NULL,
};

static const char *const unknown_user[] = {
    "user unknown",
    "unknown user",
    "user not known",
    "user is unknown",
    "unknown local part",
    "unknown local-part",
    "unknown local user",
    "unknown address",
    "unknown recipient",
    "unknown mailbox",
    "unknown account",
    "unknown email address",
    "unknown or illegal alias",
    "unknown virtual",
    "no such user",
    "no such recipient",
    "no such mailbox",
    "no such account",
    "no such address",
    "no such person",
    "no such local user",
    "no such virtual user",
    "no such email",
    "no such customer",
    "no mailbox",
    "no account by",
    "no user by",
    "no user with",
    "no recipient",
    "no valid recipient",
    "not a valid recipient",
    "not a valid user",
    "not a valid mailbox",
    "not a local user",
    "not a known user",
    "not our customer",
    "not listed in",
    "not found in directory",
    "not in directory",
    "domino directory",
    "domino-verzeichnis",
    "annuaire domino",
    "directorio de domino",
    "diretório domino",
    "domino ディレクトリ",
    "user not found",
    "users not found",
    "user doesn't exist",
    "user does not exist",
    "user don't exist",
    "user doesn't have",
    "doesn't have a",
    "does not have a",
    "isn't an active",
    "is not an active",
    "recipient unknown",
    "recipient not found",
    "recipient does not exist",
    "recipient doesn't exist",
    "recipient is not recognized",
    "recipient name is not recognized",
    "recipnotfound",
    "recipient not recognized",
    "recipient rejected",
    "recipient address rejected",
    "recipient invalid",
    "invalid recipient",
    "invalid user",
    "invalid mailbox",
    "invalid address",
    "invalid email",
    "incorrect address",
    "mailbox not found",
    "mailbox unavailable",
    "mailbox not available",
    "mailbox unknown",
    "mailbox does not exist",
    "mailbox doesn't exist",
    "mailbox currently unavailable",
    "mailbox is unavailable",
    "account not found",
    "account does not exist",
    "account doesn't exist",
    "account not available",
    "account unavailable",
    "address does not exist",
    "address doesn't exist",
    "address unknown",
    "address not found",
    "address couldn't be found",
    "address wasn't found",
    "address is unknown",
    "address rejected",
    "addressee unknown",
    "bad address",
    "bad destination mailbox",
    "undeliverable address",
    "name not found",
    "does not exist",
    "doesn't exist",
    "couldn't be found",
    "wasn't found at",
    "was not found",
    "not listed",
    "is not known",
    "is unknown",
    "ambiguous name",
    "can't find",
    "hop count exceeded - user",
    "empfänger unbekannt",
    "empfaenger unbekannt",
    "unbekannter empfänger",
    "unbekannter empfaenger",
    "unbekannter benutzer",
    "benutzer unbekannt",
    "adresse unbekannt",
    "adresse wurde nicht gefunden",
    "adresse nicht gefunden",
    "existiert nicht",
    "nicht bekannt",
    "nicht gefunden",
    "utilisateur inconnu",
    "destinataire inconnu",
    "adresse inconnue",
    "adresse introuvable",
    "n'existe pas",
    "est introuvable",
    "usuario desconocido",
    "destinatario desconocido",
    "usuario no existe",
    "no existe",
    "no se encontró",
    "no se ha encontrado",
    "utente sconosciuto",
    "destinatario sconosciuto",
    "non esiste",
    "inesistente",
    "non trovato",
    "usuário desconhecido",
    "usuário não existe",
    "destinatário desconhecido",
    "não existe",
    "não encontrado",
    "onbekende gebruiker",
    "gebruiker onbekend",
    "bestaat niet",
    "niet gevonden",
    "宛先不明",
    "ユーザが存在しません",
    "存在しません",
    "存在しない",
    "見つかりません",
    "ユーザー不明",
    "нет такого",
    "не существует",
    "не найден",
    "不存在",
    "없는 사용자",
    NULL,
};

static const char *const expired[] = {
    "retry timeout exceeded",
    "retry time not reached for any host after a long failure period",
    "retry limit exceeded",
    "message expired",
    "delivery time expired",
    "delivery expired",
    "message timed out",
    "could not be delivered for",
    "has been in the queue too long",
    "been on the queue too long",
    "been in queue too long",
    "queue too long",
    "too long in queue",
    "unable to deliver message for",
    "could not send message for past",
    "cannot send message for",
    "cannot send message within",
    "could not send message within",
    "giving up after",
    "delivery failed 20 attempts",
    "maximum retries",
    "maximum number of delivery attempts",
    "i'm not going to try again",
    "konnte innerhalb von",
    "zeitüberschreitung",
    "delai dépassé",
    "délai dépassé",
    NULL,
};

static const char *const no_answer[] = {
    "connection timed out",
    "connection refused",
    "connection reset",
    "connection was reset",
    "network is unreachable",
    "no route to host",
    "host is unreachable",
    "host unreachable",
    "host not reachable",
    "couldn't connect",
    "could not connect",
    "unable to connect",
    "cannot connect",
    "can't connect",
    "wasn't able to establish an smtp connection",
    "server is not responding",
    "did not respond",
    "not responding",
    "operation timed out",
    "no answer from host",
    "timed out",
    NULL,
};

static const char *const loop[] = {
    "mail loop",
    "mail forwarding loop",
    "too many hops",
    "too many received",
    "loops back to myself",
    "hop count exceeded",
    "loop detected",
    NULL,
};

static const char *const system_error[] = {
    "system error",        "local error",
    "internal error",      "internal server error",
    "i/o error",           "local configuration error",
    "service unavailable", "can't create",
    "out of memory",       NULL,
};

static const char *const greylisted[] = {
    "greylist",
    "graylist",
    "try again later",
    "temporarily deferred",
    "too many connections",
    "rate limit",
    "too many messages",
    NULL,
};

static const Reason reasons[] = {
    { "1.10", '5', null_mx },     { "1.6", '5', moved },    { "2.2", '5', full },
    { "3.4", '5', too_large },    { "4.6", '5', loop },     { "2.1", '5', disabled },
    { "7.1", '5', policy },       { "1.2", '5', bad_host }, { "1.1", '5', unknown_user },
    { "7.0", '4', greylisted },   { "4.7", '4', expired },  { "4.1", '4', no_answer },
    { "3.0", '5', system_error },
};

/* What a reply code says of itself. */
static const struct {
    int code;
    const char *status;
} replies[] = {
    { 421, "4.3.2" }, { 450, "4.2.0" }, { 451, "4.3.0" },  { 452, "4.2.2" }, { 500, "5.5.2" },
    { 501, "5.5.4" }, { 502, "5.5.1" }, { 503, "5.5.1" },  { 504, "5.5.4" }, { 521, "5.1.10" },
    { 530, "5.7.0" }, { 535, "5.7.8" }, { 550, "5.0.0" },  { 551, "5.1.6" }, { 552, "5.2.2" },
    { 553, "5.1.3" }, { 554, "5.0.0" }, { 556, "5.1.10" },
};

/* Codes in text */

/* The length of the code at AT, or 0. Subjects are of one digit, details of up to three; whatever goes
 * on with a point is an address. */
static size_t
code_size(const char *at)
{
    if ((*at != '4' && *at != '5') || at[1] != '.' || at[2] < '0' || at[2] > '7' || at[3] != '.')
        return 0;
    size_t digits = strspn(at + 4, "0123456789");
    const char *end = at + 4 + digits;
    bool goes_on = g_ascii_isalnum(*end) || (*end == '.' && g_ascii_isdigit(end[1]));
    return digits == 0 || digits > 3 || goes_on ? 0 : 4 + digits;
}

/* A reply of several lines has a dash before the code: "550-5.1.1"; others write no spaces at all:
 * "550_5.1.1_unknown_user". */
static bool
follows_reply(const char *text, const char *at)
{
    return at - text >= 4 && (at[-1] == '-' || at[-1] == '_') && g_ascii_isdigit(at[-2]) &&
           g_ascii_isdigit(at[-3]) && g_ascii_isdigit(at[-4]);
}

static bool
stands_alone(const char *text, const char *at)
{
    return at == text || follows_reply(text, at) ||
           (!g_ascii_isalnum(at[-1]) && strchr(".-_/@", at[-1]) == NULL);
}

/* The first code that may be vague, or not. */
static char *
find_code(const char *text, bool may_be_vague)
{
    for (const char *at = text; *at != '\0'; at++) {
        size_t size = *at == '4' || *at == '5' ? code_size(at) : 0;
        if (size == 0 || !stands_alone(text, at))
            continue;
        bool is_vague = size == 5 && strncmp(at + 1, ".0.0", 4) == 0;
        if (may_be_vague || !is_vague)
            return g_strndup(at, size);
    }
    return NULL;
}

char *
status_find(const char *text)
{
    char *status = find_code(text, false);
    return status != NULL ? status : find_code(text, true);
}

int
status_reply_code(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if ((*at != '4' && *at != '5') || !stands_alone(text, at))
            continue;
        bool is_code = g_ascii_isdigit(at[1]) && g_ascii_isdigit(at[2]) &&
                       (at[1] <= '5' || g_str_has_prefix(at + 1, "71")) &&
                       (at[3] == '\0' || strchr(" -_:;,)]'\"\t\n", at[3]) != NULL);
        if (is_code)
            return (at[0] - '0') * 100 + (at[1] - '0') * 10 + (at[2] - '0');
    }
    return 0;
}

static const Reason *
find_reason(const char *text)
{
    g_autofree char *begin = g_utf8_substring(text, 0, MIN(g_utf8_strlen(text, -1), WORDS_MAX));
    g_autofree char *words = phrase_fold(g_strdelimit(begin, "_", ' '));
    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
        if (phrase_any(words, reasons[i].phrases))
            return &reasons[i];
    }
    return NULL;
}

static const char *
status_of_reply(int code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(replies); i++) {
        if (replies[i].code == code)
            return replies[i].status;
    }
    return code / 100 == 4 ? "4.0.0" : "5.0.0";
}

char *
status_derive(const char *text)
{
    char *status = status_find(text);
    if (status != NULL)
        return status;
    int code = status_reply_code(text);
    const Reason *reason = find_reason(text);
    if (reason == NULL)
        return code != 0 ? g_strdup(status_of_reply(code)) : NULL;
    char klass = code != 0 ? (char)('0' + code / 100) : reason->klass;
    return g_strdup_printf("%c.%s", klass, reason->detail);
}

static bool
is_vague(const char *status)
{
    return g_str_has_suffix(status, ".0.0");
}

char *
status_choose(const char *field, const char *words)
{
    g_autofree char *said = field == NULL ? NULL : status_find(field);
    if (said != NULL && !is_vague(said))
        return g_steal_pointer(&said);
    g_autofree char *explicit_code = words == NULL ? NULL : status_find(words);
    if (explicit_code != NULL && (said == NULL || !is_vague(explicit_code)))
        return g_steal_pointer(&explicit_code);
    if (said != NULL)
        return g_steal_pointer(&said);
    return words == NULL ? NULL : status_derive(words);
}

char *
status_refine(const char *status, const char *words)
{
    const Reason *reason =
        words != NULL && (status == NULL || is_vague(status)) ? find_reason(words) : NULL;
    if (reason != NULL)
        return g_strdup_printf("%c.%s", status != NULL ? *status : reason->klass, reason->detail);
    return status == NULL && words != NULL ? status_derive(words) : g_strdup(status);
}

Finality
status_finality(const char *status, const char *words)
{
    g_autofree char *derived = status == NULL && words != NULL ? status_derive(words) : NULL;
    const char *code = status != NULL ? status : derived;
    if (code == NULL)
        return FINALITY_UNKNOWN;
    return *code == '5' ? FINALITY_PERMANENT : *code == '4' ? FINALITY_TEMPORARY : FINALITY_UNKNOWN;
}
