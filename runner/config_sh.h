/* config.sh of the official distribution, in the listener sandbox: registers and removes a runner. */
#pragma once

#include "common/error.h"
#include "runner/config_sh_errors.h"
#include "runner/secret.h"
#include "runner/slot_paths.h"
#include "runner/supervisor.h"

/* Runs it with these arguments (NULL-terminated) and the token, which goes in by a pipe: only config.sh itself has it
 * in its environment. How it ended, with err set unless that was well. A stop lets it finish what it has begun, for
 * some seconds or until the next step. */
enum config_sh_end config_sh(struct supervisor *supervisor, const struct slot_paths *paths,
	const char *const arguments[], const struct secret *token, int64_t limit_ns, struct error *err);
