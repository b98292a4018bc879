#include "sandbox/process/exec_hint.h"

#include "sandbox/process/exec_format.h"

#include <errno.h>
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

static void explain_missing(const char *name, bool workspace_is_new, struct error *err)
{
	if (strchr(name, '/') == NULL || access(name, F_OK) < 0)
		return;
	if (name[0] == '/')
		error_hint(err, "the file exists outside, but no bound path contains it: use --ro %.200s", name);
	else if (workspace_is_new)
		error_hint(err, "the working directory is new and empty: --workspace . gives the job this one");
}

void exec_hint_outside(
	const struct plan_root *root, const struct plan_command *command, bool workspace_is_new, struct error *err)
{
	const char *what;

	if (strcmp(err->hint, not_inside) == 0)
		explain_missing(command->argv[0], workspace_is_new, err);
	else if (strcmp(err->hint, no_format) == 0 && (what = exec_format(root, command)) != NULL)
		error_hint(err, "%s", what);
}
