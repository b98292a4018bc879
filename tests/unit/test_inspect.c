/* What the launcher reads of a cgroup, where the sandbox may end meanwhile. */
#include "sandbox/verify/inspect.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A directory that is like a leaf in which PROCS are. */
static struct cgroup leaf_of(const char *procs)
{
	char dir[] = "/tmp/inspect-XXXXXX";
	struct cgroup cgroup = {.dirfd = -1};
	_cleanup_(close_fd) int file = -1;

	assert_non_null(mkdtemp(dir));
	cgroup.dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	file = openat(cgroup.dirfd, "cgroup.procs", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(write(file, procs, strlen(procs)), strlen(procs));
	assert_int_equal(rmdir(dir), -1); /* not empty: it is removed with leaf_end() */
	return cgroup;
}

static void leaf_end(struct cgroup *cgroup)
{
	char path[64], link[64] = {0};

	snprintf(path, sizeof path, "/proc/self/fd/%d", cgroup->dirfd);
	assert_true(readlink(path, link, sizeof link - 1) > 0);
	assert_int_equal(unlinkat(cgroup->dirfd, "cgroup.procs", 0), 0);
	assert_int_equal(rmdir(link), 0);
	close(cgroup->dirfd);
}

/* What inspect_members() says of a process and its leaf, in which it is or not. */
static int look(pid_t pid, int pidfd, bool listed, struct seen_values *seen, struct error *err)
{
	const struct plan plan = {.hostname = NULL};
	const struct expectation expected = plan_expectation(&plan);
	struct cgroup cgroup;
	char procs[64];
	int result;

	snprintf(procs, sizeof procs, "1\n%d\n", listed ? pid : 2);
	cgroup = leaf_of(procs);
	inspect_outside(&expected);
	seen_none(seen);
	result = inspect_members(&cgroup, pid, pidfd, seen, err);
	leaf_end(&cgroup);
	return result;
}

/* Of a child of ours that has ended, or waits. */
static int members(bool ended, bool listed, struct seen_values *seen, struct error *err)
{
	const pid_t pid = fork();
	_cleanup_(close_fd) int pidfd = -1;
	siginfo_t info;
	int result;

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (!ended)
			pause();
		_exit(0);
	}
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_true(pidfd >= 0);
	if (ended)
		assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	result = look(pid, pidfd, listed, seen, err);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	return result;
}

static void one_that_is_elsewhere_is_refused(void **state)
{
	struct seen_values seen;
	struct error err;

	(void)state;
	assert_int_equal(members(false, true, &seen, &err), 0);
	assert_int_equal(seen.values[SEEN_CGROUP_MEMBER], 1);
	assert_int_equal(members(false, false, &seen, &err), -1);
	assert_non_null(strstr(err.text, "cgroup: member is 0"));
}

static void one_that_has_ended_is_not_seen(void **state)
{
	struct seen_values seen;
	struct error err;

	(void)state;
	assert_int_equal(members(true, false, &seen, &err), 0);
	assert_true(seen.values[SEEN_CGROUP_MEMBER] == SEEN_NOT);
	assert_int_equal(members(true, true, &seen, &err), 0);
	assert_int_equal(seen.values[SEEN_CGROUP_MEMBER], 1);
}

/* A PID 1 that waits for ever; its only child, which waits likewise, in *child. -1: there are no user namespaces. */
static pid_t first_of_a_namespace(pid_t *child)
{
	const pid_t pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	char path[64], text[32] = {0};

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	if (pid < 0)
		return -1;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", pid, pid);
	for (*child = 0; *child == 0; usleep(1000)) {
		_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);

		assert_true(read(fd, text, sizeof text - 1) >= 0);
		*child = atoi(text);
	}
	return pid;
}

/* It ends when its child's tracer has seen the child's end. */
static void one_that_cannot_end_yet_is_not_seen(void **state)
{
	pid_t child = 0;
	const pid_t pid = first_of_a_namespace(&child);
	_cleanup_(close_fd) int pidfd = -1;
	struct pollfd ended = {.events = POLLIN};
	struct seen_values seen;
	struct error err;
	siginfo_t info;

	(void)state;
	if (pid < 0)
		skip();
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	ended.fd = pidfd;
	assert_int_equal(ptrace(PTRACE_SEIZE, child, NULL, NULL), 0);
	assert_int_equal(look(pid, pidfd, false, &seen, &err), -1);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(poll(&ended, 1, 0), 0);
	assert_int_equal(look(pid, pidfd, false, &seen, &err), 0);
	assert_true(seen.values[SEEN_CGROUP_MEMBER] == SEEN_NOT);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_is_elsewhere_is_refused),
		cmocka_unit_test(one_that_has_ended_is_not_seen),
		cmocka_unit_test(one_that_cannot_end_yet_is_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
