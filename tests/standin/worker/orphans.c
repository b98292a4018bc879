#include "tests/standin/worker/orphans.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>

#define ENVIRON_MAX ((size_t)4 << 20)

static bool has_variable(const char *environ_text, size_t len, const char *variable)
{
	for (size_t i = 0; i < len; i += strlen(environ_text + i) + 1)
		if (strcmp(environ_text + i, variable) == 0)
			return true;
	return false;
}

static void inspect(long pid, const char *variable, struct job_log *log)
{
	_cleanup_(freep) char *path = format("/proc/%ld/environ", pid);
	_cleanup_(freep) char *name_path = format("/proc/%ld/comm", pid);
	_cleanup_(freep) char *text = NULL, *name = NULL;
	size_t len, name_len;
	struct error err;

	if (path == NULL || name_path == NULL || read_file_at(AT_FDCWD, path, ENVIRON_MAX, &text, &len, &err) < 0)
		return;
	if (!has_variable(text, len, variable))
		return;
	if (read_file_at(AT_FDCWD, name_path, 64, &name, &name_len, &err) < 0)
		return;
	name[strcspn(name, "\n")] = '\0';
	if (kill((pid_t)pid, SIGKILL) == 0)
		job_log_print(log, "Terminate orphan process: pid (%ld) (%s)", pid, name);
}

void orphans_kill(const char *tracking_id, struct job_log *log)
{
	_cleanup_(freep) char *variable = format("RUNNER_TRACKING_ID=%s", tracking_id);
	_cleanup_(close_dir) DIR *proc = opendir("/proc");
	const struct dirent *entry;

	if (proc == NULL || variable == NULL)
		return;
	while ((entry = readdir(proc)) != NULL) {
		long pid = isdigit((unsigned char)entry->d_name[0]) ? strtol(entry->d_name, NULL, 10) : 0;

		if (pid > 0 && pid != getpid())
			inspect(pid, variable, log);
	}
}
