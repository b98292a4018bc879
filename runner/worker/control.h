/* The shim's side of the slot's socket. */
#pragma once

#include "runner/worker/handover.h"
#include "runner/worker/subject.h"

#include <stdbool.h>

struct control_order {
	enum {
		CONTROL_NOTHING,
		CONTROL_CANCEL,
		CONTROL_EXIT,
		CONTROL_LOST, /* the supervisor is gone */
	} kind;
	int code;
	char reason[HANDOVER_TEXT_MAX]; /* "" if there is none */
};

/* Connects to the slot's socket at `path`. Returns the descriptor, or -1 with errno. */
int control_connect(const char *path);

/* Sends the hello. 0, or -1 with errno. */
int control_hello(int socket_fd, const struct subject *subject);

/* Waits for the answer. 0: the job begins, and fds[] are our ends of its pipes, close-on-exec; the caller closes them.
 * -1: the job does not begin, and *order is CONTROL_EXIT or CONTROL_LOST. */
int control_await_begin(int socket_fd, int fds[HANDOVER_FD_COUNT], struct control_order *order);

/* Reads an order. `socket_fd` must be readable. */
void control_read(int socket_fd, struct control_order *order);

/* Parses the text of an order. Pure. */
void control_parse(const char *text, struct control_order *order);
