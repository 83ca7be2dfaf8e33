/* consents.h - what people declared: kept so that it can be shown to whoever asks for proof. */
#pragma once

#include "store/store.h"
#include "subscriber/consent.h"

/* Stores CONSENT and sets its id. Its wording is kept once, however many declare it. */
bool store_consent_add(Store *store, Consent *consent, GError **error);

/* *CONSENT is NULL when there is none with ID. */
bool store_consent_find(Store *store, int64_t id, Consent **consent, GError **error);
