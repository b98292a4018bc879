/* Finds and runs programs of the distribution: newuidmap, getent; finds pasta and nft.
 * Runs in: launcher, supervisor */
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct program {
	const char *name;
	pid_t pid;
	int pidfd;
	int output; /* of its standard output and error */
};

/* Finds an executable in the directories that distributions use; a PATH of the caller's could lead anywhere. The caller
 * frees; NULL: not there. */
char *program_find(const char *name);

/* Starts it with an empty environment, no signal blocked or ignored, /dev/null as input, and in a session of its own:
 * what is sent to the caller's process group does not reach it. program_finish() is due
 * after success. `argv[0]` is the absolute path; it must stay until then. */
int program_start(struct program *program, char *const argv[], struct error *err);

/* Waits for its end, until `limit_ns` after now, when it is killed. What it said goes to `said`, cut to `size` and
 * NUL-terminated. Its exit status, or -1 with err: it was killed, or said too late. */
int program_finish(struct program *program, int64_t limit_ns, char *said, size_t size, struct error *err);
