#include "runner/job/container_hook.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The Worker goes by the ending: .sh is for bash, or sh. */
#define NAME "cofferdam-container-hook.sh"

static const char script[] =
	"echo '::error::cofferdam: a container requires Docker, and this runner gives jobs no Docker: profile key docker'\n"
	"exit 1\n";

int container_hook_make(const char *dir, struct error *err)
{
	_cleanup_(freep) char *path = format("%s/" NAME, dir);
	_cleanup_(close_fd) int fd = -1;

	if (path == NULL)
		return error_set(err, ENOMEM, "%s", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
	if (fd < 0 || fchmod(fd, 0444) < 0 || write_all(fd, script, strlen(script)) < 0)
		return error_set(err, errno, "%s", path);
	return 0;
}

void container_hook_show(struct launch *launch, const char *dir, const char *runner)
{
	_cleanup_(freep) char *inside = format("%s/" NAME, runner);

	arguments_add_pair(&launch->argv, "--ro", "%s/" NAME ":%s/" NAME, dir, runner);
	launch_env(launch, "ACTIONS_RUNNER_CONTAINER_HOOKS", inside != NULL ? inside : "");
}
