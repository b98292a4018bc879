/* Lists the signals that are forwarded: by the launcher to PID 1, by PID 1 to the command.
 * Runs in: launcher, PID 1 */
#pragma once

#include <signal.h>
#include <stdbool.h>

static const int forwarded_signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGALRM, SIGCONT, SIGWINCH};
#define FORWARDED_COUNT (sizeof forwarded_signals / sizeof forwarded_signals[0])

/* Those of the keyboard are for the command's whole process group. */
static inline bool forwarded_to_group(int sig)
{
	return sig == SIGINT || sig == SIGQUIT;
}
