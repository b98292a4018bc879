/* The job's own terminal, seen from inside: pty(7), devpts of the sandbox's own mount. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* What a terminal is when nobody says otherwise. */
#define PTY_ROWS 24
#define PTY_COLUMNS 80

/* In the process that becomes the command, leader of a session that has no terminal yet: opens a pseudo-terminal of
 * the sandbox's own devpts, with the settings and the size of the caller's where the caller has one, makes it the
 * controlling terminal and standard input and output, and standard error where that was a terminal. The other end goes
 * to the launcher with a MESSAGE_TTY. Nothing when the plan has no terminal. */
int pty_take(const struct plan *plan, int sock, struct error *err);
