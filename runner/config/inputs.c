#include "runner/config/inputs.h"

#include <string.h>
#include <strings.h>

#define BOTH (INPUT_TO_LISTENER | INPUT_TO_JOBS)
#define ON "passed on to Listeners and jobs"
#define TO_JOBS "passed on to jobs"
#define PATH_ON "passed on to Listeners and jobs, which see the path read-only"
#define HONOURED(name, flags, text)                     \
	{                                               \
		name, INPUT_HONOURED, flags, NULL, text \
	}
#define READ_AS(name, as)                                       \
	{                                                       \
		name, INPUT_TRANSLATED, 0, as, "read as " as "" \
	}
#define NO_EFFECT(name, flags, why)                                    \
	{                                                              \
		name, INPUT_TRANSLATED, flags, NULL, "no effect: " why \
	}
#define PART_OF_URL(name, text)                                       \
	{                                                             \
		name, INPUT_TRANSLATED, INPUT_URL, "GITHUB_URL", text \
	}
#define REFUSED(name, flags, text)                     \
	{                                              \
		name, INPUT_REFUSED, flags, NULL, text \
	}

const struct input inputs[] = {
	/* How the network is reached, and whom to trust there. */
	HONOURED("http_proxy", BOTH, ON),
	HONOURED("https_proxy", BOTH, ON),
	HONOURED("no_proxy", BOTH, ON),
	HONOURED("all_proxy", BOTH, ON),
	HONOURED("HTTP_PROXY", BOTH, ON),
	HONOURED("HTTPS_PROXY", BOTH, ON),
	HONOURED("NO_PROXY", BOTH, ON),
	HONOURED("ALL_PROXY", BOTH, ON),
	HONOURED("SSL_CERT_FILE", BOTH | INPUT_SHOWN | INPUT_DOTENV, PATH_ON),
	HONOURED("SSL_CERT_DIR", BOTH | INPUT_SHOWN | INPUT_DOTENV, PATH_ON),
	HONOURED("NODE_EXTRA_CA_CERTS", BOTH | INPUT_SHOWN | INPUT_DOTENV, PATH_ON),
	/* The system. */
	HONOURED("TZ", BOTH, ON),
	HONOURED("LANG", 0, "passed on to Listeners and jobs by their profiles"),
	HONOURED("LC_ALL", BOTH, ON),
	HONOURED("PATH", 0, "finds the programs of Cofferdam; jobs have the PATH of .env, .path or the profile"),
	HONOURED("ImageOS", INPUT_TO_JOBS, TO_JOBS),
	HONOURED("ImageVersion", INPUT_TO_JOBS, TO_JOBS),
	/* Listener and Worker. */
	HONOURED("ACTIONS_RUNNER_HOOK_JOB_STARTED", INPUT_TO_JOBS | INPUT_SHOWN | INPUT_HOOK | INPUT_DOTENV,
		"the script runs in the job, which sees it read-only"),
	HONOURED("ACTIONS_RUNNER_HOOK_JOB_COMPLETED", INPUT_TO_JOBS | INPUT_SHOWN | INPUT_HOOK | INPUT_DOTENV,
		"the script runs in the job, which sees it read-only"),
	HONOURED("ACTIONS_RUNNER_ACTION_ARCHIVE_CACHE", INPUT_TO_JOBS | INPUT_SHOWN | INPUT_DOTENV,
		"passed on to jobs, which see the path read-only"),
	HONOURED("RUNNER_TOOL_CACHE", INPUT_TO_JOBS | INPUT_DOTENV,
		"jobs see its versions read-only, and can add others for themselves"),
	HONOURED("AGENT_TOOLSDIRECTORY", INPUT_TO_JOBS | INPUT_DOTENV,
		"jobs see its versions read-only, and can add others for themselves"),
	HONOURED("ACTIONS_RUNNER_SYMLINK_CACHED_ACTIONS", INPUT_TO_JOBS, TO_JOBS),
	HONOURED("ACTIONS_RUNNER_FORCED_INTERNAL_NODE_VERSION", INPUT_TO_JOBS, TO_JOBS),
	HONOURED("ACTIONS_RUNNER_FORCE_ACTIONS_NODE_VERSION", INPUT_TO_JOBS, TO_JOBS),
	HONOURED("ACTIONS_RUNNER_PRINT_LOG_TO_STDOUT", BOTH, ON),
	HONOURED("ACTIONS_RUNNER_DISABLE_STDOUT_MULTILINE_LOG_PREFIXING", BOTH, ON),
	HONOURED("ACTIONS_RUNNER_RETURN_VERSION_DEPRECATED_EXIT_CODE", 0, "in any case: exit code 7"),
	HONOURED("GITHUB_ACTIONS_RUNNER_EXTRA_USER_AGENT", BOTH, ON),
	HONOURED("GITHUB_ACTIONS_RUNNER_FORCE_GHES", BOTH, ON),
	HONOURED("GITHUB_ACTIONS_RUNNER_HTTP_RETRY", BOTH, ON),
	HONOURED("GITHUB_ACTIONS_RUNNER_HTTP_TIMEOUT", BOTH, ON),
	HONOURED("GITHUB_ACTIONS_RUNNER_DOWNLOAD_TIMEOUT", BOTH, ON),
	HONOURED("PIPELINE_JOB_OOMSCOREADJ", INPUT_TO_JOBS, TO_JOBS),
	HONOURED("RUNNER_MANUALLY_TRAP_SIG", 0, "in any case: signals reach the job in two steps"),
	NO_EFFECT("GITHUB_ACTIONS_RUNNER_CHANNEL_TIMEOUT", INPUT_DOTENV, "it is 300 s"),
	NO_EFFECT("RUNNER_LOGSIZE", INPUT_DOTENV, "a log file of a Listener has at most 4 MiB"),
	NO_EFFECT("DOTNET_EnableDiagnostics", INPUT_DOTENV, "Cofferdam closes Listener and Worker itself"),
	NO_EFFECT("DOTNET_EnableDiagnostics_IPC", INPUT_DOTENV, "Cofferdam closes Listener and Worker itself"),
	NO_EFFECT("DOTNET_EnableDiagnostics_Debugger", INPUT_DOTENV, "Cofferdam closes Listener and Worker itself"),
	NO_EFFECT("RUNNER_ALLOW_RUNASROOT", 0, "root is refused"),
	NO_EFFECT("RUNNER_WAIT_FOR_DOCKER_IN_SECONDS", 0, "jobs have no Docker"),
	NO_EFFECT("DOCKER_HOST", 0, "jobs have no Docker"),
	REFUSED("ACTIONS_RUNNER_CONTAINER_HOOKS", INPUT_DOTENV, "unset it: jobs have no containers"),
	REFUSED("ACTIONS_RUNNER_REQUIRE_JOB_CONTAINER", INPUT_DOTENV | INPUT_IF_TRUE,
		"unset it: jobs have no containers, so that every job would fail"),
	REFUSED("ACTIONS_RUNNER_RETURN_JOB_RESULT_FOR_HOSTED", INPUT_DOTENV | INPUT_IF_TRUE,
		"unset it: reports/ID.json has the result of each job"),
	REFUSED("GITHUB_ACTIONS_RUNNER_ATTACH_DEBUGGER", INPUT_DOTENV | INPUT_IF_TRUE,
		"unset it: a debugger reads every secret of a job"),
	REFUSED("GITHUB_ACTIONS_RUNNER_TLS_NO_VERIFY", INPUT_DOTENV | INPUT_IF_TRUE,
		"name the server's authority with SSL_CERT_FILE and NODE_EXTRA_CA_CERTS"),
	REFUSED("GITHUB_ACTIONS_RUNNER_HTTPTRACE", INPUT_DOTENV | INPUT_IF_TRUE, "unset it: the trace may hold tokens"),
	REFUSED("GITHUB_ACTIONS_RUNNER_VSOCK_CID_PORT", INPUT_DOTENV, "unset it: the Worker sends every secret there"),
	/* What config.sh reads. */
	REFUSED("ACTIONS_RUNNER_INPUT_TOKEN", INPUT_LATER, "use TOKEN"),
	REFUSED("ACTIONS_RUNNER_INPUT_PAT", INPUT_LATER, "use ACCESS_TOKEN"),
	REFUSED("ACTIONS_RUNNER_INPUT_URL", INPUT_LATER, "use GITHUB_URL"),
	REFUSED("ACTIONS_RUNNER_INPUT_NAME", INPUT_LATER, "use RUNNER_NAME"),
	REFUSED("ACTIONS_RUNNER_INPUT_LABELS", INPUT_LATER, "use RUNNER_LABELS"),
	REFUSED("ACTIONS_RUNNER_INPUT_RUNNERGROUP", 0, "use RUNNER_GROUP"),
	REFUSED("ACTIONS_RUNNER_INPUT_WORK", 0, "use RUNNER_WORKDIR"),
	REFUSED("ACTIONS_RUNNER_INPUT_EPHEMERAL", 0, "use EPHEMERAL"),
	REFUSED("ACTIONS_RUNNER_INPUT_REPLACE", 0, "use REPLACE_EXISTING"),
	REFUSED("ACTIONS_RUNNER_INPUT_", INPUT_PREFIX, "unset it; `cofferdam runner start --help` lists what is read"),
	/* The usual images. */
	READ_AS("REPO_URL", "GITHUB_URL"),
	READ_AS("RUNNER_REPOSITORY_URL", "GITHUB_URL"),
	READ_AS("RUNNER_URL", "GITHUB_URL"),
	PART_OF_URL("ORG_NAME", "read as GITHUB_URL=https://GITHUB_HOST/NAME"),
	PART_OF_URL("ENTERPRISE_NAME", "read as GITHUB_URL=https://GITHUB_HOST/enterprises/NAME"),
	PART_OF_URL("RUNNER_SCOPE", "org or enterprise: which of the two names is read as GITHUB_URL"),
	PART_OF_URL("GITHUB_HOST", "the server of GITHUB_URL (default: github.com)"),
	READ_AS("RUNNER_TOKEN", "TOKEN"),
	READ_AS("GITHUB_PAT", "ACCESS_TOKEN"),
	READ_AS("LABELS", "RUNNER_LABELS"),
	READ_AS("RUNNER_EPHEMERAL", "EPHEMERAL"),
	READ_AS("DISABLE_RUNNER_UPDATE", "DISABLE_AUTO_UPDATE"),
	HONOURED("UNSET_CONFIG_VARS", 0, "in any case: jobs get none of these variables"),
	REFUSED("RUNNER_NAME_PREFIX", 0, "use RUNNER_NAME"),
	REFUSED("RANDOM_RUNNER_SUFFIX", INPUT_IF_TRUE, "use RUNNER_NAME"),
	REFUSED("RUNNER_ORG", 0, "use GITHUB_URL=https://github.com/NAME"),
	REFUSED("RUNNER_REPO", 0, "use GITHUB_URL=https://github.com/OWNER/NAME"),
	REFUSED("RUNNER_ENTERPRISE", 0, "use GITHUB_URL=https://github.com/enterprises/NAME"),
	REFUSED("APP_LOGIN", 0, "unset it: GITHUB_URL names the owner"),
	REFUSED("RUN_AS_ROOT", INPUT_IF_TRUE, "set it to false: root is refused"),
	REFUSED("RUNNER_UPDATE_CA_CERTS", INPUT_IF_TRUE,
		"it requires root: name the certificate with SSL_CERT_FILE and NODE_EXTRA_CA_CERTS"),
	REFUSED("DISABLE_AUTOMATIC_DEREGISTRATION", INPUT_IF_TRUE, "unset it: a runner is always deregistered"),
	REFUSED("CONFIGURED_ACTIONS_RUNNER_FILES_DIR", 0, "use COFFERDAM_STATE_DIR"),
	REFUSED("NO_DEFAULT_LABELS", INPUT_IF_TRUE,
		"unset it: self-hosted, Linux and the architecture are always labels"),
	REFUSED("START_DOCKER_SERVICE", INPUT_IF_TRUE, "unset it: jobs have no Docker"),
	REFUSED("DOCKER_ENABLED", INPUT_IF_TRUE, "set it to false: jobs have no Docker"),
	REFUSED("DOCKERD_IN_RUNNER", INPUT_IF_TRUE, "set it to false: jobs have no Docker"),
	REFUSED("DEBUG_ONLY", INPUT_IF_TRUE, "unset it"),
	REFUSED("DEBUG_OUTPUT", INPUT_IF_TRUE, "unset it: the log is on standard error"),
	{.name = NULL},
};

const struct input *input_find(const char *name)
{
	for (const struct input *input = inputs; input->name != NULL; input++)
		if ((input->flags & INPUT_PREFIX) != 0
				? strncmp(input->name, name, strlen(input->name)) == 0 &&
					  strcmp(name, "ACTIONS_RUNNER_INPUT_JITCONFIG") != 0 &&
					  strcmp(name, "ACTIONS_RUNNER_INPUT_JITCONFIG_FILE") != 0
				: strcmp(input->name, name) == 0)
			return input;
	return NULL;
}

static bool is_false(const char *value)
{
	return strcasecmp(value, "false") == 0 || strcasecmp(value, "no") == 0 || strcmp(value, "0") == 0;
}

bool input_is_refused(const struct input *input, const char *value)
{
	return input->kind == INPUT_REFUSED && value != NULL && *value != '\0' &&
	       ((input->flags & INPUT_IF_TRUE) == 0 || !is_false(value));
}
