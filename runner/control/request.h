/* What a command in another shell asks of the supervisor: one line, and lines back. Pure.
 *
 *   drain TARGET DEADLINE    TARGET: a slot's number, a pool's name, or - for all; DEADLINE: milliseconds, or -
 *   stop
 *   reload
 *
 * Each line back is "TAG TEXT": see enum control_tag. */
#pragma once

#include "common/error.h"
#include "runner/config/pool.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_LINE_MAX 128
#define CONTROL_REPLY_MAX 1024

enum control_verb { CONTROL_DRAIN, CONTROL_STOP, CONTROL_RELOAD };

struct control_request {
	enum control_verb verb;
	char target[POOL_NAME_MAX + 1]; /* "": all */
	int64_t deadline_ns;            /* -1: none */
};

/* The first character of a line back; a space and the text follow. */
enum control_tag {
	CONTROL_SAY = 'l',  /* something was done */
	CONTROL_WAIT = 'p', /* what is still waited for; takes the place of the one before */
	CONTROL_END = 'x',  /* done; the text is the exit code of the command */
};

/* Parses a line of `len` bytes without its newline. -1 with err. */
int control_request_parse(struct control_request *request, const char *line, size_t len, struct error *err);

/* Formats the line with its newline. The text fits in CONTROL_LINE_MAX. */
void control_request_format(const struct control_request *request, char text[CONTROL_LINE_MAX]);

/* Whether this can be the name of a pool, or the number of a slot. */
bool control_is_target(const char *text);
