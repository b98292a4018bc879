#include "sandbox/process/exec.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/status.h"
#include "sandbox/files/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVERYBODY 0111

static char **environment(const struct plan_command *command)
{
	char **env = calloc(command->n_env + 1, sizeof *env);

	for (size_t i = 0; env != NULL && i < command->n_env; i++) {
		env[i] = format("%s=%s", command->env[i].name, command->env[i].value);
		if (env[i] == NULL)
			return NULL;
	}
	return env;
}

static const char *search_path(const struct plan_command *command)
{
	const struct plan_env *path = plan_env_find(command, "PATH");

	return path != NULL ? path->value : NULL;
}

static bool is_executable(const struct stat *st)
{
	return S_ISREG(st->st_mode) && (st->st_mode & EVERYBODY) == EVERYBODY;
}

/* What is there in `st`, or -1 with errno. What can be executed is closed by that. */
static int inspect(const char *file, enum exec_lookup how, struct stat *st)
{
	_cleanup_(close_fd) int fd = lookup_open(AT_FDCWD, file, O_PATH, how == EXEC_MAY_NOT_WAIT ? RESOLVE_CACHED : 0);

	if (fd < 0 || fstat(fd, st) < 0)
		return -1;
	if (is_executable(st))
		take_fd(&fd);
	return 0;
}

/* A file that is there is tried. One that is not, or whose path leads through a magic link, is remembered. 1: it would
 * have to be waited for. *found: there is no need to look further. */
static int add(struct exec *exec, char *file, enum exec_lookup how, bool *found, struct error *err)
{
	char **end = exec->files;
	struct stat st;

	if (file == NULL)
		return error_set(err, ENOMEM, "exec");
	while (*end != NULL)
		end++;
	if (inspect(file, how, &st) == 0) {
		*end = file;
		*found = is_executable(&st);
		exec->mode = st.st_mode;
		return 0;
	}
	if (errno == EAGAIN && how == EXEC_MAY_NOT_WAIT)
		return 1;
	if (errno == ENOSYS || errno == EPERM) {
		error_set(err, errno, "exec: %s", file);
		return lookup_hint(err);
	}
	if (errno != ENOENT && (errno != ENOTDIR || exec->errnum == ENOENT))
		exec->errnum = errno;
	free(file);
	return 0;
}

/* As a shell does: every directory of PATH is tried; a file that is there but cannot be executed is remembered. */
static int add_path(const char *name, const char *path, struct exec *exec, enum exec_lookup how, struct error *err)
{
	bool found = false;

	while (!found) {
		const size_t len = strcspn(path, ":");
		const int result = add(
			exec, format("%.*s/%s", len > 0 ? (int)len : 1, len > 0 ? path : ".", name), how, &found, err);

		if (result != 0)
			return result;
		if (path[len] == '\0')
			break;
		path += len + 1;
	}
	if (exec->errnum == ENOTDIR)
		exec->errnum = ENOENT;
	exec->mode = 0; /* it was looked for in many places */
	return 0;
}

static size_t count_directories(const char *path)
{
	size_t n = 1;

	for (; path != NULL && *path != '\0'; path++)
		n += *path == ':';
	return n;
}

int exec_prepare(const struct plan_command *command, enum exec_lookup how, struct exec *exec, struct error *err)
{
	const char *path = search_path(command);
	bool found;

	*exec = (struct exec){.errnum = ENOENT,
		.env = environment(command),
		.files = calloc(count_directories(path) + 1, sizeof *exec->files)};
	if (exec->env == NULL || exec->files == NULL)
		return error_set(err, ENOMEM, "exec");
	if (command->argv[0][0] == '\0')
		return 0;
	if (strchr(command->argv[0], '/') != NULL)
		return add(exec, strdup(command->argv[0]), how, &found, err);
	return path == NULL ? 0 : add_path(command->argv[0], path, exec, how, err);
}

int exec_run(const struct plan_command *command, const struct exec *exec)
{
	int remembered = exec->errnum;

	for (char *const *file = exec->files; *file != NULL; file++) {
		execve(*file, command->argv, exec->env);
		if (errno != ENOENT && errno != ENOTDIR)
			remembered = errno;
	}
	return remembered;
}

int exec_status(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR ? STATUS_NOT_FOUND : STATUS_CANNOT_EXEC;
}

int exec_failed(const char *name, int why, struct error *err)
{
	error_set_text(err, why, "exec: %s", name[0] != '\0' ? name : "\"\"");
	if (why == ELOOP)
		(void)lookup_hint(err);
	return exec_status(why);
}
