#include "runner/registration/config_sh_errors.h"

#include <stddef.h>
#include <string.h>

#define LIMITED "rate limited by GitHub"
#define LIMITED_HINT "all that uses the same credential is counted: wait, or use fewer slots"

/* From src/Runner.Listener/Configuration/ConfigurationManager.cs and src/Misc/layoutroot/config.sh. The first that fits
 * is taken: what is special stands before what is general. */
static const struct config_sh_error errors[] = {
	/* GitHub's own message, which is printed after the status; nothing is registered then. */
	{"rate limit", CONFIG_SH_LIMITED, LIMITED, LIMITED_HINT},
	{"TooManyRequests from 'POST", CONFIG_SH_LIMITED, LIMITED, LIMITED_HINT},
	{"A runner exists with the same name", CONFIG_SH_NAME_TAKEN, "RUNNER_NAME: a runner with this name exists",
		"set REPLACE_EXISTING=true to take it over if it is offline, or choose another RUNNER_NAME"},
	{"Could not find any self-hosted runner group named", CONFIG_SH_REFUSED, "RUNNER_GROUP: no such runner group",
		"GitHub lists the groups in the organization's settings"},
	{"Could not find any self-hosted runner groups", CONFIG_SH_REFUSED,
		"this credential may not use any runner group", NULL},
	{"NotFound from 'POST", CONFIG_SH_REFUSED, "the registration token was not accepted: HTTP 404",
		"it is valid for one hour, and only for the repository, organization or enterprise that it was made for: check GITHUB_URL, and set a new TOKEN, or ACCESS_TOKEN, which requests a new one itself"},
	{"Unauthorized from 'POST", CONFIG_SH_REFUSED, "the registration token was not accepted: HTTP 401",
		"it is valid for one hour: set a new TOKEN, or ACCESS_TOKEN, which requests a new one itself"},
	{"Forbidden from 'POST", CONFIG_SH_REFUSED, "registration is not allowed: HTTP 403",
		"ask an administrator of GITHUB_URL whether self-hosted runners are allowed"},
	{"should point to an org or", CONFIG_SH_REFUSED, "GITHUB_URL: not a repository, organization or enterprise",
		NULL},
	{"is not properly configured in GHES", CONFIG_SH_REFUSED,
		"GITHUB_URL: Actions is not configured on this server", NULL},
	{"with 'DisableUpdate' flag", CONFIG_SH_REFUSED,
		"GITHUB_URL: the server is too old for runners without self-update", NULL},
	{"with 'Ephemeral' flag", CONFIG_SH_REFUSED, "EPHEMERAL: the server is too old for ephemeral runners",
		"set EPHEMERAL=false"},
	{"Cannot configure the runner because it is already configured", CONFIG_SH_NOT_BEGUN,
		"the slot's directory was not empty", NULL},
	{"dependencies is missing for Dotnet", CONFIG_SH_REFUSED,
		"RUNNER_DIR: libraries that .NET requires are missing",
		"run bin/installdependencies.sh in RUNNER_DIR as root"},
	{"Dependencies is missing for Dotnet", CONFIG_SH_REFUSED,
		"RUNNER_DIR: libraries that .NET requires are missing",
		"run bin/installdependencies.sh in RUNNER_DIR as root"},
	{"Execute sudo ./bin/installdependencies.sh", CONFIG_SH_REFUSED,
		"RUNNER_DIR: libraries that .NET requires are missing",
		"run bin/installdependencies.sh in RUNNER_DIR as root"},
	{"Please install 'ld", CONFIG_SH_REFUSED, "RUNNER_DIR: config.sh requires ldd and ldconfig (libc-bin)", NULL},
	{"Failed to connect.", CONFIG_SH_NOT_BEGUN, "GitHub is unreachable", NULL},
	/* After these it may have registered. */
	{"clock may be out of sync", CONFIG_SH_OPEN, "this host's clock is more than five minutes off",
		"set the clock"},
	{"Failed to replace the runner", CONFIG_SH_OPEN, "RUNNER_NAME: the runner with this name was not replaced",
		"GitHub does not replace a runner that runs a job: choose another RUNNER_NAME, or wait"},
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

static bool begins(const char *line, size_t len, const char *text)
{
	return len >= strlen(text) && memcmp(line, text, strlen(text)) == 0;
}

/* From ConfigurationManager.cs, too. Where the encoding has no check mark, it is a question mark. */
bool config_sh_is_progress(const char *line, size_t len)
{
	static const char *const marks[] = {"# ", "\xe2\x88\x9a ", "? "};
	static const char *const news[] = {"Authentication", "Runner Registration", "Runner settings", "Runner removal",
		"Connected to GitHub", "Runner successfully added", "Successfully replaced the runner",
		"Runner connection is good", "Settings Saved.", "Runner removed successfully", "Removed .credentials",
		"Removed .runner"};

	while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL)
		len--;
	if (len == 0)
		return true;
	if (begins(line, len, "---") || (line[0] == '|' && line[len - 1] == '|') ||
		begins(line, len, "This runner will have the following labels"))
		return true;
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		const size_t mark = strlen(marks[i]);

		for (size_t k = 0; begins(line, len, marks[i]) && k < sizeof news / sizeof news[0]; k++)
			if (len - mark == strlen(news[k]) && memcmp(line + mark, news[k], len - mark) == 0)
				return true;
	}
	return false;
}
