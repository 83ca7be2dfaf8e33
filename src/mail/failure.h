/* failure.h - somebody whom a mail did not reach, as a report about it says. Plain facts, untrusted. */
#pragma once

#include <glib.h>

/* Whether trying again later could help. */
typedef enum {
    FINALITY_UNKNOWN,
    FINALITY_TEMPORARY,
    FINALITY_PERMANENT,
} Finality;

typedef struct {
    char *address;    /* addr-spec as it stands, or NULL */
    char *status;     /* RFC 3463: "5.1.1", or NULL */
    char *diagnostic; /* the server's words on one line, or NULL */
    Finality finality;
} Failure;

/* DIAGNOSTIC may be of several lines, and is cut; STATUS decides about the finality, so may the words. */
Failure *failure_new(const char *address, const char *status, const char *diagnostic);
void failure_free(Failure *failure);

GPtrArray *failures_new(void); /* of Failure * */

/* The one with ADDRESS, whatever its case, or NULL. */
Failure *failures_find(const GPtrArray *failures, const char *address);
