/* daemon WAY DIRECTORY: leaves a process behind that means to outlive the job, and says so when it is on its way. As
 * long as it lives it holds a lock on DIRECTORY/lock, which the suite tries from outside. It ends by itself when
 * DIRECTORY/stop appears or after LIFETIME seconds, so that the run without a sandbox leaves nothing either. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LIFETIME 20

static const char *directory;
static int ready[2];

static int at_stop(void)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/stop", directory);
	return access(path, F_OK) == 0;
}

/* The lock belongs to the open file: every copy of the descriptor holds it, whoever forked. */
static void take_lock(void)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/lock", directory);
	fd = open(path, O_RDWR | O_CREAT, 0644);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		untried("%s: %s", path, errno_name(errno));
}

static void tell(void)
{
	if (write(ready[1], "r", 1) != 1)
		_exit(PROBE_UNTRIED);
	close(ready[1]);
}

static _Noreturn void stay(void)
{
	static const struct timespec tick = {.tv_nsec = 10000000};
	time_t end = time(NULL) + LIFETIME;

	tell();
	while (time(NULL) < end && !at_stop())
		nanosleep(&tick, NULL);
	_exit(0);
}

static void leave_by_session(void)
{
	setsid();
	signal(SIGHUP, SIG_IGN);
	stay();
}

static void leave_by_double_fork(void)
{
	setsid();
	if (fork() != 0)
		_exit(0);
	if (chdir("/") < 0)
		_exit(PROBE_UNTRIED);
	stay();
}

/* A moving target: no process of it lives for long, and none heeds a signal that can be ignored. */
static void leave_by_refork(void)
{
	static const struct timespec tick = {.tv_nsec = 1000000};
	time_t end = time(NULL) + LIFETIME;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_IGN);
	tell();
	while (time(NULL) < end && !at_stop()) {
		setsid();
		if (fork() > 0)
			_exit(0);
		nanosleep(&tick, NULL);
	}
	_exit(0);
}

/* In namespaces of its own where it can: there it would be PID 1 and could not be shot from inside. */
static void leave_by_namespaces(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS) == 0 && fork() != 0)
		_exit(0);
	setsid();
	stay();
}

/* Cut off from the parent's death and from the tracking variable that the official runner looks for. */
static void leave_untracked(void)
{
	setenv("RUNNER_TRACKING_ID", "0", 1);
	setsid();
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	stay();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*leave)(void);
	} ways[] = {{"session", leave_by_session}, {"double-fork", leave_by_double_fork}, {"refork", leave_by_refork},
		{"namespaces", leave_by_namespaces}, {"untracked", leave_untracked}};
	char byte;

	for (size_t i = 0; argc == 3 && i < sizeof ways / sizeof ways[0]; i++) {
		if (strcmp(argv[1], ways[i].name) != 0)
			continue;
		directory = argv[2];
		if (pipe2(ready, O_CLOEXEC) < 0)
			untried("pipe: %s", errno_name(errno));
		take_lock();
		if (fork() == 0)
			ways[i].leave();
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 1)
			untried("%s: nothing was left behind", argv[1]);
		succeeded("%s: left behind", argv[1]); /* the suite looks whether it still is there */
	}
	misused("usage: daemon WAY DIRECTORY");
}
