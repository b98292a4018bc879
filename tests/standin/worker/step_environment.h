/* The environment of a step's process. */
#pragma once

#include "tests/standin/worker/file_commands.h"
#include "tests/standin/worker/work.h"

/* The Worker's own environment, then the job's, then the step's, then what the runner itself sets (GITHUB_*, RUNNER_*),
 * and PATH with the entries of GITHUB_PATH in front. NULL terminated; freed with step_environment_free(). */
char **step_environment(
	const struct work *work, const json_t *of_step, const char *action, const struct file_commands *files);

void step_environment_free(char ***environment);
