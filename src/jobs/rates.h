/* rates.h - the rates of relays and of recipients' domains, from one run to the next. */
#pragma once

#include "jobs/instance.h"
#include "jobs/window.h"
#include "net/courier.h"

/* COURIER, of the relays of INSTANCE, and WINDOW begin where the last run has left off. */
bool rates_resume(Instance *instance, Courier *courier, Window *window, GError **error);

/* Records how far they are, for the next one. */
bool rates_record(Instance *instance, Courier *courier, Window *window, GError **error);
