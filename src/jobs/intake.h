/* intake.h - people from a file (subscriber/import.h) into the store, with what they declared.
 *
 * Some thousand rows are one transaction, so others can write in between, and memory does not
 * grow with the file. To begin again after a crash is safe: who is there already is not changed. Who
 * left or is blocked according to the file gets nothing here either: they are suppressed. Who never
 * said yes is left out.                                                                           */
#pragma once

#include "jobs/instance.h"
#include "subscriber/consent.h"
#include "subscriber/import.h"

typedef struct {
    int64_t rows;
    int64_t octets; /* in which they stand */
    int64_t added;
    int64_t changed;
    int64_t unchanged;
    int64_t kept_out; /* left or suppressed before */
    int64_t unconfirmed;
    int64_t left; /* suppressed now, so the next */
    int64_t blocked;
    int64_t rejected;
    GPtrArray *left_out; /* of char *: columns */
} IntakeReport;

void intake_report_clear(IntakeReport *report);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(IntakeReport, intake_report_clear)

typedef struct {
    const NewsletterConfig *newsletter;
    const char *name; /* of the file, for messages */
    CsvSource source;
    void *user;
    Consent *consent;        /* is stored, and gets its id */
    const char *const *keep; /* columns that become attributes; NULL: none */
    /* A row that cannot be taken, and why. */
    void (*reject)(void *user, const CsvRow *row, const char *problem);
    /* After each transaction; of REPORT what is taken so far. */
    void (*progress)(void *user, const IntakeReport *report);
} IntakeScope;

bool intake(Instance *instance, const IntakeScope *scope, IntakeReport *report, GError **error);
