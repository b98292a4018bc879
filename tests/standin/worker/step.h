/* One step of a job: condition, environment, script, result. */
#pragma once

#include "tests/standin/worker/work.h"

/* Runs step `number` (from 1), or skips it, and notes its result. Afterwards work->failed, cancelled and shut_down say
 * how the job stands. */
void step_run(struct work *work, const json_t *step, size_t number);
