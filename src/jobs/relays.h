/* relays.h - what the configuration says of a relay, as the room below wants it. */
#pragma once

#include "config/config.h"
#include "net/relay.h"

/* Its texts are borrowed. */
RelaySettings relay_settings(const RelayConfig *relay);
