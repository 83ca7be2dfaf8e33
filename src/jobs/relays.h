/* relays.h - what the configuration says of relays and signing, as the rooms below want it. */
#pragma once

#include "config/config.h"
#include "mail/dkim.h"
#include "net/relay.h"

/* Texts are borrowed. */
RelaySettings relay_settings(const RelayConfig *relay);

/* The domain is NULL when mails are not signed here. */
DkimSettings dkim_settings(const Config *config);
