#include "runner/listener.h"

#include "runner/own_files.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "runner/worker/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The official default lets a send to the Worker take 30 s; building a sandbox may take longer on a busy host. */
#define CHANNEL_TIMEOUT_S "300"

void listener_sandbox(struct launch *launch, const struct supervisor *supervisor, const struct slot_paths *paths)
{
	const struct dist *dist = &supervisor->dist;

	launch_init(launch, supervisor->programs.launcher, "listener", paths->id);
	own_files_hide(launch, supervisor);
	launch_rw(launch, paths->root, dist->dir);
	launch_dist(launch, dist, supervisor->programs.shim);
	launch_rw(launch, paths->socket, HANDOVER_DIRECTORY);
	arguments_add_pair(&launch->argv, "--workdir", "%s", dist->dir);
	launch_env(launch, "GITHUB_ACTIONS_RUNNER_CHANNEL_TIMEOUT", CHANNEL_TIMEOUT_S);
	/* Without it a version that GitHub no longer takes exits as any other error. */
	launch_env(launch, "ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE", "1");
	launch_dist_env(launch, dist);
}

void listener_command(struct launch *launch, const struct supervisor *supervisor)
{
	arguments_add(&launch->argv, "--");
	arguments_add(&launch->argv, "%s/bin/Runner.Listener", supervisor->dist.dir);
	arguments_add(&launch->argv, "run");
}

/* A pipe takes this much without a reader. */
static int token_pipe(const struct secret *token, struct error *err)
{
	_cleanup_(close_fd) int to = -1;
	_cleanup_(close_fd) int from = -1;
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_set(err, errno, "pipe");
	from = p[0];
	to = p[1];
	if (write_all(to, token->text, token->len) < 0 || write_all(to, "\n", 1) < 0)
		return error_set(err, errno, "token");
	if (fcntl(from, F_SETFL, 0) < 0)
		return error_set(err, errno, "pipe");
	return take_fd(&from);
}

int config_sh(struct supervisor *supervisor, const struct slot_paths *paths, const char *const arguments[],
	const struct secret *token, int64_t limit_ns, struct error *err)
{
	_cleanup_(launch_free) struct launch launch = {0};
	_cleanup_(close_fd) int fd = token_pipe(token, err);
	int status;

	if (fd < 0)
		return -1;
	listener_sandbox(&launch, supervisor, paths);
	launch_fd(&launch, fd);
	arguments_add(&launch.argv, "--");
	arguments_add(&launch.argv, "/bin/sh");
	arguments_add(&launch.argv, "-c");
	arguments_add(&launch.argv, "IFS= read -r ACTIONS_RUNNER_INPUT_TOKEN <&3 && exec 3<&- && "
				    "export ACTIONS_RUNNER_INPUT_TOKEN && exec \"$@\"");
	arguments_add(&launch.argv, "sh");
	arguments_add(&launch.argv, "%s/config.sh", supervisor->dist.dir);
	for (; *arguments != NULL; arguments++)
		arguments_add(&launch.argv, "%s", *arguments);
	if (launch_and_wait(&launch, "config.sh", limit_ns, &supervisor->stop, &status, err) < 0)
		return -1;
	if (!WIFEXITED(status))
		return error_set(err, 0, "config.sh: killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		error_set(err, 0, "config.sh: exit %d", WEXITSTATUS(status));
	return WEXITSTATUS(status);
}
