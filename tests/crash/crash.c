/* crash.so: a process is killed, or stopped, right before a system call of its choice: preloaded into cofferdam-runner
 * by tests/e2e/runner_crash.bats, so that a point of its work is hit exactly.
 *
 *   CRASH_AT     "CALL PATTERN [N]": the Nth (1) such call of a process with a path that matches, fnmatch(3)
 *   CRASH_WHO    parent; stop: the caller stops itself, for whoever kills another one; any other word: the caller
 *   CRASH_ARMED  a file: calls do not count before it is there
 *   CRASH_HIT    a file, which is made at the point: it is hit once, by one process */
#include <dlfcn.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CALL_MAX 24

static int real_open(const char *path, int flags)
{
	int (*next)(int, const char *, int, ...) = (int (*)(int, const char *, int, ...))dlsym(RTLD_NEXT, "openat");

	return next(AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

static void strike(const char *who)
{
	const pid_t parent = getppid();

	if (strcmp(who, "stop") == 0) {
		raise(SIGSTOP);
		return;
	}
	kill(strcmp(who, "parent") == 0 ? parent : getpid(), SIGKILL);
	/* Whoever outlives its parent is killed by PR_SET_PDEATHSIG. */
	for (;;)
		pause();
}

/* The path of a call that is relative to a directory. */
static void whole(char *to, size_t size, int dirfd, const char *path)
{
	char link[64], dir[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", dirfd);
	n = *path != '/' && dirfd != AT_FDCWD ? readlink(link, dir, sizeof dir - 1) : -1;
	dir[n > 0 ? n : 0] = '\0';
	snprintf(to, size, "%s%s%s", dir, n > 0 && *path != '\0' ? "/" : "", path);
}

static void point(const char *call, int dirfd, const char *path)
{
	static int calls;
	const char *at = getenv("CRASH_AT"), *who = getenv("CRASH_WHO"), *armed = getenv("CRASH_ARMED"),
		   *hit = getenv("CRASH_HIT");
	char wanted[CALL_MAX], pattern[PATH_MAX], is[2 * PATH_MAX];
	int n = 1, fd;

	if (at == NULL || who == NULL || hit == NULL || sscanf(at, "%23s %4095s %d", wanted, pattern, &n) < 2 ||
		strcmp(call, wanted) != 0)
		return;
	whole(is, sizeof is, dirfd, path);
	if (fnmatch(pattern, is, 0) != 0 || (armed != NULL && access(armed, F_OK) < 0) || ++calls < n)
		return;
	fd = real_open(hit, O_WRONLY | O_CREAT | O_EXCL);
	if (fd < 0)
		return;
	close(fd);
	strike(who);
}

int renameat(int from_dir, const char *from, int dir, const char *to)
{
	int (*next)(int, const char *, int, const char *) =
		(int (*)(int, const char *, int, const char *))dlsym(RTLD_NEXT, "renameat");

	point("renameat", dir, to);
	return next(from_dir, from, dir, to);
}

int mkdir(const char *path, mode_t mode)
{
	int (*next)(const char *, mode_t) = (int (*)(const char *, mode_t))dlsym(RTLD_NEXT, "mkdir");

	point("mkdir", AT_FDCWD, path);
	return next(path, mode);
}

int unlinkat(int dir, const char *path, int flags)
{
	int (*next)(int, const char *, int) = (int (*)(int, const char *, int))dlsym(RTLD_NEXT, "unlinkat");

	point("unlinkat", dir, path);
	return next(dir, path, flags);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
	ssize_t (*next)(int, const void *, size_t, off64_t) =
		(ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");

	point("pwrite", fd, "");
	return next(fd, data, size, offset);
}
