/* The job's own terminal, seen from inside: pty(7), devpts of the sandbox's own mount. */
#pragma once

#include "common/error.h"
#include "policy/plan.h"

/* What a terminal is when nobody says otherwise. */
#define PTY_ROWS 24
#define PTY_COLUMNS 80

/* In the process that becomes the command, leader of a session that has no terminal yet: opens a pseudo-terminal of
 * the sandbox's own devpts and makes it those of 0-2 that plan_pty_fds() has. With the settings and the size of the
 * caller's, where the caller has one, and as the controlling terminal, where the job has one of its own; else for
 * printing only. The other end goes to the launcher with a MESSAGE_TTY. Where plan_reads_nothing(), 0 becomes
 * /dev/null. */
int pty_take(const struct plan *plan, int sock, struct error *err);
