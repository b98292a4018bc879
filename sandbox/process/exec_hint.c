#include "sandbox/process/exec_hint.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "sandbox/files/lookup.h"
#include "sandbox/process/exec_format.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVERYBODY 0111

static const char not_inside[] = "searched inside the sandbox, where only bound paths exist";
static const char no_format[] =
	"neither a program for this machine nor a script that begins with #! and an interpreter for this machine";

void exec_hint_inside(const char *command, mode_t mode, int why, struct error *err)
{
	if (why == ENOENT && mode == 0 && strpbrk(command, " \t\n") != NULL)
		error_hint(err,
			"the command is one word with a blank in it: write each argument as a word of its own, or sh -c '…'");
	else if (why == ENOENT && mode == 0)
		error_hint(err, not_inside);
	else if (why == ENOENT)
		error_hint(
			err, "the file exists, but not the interpreter or loader that it names: bind that with --ro");
	else if (why == ENOEXEC)
		error_hint(err, no_format);
	else if (why == EPERM)
		error_hint(err,
			"the file has capabilities that the command cannot get: use a copy, which cp makes without them, or setcap -r");
	else if (why != EACCES || mode == 0)
		return;
	else if (S_ISDIR(mode))
		error_hint(err, "the command is a directory");
	else if ((mode & EVERYBODY) == 0)
		error_hint(err, "no execute bit is set: chmod +x");
	else if ((mode & EVERYBODY) == EVERYBODY)
		error_hint(err,
			"the command, or the interpreter or loader that it names, lies on a noexec mount, or is a link of /proc that leads out of the sandbox");
}

/* Whether `list`, a PATH, has the directory. */
static bool search_has(const char *list, const char *dir)
{
	const size_t len = strlen(dir);

	for (const char *at = list; at != NULL;) {
		const char *end = strchrnul(at, ':');

		if ((size_t)(end - at) == len && strncmp(at, dir, len) == 0)
			return true;
		at = *end == ':' ? end + 1 : NULL;
	}
	return false;
}

/* Whether the job sees the host's directory under its own name. */
static bool is_shown(const struct plan_root *root, const char *dir)
{
	for (size_t i = 0; i < root->n_mounts; i++) {
		const struct plan_mount *mount = &root->mounts[i];

		if (mount->kind == PLAN_MOUNT_BIND && strcmp(mount->source, mount->target) == 0 &&
			path_is_within(dir, mount->target))
			return true;
	}
	return false;
}

static const char *job_path(const struct plan_command *command)
{
	const struct plan_env *path = plan_env_find(command, "PATH");

	return path != NULL && path->value != NULL ? path->value : "";
}

static bool is_program(const char *path)
{
	struct stat st;

	return access(path, X_OK) == 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* The first directory of `search` that has the program. The caller frees; NULL: none. */
static char *find_outside(const char *search, const char *name)
{
	for (const char *at = search; at != NULL;) {
		const char *end = strchrnul(at, ':');
		char *dir = strndup(at, (size_t)(end - at));
		_cleanup_(freep) char *file = dir != NULL ? format("%s/%s", dir, name) : NULL;

		if (file != NULL && dir[0] == '/' && is_program(file))
			return dir;
		free(dir);
		at = *end == ':' ? end + 1 : NULL;
	}
	return NULL;
}

/* A bare name that the job's PATH does not lead to: in the workspace, or in a directory of the caller's PATH. */
static void explain_name(const struct plan_root *root, const struct plan_command *command, bool workspace_is_new,
	const char *search, struct error *err)
{
	const char *name = command->argv[0];
	_cleanup_(freep) char *dir = NULL;
	_cleanup_(freep) char *here = NULL;

	if (root->kind == PLAN_ROOT_DIR || name[0] == '\0')
		return;
	dir = find_outside(search, name);
	here = workspace_is_new ? NULL : format("%s/%s", command->workdir, name);
	if (dir != NULL && !is_shown(root, dir))
		error_hint(err, "outside it is %.200s/%.100s: --ro %.200s --env PATH", dir, name, dir);
	else if (dir != NULL && !search_has(job_path(command), dir))
		error_hint(err, "it is %.200s/%.100s, which the job's PATH does not lead to: --env PATH", dir, name);
	else if (here != NULL && is_program(here))
		error_hint(err, "PATH does not have the working directory: write ./%.100s", name);
}

static void explain_missing(const char *name, bool workspace_is_new, struct error *err)
{
	if (access(name, F_OK) < 0)
		return;
	if (name[0] == '/')
		error_hint(err, "the file exists outside, but no bound path contains it: use --ro %.200s", name);
	else if (workspace_is_new)
		error_hint(err, "the working directory is new and empty: --workspace . gives the job this one");
}

/* A directory of the image that its owner, who is root inside, keeps for itself: the first on the way to `file`, up to
 * and with the root. The length of its path; 0: none, or the file is not there. */
static size_t find_closed(int image, const char *file, mode_t *mode)
{
	_cleanup_(close_fd) int fd = lookup_open(image, file, O_PATH, RESOLVE_IN_ROOT);
	size_t len = file[0] == '/' ? 1 : 0;

	while (fd >= 0 && len > 0 && file[len] != '\0') {
		_cleanup_(freep) char *path = strndup(file, len);
		_cleanup_(close_fd) int dir =
			path != NULL ? lookup_open(image, path, O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT) : -1;
		struct stat st;

		if (dir < 0 || fstat(dir, &st) < 0)
			return 0;
		*mode = st.st_mode & 07777;
		if (st.st_uid == geteuid() && (st.st_mode & S_IXOTH) == 0)
			return len;
		len += strspn(file + len, "/");
		len += strcspn(file + len, "/");
	}
	return 0;
}

/* The command of a user of the image that is there, but closed to that user. */
static void explain_closed(const struct plan_root *root, const struct plan_command *command, struct error *err)
{
	const char *name = command->argv[0], *search = strchr(name, '/') != NULL ? "" : job_path(command);
	_cleanup_(close_fd) int image = open(root->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t closed = 0;

	for (const char *at = search; image >= 0 && closed == 0 && at != NULL;) {
		const int len = (int)strcspn(at, ":");
		_cleanup_(freep) char *file = len > 0 ? format("%.*s/%s", len, at, name) : strdup(name);
		mode_t mode;

		closed = file != NULL ? find_closed(image, file, &mode) : 0;
		if (closed > 0)
			error_hint(err,
				"%.*s of the image has mode %04o, so only root inside can enter it: chmod o+x it there",
				(int)closed, file, (unsigned)mode);
		at = at[len] == ':' ? at + len + 1 : NULL;
	}
}

void exec_hint_outside(const struct plan_root *root, const struct plan_command *command, bool workspace_is_new,
	const char *search, struct error *err)
{
	const char *what;

	if (err->errnum == EACCES && root->kind == PLAN_ROOT_DIR && root->owner != 0)
		explain_closed(root, command, err);
	else if (strcmp(err->hint, not_inside) == 0 && strchr(command->argv[0], '/') == NULL)
		explain_name(root, command, workspace_is_new, search, err);
	else if (strcmp(err->hint, not_inside) == 0)
		explain_missing(command->argv[0], workspace_is_new, err);
	else if (strcmp(err->hint, no_format) == 0 && (what = exec_format(root, command)) != NULL)
		error_hint(err, "%s", what);
}
