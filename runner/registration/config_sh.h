/* Runs config.sh of the official distribution in the listener sandbox: registers or removes a runner. */
#pragma once

#include "common/error.h"
#include "runner/common/secret.h"
#include "runner/config/context.h"
#include "runner/registration/config_sh_errors.h"
#include "runner/state/slot_paths.h"

/* Runs config.sh with these arguments (NULL-terminated). The token goes in through a pipe, so that only config.sh
 * itself has it in its environment. Returns how config.sh ended, with err set unless it succeeded. After a stop,
 * config.sh may finish for some seconds or until the next step. */
enum config_sh_end config_sh(struct supervisor *supervisor, const struct slot_paths *paths,
	const char *const arguments[], const struct secret *token, int64_t limit_ns, struct error *err);
