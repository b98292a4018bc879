/* What the commands of cofferdam-runner do first. */
#pragma once

#include "common/error.h"
#include "runner/config/context.h"

/* config_read() or one of its kin. */
typedef void read_config(struct config *config, const struct config_facts *facts, struct problems *problems);

/* Reads the environment and the secrets; prints every problem there is. 0, or -1 if there was one. */
int runner_configure(struct supervisor *supervisor, read_config *read);

/* Prints a line for each. */
void runner_log_problems(const struct problems *problems);

/* Signals, libraries, the other programs. */
int runner_prepare(struct supervisor *supervisor, struct error *err);
