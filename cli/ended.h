/* Says which limit ended a job, for people. */
#pragma once

#include "policy/plan.h"
#include "sandbox/outcome/outcome.h"

#include <stdbool.h>
#include <stddef.h>

#define ENDED_TEXT_MAX 1024

/* "memory limit of 64M (--memory): the kernel killed 3 processes, peak 64M": the limit with its value, where that was
 * set (an option, or the place of a profile's key), and what was counted. False: no limit has ended it. Also says so
 * where the kernel has killed processes of a job that failed, for lack of memory that is not this job's limit. */
bool ended_text(const struct plan *plan, const struct outcome *outcome, char text[ENDED_TEXT_MAX]);

/* Prints that, if there is anything to say: "cofferdam: ended: …". */
void ended_print(const struct plan *plan, const struct outcome *outcome);
