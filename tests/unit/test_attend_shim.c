#include "runner/slot/attend.h"
#include "runner/worker/control.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64], path[96];
static struct attend slot;
static struct stop stop;

static int set_up(void **state)
{
	struct error err;

	(void)state;
	strcpy(dir, "/tmp/attend-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/" HANDOVER_SOCKET_NAME, dir);
	memset(&slot, 0, sizeof slot);
	slot.pending = slot.visitors = slot.releaser = slot.job.hold = -1;
	stop_init(&stop);
	slot.listening = handover_listen(dir, &err);
	return slot.listening >= 0 && sd_event_new(&slot.event) >= 0 &&
			       sd_event_add_io(
				       slot.event, NULL, slot.listening, EPOLLIN, attend_on_connection, &slot) >= 0 &&
			       attend_loop_begin(&slot, &attend_events) >= 0
		       ? 0
		       : -1;
}

static int tear_down(void **state)
{
	(void)state;
	attend_drop_pending(&slot);
	slot.event = sd_event_unref(slot.event);
	close(slot.listening);
	unlink(path);
	return rmdir(dir);
}

/* Whether the other side has closed it, and nothing was said. */
static bool is_closed(int connection)
{
	struct pollfd p = {.fd = connection, .events = POLLIN};

	return poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) != 0;
}

/* One that says nothing keeps its place for a while, and no other gets a second one. */
static void one_at_a_time(void **state)
{
	int first = control_connect(path), second;

	(void)state;
	assert_true(first >= 0);
	assert_true(attend_turn(&slot) >= 0);
	assert_true(slot.pending >= 0);
	second = control_connect(path);
	assert_true(second >= 0);
	assert_true(attend_turn(&slot) >= 0);
	assert_true(is_closed(second));
	assert_false(is_closed(first));
	close(second);
	/* the timer */
	assert_true(attend_turn(&slot) >= 0);
	assert_true(is_closed(first));
	assert_int_equal(slot.pending, -1);
	close(first);
	/* and the place is free again */
	second = control_connect(path);
	assert_true(attend_turn(&slot) >= 0);
	assert_true(slot.pending >= 0);
	close(second);
	assert_true(attend_turn(&slot) >= 0);
	assert_int_equal(slot.pending, -1);
	assert_int_equal(slot.handed_over, 0);
}

/* As if the user's other processes had all of fs.epoll.max_user_watches, and no timer were to be had. */
static bool exhaust(void)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_timerfd_create, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_ctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, EPOLL_CTL_ADD, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSPC),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof insns / sizeof insns[0], insns};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* A shim comes and goes, a process ends, a timer runs out. The step that failed; 0: none. */
static int without_watches(void)
{
	int shim, pair[2];
	pid_t pid;

	if (!exhaust())
		return 1;
	shim = control_connect(path);
	if (attend_turn(&slot) < 0 || slot.pending < 0)
		return 2;
	close(shim);
	if (attend_turn(&slot) < 0 || slot.pending >= 0)
		return 3;
	shim = control_connect(path);
	if (attend_turn(&slot) < 0 || slot.pending < 0)
		return 4;
	sd_event_source_set_time_relative(slot.pending_timer, 0);
	while (slot.pending >= 0)
		if (attend_turn(&slot) < 0)
			return 5;
	close(shim);
	pid = fork();
	if (pid == 0)
		_exit(3);
	slot.listener = pid;
	if (ending_begin(&slot.ending, slot.event, pid, &(struct error){0}) < 0)
		return 6;
	while (slot.listener == pid)
		if (attend_turn(&slot) < 0)
			return 7;
	if (slot.status != 3 << 8 && slot.status != SIGTERM)
		return 8;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0)
		return 9;
	slot.job.shim = pair[0];
	slot.watches_shim = true;
	close(pair[1]);
	return attend_turn(&slot) >= 0 && !slot.watches_shim ? 0 : 10;
}

static void watches_used_up(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) { /* an event loop is its maker's alone */
		int failed;

		alarm(60);
		failed = set_up(NULL) == 0 ? without_watches() : 100;
		_exit(tear_down(NULL) == 0 ? failed : 101);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(one_at_a_time), cmocka_unit_test(watches_used_up)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
