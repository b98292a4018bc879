/* What the author of a workflow reads of limits and denials that a job's Worker survived.
 *
 * When the Worker itself reports the result of a job, nobody can add to it afterwards. So a script of ours goes before
 * the administrator's job-completed hook: it reads the job's own cgroup and the launcher's record of denials, both
 * read-only in the job, and prints an annotation where there is something to say. The Worker decides at the beginning
 * of a job whether it has the step of the hook, so COFFERDAM_JOB_NOTES says which jobs have ours.
 * actions/runner: src/Runner.Worker/JobExtension.cs, JobHookProvider.cs */
#pragma once

#include "common/error.h"
#include "runner/config/context.h"
#include "runner/launch/launcher.h"

#include <stdbool.h>

/* Whether jobs get the script. *next is the administrator's hook that it becomes afterwards, or NULL. */
bool completed_hook_is_wanted(const struct supervisor *supervisor, const char **next);

/* Writes the script into the job's directory `dir`, and an empty record of denials. -1 with err. */
int completed_hook_make(const char *dir, const char *next, struct error *err);

/* Shows both to the job, read-only beside the runner in `runner`, and names the script to the Worker. */
void completed_hook_show(struct launch *launch, const char *dir, const char *runner);

/* Gives the launcher the record of `dir` to write. *fd stays the caller's, to close after the start. -1 with err. */
int completed_hook_record(struct launch *launch, const char *dir, int *fd, struct error *err);
