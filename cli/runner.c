/* cofferdam runner …: executes cofferdam-runner, so that `cofferdam run` does not load libcurl. */
#include "cli/commands.h"

#include "common/error.h"
#include "common/status.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

int cli_runner(int argc, char **argv)
{
	char path[PATH_MAX + sizeof "-runner"];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
	struct error err;

	(void)argc;
	if (n < 0) {
		error_set(&err, errno, "runner: /proc/self/exe");
	} else {
		strcpy(path + n, "-runner"); /* NOLINT(clang-analyzer-security.insecureAPI.strcpy): sized above */
		argv[0] = path;
		execv(path, argv);
		error_set(&err, errno, "runner: exec %s", path);
		error_hint(&err, "cofferdam-runner is installed beside cofferdam");
	}
	error_print("cofferdam", &err);
	return STATUS_LAUNCHER;
}
