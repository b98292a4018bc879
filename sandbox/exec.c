#include "sandbox/exec.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char **exec_environment(const struct plan *plan)
{
	char **env = calloc(plan->n_env + 1, sizeof *env);

	for (size_t i = 0; env != NULL && i < plan->n_env; i++) {
		env[i] = format("%s=%s", plan->env[i].name, plan->env[i].value);
		if (env[i] == NULL)
			return NULL;
	}
	return env;
}

/* As a shell does: every directory of PATH is tried; a file that is there but cannot be executed is remembered. */
static int exec_in_path(const struct plan *plan, const char *path, char *const envp[])
{
	int remembered = ENOENT;

	for (;;) {
		size_t len = strcspn(path, ":");
		_cleanup_(freep) char *file =
			format("%.*s/%s", len > 0 ? (int)len : 1, len > 0 ? path : ".", plan->argv[0]);

		if (file == NULL)
			return ENOMEM;
		execve(file, plan->argv, envp);
		if (errno != ENOENT && errno != ENOTDIR)
			remembered = errno;
		if (path[len] == '\0')
			return remembered;
		path += len + 1;
	}
}

int exec_command(const struct plan *plan, char *const envp[])
{
	if (plan->argv[0][0] == '\0')
		return ENOENT;
	if (strchr(plan->argv[0], '/') != NULL) {
		execve(plan->argv[0], plan->argv, envp);
		return errno;
	}
	for (size_t i = 0; i < plan->n_env; i++)
		if (strcmp(plan->env[i].name, "PATH") == 0)
			return exec_in_path(plan, plan->env[i].value, envp);
	return ENOENT;
}

int exec_status(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR ? STATUS_NOT_FOUND : STATUS_CANNOT_EXEC;
}
