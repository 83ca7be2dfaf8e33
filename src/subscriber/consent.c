#include "subscriber/consent.h"

#include <string.h>

static const char *const bases[] = {
    [BASIS_CONSENT] = "consent",
    [BASIS_CUSTOMER] = "customer",
};

const char *
consent_basis_name(ConsentBasis basis)
{
    return bases[basis];
}

bool
consent_basis_find(const char *name, ConsentBasis *basis)
{
    for (size_t i = 0; i < G_N_ELEMENTS(bases); i++) {
        if (strcmp(bases[i], name) == 0) {
            *basis = (ConsentBasis)i;
            return true;
        }
    }
    return false;
}

void
consent_free(Consent *consent)
{
    if (consent == NULL)
        return;
    g_free(consent->way);
    g_free(consent->wording);
    g_free(consent->version);
    g_free(consent->page);
    g_free(consent->peer);
    g_free(consent);
}
