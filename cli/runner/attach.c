#include "cli/runner/attach.h"

#include "cli/runner/configure.h"
#include "cli/runner/options.h"
#include "common/cleanup.h"
#include "common/phrases.h"
#include "runner/common/log.h"
#include "runner/hold/place.h"
#include "runner/hold/visit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_target(int id, const char *value, void *context, struct error *err)
{
	const char **target = context;

	(void)id;
	if (*target != NULL || !hold_is_target(value)) {
		error_set(err, 0, "%.80s: %s", value,
			*target != NULL ? PHRASE_UNEXPECTED_ARGUMENT
					: "neither the id of a job nor the number of a slot");
		return error_hint(err, "`cofferdam runner status` shows the jobs that are held");
	}
	*target = value;
	return 0;
}

/* Others than its user are not answered there. */
static int open_state(const char *dir, struct error *err)
{
	_cleanup_(close_fd) int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "%s", dir);
	if (st.st_uid == geteuid())
		return take_fd(&fd);
	error_set(err, 0, "%s: belongs to another user", dir);
	return error_hint(err, "only the user of the supervisor can look at its jobs");
}

/* RUNNER_OK with found->fd >= 0, else the problem is printed. */
static int find(const char *target, struct hold_found *found)
{
	_cleanup_(freep) char *dir = runner_state_directory();
	_cleanup_(close_fd) int state = -1;
	struct error err;

	if (dir == NULL)
		return RUNNER_USAGE;
	state = open_state(dir, &err);
	if (state < 0 || hold_find(state, target, found, &err) < 0) {
		log_error(&err);
		return err.errnum == ENOENT ? RUNNER_NONE : RUNNER_FAILED;
	}
	if (found->n == 1)
		return RUNNER_OK;
	close_fd(&found->fd);
	if (found->n > 1) {
		log_line("more than one job is held: %s: name one", found->names);
		return RUNNER_USAGE;
	}
	if (found->names[0] != '\0')
		log_line("%s: no such job is held (held: %s)", target, found->names);
	else
		log_line("no job is held (see hold_failed in cofferdam-runner.json(5))");
	return RUNNER_NONE;
}

int runner_attach(int argc, char **argv)
{
	struct hold_found found = {.fd = -1};
	const char *target = NULL;
	struct error err;
	int code;

	if (runner_read_options("runner attach", argc, argv, read_target, &target, &err) < 0) {
		log_error(&err);
		return RUNNER_USAGE;
	}
	if (isatty(STDIN_FILENO) != 1 || isatty(STDOUT_FILENO) != 1) {
		log_line("attach: standard input and output must be a terminal");
		return RUNNER_USAGE;
	}
	code = find(target, &found);
	if (code != RUNNER_OK)
		return code;
	fprintf(stderr, "attached to job %s: `exit` leaves it held, `cofferdam runner release` ends it\n", found.id);
	code = hold_visit(&found.fd, getenv("TERM"), &err);
	if (code >= 0)
		return code;
	log_error(&err);
	return RUNNER_FAILED;
}

int runner_release(int argc, char **argv)
{
	struct hold_found found = {.fd = -1};
	const char *target = NULL;
	struct error err;
	int code;

	if (runner_read_options("runner release", argc, argv, read_target, &target, &err) < 0) {
		log_error(&err);
		return RUNNER_USAGE;
	}
	code = find(target, &found);
	if (code != RUNNER_OK)
		return code;
	code = hold_release(found.fd, &err);
	close_fd(&found.fd);
	if (code == 0) {
		printf("job %s: released\n", found.id);
		return runner_printed();
	}
	log_error(&err);
	return RUNNER_FAILED;
}
