#include "runner/job.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/cgroup_leaf.h"
#include "runner/job_report.h"
#include "runner/json_file.h"
#include "runner/log.h"
#include "runner/own_files.h"
#include "runner/process.h"
#include "runner/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define REMOVE_LIMIT_NS (INT64_C(120) * 1000000000)
/* For what the Worker writes into the runner's root; the large things go to the work directory. */
#define ROOT_SIZE "16M"

void job_sandbox(
	struct launch *launch, const struct supervisor *supervisor, const struct job_dir *dir, const char *worker)
{
	const struct dist *dist = &supervisor->dist;
	_cleanup_(freep) char *runner = format("%s/.runner", dist->dir);
	_cleanup_(freep) char *diag = format("%s/_diag", dist->dir);

	launch_init(launch, supervisor->programs.launcher, supervisor->config.profile, dir->id);
	own_files_hide(launch, supervisor);
	arguments_add_pair(&launch->argv, "--tmpfs", "%s:" ROOT_SIZE, dist->dir);
	launch_dist(launch, dist, worker);
	launch_ro(launch, dir->runner, runner != NULL ? runner : "");
	launch_rw(launch, dir->diag, diag != NULL ? diag : "");
	arguments_add_pair(&launch->argv, "--workspace", "%s", dir->work);
	arguments_add_pair(&launch->argv, "--workdir", "%s/bin", dist->dir);
	arguments_add_pair(&launch->argv, "--report", "%s", dir->report);
	launch_env(launch, "GITHUB_ACTIONS", "true");
	launch_env(launch, "CI", "true");
	launch_dist_env(launch, dist);
}

static int start(struct job *job, struct supervisor *supervisor, const struct slot_paths *paths,
	const int fds[HANDOVER_FD_COUNT], struct error *err)
{
	_cleanup_(launch_free) struct launch launch = {0};
	_cleanup_(freep) char *worker = NULL;
	int read_fd, write_fd;

	/* What an earlier job has left and could not be removed in time. */
	sweep_jobs(supervisor, paths->number);
	if (dist_worker(&supervisor->dist, &supervisor->state, &worker, err) < 0 ||
		job_dir_make(&job->dir, supervisor, paths, err) < 0)
		return -1;
	job_sandbox(&launch, supervisor, &job->dir, worker);
	launch.out = fds[HANDOVER_STDOUT];
	launch.err = fds[HANDOVER_STDERR];
	read_fd = launch_fd(&launch, fds[HANDOVER_MESSAGES]);
	write_fd = launch_fd(&launch, fds[HANDOVER_ANSWERS]);
	arguments_add(&launch.argv, "--");
	arguments_add(&launch.argv, "%s/bin/Runner.Worker", supervisor->dist.dir);
	arguments_add(&launch.argv, "spawnclient");
	arguments_add(&launch.argv, "%d", read_fd);
	arguments_add(&launch.argv, "%d", write_fd);
	return launch_start(&launch, &job->launcher, err);
}

int job_start(struct job *job, struct supervisor *supervisor, const struct slot_paths *paths, int shim,
	const int fds[HANDOVER_FD_COUNT], struct error *err)
{
	memset(job, 0, sizeof *job);
	job->shim = shim;
	job->start_ns = clock_monotonic_ns();
	if (start(job, supervisor, paths, fds, err) == 0) {
		job->active = true;
		log_line("job %s: started", job->dir.id);
		return 0;
	}
	handover_exit(shim, 1, "job refused: the runner could not prepare its sandbox");
	close(shim);
	if (job->dir.path != NULL) {
		_cleanup_(json_drop) json_t *residue = json_array();

		job_dir_remove(&job->dir, REMOVE_LIMIT_NS, residue);
	}
	job_dir_free(&job->dir);
	return -1;
}

void job_kill(struct job *job, sd_event *event, enum job_end end)
{
	struct error err;

	if (!job->active)
		return;
	if (job->end == JOB_END_ITSELF)
		job->end = end;
	if (ending_begin(&job->ending, event, job->launcher, &err) < 0) {
		log_error(&err);
		kill(job->launcher, SIGKILL);
	}
}

void job_finish(struct job *job, struct supervisor *supervisor, const char *runner, int status, const pid_t others[],
	unsigned n_others)
{
	_cleanup_(json_drop) json_t *residue = json_array();
	_cleanup_(json_drop) json_t *report = NULL;
	struct job_summary summary = {.id = job->dir.id, .runner = runner, .residue = residue};
	struct verdict verdict;
	struct error err;

	ending_stop(&job->ending);
	/* A launcher that was killed leaves its sandbox's first process to us; with it, all in the sandbox end. */
	summary.orphans = process_reap_orphans(others, n_others);
	report = json_file_read(AT_FDCWD, job->dir.report, &err);
	verdict_reach(&verdict, status, report, job->end);
	/* Before anything is removed, which may take its time: the Listener reports the job now. */
	if (handover_exit(job->shim, verdict.code, verdict.reason) < 0 && job->end != JOB_END_SHIM_GONE)
		log_line("job %s: nobody is left to be told", job->dir.id);
	close(job->shim);
	cgroup_leaf_remove(job->dir.id, residue);
	job_dir_remove(&job->dir, REMOVE_LIMIT_NS, residue);
	summary.verdict = &verdict;
	summary.duration_ns = clock_monotonic_ns() - job->start_ns;
	if (job_report_write(&supervisor->state, &summary, report, &err) < 0)
		log_error(&err);
	job_report_log(&summary, report);
	job_dir_free(&job->dir);
	memset(job, 0, sizeof *job);
}
