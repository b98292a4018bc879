/* Carries out what commands ask by the control socket, and what SIGHUP asks. */
#pragma once

#include "runner/control/server.h"
#include "runner/notify.h"
#include "runner/slots.h"

struct commands {
	struct slots *slots;
	struct notify *notify;
	struct control control;
};

/* A control_handler; the context is struct commands. */
void command_handle(void *context, struct control_client *client, const struct control_request *request);

/* Reads the pools again and logs what came of it; tells `client`, unless it is NULL. */
void command_reload(struct commands *commands, struct control_client *client);

/* Tells the clients that wait how far it is, and those that need wait no longer. */
void command_progress(struct commands *commands);

/* The supervisor ends with this exit code. */
void command_end(struct commands *commands, int code);
