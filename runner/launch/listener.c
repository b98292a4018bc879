#include "runner/launch/listener.h"

#include "runner/launch/listener_root.h"
#include "runner/launch/own_files.h"

#include "common/cleanup.h"
#include "runner/config/inputs.h"
#include "runner/worker/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The official default lets a send to the Worker take 30 s; building a sandbox may take longer on a busy host. */
#define CHANNEL_TIMEOUT_S "300"
#define WORK_SIZE "1M"
#define UPDATE_SIZE "4K"

void listener_sandbox(struct launch *launch, const struct supervisor *supervisor, const struct slot_paths *paths)
{
	const struct dist *dist = &supervisor->dist;
	_cleanup_(own_files_free) struct own_files own = {0};

	own_files_find(&own, supervisor);
	launch_init(launch, supervisor->programs.launcher, "listener", paths->id);
	if (supervisor->config.layers != NULL) /* which are other launches' */
		arguments_add(&launch->env, "COFFERDAM_LAYERS=%s", supervisor->config.layers);
	own_files_hide(launch, &own);
	launch_rw(launch, paths->root, dist->dir);
	/* An update begins by removing _work/_update, and downloads there. A mount point cannot be removed: an update
	 * that is offered all the same fails at once, and keeps no job waiting. actions/runner: SelfUpdaterV2.cs. */
	arguments_add_pair(&launch->argv, "--tmpfs", "%s/_work:" WORK_SIZE, dist->dir);
	arguments_add_pair(&launch->argv, "--tmpfs", "%s/_work/_update:" UPDATE_SIZE, dist->dir);
	launch_dist(launch, dist, supervisor->programs.shim);
	launch_rw(launch, paths->socket, HANDOVER_DIRECTORY);
	own_files_hide_state(launch, supervisor, false);
	arguments_add_pair(&launch->argv, "--workdir", "%s", dist->dir);
	launch_inputs(launch, INPUT_TO_LISTENER);
	launch_dist_env(launch, dist);
	/* After it, since these are not the administrator's to change. */
	launch_env(launch, "GITHUB_ACTIONS_RUNNER_CHANNEL_TIMEOUT", CHANNEL_TIMEOUT_S);
	/* Without it a version that GitHub no longer takes exits as any other error. */
	launch_env(launch, "ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE", "1");
	/* Without a bound one log file would grow for as long as the Listener runs. */
	launch_env(launch, "RUNNER_LOGSIZE", LISTENER_LOG_MIB);
	/* Otherwise any process of the same user could connect to the runtime and read its memory. */
	launch_env(launch, "DOTNET_EnableDiagnostics", "0");
}

void listener_command(struct launch *launch, const struct supervisor *supervisor, const struct listener_start *start)
{
	listener_start_command(launch, supervisor, start);
	arguments_add(&launch->argv, "%s/bin/Runner.Listener", supervisor->dist.dir);
	arguments_add(&launch->argv, "run");
}
