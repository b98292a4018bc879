#include "runner/config/variables.h"

#include <stddef.h>

const struct config_variable config_variables[] = {
	{"GITHUB_URL", "repository, organization or enterprise to serve (required without a JIT configuration)"},
	{"TOKEN", "registration token; or"},
	{"ACCESS_TOKEN", "personal access token that may manage runners; or"},
	{"ACTIONS_RUNNER_INPUT_JITCONFIG", "just-in-time configuration of one runner"},
	{"", "each of the three also as NAME_FILE or as a systemd credential NAME"},
	{"RUNNER_NAME", "runner name (default: the host name, with a random suffix if it may not be unique)"},
	{"RUNNER_WORKDIR",
		"work directory of jobs, absolute or relative to the runner's directory (default: /home/runner/work)"},
	{"RUNNER_GROUP", "runner group (default: the default group)"},
	{"RUNNER_LABELS", "labels, separated by commas, besides self-hosted, Linux, the architecture and cofferdam-ID"},
	{"EPHEMERAL", "true: run one job, then exit (default: false)"},
	{"REPLACE_EXISTING", "true: take over an offline runner of the same name (default: false)"},
	{"DISABLE_AUTO_UPDATE", "has no effect: the distribution is read-only, so the runner never updates itself"},
	{"RUNNER_DIR",
		"directory of the official runner (default: what `cofferdam runner fetch` fetched, renewed daily; or /home/runner/actions-runner)"},
	{"COFFERDAM_PROFILE", "profile of job sandboxes (default: job)"},
	{"COFFERDAM_SLOTS", "number of runners side by side, 1 to 64 (default: 1)"},
	{"COFFERDAM_STATE_DIR", "state directory (default: $XDG_STATE_HOME/cofferdam or ~/.local/state/cofferdam)"},
	{"COFFERDAM_IMAGES", "directory of the images that profiles name (default: as for `cofferdam image`)"},
	{"COFFERDAM_LAYERS",
		"directory of the layers on disk (`layer: disk`; default: the job's, in the state directory)"},
	{"COFFERDAM_PLUGIN_HOST",
		"allow: jobs get the runner's plugins of 2019, through which every step can read all secrets (default: refuse)"},
	{"COFFERDAM_JOB_NOTES",
		"true: every job has a last step, Complete runner, that names the limits and denials it met; false: none (default: jobs that have the step for a hook of yours in .sh)"},
	{"COFFERDAM_DRAIN", "how long a job may run on after the first stop signal (default: 6h)"},
	{"GITHUB_API_URL", "REST API (default: derived from GITHUB_URL)"},
	{NULL, NULL},
};
