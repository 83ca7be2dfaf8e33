/* classify-internal.h - what a mail is: structure before header before words. Pure. */
#pragma once

#include "mail/inbound.h"
#include "mail/pieces-internal.h"

Inbound *inbound_new(void);
Inbound *inbound_classify(const Pieces *pieces);
