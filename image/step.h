/* Runs a program of the distribution on what an image is made from, in a sandbox: `cofferdam run` of our own program,
 * with the profile `unpack`. The program sees what it is shown, and no network unless options say so. */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

/* Words of options, and of a command. */
#define IMAGE_STEP_OPTIONS 48
#define IMAGE_STEP_ARGV 24

/* A line of the program's, without its end and cut after some kilobytes. -1 with err ends the program. */
typedef int image_step_line(void *context, const char *line, struct error *err);

struct image_step {
	const char *program;                   /* its name, which a failure begins with */
	const char *package;                   /* to install where it is missing */
	char *options[IMAGE_STEP_OPTIONS + 1]; /* of `cofferdam run`; owned */
	size_t n_options;
	bool failed;       /* an option could not be added: out of memory, or */
	bool full;         /* there are more than IMAGE_STEP_OPTIONS */
	char *const *argv; /* the command: the program's path comes first */
	int input;         /* its standard input; -1: none */
	/* Where it is set, the program gets what we read of `input`, a file, from its start to its end, through a pipe,
	 * and this is given every block of it once, in order. */
	void (*fed)(void *context, const void *block, size_t len);
	image_step_line *out; /* of its standard output; NULL: discarded */
	/* Of its standard error: 1: no failure, whatever the exit status; 0: what went wrong; -1 as above. */
	image_step_line *complaint;
	bool forgiving; /* exit status 2 is none where all complaints were no failures: of tar(1) */
	void *context;
};

/* "OPTION" "VALUE…" */
void image_step_option(struct image_step *step, const char *option, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Shows a path of the host at `inside`. */
void image_step_show(struct image_step *step, const char *option, const char *path, const char *inside);

/* Waits for its end. -1 with err: "PROGRAM: what it said first". A signal that ends programs (SIGINT, SIGTERM, SIGHUP)
 * ends it and is an error, EINTR: it stays blocked and pending, so that what was begun can be removed. Every option is
 * freed. */
int image_step_run(struct image_step *step, struct error *err);

/* Lets such a signal end us, as it would have without a step. Returns where none came. */
void image_step_let_signal_end(void);
