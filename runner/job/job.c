#include "runner/job/job.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/path.h"
#include "runner/common/json_file.h"
#include "runner/common/log.h"
#include "runner/common/process.h"
#include "runner/config/inputs.h"
#include "runner/job/completed_hook.h"
#include "runner/job/container_hook.h"
#include "runner/job/holder.h"
#include "runner/job/job_report.h"
#include "runner/job/shown_check.h"
#include "runner/job/sweep.h"
#include "runner/job/tool_cache.h"
#include "runner/job/worker_trust.h"
#include "runner/launch/own_files.h"
#include "runner/state/cgroup_leaf.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define REMOVE_LIMIT_NS (INT64_C(120) * 1000000000)
/* For what the Worker writes into the runner's root; the large things go to the work directory. */
#define ROOT_SIZE "16M"

int job_programs(const struct supervisor *supervisor, struct dist_closed *closed, struct error *err)
{
	if (worker_trust_make(&supervisor->state, err) < 0)
		return -1;
	/* Our shim says that it is refused. It is static, and loads nothing that its environment names. */
	if (dist_close_programs(&supervisor->dist, &supervisor->state,
		    supervisor->config.plugin_host ? NULL : supervisor->programs.shim, closed, err) < 0)
		return -1;
	return supervisor->pool->hold_ns == 0
		       ? 0
		       : dist_closed_copy(supervisor->programs.shim, &supervisor->state, &closed->hold, err);
}

/* What closes the Worker is inherited by the steps. EnableDiagnostics=0 would also take their own profilers from them,
 * such as code coverage: a profiler comes into a process by the environment that it is started with, which no step has
 * in its hand for the Worker, or by the diagnostic port.
 * https://learn.microsoft.com/dotnet/core/runtime-config/debugging-profiling */
static void close_worker(struct launch *launch)
{
	launch_env(launch, "DOTNET_EnableDiagnostics_IPC", "0");
	launch_env(launch, "DOTNET_EnableDiagnostics_Debugger", "0");
}

static void set_environment(struct launch *launch, const struct supervisor *supervisor)
{
	const struct world *world = supervisor->world;

	launch_env(launch, "GITHUB_ACTIONS", "true");
	launch_env(launch, "CI", "true");
	if (world->user != NULL) {
		launch_env(launch, "USER", world->user);
		launch_env(launch, "LOGNAME", world->user);
	}
	launch_inputs(launch, INPUT_TO_JOBS);
	launch_dist_env(launch, &supervisor->dist);
	/* After .env. Whatever becomes of the profile: this is the home whose certificates are covered. */
	launch_env(launch, "HOME", world->home);
	close_worker(launch);
}

static int show_tools(struct launch *launch, const struct world *world, const struct job_dir *dir,
	const struct own_files *hidden, struct error *err)
{
	_cleanup_(freep) char *own = format("%s/tools", dir->path);

	if (world->tools == NULL)
		return 0;
	return own == NULL ? error_set(err, ENOMEM, "tool cache")
			   : tool_cache_show(launch, world->tools, own, hidden, err);
}

int job_sandbox(struct launch *launch, const struct supervisor *supervisor, const struct job_dir *dir,
	const struct dist_closed *closed, struct error *err)
{
	const struct world *world = supervisor->world;
	const struct dist *dist = &supervisor->dist;
	_cleanup_(freep) char *runner = format("%s/.runner", dist->dir);
	_cleanup_(freep) char *diag = format("%s/_diag", dist->dir);
	_cleanup_(own_files_free) struct own_files own = {0};
	const char *next;

	own_files_find(&own, supervisor);
	launch_init(launch, supervisor->programs.launcher, supervisor->pool->profile, dir->id);
	if (supervisor->pool->root != NULL)
		arguments_add_pair(&launch->argv, "--root", "%s", supervisor->pool->root);
	if (supervisor->config.layers != NULL)
		arguments_add(&launch->env, "COFFERDAM_LAYERS=%s", supervisor->config.layers);
	else
		arguments_add(&launch->env, "COFFERDAM_LAYERS=%s/layers", dir->path);
	own_files_hide(launch, &own);
	arguments_add_pair(&launch->argv, "--tmpfs", "%s%s", dist->dir,
		path_is_within(world->home, dist->dir) || path_is_within(world->work, dist->dir) ? "" : ":" ROOT_SIZE);
	launch_dist_closed(launch, dist, closed->worker, closed->plugin_host);
	holder_show(launch, closed->hold, dist->dir);
	launch_ro(launch, dir->runner, runner != NULL ? runner : "");
	launch_rw(launch, dir->diag, diag != NULL ? diag : "");
	launch_rw(launch, dir->work, world->work);
	if (world->lent)
		arguments_add(&launch->argv, "--no-give-back"); /* it is removed */
	arguments_add_pair(&launch->argv, "--workdir", "%s/bin", dist->dir);
	arguments_add_pair(&launch->argv, "--report", "%s", dir->report);
	for (size_t i = 0; i < world->shown.n; i++)
		arguments_add(&launch->argv, "%s", world->shown.v[i]);
	worker_trust_cover(launch, &supervisor->state, world->home);
	set_environment(launch, supervisor);
	container_hook_show(launch, dir->path, dist->dir);
	if (completed_hook_is_wanted(supervisor, &next))
		completed_hook_show(launch, dir->path, dist->dir);
	if (shown_check(&own, world, dist, err) < 0 || show_tools(launch, world, dir, &own, err) < 0)
		return -1;
	own_files_hide_state(launch, supervisor, !world_is_within(world, dist, supervisor->state.dir));
	return 0;
}

/* What the Worker reads its messages from, and the shim's end. Steps inherit the Worker's: a pipe they could open again
 * for writing (/proc/self/fd) and cancel their own job, as if the Listener had said so. A socket cannot be opened, and
 * this end is shut for writing, whoever holds it. .NET takes either for a pipe. */
static int make_messages(int ends[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return error_set(err, errno, "socketpair");
	if (shutdown(ends[0], SHUT_WR) == 0)
		return 0;
	error_set(err, errno, "shutdown");
	close(ends[0]);
	close(ends[1]);
	return -1;
}

/* The job's ends of its pipes, by what the shim's are called. */
static int make_pipes(struct job *job, int theirs[HANDOVER_FD_COUNT], struct error *err)
{
	for (int i = 0; i < HANDOVER_FD_COUNT; i++) {
		bool shim_writes = i == HANDOVER_MESSAGES;
		int p[2];

		if (shim_writes && make_messages(p, err) < 0)
			return -1;
		if (!shim_writes && pipe2(p, O_CLOEXEC) < 0)
			return error_set(err, errno, "pipe");
		theirs[i] = p[shim_writes ? 0 : 1];
		job->ends[i] = p[shim_writes ? 1 : 0];
	}
	return 0;
}

static int start_launcher(struct job *job, const struct supervisor *supervisor, const struct dist_closed *closed,
	const int pipes[], struct error *err)
{
	_cleanup_(launch_free) struct launch launch = {0};
	_cleanup_(close_fd) int start = -1, record = -1, hold = -1;
	int p[2], read_fd, write_fd;
	const char *next;

	if (pipe2(p, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	start = p[0];
	job->start = p[1];
	if (job_sandbox(&launch, supervisor, &job->dir, closed, err) < 0)
		return -1;
	launch.out = pipes[HANDOVER_STDOUT];
	launch.err = pipes[HANDOVER_STDERR];
	read_fd = launch_fd(&launch, pipes[HANDOVER_MESSAGES]);
	write_fd = launch_fd(&launch, pipes[HANDOVER_ANSWERS]);
	launch_start_fd(&launch, start);
	if (completed_hook_is_wanted(supervisor, &next) &&
		completed_hook_record(&launch, job->dir.path, &record, err) < 0)
		return -1;
	if (closed->hold == NULL)
		arguments_add(&launch.argv, "--");
	else if (holder_command(&launch, supervisor->dist.dir, &job->hold, &hold, err) < 0)
		return -1;
	arguments_add(&launch.argv, "%s/bin/Runner.Worker", supervisor->dist.dir);
	arguments_add(&launch.argv, "spawnclient");
	arguments_add(&launch.argv, "%d", read_fd);
	arguments_add(&launch.argv, "%d", write_fd);
	return launch_start(&launch, &job->launcher, err);
}

static void close_all(int (*fds)[HANDOVER_FD_COUNT])
{
	for (int i = 0; i < HANDOVER_FD_COUNT; i++)
		close_fd(&(*fds)[i]);
}

/* Without descriptors: 0 is one. */
static const struct job no_job = {.start = -1, .shim = -1, .hold = -1, .ends = {-1, -1, -1, -1}};

static void forget(struct job *job)
{
	close_all(&job->ends);
	close_fd(&job->start);
	close_fd(&job->hold);
	job_dir_free(&job->dir);
	freep(&job->label);
	*job = no_job;
}

int job_prepare(struct job *job, struct supervisor *supervisor, const struct slot_paths *paths, struct error *err)
{
	/* The sandbox has its own afterwards; while we held them, no end of file would come. */
	_cleanup_(close_all) int theirs[HANDOVER_FD_COUNT] = {-1, -1, -1, -1};
	_cleanup_(dist_closed_free) struct dist_closed closed = {NULL, NULL, NULL};

	*job = no_job;
	/* What an earlier job has left and could not be removed in time. */
	sweep_jobs(supervisor, paths->number);
	if (job_programs(supervisor, &closed, err) == 0 && job_dir_make(&job->dir, supervisor, paths, err) == 0 &&
		make_pipes(job, theirs, err) == 0 && start_launcher(job, supervisor, &closed, theirs, err) == 0) {
		job->prepared = true;
		return 0;
	}
	job_discard(job, NULL, 0);
	return -1;
}

int job_start(const struct job *job, struct error *err)
{
	return write(job->start, "", 1) == 1 ? 0 : error_set(err, errno, "prepared sandbox");
}

const char *job_label(const struct job *job)
{
	return job->label != NULL ? job->label : job->dir.id;
}

/* Its name is the workflow's: it stays within its quotes, and log_line() escapes it. */
static void log_start(const struct job *job)
{
	char name[SUBJECT_JOB_SIZE];

	memcpy(name, job->subject.job, sizeof name);
	for (char *c = name; *c != '\0'; c++)
		if (*c == '"')
			*c = '\'';
	if (name[0] != '\0')
		log_line("job %s: started: \"%s\"", job_label(job), name);
	else
		log_line("job %s: started", job_label(job));
}

int job_connect(struct job *job, int shim, const struct subject *subject, struct error *err)
{
	if (handover_begin(shim, job->ends) < 0)
		return error_set(err, errno, "shim");
	close_all(&job->ends);
	close_fd(&job->start);
	job->shim = shim;
	job->start_ns = clock_monotonic_ns();
	job->prepared = false;
	job->active = true;
	job->subject = *subject;
	if (subject->repository[0] != '\0')
		job->label = format("%s (%s)", job->dir.id, subject->repository);
	log_job(job->dir.id);
	log_start(job);
	return 0;
}

void job_discard(struct job *job, const pid_t others[], unsigned n_others)
{
	_cleanup_(json_drop) json_t *residue = json_array();

	if (job->prepared) {
		/* The Worker has not heard of its job: there is nobody to be asked first. */
		kill(job->launcher, SIGKILL);
		if (!process_reap(job->launcher, NULL, PROCESS_KILL_LIMIT_NS))
			log_line("job %s: its launcher, process %d, does not end", job->dir.id, job->launcher);
		process_reap_orphans(others, n_others);
		cgroup_leaf_remove(job->dir.id, residue);
	}
	if (job->dir.path != NULL)
		job_dir_remove(&job->dir, REMOVE_LIMIT_NS, residue);
	for (size_t i = 0; i < json_array_size(residue); i++)
		log_line("job %s: unused sandbox, left behind: %s", job->dir.id,
			json_string_value(json_array_get(residue, i)));
	forget(job);
}

void job_complaint(const struct job *job, char *text, size_t size)
{
	const int from = job->ends[HANDOVER_STDERR];
	ssize_t n = -1;

	if (from >= 0 && fcntl(from, F_SETFL, O_NONBLOCK) == 0)
		n = read(from, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static void tell_shim(struct job *job, int code, const char *reason)
{
	if (job->shim < 0)
		return;
	if (handover_exit(job->shim, code, reason) < 0 && job->end != JOB_END_SHIM_GONE)
		log_line("job %s: its shim is gone: the result is not reported", job_label(job));
	close_fd(&job->shim);
}

void job_hold(struct job *job)
{
	struct verdict verdict;

	verdict_of_held(&verdict);
	tell_shim(job, verdict.code, verdict.reason);
	job->held_ns = clock_monotonic_ns();
}

/* What became of its sandbox after it had failed does not change that. */
static void reach(struct verdict *verdict, const struct job *job, int status, const json_t *report)
{
	verdict_reach(verdict, status, report, job->held_ns > 0 ? JOB_END_ITSELF : job->end);
	if (job->held_ns > 0 && strcmp(verdict->outcome, "failed") != 0)
		verdict_of_held(verdict);
}

/* Without the time that it was held. */
static void take_durations(struct job_summary *summary, const struct job *job)
{
	summary->duration_ns = clock_monotonic_ns() - job->start_ns;
	if (job->held_ns == 0)
		return;
	summary->held_ns = summary->ended_ns - job->held_ns;
	summary->duration_ns -= summary->held_ns;
	summary->released_by = job->released_by != NULL ? job->released_by : "its end";
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
	_cleanup_(json_drop) json_t *removing = json_array();
	_cleanup_(json_drop) json_t *residue = json_array();
	_cleanup_(json_drop) json_t *report = NULL;
	struct job_summary summary = {.id = job->dir.id,
		.label = job_label(job),
		.subject = &job->subject,
		.runner = runner,
		.residue = residue,
		.removing = removing};
	struct error missing = {0};
	struct verdict verdict;
	struct error err;

	summary.ended_ns = clock_monotonic_ns();
	ending_stop(&job->ending);
	/* A launcher that was killed leaves its sandbox's first process to us; with it, all in the sandbox end. */
	summary.orphans = process_reap_orphans(others, n_others);
	report = json_file_read(AT_FDCWD, job->dir.report, &missing);
	summary.missing = report == NULL ? missing.text : NULL;
	reach(&verdict, job, status, report);
	/* Before anything is removed, which may take its time: the Listener reports the job now. */
	tell_shim(job, verdict.code, verdict.reason);
	cgroup_leaf_remove(job->dir.id, residue);
	job_dir_end(&job->dir, &supervisor->state, JOB_DIR_QUICK_NS, residue, removing);
	if (json_array_size(removing) > 0)
		kill(getppid(), SIGCHLD); /* the supervisor waits for its slots, and looks at what they set aside */
	summary.verdict = &verdict;
	take_durations(&summary, job);
	if (job_report_write(&supervisor->state, &summary, report, &err) < 0)
		log_error(&err);
	job_report_log(&summary, report);
	job_report_journal(&supervisor->state, &summary, report);
	log_job(NULL);
	forget(job);
}
