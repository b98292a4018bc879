/* The command `run`. */
#pragma once

#include "tests/standin/listener/arguments.h"
#include "tests/standin/listener/exit_code.h"

/* Returns the process's exit code: an enum exit_code, or 100 + result (ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED). */
int run(const char *root, const struct arguments *arguments);
