/* One step of a job: condition, environment, script, result. */
#pragma once

#include "tests/standin/worker/work.h"

/* Runs step `number` (from 1), or skips it, and notes its result. Afterwards work->failed, cancelled and shut_down say
 * how the job stands. */
/* Tells the results service of a step: that it runs or, with a conclusion in the words of expressions, that it has
 * ended. */
void step_tell(struct work *work, const char *id, size_t number, const char *name, const char *started,
	const char *conclusion);

void step_run(struct work *work, const json_t *step, size_t number);
