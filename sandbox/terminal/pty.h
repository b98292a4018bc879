/* Sets up the job's own terminal, inside: pty(7), on the sandbox's own devpts.
 * Runs in: command */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* What a terminal is when nobody says otherwise. */
#define PTY_ROWS 24
#define PTY_COLUMNS 80

/* In the process that becomes the command, leader of a session that has no terminal yet: opens a pseudo-terminal of
 * the sandbox's own devpts and makes it those of 0-2 that are in `fds`, as bits (plan_pty_fds()). With the settings and
 * the size of the caller's, where the caller has one (`in_background`: with the size alone, for it has the modes of the
 * shell's line editor then), and as the controlling terminal, where the job has one of its
 * own; else for printing only. The other end goes to the launcher with a MESSAGE_TTY. With `reads_nothing`
 * (plan_reads_nothing()), 0 becomes /dev/null. */
int pty_take(unsigned fds, bool reads_nothing, bool in_background, int sock, struct error *err);
