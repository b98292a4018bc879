#include "runner/check.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/status.h"
#include "runner/common/json_file.h"
#include "runner/job/job.h"
#include "runner/job/shown_check.h"
#include "runner/launch/listener.h"
#include "runner/notify.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIMIT_NS (INT64_C(60) * 1000000000)
#define SHOWN_MAX ((size_t)4 << 20)
/* Of a check while slots run. What it leaves when it is killed, the next start removes. */
#define CHECK_SLOT (CONFIG_SLOTS_MAX + 1)

/* 0, or -1; *code is the launcher's exit code, or -1. */
static int run_true(struct supervisor *supervisor, struct launch *launch, const char *what, const char *profile,
	int *code, struct error *err)
{
	int status;

	*code = -1;
	arguments_add(&launch->argv, "/bin/true");
	if (launch_and_wait(launch, what, LIMIT_NS, &supervisor->stop, &status, err) < 0)
		return -1;
	if (WIFEXITED(status))
		*code = WEXITSTATUS(status);
	if (*code == 0)
		return 0;
	error_set(err, 0, "%s: cannot be created on this host", what);
	return error_hint(err,
		"`cofferdam doctor --profile %.100s` names remedies; a profile in %.200s names in allow_degraded what may be missing",
		profile, supervisor->pool->profile_origin);
}

static int check_listener(struct supervisor *supervisor, const struct slot_paths *paths, struct error *err)
{
	_cleanup_(listener_start_free) struct listener_start start = {.said = -1, .say = -1};
	_cleanup_(launch_free) struct launch launch = {0};
	int code, checked;

	if (listener_start_make(&start, err) < 0)
		return -1;
	listener_sandbox(&launch, supervisor, paths);
	listener_start_command(&launch, supervisor, &start);
	checked = run_true(supervisor, &launch, "listener sandbox", "listener", &code, err);
	if (code < 0 || code == STATUS_LAUNCHER || listener_start_is_shim(&start))
		return checked;
	error_set(err, 0, "the Listener " LISTENER_START_REFUSED);
	return CHECK_MISCONFIGURED;
}

/* A plan that was refused has no report, or one of nothing that was set up; a launch that failed tells of protections.
 */
static bool plan_was_refused(const struct job_dir *dir)
{
	struct error unread = {0};
	_cleanup_(json_drop) json_t *report = json_file_read(AT_FDCWD, dir->report, &unread);

	return report != NULL ? json_object_get(report, "protections") == NULL
			      : access(dir->report, F_OK) < 0 && errno == ENOENT;
}

/* Whose fault it is that the job sandbox is none. */
static int blame(const struct job_dir *dir, const char *origin, int code, struct error *err)
{
	if (code == STATUS_CANNOT_EXEC || code == STATUS_NOT_FOUND) {
		error_set(err, 0, "job sandbox: no /bin/true in it");
		error_hint(
			err, "%.200s: extend `job`; a profile for an entrypoint shows nothing of the system", origin);
		return CHECK_MISCONFIGURED;
	}
	return code == STATUS_LAUNCHER && plan_was_refused(dir) ? CHECK_MISCONFIGURED : -1;
}

static int check_job(struct supervisor *supervisor, const struct slot_paths *paths, struct error *err)
{
	_cleanup_(launch_free) struct launch launch = {0};
	_cleanup_(json_drop) json_t *residue = json_array();
	_cleanup_(job_dir_free) struct job_dir dir = {0};
	_cleanup_(dist_closed_free) struct dist_closed closed = {NULL, NULL, NULL};
	int code, checked = -1;

	if (job_programs(supervisor, &closed, err) == 0 && job_dir_make(&dir, supervisor, paths, err) == 0) {
		if (job_sandbox(&launch, supervisor, &dir, &closed, err) < 0) {
			checked = CHECK_MISCONFIGURED;
		} else {
			arguments_add(&launch.argv, "--");
			checked = run_true(supervisor, &launch, "job sandbox", supervisor->pool->profile, &code, err);
		}
		if (checked == -1)
			checked = blame(&dir, supervisor->pool->profile_origin, code, err);
	}
	job_dir_remove(&dir, LIMIT_NS, residue);
	if (checked == 0 && json_array_size(residue) > 0)
		return error_set(err, 0, "job sandbox: left behind: %s", json_string_value(json_array_get(residue, 0)));
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

/* Before there is any sandbox: in a Listener's, too, what is shown would lie above what hides it. */
static int check_shown(const struct supervisor *supervisor, struct error *err)
{
	_cleanup_(own_files_free) struct own_files own = {0};

	own_files_find(&own, supervisor);
	return shown_check(&own, supervisor->world, &supervisor->dist, err) < 0 ? CHECK_MISCONFIGURED : 0;
}

static int check_pools_shown(struct supervisor *supervisor, struct error *err)
{
	for (size_t i = 0; i < supervisor->config.pools.n; i++) {
		int checked;

		supervisor_use(supervisor, i);
		checked = check_shown(supervisor, err);
		if (checked < 0)
			return checked;
	}
	return 0;
}

static int check_pools_jobs(struct supervisor *supervisor, const struct slot_paths *paths, struct error *err)
{
	for (size_t i = 0; i < supervisor->config.pools.n; i++) {
		int checked;

		notify_alive(supervisor->notify);
		supervisor_use(supervisor, i);
		checked = check_job(supervisor, paths, err);
		if (checked < 0)
			return supervisor->config.pools.n == 1
				       ? checked
				       : (error_context(err, "pool %s", supervisor->pool->name), checked);
	}
	return 0;
}

int check_sandboxes(struct supervisor *supervisor, struct error *err)
{
	_cleanup_(slot_paths_free) struct slot_paths paths = {0};
	int checked = -1;

	if (slot_paths_make(&paths, &supervisor->state, 1, err) == 0 && write_runner_file(&paths, err) == 0)
		checked = check_pools_shown(supervisor, err);
	if (checked == 0)
		checked = check_listener(supervisor, &paths, err);
	if (checked == 0)
		checked = check_pools_jobs(supervisor, &paths, err);
	if (checked < 0)
		slot_paths_remove(&supervisor->state, 1); /* no slot will come that does */
	return checked;
}

int check_pools(struct supervisor *supervisor, struct error *err)
{
	_cleanup_(slot_paths_free) struct slot_paths paths = {0};
	int checked = -1;

	if (slot_paths_make(&paths, &supervisor->state, CHECK_SLOT, err) == 0 && write_runner_file(&paths, err) == 0)
		checked = check_pools_shown(supervisor, err);
	if (checked == 0)
		checked = check_pools_jobs(supervisor, &paths, err);
	slot_paths_remove(&supervisor->state, CHECK_SLOT);
	return checked;
}

/* What the launcher prints: a plan, or the error. */
struct shown {
	struct error first; /* its first line */
	char *text;
	size_t len;
	bool failed;
};

static void shown_free(struct shown *shown)
{
	free(shown->text);
}

/* The plan, from its first line on: notices go the same way. */
static void keep(struct shown *shown, const char *line, size_t len)
{
	char *grown;

	if (shown->failed || (shown->len == 0 && (len == 0 || *line != '{')))
		return;
	grown = shown->len < SHOWN_MAX ? realloc(shown->text, shown->len + len + 1) : NULL;
	shown->failed = grown == NULL;
	if (grown == NULL)
		return;
	shown->text = grown;
	memcpy(grown + shown->len, line, len);
	grown[shown->len + len] = '\n';
	shown->len += len + 1;
}

/* The first line counts without its name and our option in front. */
static void on_shown(void *context, const char *line, size_t len)
{
	static const char *const before[] = {"cofferdam: ", "--profile: "};
	struct shown *shown = context;
	struct error *said = &shown->first;

	keep(shown, line, len);
	if (said->text[0] != '\0')
		return;
	for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
		const size_t skip = strlen(before[i]);

		if (len < skip || memcmp(line, before[i], skip) != 0)
			continue;
		line += skip;
		len -= skip;
	}
	error_set(said, 0, "%.*s", (int)len, line);
}

static const char *environment(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

/* Each job gets a directory of its own in it: it is the administrator's to make, and not to be missed at the first job.
 */
static int check_workdir(const char *workdir, struct error *err)
{
	_cleanup_(freep) char *within = NULL;

	if (workdir == NULL || *workdir != '/')
		return 0;
	within = format("%s/.", workdir); /* a file has none */
	if (within == NULL)
		return error_set(err, ENOMEM, "RUNNER_WORKDIR");
	if (access(within, W_OK | X_OK) == 0)
		return 0;
	error_set(err, errno, "RUNNER_WORKDIR: %s", workdir);
	return error_hint(err, "it must be a directory in which this user can make those of the jobs");
}

/* Who the caller is, as the sandbox has it. */
static int decide(struct supervisor *supervisor, const struct shown *shown, struct error *err)
{
	_cleanup_(json_drop) json_t *plan =
		shown->failed ? NULL : json_loadb(shown->text, shown->len, JSON_DISABLE_EOF_CHECK, NULL);
	const struct passwd *user = getpwuid(geteuid());
	const struct world_facts facts = {.home = getenv("HOME"),
		.user = user != NULL ? user->pw_name : NULL,
		.lookup = environment,
		.profile_origin = supervisor->pool->profile_origin};

	if (supervisor->dist.dir == NULL)
		return 0; /* that has been said */
	if (plan == NULL)
		return error_set(err, 0, "%s: the launcher's answer is not a plan", supervisor->pool->profile_origin);
	if (world_decide(supervisor->world, &supervisor->config, &supervisor->dist, plan, &facts, err) < 0)
		return -1;
	supervisor->world->plan = strndup(shown->text, shown->len);
	if (supervisor->world->plan == NULL)
		return error_set(err, ENOMEM, "%s", supervisor->pool->profile_origin);
	return check_workdir(supervisor->config.workdir, err);
}

static int check_profile(struct supervisor *supervisor, struct error *err)
{
	static const char *const passed[] = {"PATH", "HOME"};
	_cleanup_(launch_free) struct launch launch = {.launcher = supervisor->programs.launcher};
	_cleanup_(shown_free) struct shown shown = {.first = {.text = ""}};
	int status;

	arguments_add(&launch.argv, "cofferdam");
	arguments_add(&launch.argv, "policy");
	arguments_add(&launch.argv, "show");
	arguments_add_pair(&launch.argv, "--profile", "%s", supervisor->pool->profile);
	if (supervisor->pool->root != NULL)
		arguments_add_pair(&launch.argv, "--root", "%s", supervisor->pool->root);
	for (size_t i = 0; i < sizeof passed / sizeof passed[0]; i++)
		if (getenv(passed[i]) != NULL)
			arguments_add(&launch.env, "%s=%s", passed[i], getenv(passed[i]));
	launch.each = on_shown;
	launch.context = &shown;
	if (launch_and_wait(&launch, "profile", LIMIT_NS, &supervisor->stop, &status, err) < 0)
		return err->errnum == EINTR ? 0 : -1;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return decide(supervisor, &shown, err);
	error_set(err, 0, "%s", shown.first.text[0] != '\0' ? shown.first.text : "the launcher cannot read it");
	return error_context(err, "%s", supervisor->pool->profile_origin);
}

int check_profiles(struct supervisor *supervisor, struct error *err)
{
	const size_t n = supervisor->config.pools.n;

	supervisor->worlds = calloc(n, sizeof *supervisor->worlds);
	if (supervisor->worlds == NULL)
		return error_set(err, ENOMEM, "pools");
	for (size_t i = 0; i < n; i++) {
		notify_alive(supervisor->notify);
		supervisor_use(supervisor, i);
		if (check_profile(supervisor, err) < 0)
			return -1;
	}
	return 0;
}
