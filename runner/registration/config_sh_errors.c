#include "runner/config_sh_errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* From src/Runner.Listener/Configuration/ConfigurationManager.cs and src/Misc/layoutroot/config.sh. The first that fits
 * is taken: what is special stands before what is general. */
static const struct config_sh_error errors[] = {
	{"A runner exists with the same name", CONFIG_SH_NAME_TAKEN, "RUNNER_NAME: there is a runner of that name",
		"REPLACE_EXISTING=true takes it over when it is offline; or choose another RUNNER_NAME"},
	{"Could not find any self-hosted runner group named", CONFIG_SH_REFUSED,
		"RUNNER_GROUP: there is no such runner group",
		"GitHub lists the groups in the organization's settings"},
	{"Could not find any self-hosted runner groups", CONFIG_SH_REFUSED,
		"GitHub names no runner group that this credential may use", NULL},
	{"NotFound from 'POST", CONFIG_SH_REFUSED, "the registration token was not accepted: HTTP 404",
		"it lives for one hour, for the repository, organization or enterprise that it was made for: check "
		"GITHUB_URL, and give a new TOKEN, or ACCESS_TOKEN, which makes one itself"},
	{"Unauthorized from 'POST", CONFIG_SH_REFUSED, "the registration token was not accepted: HTTP 401",
		"it lives for one hour: give a new TOKEN, or ACCESS_TOKEN, which makes one itself"},
	{"Forbidden from 'POST", CONFIG_SH_REFUSED, "registration is not allowed: HTTP 403",
		"ask who administers GITHUB_URL whether self-hosted runners are allowed there"},
	{"should point to an org or", CONFIG_SH_REFUSED,
		"GITHUB_URL: neither a repository, an organization nor an enterprise", NULL},
	{"is not properly configured in GHES", CONFIG_SH_REFUSED, "GITHUB_URL: Actions are not set up on that server",
		NULL},
	{"with 'DisableUpdate' flag", CONFIG_SH_REFUSED,
		"GITHUB_URL: the server is too old for a runner that does not update itself", NULL},
	{"with 'Ephemeral' flag", CONFIG_SH_REFUSED, "EPHEMERAL: the server is too old for ephemeral runners",
		"EPHEMERAL=false"},
	{"Cannot configure the runner because it is already configured", CONFIG_SH_NOT_BEGUN,
		"the slot's directory was not empty", NULL},
	{"dependencies is missing for Dotnet", CONFIG_SH_REFUSED,
		"RUNNER_DIR: libraries that .NET requires are missing",
		"bin/installdependencies.sh in RUNNER_DIR installs them, as root"},
	{"Dependencies is missing for Dotnet", CONFIG_SH_REFUSED,
		"RUNNER_DIR: libraries that .NET requires are missing",
		"bin/installdependencies.sh in RUNNER_DIR installs them, as root"},
	{"Execute sudo ./bin/installdependencies.sh", CONFIG_SH_REFUSED,
		"RUNNER_DIR: libraries that .NET requires are missing",
		"bin/installdependencies.sh in RUNNER_DIR installs them, as root"},
	{"Please install 'ld", CONFIG_SH_REFUSED, "RUNNER_DIR: config.sh requires ldd and ldconfig (libc-bin)", NULL},
	{"Failed to connect.", CONFIG_SH_NOT_BEGUN, "GitHub could not be reached", NULL},
	/* After these it may have registered. */
	{"clock may be out of sync", CONFIG_SH_OPEN, "this host's clock is more than five minutes off",
		"set the clock"},
	{"Failed to replace the runner", CONFIG_SH_OPEN, "RUNNER_NAME: the runner of that name was not replaced",
		"GitHub refuses that while it runs a job: choose another RUNNER_NAME, or wait"},
	{"Failed to add the runner", CONFIG_SH_OPEN, "GitHub did not confirm the registration", NULL},
	{"Try again or ctrl-c to quit", CONFIG_SH_OPEN, "GitHub did not answer as expected", NULL},
};

static bool has(const char *line, size_t len, const char *phrase)
{
	return memmem(line, len, phrase, strlen(phrase)) != NULL;
}

const struct config_sh_error *config_sh_error(const char *line, size_t len)
{
	/* The answer to the call that registers, and not to the first one, about the token. */
	if (has(line, len, "/actions/runners/register'"))
		return NULL;
	for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (has(line, len, errors[i].phrase))
			return &errors[i];
	return NULL;
}
