#include "mail/wish-internal.h"

static const char *const leaving[] = {
    "unsubscribe",
    "unsubscribe me",
    "unsubscribe newsletter",
    "unsubscribe from newsletter",
    "unsubscribe from the newsletter",
    "unsubscribe from this newsletter",
    "unsubscribe from this list",
    "unsubscribe me from this list",
    "unsubscribe me from your list",
    "newsletter unsubscribe",
    "cancel subscription",
    "cancel my subscription",
    "cancel newsletter",
    "remove",
    "remove me",
    "remove me from this list",
    "remove me from your list",
    "remove me from the list",
    "remove me from your mailing list",
    "take me off this list",
    "take me off your list",
    "opt out",
    "opt-out",
    "signoff",
    "sign off",
    "stop",
    "abmelden",
    "abmeldung",
    "abmeldung newsletter",
    "abmeldung vom newsletter",
    "newsletter abmelden",
    "newsletter abmeldung",
    "vom newsletter abmelden",
    "ich möchte mich abmelden",
    "melden sie mich ab",
    "abbestellen",
    "abbestellung",
    "abbestellung newsletter",
    "newsletter abbestellen",
    "newsletter abbestellung",
    "ich möchte den newsletter abbestellen",
    "austragen",
    "aus dem verteiler austragen",
    "aus dem verteiler entfernen",
    "aus dem verteiler nehmen",
    "aus dem verteiler löschen",
    "keine weiteren mails",
    "keine mails mehr",
    "keinen newsletter mehr",
    "kündigen",
    "kündigung",
    "newsletter kündigen",
    "abo kündigen",
    "abo beenden",
    NULL,
};

static const char *const joining[] = {
    "subscribe",
    "subscribe me",
    "subscribe newsletter",
    "newsletter subscribe",
    "join",
    "sign up",
    "anmelden",
    "anmeldung",
    "anmeldung newsletter",
    "newsletter anmeldung",
    "zum newsletter anmelden",
    "abonnieren",
    "eintragen",
    "bestellen",
    "newsletter abonnieren",
    "newsletter bestellen",
    "ich möchte den newsletter abonnieren",
    NULL,
};

static const char *const resuming[] = {
    "resume", "continue", "weiter", "fortsetzen", "wieder zustellen", "pause beenden", NULL,
};

static const char *const helping[] = {
    "help", "hilfe", "info", "topic", "topics", "thema", "themen", NULL,
};

static const char *const pausing[] = { "pause", "pausieren", NULL };

const WishLines wish_lines[] = {
    { WISH_LEAVE, leaving }, { WISH_JOIN, joining },  { WISH_RESUME, resuming },
    { WISH_HELP, helping },  { WISH_PAUSE, pausing }, { WISH_NONE, NULL },
};

const char wish_pause_words[] = "pause pausieren";
const char wish_topics_words[] = "topic topics thema themen";
const char wish_courtesies[] = "bitte please pls danke thanks";
const char wish_for_words[] = "for für";
const char wish_until_words[] = "until till bis zum the";
const char wish_with_words[] = "+ plus mit with und and";
const char wish_without_words[] = "- minus ohne without kein keine nicht not no";

const char wish_no_words[] =
    "no nope not never don't dont didn't didnt isn't isnt wasn't wasnt won't cannot can't cant "
    "haven't havent hasn't hasnt hadn't hadnt doesn't doesnt aren't arent weren't werent wouldn't "
    "none nobody "
    "stop delete remove "
    "cancel decline refuse reject wrong mistake error spam abuse unknown unsubscribe "
    "nein ne nee nö nicht nichts nie niemals niemand kein keine keinen keinerlei stopp löschen "
    "löscht lösche "
    "stornieren storno abmelden abbestellen abgelehnt widerruf widerrufe widerspreche widerspruch "
    "ablehnen irrtum "
    "irrtümlich versehen versehentlich falsch fälschlich missbrauch unbekannt non pas nunca niente "
    "niet geen não nao";

const WishNumber wish_numbers[] = {
    { "a an one ein eine einen einem", 1 },
    { "two zwei", 2 },
    { "three drei", 3 },
    { "four vier", 4 },
    { "five fünf", 5 },
    { "six sechs", 6 },
    { "seven sieben", 7 },
    { "eight acht", 8 },
    { "nine neun", 9 },
    { "ten zehn", 10 },
    { "eleven elf", 11 },
    { "twelve zwölf", 12 },
    { NULL },
};

const WishNumber wish_units[] = {
    { "d day days t tag tage tagen", 1 },
    { "w week weeks woche wochen", 7 },
    { "month months monat monate monaten", 30 },
    { "year years jahr jahre jahren", 365 },
    { NULL },
};

const WishNumber wish_months[] = {
    { "jan january januar jänner", 1 },
    { "feb february februar", 2 },
    { "mar march mär märz", 3 },
    { "apr april", 4 },
    { "may mai", 5 },
    { "jun june juni", 6 },
    { "jul july juli", 7 },
    { "aug august", 8 },
    { "sep sept september", 9 },
    { "oct october okt oktober", 10 },
    { "nov november", 11 },
    { "dec december dez dezember", 12 },
    { NULL },
};
