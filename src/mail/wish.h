/* wish.h - what people ask for by mail, in the subject or the first line, in English or German. Pure.
 *
 *     unsubscribe | abmelden                  leave
 *     subscribe | anmelden                    join
 *     pause [14 days | until 24 December]     no mails for a while; without a time until they resume;
 *       | [14 Tage] Pause [bis 24.12.]        numbers may be words, and "2026-12-24" is a day as well
 *     resume | weiter                         mails again
 *     topics +energy -sport | themen …        topics to have (+ may be left out) and not to have
 *     help | hilfe                            what can be asked for
 *
 * Before it may stand "Re:" and the like, and "please". Nothing else may stand on the line: a sentence with such
 * a word in it is none.                                                                             */
#pragma once

#include <stdbool.h>
#include <glib.h>

typedef enum {
    WISH_NONE,
    WISH_UNCLEAR, /* a pause or topics, and something that is not understood */
    WISH_LEAVE,
    WISH_JOIN,
    WISH_PAUSE,
    WISH_RESUME,
    WISH_TOPICS,
    WISH_HELP,
} WishKind;

/* A day that there is, at least in leap years. */
typedef struct {
    int year;  /* 0: the next one */
    int month; /* 0: no day was said */
    int day;
} WishDay;

typedef struct {
    WishKind kind;
    int days;            /* of a pause; 0: until they resume, or that day */
    WishDay until;       /* the first day after a pause */
    GPtrArray *wanted;   /* of char *: names of topics, folded */
    GPtrArray *unwanted; /* the same */
} Wish;

/* Reads LINE (may be NULL). Never NULL. */
Wish *wish_parse(const char *line);

/* The first of SUBJECT and FIRST_LINE (either may be NULL) that says anything, if possible clearly. */
Wish *wish_find(const char *subject, const char *first_line);

/* Whether LINE (may be NULL), the answer to a question, says no, or asks back: anything but a yes. */
bool wish_is_no(const char *line);

void wish_free(Wish *wish);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Wish, wish_free)
