#include "runner/registration/config_sh.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "runner/github/pace.h"
#include "runner/launch/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* What it may still take after a stop: the answer to what it has asked says whether there is a runner. */
#define FINISH_NS (15 * NS_PER_S)

/* It says nothing of the time that GitHub wants to be left alone. */
#define LIMIT_NS (60 * NS_PER_S)

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

/* Its lines, but those that only say how far it is, and those that give advice in its own terms: ours say the same in
 * terms of this configuration. */
static void on_line(void *context, const char *line, size_t len)
{
	const struct config_sh_error **error = context;
	const struct config_sh_error *known = config_sh_error(line, len);

	if (known != NULL && (*error == NULL || known->end == CONFIG_SH_LIMITED))
		*error = known;
	else if (known == NULL && !config_sh_is_progress(line, len))
		log_relayed("config.sh", line, len);
}

static enum config_sh_end failed(int status, const struct config_sh_error *error, struct error *err)
{
	if (!WIFEXITED(status)) {
		error_set(err, 0, "config.sh: killed by signal %d", WTERMSIG(status));
		return CONFIG_SH_OPEN;
	}
	if (error == NULL) {
		error_set(err, 0, "config.sh: exit %d", WEXITSTATUS(status));
		return CONFIG_SH_OPEN;
	}
	error_set(err, 0, "config.sh: exit %d: %s", WEXITSTATUS(status), error->meaning);
	if (error->hint != NULL)
		error_hint(err, "%s", error->hint);
	return error->end;
}

enum config_sh_end config_sh(struct supervisor *supervisor, const struct slot_paths *paths,
	const char *const arguments[], const struct secret *token, int64_t limit_ns, struct error *err)
{
	_cleanup_(launch_free) struct launch launch = {0};
	_cleanup_(close_fd) int fd = token_pipe(token, err);
	const struct config_sh_error *error = NULL;
	int status;

	if (fd < 0)
		return CONFIG_SH_NOT_BEGUN;
	listener_sandbox(&launch, supervisor, paths);
	launch_fd(&launch, fd);
	launch.finish_ns = FINISH_NS;
	launch.each = on_line;
	launch.context = &error;
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
		return CONFIG_SH_OPEN;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return CONFIG_SH_DONE;
	if (error != NULL && error->end == CONFIG_SH_LIMITED)
		pace_hold(pace_shared(), LIMIT_NS, pace_now_ns());
	return failed(status, error, err);
}
