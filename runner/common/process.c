#include "runner/common/process.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/error.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "sandbox/process/wait.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define STAT_MAX 4096

/* The fields after the command, which stands in parentheses and may hold anything. */
static char *read_stat(pid_t pid, const char **fields)
{
	_cleanup_(freep) char *path = format("/proc/%d/stat", pid);
	_cleanup_(freep) char *text = NULL;
	struct error err;
	size_t len;
	char *end;

	if (path == NULL || read_file_at(AT_FDCWD, path, STAT_MAX, &text, &len, &err) < 0)
		return NULL;
	end = strrchr(text, ')');
	if (end == NULL)
		return NULL;
	*fields = end + 1;
	return take_ptr(text);
}

static unsigned long long field(const char *fields, int n)
{
	/* fields starts at the blank before field 3 */
	for (; n > 3 && fields != NULL; n--)
		fields = strchr(fields + 1, ' ');
	return fields != NULL ? strtoull(fields + 1, NULL, 10) : 0;
}

uint64_t process_start(pid_t pid)
{
	const char *fields;
	_cleanup_(freep) char *text = read_stat(pid, &fields);

	return text != NULL ? field(fields, 22) : 0;
}

bool process_end(pid_t pid, uint64_t start, int64_t limit_ns)
{
	_cleanup_(close_fd) int fd = pid > 0 ? pidfd_open(pid, 0) : -1;
	struct pollfd gone = {.fd = fd, .events = POLLIN};
	uint64_t now;

	if (pid <= 0 || start == 0)
		return true;
	if (fd < 0)
		return errno == ESRCH;
	/* The descriptor holds the process; only now its start time says whether it is the right one. */
	now = process_start(pid);
	if (now != 0 && now != start)
		return true;
	/* It has ended, or /proc does not say: then whether it is the right one is not known, and it is not touched. */
	if (now == 0)
		return wait_ready(&gone, 1, clock_monotonic_ns() + limit_ns);
	pidfd_send_signal(fd, SIGKILL, NULL, 0);
	return wait_ready(&gone, 1, clock_monotonic_ns() + limit_ns);
}

static bool is_kept(pid_t pid, const pid_t keep[], unsigned n_keep)
{
	for (unsigned i = 0; i < n_keep; i++)
		if (keep[i] == pid)
			return true;
	return false;
}

unsigned process_reap_orphans(const pid_t keep[], unsigned n_keep)
{
	_cleanup_(close_dir) DIR *proc = opendir("/proc");
	const int64_t deadline_ns = clock_monotonic_ns() + PROCESS_KILL_LIMIT_NS;
	const struct dirent *entry;
	pid_t self = getpid();
	unsigned n = 0;

	while (proc != NULL && (entry = readdir(proc)) != NULL) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		_cleanup_(freep) char *text = NULL;
		int64_t left_ns = deadline_ns - clock_monotonic_ns();
		const char *fields;

		if (pid <= 0 || is_kept(pid, keep, n_keep))
			continue;
		text = read_stat(pid, &fields);
		if (text == NULL || (pid_t)field(fields, 4) != self)
			continue;
		kill(pid, SIGKILL); /* our child: the number cannot be anybody else's before we reap it */
		if (!process_reap(pid, NULL, left_ns > 0 ? left_ns : 0))
			log_line("process %d: does not end after SIGKILL, left behind", pid);
		n++;
	}
	return n;
}

bool process_reap(pid_t pid, int *status, int64_t limit_ns)
{
	const int64_t deadline_ns = clock_monotonic_ns() + limit_ns;
	_cleanup_(close_fd) int fd = pidfd_open(pid, 0);
	struct pollfd ended = {.fd = fd, .events = POLLIN};

	if (fd >= 0)
		wait_ready(&ended, 1, deadline_ns);
	/* Not a child of ours, or not any more: there is nothing to wait for. */
	return waitpid(pid, status, WNOHANG) != 0;
}
