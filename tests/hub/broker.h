/* The broker: sessions and messages of the Listener (facts 1.d.4).
 * Handlers of routes.c: called with the lock held, they set the call's answer. */
#pragma once

#include "tests/hub/call.h"

void broker_open_session(struct call *call);
void broker_close_session(struct call *call);
void broker_get_message(struct call *call);
void broker_acknowledge(struct call *call);
