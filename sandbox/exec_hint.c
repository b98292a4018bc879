#include "sandbox/exec_hint.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define EVERYBODY 0111

static const char not_inside[] = "looked for inside the sandbox, where only what is bound exists";

void exec_hint_inside(mode_t mode, int why, struct error *err)
{
	if (why == ENOENT && mode == 0)
		error_hint(err, not_inside);
	else if (why == ENOENT)
		error_hint(err, "it is there, but not the interpreter or loader that it names: bind that with --ro");
	else if (why == ENOEXEC)
		error_hint(err, "a script begins with #! and its interpreter");
	else if (why != EACCES || mode == 0)
		return;
	else if (S_ISDIR(mode))
		error_hint(err, "it is a directory");
	else if ((mode & EVERYBODY) == 0)
		error_hint(err, "no execute bit is set: chmod +x");
	else if ((mode & EVERYBODY) == EVERYBODY)
		error_hint(err, "it, or the interpreter or loader that it names, lies in a file system that is mounted "
				"noexec, or "
				"is a link of /proc that leads out of the sandbox");
}

void exec_hint_outside(const struct plan *plan, struct error *err)
{
	const char *command = plan->argv[0];

	if (strcmp(err->hint, not_inside) == 0 && command[0] == '/' && access(command, F_OK) == 0)
		error_hint(err, "it exists outside, and nothing that is bound holds it: --ro %.200s", command);
}
