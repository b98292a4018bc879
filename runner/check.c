#include "runner/check.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "runner/job.h"
#include "runner/json_file.h"
#include "runner/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_NS (INT64_C(60) * 1000000000)

static int run_true(struct supervisor *supervisor, struct launch *launch, const char *what, struct error *err)
{
	int status;

	arguments_add(&launch->argv, "--");
	arguments_add(&launch->argv, "/bin/true");
	if (launch_and_wait(launch, what, LIMIT_NS, &supervisor->stop, &status, err) < 0)
		return -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	error_set(err, 0, "%s: cannot be made on this host", what);
	return error_hint(err, "cofferdam doctor tells what is missing");
}

static int check_listener(struct supervisor *supervisor, const struct slot_paths *paths, struct error *err)
{
	_cleanup_(launch_free) struct launch launch = {0};

	listener_sandbox(&launch, supervisor, paths);
	return run_true(supervisor, &launch, "listener sandbox", err);
}

static int check_job(struct supervisor *supervisor, const struct slot_paths *paths, struct error *err)
{
	_cleanup_(launch_free) struct launch launch = {0};
	_cleanup_(json_drop) json_t *residue = json_array();
	_cleanup_(job_dir_free) struct job_dir dir = {0};
	_cleanup_(dist_closed_free) struct dist_closed closed = {NULL, NULL};
	int checked = -1;

	if (job_programs(supervisor, &closed, err) == 0 && job_dir_make(&dir, supervisor, paths, err) == 0) {
		job_sandbox(&launch, supervisor, &dir, &closed);
		checked = run_true(supervisor, &launch, "job sandbox", err);
	}
	job_dir_remove(&dir, LIMIT_NS, residue);
	if (checked == 0 && json_array_size(residue) > 0)
		return error_set(err, 0, "job sandbox: %s is left", json_string_value(json_array_get(residue, 0)));
	return checked;
}

/* The job's copy of `.runner` needs an original. */
static int write_runner_file(const struct slot_paths *paths, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/.runner", paths->root);
	_cleanup_(json_drop) json_t *file = json_pack("{s:i, s:s}", "agentId", 1, "agentName", "check");

	if (path == NULL || file == NULL)
		return error_set(err, ENOMEM, ".runner");
	return json_file_write(AT_FDCWD, path, file, err);
}

int check_sandboxes(struct supervisor *supervisor, struct error *err)
{
	_cleanup_(slot_paths_free) struct slot_paths paths = {0};

	if (slot_paths_make(&paths, &supervisor->state, 1, err) == 0 && write_runner_file(&paths, err) == 0 &&
		check_listener(supervisor, &paths, err) == 0 && check_job(supervisor, &paths, err) == 0)
		return 0;
	slot_paths_remove(&supervisor->state, 1); /* no slot will come that does */
	return -1;
}
