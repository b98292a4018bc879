/* A step's process: started, its output read line by line, ended when the job or its time is. */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>

struct step_process {
	char *const *argv; /* argv[0] is looked up in PATH */
	char *const *environment;
	const char *directory;
	const char *input;    /* a line for its standard input, short enough for a pipe; NULL: closed at once */
	int64_t timeout_ms;   /* 0: none */
	bool survives_cancel; /* its condition holds in a cancelled job too */
	void (*on_line)(void *user, const char *line);
	void (*on_tick)(void *user); /* called between lines, at least once a second */
	void *user;

	/* results */
	int code; /* 128+n when killed by signal n */
	bool timed_out;
	bool ended_by_request; /* by a cancel or shutdown message */
};

/* Runs it to its end. < 0 only when it could not be started. */
int step_process_run(struct step_process *process, struct error *err);
