/* The supervisor's side of the slot's socket. runner/worker/handover.h */
#pragma once

#include "common/error.h"
#include "runner/worker/handover.h"
#include "runner/worker/subject.h"

/* Creates the socket in the directory and listens. Returns the descriptor, or -1. */
int handover_listen(const char *directory, struct error *err);

/* Accepts a connection from a process of our own user. Returns the descriptor (non-blocking), or -1. */
int handover_accept(int listening, struct error *err);

/* Reads the hello, which must have arrived. Never waits, and ignores passed descriptors. 0, or -1 if the peer is not a
 * shim. *subject: the repository has no character that no repository's name has, else it is ""; the job's name is
 * foreign text. */
int handover_hello(int connection, struct subject *subject, struct error *err);

/* Passes the shim its ends of the job's pipes. The caller's descriptors stay open. 0, or -1 if the shim is gone. */
int handover_begin(int connection, const int fds[HANDOVER_FD_COUNT]);

/* Tells the shim to append a cancel message to the messages sent so far. 0, or -1 if the shim is gone. */
int handover_cancel(int connection);

/* Tells the shim that the job is over. 0, or -1 if the shim is gone. */
int handover_exit(int connection, int code, const char *reason);
