#include "cli/leftover.h"

#include "common/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

void leftover_hold(int fd)
{
	(void)flock(fd, LOCK_EX | LOCK_NB); /* where there are no locks, the process is what counts */
}

/* The process in "NAME.PID.tmp" or "NAME.PID.N.tmp", or 0. */
static pid_t process_of(const char *entry, const char *name)
{
	const size_t len = strlen(name);
	char *end;
	long pid;

	if (strncmp(entry, name, len) != 0 || entry[len] != '.' || entry[len + 1] < '1' || entry[len + 1] > '9')
		return 0;
	pid = strtol(entry + len + 1, &end, 10);
	if (*end == '.' && end[1] >= '0' && end[1] <= '9')
		strtol(end + 1, &end, 10);
	return strcmp(end, ".tmp") == 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

static bool is_left(int dirfd, const char *entry)
{
	_cleanup_(close_fd) int fd = openat(dirfd, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_nlink == 1 &&
	       flock(fd, LOCK_EX | LOCK_NB) == 0;
}

void leftover_remove(int dirfd, const char *name)
{
	int copy = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_dir) DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;

	if (dir == NULL)
		close_fd(&copy);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		const pid_t pid = process_of(entry->d_name, name);

		if (pid > 0 && kill(pid, 0) < 0 && errno == ESRCH && is_left(dirfd, entry->d_name))
			(void)unlinkat(dirfd, entry->d_name, 0);
	}
}
