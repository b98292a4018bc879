/* Prepares a sandbox in advance, whose command waits for a byte from the caller.
 * All is set up and every restriction is in force. The process that becomes the command reads the byte itself: a
 * launcher between them would cost the time to wake one more process.
 * Runs in: launcher, command */
#pragma once

#include "common/error.h"
#include "policy/plan.h"
#include "sandbox/disk/disk.h"
#include "sandbox/watch/watch.h"

#include <stdbool.h>

/* Before there is a child: plan->fds.start, if there is one, must be a pipe or a socket that can be read, and that one
 * waits in. A pipe is opened once more, for reading only: the caller's descriptor may be open for writing as well, and
 * whoever waits would hold the end of it open for which he waits. */
int start_prepare(const struct plan *plan, struct error *err);

/* In the command's process, under its filter: returns when the byte has come and the launcher has been told
 * (MESSAGE_STARTED), at once where nothing is waited for. The end of file without a byte is an error. */
int start_wait(const struct plan *plan, int sock, struct error *err);

/* From now on the time that the plan gives the command runs, where it has a limit. */
int start_time_limit(const struct plan *plan, struct watch *watch, struct error *err);

/* The launcher has received MESSAGE_STARTED: the command's time begins. */
int start_received(const struct plan *plan, struct watch *watch, struct disk_watch *disk, struct error *err);

/* Whether the byte is still to come, as far as the launcher has heard. */
bool start_is_awaited(const struct plan *plan, const struct received *received);

/* A signal came meanwhile. What asks for an end kills the sandbox; nobody is there for the others. The byte may have
 * come at the same time: start_withdrawn() is for when all is over. */
void start_signal(struct watch *watch, int sig);

/* All is over, and no byte came: says why. Returns -1. */
int start_withdrawn(const struct received *received, struct error *err);
