/* Reaps orphaned processes, as PID 1 must. wait(2)
 * Runs in: launcher, PID 1 */
#pragma once

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Reaps all children that have ended and hands each to `ended`, as waitid(2) tells of it. Never waits. False: there is
 * no child at all any more. */
bool reap_children(void (*ended)(const siginfo_t *child, void *data), void *data);

/* Reaps all children that have ended. True when `command` is among them; then *code (CLD_EXITED, CLD_KILLED, …) and
 * *value are those of waitid(2). Never waits. */
bool reap(pid_t command, int *code, int *value);
