#include "cli/runner/configure.h"

#include "common/cleanup.h"
#include "common/phrases.h"
#include "runner/common/log.h"
#include "runner/config/pool_file.h"
#include "runner/github/github.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *environment(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

void runner_log_problems(const struct problems *problems)
{
	for (size_t i = 0; i < problems->n; i++)
		log_line("%s", problems->lines[i]);
}

static void read_pools(struct config *config, struct problems *problems)
{
	const struct pool_file_facts facts = config_pool_facts(config);

	pool_file_read(&config->pools, config->file, &facts, problems);
}

int runner_configure(struct supervisor *supervisor, read_config *read)
{
	_cleanup_(problems_free) struct problems problems = {0}, ignored = {0};
	struct config_facts facts = {.lookup = environment};
	char hostname[HOST_NAME_MAX + 1] = "";

	if (gethostname(hostname, sizeof hostname) < 0 || hostname[0] == '\0')
		strcpy(hostname, "runner");
	facts.hostname = hostname;
	if (geteuid() == 0)
		problem(&problems, "start it as an unprivileged user", PHRASE_REFUSING_ROOT);
	credentials_collect(&supervisor->credentials, &problems);
	for (size_t i = 0; i < CREDENTIAL_COUNT; i++)
		facts.given[i] = supervisor->credentials.secrets[i].text != NULL;
	read(&supervisor->config, &facts, &problems);
	if (supervisor->config.file != NULL)
		read_pools(&supervisor->config, &problems);
	supervisor->administrator.access_token = &supervisor->credentials.secrets[CREDENTIAL_ACCESS_TOKEN];
	if (facts.given[CREDENTIAL_APP])
		supervisor->administrator.app = (struct app){
			.id = supervisor->config.app_id, .key = &supervisor->credentials.secrets[CREDENTIAL_APP]};
	if (read == config_read)
		config_check_names(environ, &problems, &ignored);
	runner_log_problems(&ignored);
	runner_log_problems(&problems);
	return problems.n > 0 ? -1 : 0;
}

char *runner_state_directory(void)
{
	_cleanup_(problems_free) struct problems problems = {0};
	const struct config_facts facts = {.lookup = environment};
	struct config config;
	char *dir = NULL;

	if (geteuid() == 0)
		problem(&problems, "run it as the runner's user", PHRASE_REFUSING_ROOT);
	config_read_for_state(&config, &facts, &problems);
	runner_log_problems(&problems);
	if (problems.n == 0)
		dir = take_ptr(config.state_dir);
	config_free(&config);
	return dir;
}

int runner_printed(void)
{
	struct error err;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return RUNNER_OK;
	error_set(&err, errno, "standard output");
	log_error(&err);
	return RUNNER_FAILED;
}

int runner_prepare(struct supervisor *supervisor, struct error *err)
{
	stop_init(&supervisor->stop);
	return github_global_init(err) < 0 ? -1 : programs_find(&supervisor->programs, err);
}
