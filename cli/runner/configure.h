/* What the commands of cofferdam-runner do first. */
#pragma once

#include "common/error.h"
#include "runner/config/context.h"

/* config_read() or one of its kin. */
typedef void read_config(struct config *config, const struct config_facts *facts, struct problems *problems);

/* Reads the environment and the secrets; prints every problem there is. 0, or -1 if there was one. */
int runner_configure(struct supervisor *supervisor, read_config *read);

/* The state directory that the environment names, for commands that take no credential. NULL: the problem is printed.
 * The caller frees it. */
char *runner_state_directory(void);

/* The exit code once all is written on standard output; prints why it cannot be. */
int runner_printed(void);

/* Prints a line for each. */
void runner_log_problems(const struct problems *problems);

/* Signals, libraries, the other programs. */
int runner_prepare(struct supervisor *supervisor, struct error *err);
