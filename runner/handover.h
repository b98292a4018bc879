/* The supervisor's side of the slot's socket, see runner/worker/handover.h. */
#pragma once

#include "common/error.h"
#include "runner/worker/handover.h"

/* Makes the socket in the directory and listens. The descriptor, or -1. */
int handover_listen(const char *directory, struct error *err);

/* Takes one connection, of a process of our own user. The descriptor (non-blocking), or -1. */
int handover_accept(int listening, struct error *err);

/* Reads the hello, which must be there. Never waits; descriptors that come along are not taken. 0, or -1: it is no
 * shim. */
int handover_hello(int connection, struct error *err);

/* Gives the shim its ends of the job's pipes; the caller's stay open. 0, or -1: it is gone. */
int handover_begin(int connection, const int fds[HANDOVER_FD_COUNT]);

/* Tells the shim to put a cancel message behind what was sent so far. 0, or -1: it is gone. */
int handover_cancel(int connection);

/* Tells it that the job is over. 0, or -1: it is gone. */
int handover_exit(int connection, int code, const char *reason);
