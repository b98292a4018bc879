/* Shells in a held job, each on a terminal of the sandbox, for somebody outside who has the other end of it. */
#pragma once

#include <stdbool.h>

/* Reads an order of the slot's, and obeys. False: it has none any more. */
bool hold_shell_order(int slot);

/* Tells those whose shells have ended. */
void hold_shell_reap(void);

/* Before a program is executed: signals as they are in a new process. In hold.c. */
void hold_reset_signals(void);
