#include "sandbox/payload.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/io.h"
#include "sandbox/fds.h"
#include "sandbox/landlock.h"
#include "sandbox/message.h"
#include "sandbox/rlimits.h"
#include "sandbox/seccomp.h"
#include "sandbox/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_SETUP 125
#define STATUS_CANNOT_EXEC 126
#define STATUS_NOT_FOUND 127

static char **environment(const struct plan *plan)
{
	char **env = calloc(plan->n_env + 1, sizeof *env);

	for (size_t i = 0; env != NULL && i < plan->n_env; i++) {
		env[i] = format("%s=%s", plan->env[i].name, plan->env[i].value);
		if (env[i] == NULL)
			return NULL;
	}
	return env;
}

/* Session, limits, descriptors: what can still fail with a clear word, in the order of design "the job". */
static int prepare(const struct plan *plan, int sock, struct error *err)
{
	const struct message starting = {.kind = MESSAGE_STARTING};

	/* A session of its own: the caller's terminal is not the job's to steer (TIOCSTI, CVE-2017-5226). */
	if (setsid() < 0)
		return error_set(err, errno, "session");
	umask(022);
	if (chdir(plan->workdir) < 0) {
		error_set(err, errno, "workdir %s", plan->workdir);
		return error_hint(err, "it must exist inside the sandbox: bind it with --ro or --rw");
	}
	if (rlimits_apply(plan, err) < 0 || fds_seal(plan, err) < 0 || signals_reset(err) < 0)
		return -1;
	if (landlock_abi() >= LANDLOCK_ABI_NEEDED && landlock_restrict(plan, err) < 0)
		return -1;
	message_send(sock, &starting);
	return 0;
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

static int exec_command(const struct plan *plan, char *const envp[])
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

void payload_run(const struct plan *plan, int sock)
{
	struct message message = {.kind = MESSAGE_FAILED, .status = STATUS_SETUP};
	char **envp = environment(plan);
	int why;

	if (envp == NULL)
		error_set(&message.error, ENOMEM, "environment");
	else if (prepare(plan, sock, &message.error) == 0 && seccomp_install(&plan->filter, &message.error) == 0) {
		why = exec_command(plan, envp);
		message.status = why == ENOENT || why == ENOTDIR ? STATUS_NOT_FOUND : STATUS_CANNOT_EXEC;
		error_set(&message.error, why, "exec: %s", plan->argv[0]);
		if (why == ENOENT)
			error_hint(&message.error, "looked for inside the sandbox, where only what is bound exists");
	}
	message_send(sock, &message);
	_exit(message.status);
}
