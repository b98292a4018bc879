/* Runner.Worker: receives one job from the Listener, runs its steps, completes it. */
#include "common/cleanup.h"
#include "common/error.h"
#include "common/io.h"
#include "common/parse.h"
#include "common/standard_fds.h"
#include "tests/standin/shared/clock.h"
#include "tests/standin/shared/fields.h"
#include "tests/standin/shared/http.h"
#include "tests/standin/shared/root.h"
#include "tests/standin/shared/version.h"
#include "tests/standin/worker/channel.h"
#include "tests/standin/worker/orphans.h"
#include "tests/standin/worker/report.h"
#include "tests/standin/worker/step.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define START_MS 30000

enum result {
	RESULT_SUCCEEDED = 100,
	RESULT_FAILED = 102,
	RESULT_CANCELED = 103,
};

/* The message channel may be a pipe or a socket; anything else is no handle of ours. */
static int parse_channel(const char *text, int *fd, struct error *err)
{
	uint64_t number;

	if (parse_count(text, INT_MAX, &number, err) < 0)
		return -1;
	*fd = (int)number;
	if (fcntl(*fd, F_GETFD) < 0)
		return error_set(err, errno, "descriptor %s", text);
	return 0;
}

static void show_start(struct work *work)
{
	job_log_line(&work->log, "Current runner version: '" RUNNER_VERSION "'");
	job_log_line(&work->log, "##[group]Runner");
	job_log_print(&work->log, "Runner name: '%s'", work->settings.agent_name);
	job_log_print(&work->log, "Repository: '%s'", work_github(work, "repository"));
	job_log_line(&work->log, "##[endgroup]");
	job_log_print(&work->log, "Complete job name: %s", work->name);
}

/* A crash on order, see README.md. */
static int ordered_crash(struct error *err)
{
	const char *text = getenv("STANDIN_WORKER_CRASH");

	return text == NULL || *text == '\0' ? 0 : error_set(err, 0, "%s", text);
}

static int prepare(struct work *work, const char *root, const char *text, struct error *err)
{
	if (settings_load(&work->settings, root, err) < 0 || job_log_open(&work->log, root, err) < 0)
		return -1;
	if (ordered_crash(err) < 0 || work_read(work, text, err) < 0)
		return -1;
	if (workspace_make(&work->workspace, root, &work->settings, work_github(work, "repository"), err) < 0)
		return -1;
	if (work_prepare(work, err) < 0)
		return -1;
	live_log_open(&work->log.live);
	return 0;
}

/* A part of the job that the service shows as a step. */
struct part {
	char id[37];
	const char *name;
	size_t number;
	char started[STAMP_SIZE];
};

static void begin_part(struct work *work, struct part *part, const char *name, size_t number)
{
	root_uuid(part->id);
	part->name = name;
	part->number = number;
	clock_iso(part->started);
	job_log_begin_step(&work->log, part->id);
	step_tell(work, part->id, number, name, part->started, NULL);
}

static void end_part(struct work *work, struct part *part)
{
	job_log_end_step(&work->log);
	step_tell(work, part->id, part->number, part->name, part->started, "success");
}

/* What `container:` and `services:` come to is not evaluated: even none of them is refused. */
static void refuse_containers(struct work *work)
{
	if (field(work->message, "jobContainer") == NULL && field(work->message, "jobServiceContainers") == NULL)
		return;
	work_annotate(work, "failure", "the stand-in runs no containers", NULL);
	work->failed = true;
}

/* The administrator's job-completed hook, where there is one. How it is run is simplified:
 * README.md. */
static size_t run_hook(struct work *work, size_t number)
{
	const char *path = getenv("ACTIONS_RUNNER_HOOK_JOB_COMPLETED");
	_cleanup_(freep) char *text = NULL;
	char id[37];
	json_t *step;

	if (path == NULL || *path == '\0')
		return number;
	root_uuid(id);
	text = format("echo 'A job completed hook has been configured by the self-hosted runner administrator'\n"
		      "exec bash -e %s",
		path);
	step = json_pack("{s:s, s:s, s:s, s:s, s:{s:s}, s:{s:i, s:[{s:s, s:s}]}}", "id", id, "contextName", id,
		"displayName", "Complete runner", "condition", "always()", "reference", "type", "script", "inputs",
		"type", 2, "map", "Key", "script", "Value", text);
	step_run(work, step, number + 1);
	json_decref(step);
	return number + 1;
}

static enum result run_steps(struct work *work)
{
	struct part part;
	json_t *step;
	size_t i;

	begin_part(work, &part, "Set up job", 1);
	show_start(work);
	refuse_containers(work);
	end_part(work, &part);
	json_array_foreach (field(work->message, "steps"), i, step) {
		step_run(work, step, i + 1);
	}
	i = run_hook(work, i);
	begin_part(work, &part, "Complete job", i + 2);
	orphans_kill(work->tracking_id, &work->log);
	end_part(work, &part);
	if (work->shut_down)
		return RESULT_FAILED;
	if (work->cancelled)
		return RESULT_CANCELED;
	return work->failed ? RESULT_FAILED : RESULT_SUCCEEDED;
}

static int run_job(struct work *work, int fd, struct error *err)
{
	_cleanup_(freep) char *root = root_directory(err);
	_cleanup_(freep) char *text = NULL;
	enum result result;

	if (root == NULL || channel_start(fd, err) < 0)
		return -1;
	text = channel_job(START_MS, err);
	if (text == NULL || prepare(work, root, text, err) < 0)
		return -1;
	result = run_steps(work);
	job_log_upload(&work->log);
	if (report_job(work,
		    result == RESULT_SUCCEEDED ? "succeeded"
		    : result == RESULT_FAILED  ? "failed"
					       : "canceled",
		    err) < 0)
		return -1;
	return (int)result;
}

int main(int argc, char **argv)
{
	struct work work = {0};
	struct error err = {0};
	int in, out, code;

	standard_fds_open();
	if (argc != 4 || strcmp(argv[1], "spawnclient") != 0) {
		error_set(&err, 0, "usage: Runner.Worker spawnclient READ WRITE");
		code = -1;
	} else if (parse_channel(argv[2], &in, &err) < 0 || parse_channel(argv[3], &out, &err) < 0 ||
		   http_start(&err) < 0) {
		code = -1;
	} else {
		code = run_job(&work, in, &err);
	}
	work_free(&work);
	if (code < 0) {
		error_print("Runner.Worker", &err);
		return 1;
	}
	return code;
}
