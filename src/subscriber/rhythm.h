/* rhythm.h - how often and when: the part of a choice that a slot is made of. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

typedef enum {
    RHYTHM_EACH, /* with every run that has something */
    RHYTHM_HOURLY,
    RHYTHM_DAILY,
    RHYTHM_WEEKDAYS, /* Monday to Friday */
    RHYTHM_WEEKLY,
    RHYTHM_MONTHLY, /* on the first */
} RhythmFrequency;

typedef struct {
    RhythmFrequency frequency;
    int weekday;      /* 1 Monday … 7 Sunday, of RHYTHM_WEEKLY; else 0 */
    int minute;       /* of the day, 0…1439; 0 for each and hourly */
    const char *zone; /* IANA name, interned (g_intern_string) */
} Rhythm;

/* Reads words as they stand in files: FREQUENCY ("daily"), DAY ("mon"), HOUR ("06:30", "6"), ZONE;
 * each may be NULL: then what DEFAULTS says (NULL: daily, 06:00, UTC; weekly without a day: Monday).
 * DEPESCHE_ERROR_INPUT names the word that is wrong. */
bool rhythm_parse(Rhythm *rhythm, const char *frequency, const char *day, const char *hour,
                  const char *zone, const Rhythm *defaults, GError **error);

/* The same for what others take their defaults from: hour, day and zone are kept even where the
 * frequency asks for none. */
bool rhythm_parse_defaults(Rhythm *rhythm, const char *frequency, const char *day, const char *hour,
                           const char *zone, const Rhythm *defaults, GError **error);

/* What BEFORE becomes when the words that are not NULL are said: the rest stays, and where BEFORE has
 * no hour, day or zone because its frequency asks for none, DEFAULTS says them. */
bool rhythm_change(Rhythm *rhythm, const Rhythm *before, const char *frequency, const char *day,
                   const char *hour, const char *zone, const Rhythm *defaults, GError **error);

/* False and DEPESCHE_ERROR_INPUT when RHYTHM comes round more often than FLOOR lets anybody have it. */
bool rhythm_check_floor(const Rhythm *rhythm, RhythmFrequency floor, GError **error);

/* The moment at which somebody who is away in a zone is back: TEXT is a time (RFC 3339), or a date, on
 * which the day begins in ZONE. DEPESCHE_ERROR_INPUT when it is neither. */
bool return_parse(int64_t *time, const char *text, const char *zone, GError **error);

/* Canonical text, one for each slot: "daily 06:00 Europe/Berlin", "weekly mon 07:30 UTC", "each". */
char *rhythm_text(const Rhythm *rhythm);

/* Reads what rhythm_text() wrote. */
bool rhythm_from_text(Rhythm *rhythm, const char *text);

const char *rhythm_frequency_name(RhythmFrequency frequency); /* "daily" */
bool rhythm_frequency_find(const char *name, RhythmFrequency *frequency);
