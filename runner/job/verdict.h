/* Determines how a job ended, from the launcher's report and the supervisor's own actions. Pure. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* Why the supervisor ended the job. Each reason has a line for the job's annotation. */
enum job_end {
	JOB_END_ITSELF,        /* the supervisor did not end it */
	JOB_END_SHIM_GONE,     /* the Listener killed Runner.Worker: a cancelled job that did not end in time */
	JOB_END_LISTENER,      /* the Listener is gone */
	JOB_END_NOT_CANCELLED, /* the job did not end after its cancellation */
	JOB_END_STOP,          /* the supervisor was told to stop at once */
};

struct verdict {
	int code;           /* for the Listener: 100 to 105 is the Worker's own result, any other a crash */
	const char *result; /* a word or two for the log */
	/* For the journal: succeeded, failed, canceled, skipped or abandoned, as the Worker says; else refused or
	 * ended.
	 */
	const char *outcome;
	const char
		*ended_by; /* as in the launcher's report, or abandoned, listener, stop, lost, which it cannot know */
	char reason[512];  /* for the annotation, the log and the report; "" if the Worker's result suffices */
};

/* Of a job whose sandbox was held because its Worker had said that it failed. */
void verdict_of_held(struct verdict *verdict);

/* `status` is the launcher's status of waitpid(2). `report` may be NULL. */
void verdict_reach(struct verdict *verdict, int status, const json_t *report, enum job_end end);
