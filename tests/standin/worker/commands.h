/* The commands in a step's output: "::name key=value,…::message". */
#pragma once

#include "tests/standin/worker/work.h"

#include <stdbool.h>

/* What a step's output has switched. */
struct command_state {
	char *stopped; /* the token of ::stop-commands::, until "::token::" comes */
};

/* Handles one line of output: carries out a command, or puts the line into the log. */
void commands_line(struct work *work, struct command_state *state, const char *line);

void commands_end(struct command_state *state);
