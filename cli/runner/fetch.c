#include "cli/runner/fetch.h"

#include "cli/runner/configure.h"
#include "cli/runner/options.h"
#include "common/cleanup.h"
#include "common/phrases.h"
#include "runner/common/log.h"
#include "runner/distribution/fetch.h"
#include "runner/distribution/list.h"
#include "runner/supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char **place(struct fetch *fetch, int id)
{
	switch (id) {
	case 'v':
		return &fetch->version;
	case 'd':
		return &fetch->dir;
	case 'f':
		return &fetch->file;
	default:
		return &fetch->sha256;
	}
}

/* All of them take a value. */
static int read_option(int id, const char *value, void *context, struct error *err)
{
	const char **to = place(context, id);

	if (*to != NULL)
		return error_set(err, 0, PHRASE_GIVEN_AGAIN);
	*to = value;
	return 0;
}

static int check_options(const struct fetch *fetch, struct error *err)
{
	char sha256[SHA256_HEX_SIZE];

	if (fetch->version != NULL && (strlen(fetch->version) >= VERSION_SIZE || !version_is_valid(fetch->version)))
		return error_set(err, 0, "--version: %s: not a version, such as 2.336.0", fetch->version);
	if (fetch->file != NULL && fetch->sha256 == NULL)
		return error_set(err, 0, "--from: requires --sha256");
	if (fetch->sha256 != NULL && fetch->file == NULL)
		return error_set(err, 0, "--sha256: requires --from");
	if (fetch->sha256 != NULL && !list_sha256(fetch->sha256, sha256))
		return error_set(err, 0, "--sha256: %s: not a SHA-256 of 64 hexadecimal digits", fetch->sha256);
	return 0;
}

/* Prints the directory of the current version. */
static int print_current(const struct fetch *fetch)
{
	printf("%s/%s\n", fetch->dir, fetch->current);
	return runner_printed();
}

static int run(struct fetch *wanted, struct error *err)
{
	switch (fetch(wanted, err)) {
	case 0:
		return print_current(wanted);
	case FETCH_REFUSED:
		log_error(err);
		return RUNNER_REFUSED;
	case FETCH_IMPOSSIBLE:
		log_error(err);
		return RUNNER_USAGE;
	default:
		if (err->errnum == EINTR)
			log_line("fetch: stopped by a signal: the next one continues");
		else
			log_error(err);
		return RUNNER_FAILED;
	}
}

int runner_fetch(int argc, char **argv)
{
	_cleanup_(supervisor_free) struct supervisor supervisor = {.state = {.dirfd = -1, .lockfd = -1}};
	struct fetch wanted = {.config = &supervisor.config,
		.credentials = &supervisor.credentials,
		.administrator = &supervisor.administrator,
		.stop = &supervisor.stop,
		.shows = true};
	_cleanup_(freep) char *dir = NULL;
	struct error err;

	if (runner_read_options("runner fetch", argc, argv, read_option, &wanted, &err) < 0 ||
		check_options(&wanted, &err) < 0) {
		log_error(&err);
		return RUNNER_USAGE;
	}
	/* What is at hand, or may be, requires nothing of GitHub. */
	if (runner_configure(&supervisor,
		    wanted.file != NULL || wanted.version != NULL ? config_read_for_sweep : config_read_for_fetch) < 0)
		return RUNNER_USAGE;
	if (runner_prepare(&supervisor, &err) < 0) {
		log_error(&err);
		return RUNNER_FAILED;
	}
	supervisor.stop.bound = STOP_DRAIN;
	dir = wanted.dir == NULL ? fetch_directory(supervisor.config.state_dir) : NULL;
	if (wanted.dir == NULL)
		wanted.dir = dir;
	return run(&wanted, &err);
}
