/* The Listener's command line: COMMAND [--flag] [--argument VALUE], each also by ACTIONS_RUNNER_INPUT_<NAME>. */
#pragma once

#include "common/error.h"

#include <stdbool.h>

enum argument {
	ARG_UNATTENDED,
	ARG_REPLACE,
	ARG_EPHEMERAL,
	ARG_DISABLEUPDATE,
	ARG_NO_DEFAULT_LABELS,
	ARG_RUNASSERVICE,
	ARG_GENERATESERVICECONFIG,
	ARG_URL,
	ARG_TOKEN,
	ARG_PAT,
	ARG_NAME,
	ARG_LABELS,
	ARG_RUNNERGROUP,
	ARG_WORK,
	ARG_AUTH,
	ARG_USERNAME,
	ARG_MONITORSOCKETADDRESS,
	ARG_LOCAL,
	ARG_ONCE,
	ARG_JITCONFIG,
	ARG_STARTUPTYPE,
	ARG_HELP,
	ARG_VERSION,
	ARG_COMMIT,
	ARG_CHECK,
	ARG_COUNT,
};

enum command {
	COMMAND_NONE = 0, /* the official one then runs */
	COMMAND_CONFIGURE = 1,
	COMMAND_REMOVE = 2,
	COMMAND_RUN = 4,
	COMMAND_WARMUP = 8,
};

struct arguments {
	enum command command;
	char *value[ARG_COUNT]; /* owned; of a flag "true"; NULL when not given */
};

/* Reads argv, then the environment for what argv leaves open, and deletes those variables from the environment of this
 * process. Unknown arguments are errors. The caller frees with arguments_free(). */
int arguments_parse(struct arguments *arguments, int argc, char **argv, struct error *err);

void arguments_free(struct arguments *arguments);
