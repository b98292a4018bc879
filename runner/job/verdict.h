/* How a job ended, from what the launcher reports and what we did ourselves. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* Why the supervisor ended it; each has a line for the job's annotation. */
enum job_end {
	JOB_END_ITSELF,        /* it did not */
	JOB_END_SHIM_GONE,     /* the Listener killed Runner.Worker: a cancelled job that did not end in time */
	JOB_END_LISTENER,      /* the Listener is gone */
	JOB_END_NOT_CANCELLED, /* it went on after it was told to end */
	JOB_END_STOP,          /* the supervisor was told to stop at once */
};

struct verdict {
	int code;           /* for the Listener: 100 to 105 is the Worker's own result, anything else a crash */
	const char *result; /* one word or two for the log */
	char reason[512];   /* for the annotation, the log and the report; "" when the Worker has said it all */
};

/* `status` is the launcher's, as of waitpid(2); `report` may be NULL. */
void verdict_reach(struct verdict *verdict, int status, const json_t *report, enum job_end end);
