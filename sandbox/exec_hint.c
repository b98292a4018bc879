#include "sandbox/exec_hint.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static const char not_inside[] = "looked for inside the sandbox, where only what is bound exists";

void exec_hint_inside(const char *command, int why, struct error *err)
{
	struct statvfs fs;
	struct stat st;
	/* A name without a slash was looked for in many places. */
	bool there = strchr(command, '/') != NULL && stat(command, &st) == 0;

	if (why == ENOENT && !there)
		error_hint(err, not_inside);
	else if (why == ENOENT)
		error_hint(err, "it is there, but not the interpreter or loader that it names: bind that with --ro");
	else if (why == ENOEXEC)
		error_hint(err, "a script begins with #! and its interpreter");
	else if (why != EACCES || !there)
		return;
	else if (S_ISDIR(st.st_mode))
		error_hint(err, "it is a directory");
	else if ((st.st_mode & 0111) == 0)
		error_hint(err, "no execute bit is set: chmod +x");
	else if (statvfs(command, &fs) == 0 && (fs.f_flag & ST_NOEXEC) != 0)
		error_hint(err, "it lies in a file system that is mounted noexec");
}

void exec_hint_outside(const struct plan *plan, struct error *err)
{
	const char *command = plan->argv[0];

	if (strcmp(err->hint, not_inside) == 0 && command[0] == '/' && access(command, F_OK) == 0)
		error_hint(err, "it exists outside, and nothing that is bound holds it: --ro %.200s", command);
}
