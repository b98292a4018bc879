/* What PID 1 owes to processes whose parents are gone. wait(2) */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Reaps all children that have ended. True when `command` is among them; then *code (CLD_EXITED, CLD_KILLED, …) and
 * *value are those of waitid(2). Never waits. */
bool reap(pid_t command, int *code, int *value);
