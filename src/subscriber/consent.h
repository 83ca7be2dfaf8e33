/* consent.h - what somebody declared before they were written to. Plain facts. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

/* What the law is asked for (GDPR, art. 6; UWG, 7). */
typedef enum {
    BASIS_CONSENT,  /* they said yes */
    BASIS_CUSTOMER, /* they bought something of the like, and did not object */
} ConsentBasis;

const char *consent_basis_name(ConsentBasis basis); /* "consent" */
bool consent_basis_find(const char *name, ConsentBasis *basis);

typedef struct {
    int64_t id; /* 0: not stored yet */
    ConsentBasis basis;
    char *way;     /* "web", "import", "command" */
    char *wording; /* what was put to them, or how the operator describes it */
    char *version; /* of the wording: its hash, shortened; NULL before it is stored */
    char *page;    /* on which it stood, or the file that names them; or NULL */
    char *peer;    /* the network address that it came from; or NULL */
    int64_t at;
} Consent;

void consent_free(Consent *consent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Consent, consent_free)
