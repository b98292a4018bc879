/* What a Listener of the v1 flow asks for: its session, whose messages are encrypted, and the lock of its job
 * (actions/runner src/Runner.Listener/MessageListener.cs, JobDispatcher.cs). Handlers of routes.c: lock held. */
#pragma once

#include "tests/hub/call.h"

void mailbox_open_session(struct call *call);
void mailbox_close_session(struct call *call);
void mailbox_get_message(struct call *call);
void mailbox_delete_message(struct call *call);
void mailbox_renew_job(struct call *call);
