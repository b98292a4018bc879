#include "sandbox/process/descriptor_kind.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static int make_timer(void)
{
	return timerfd_create(CLOCK_MONOTONIC, 0);
}

static int make_counter(void)
{
	return eventfd(0, 0);
}

static int make_memory(void)
{
	return memfd_create("memory", 0);
}

static int make_socket(void)
{
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

static int make_null(void)
{
	return open("/dev/null", O_RDWR);
}

static int make_made_up_read(void)
{
	return open("/proc/version", O_RDONLY);
}

static int make_made_up_written(void)
{
	return open("/proc/self/mem", O_RDWR);
}

static int make_made_up_appended(void)
{
	return open("/proc/self/comm", O_WRONLY | O_APPEND);
}

static int make_secret_memory(void)
{
	return (int)syscall(SYS_memfd_secret, 0);
}

static int make_ring(void)
{
	uint64_t params[15] = {0}; /* struct io_uring_params */

	return (int)syscall(SYS_io_uring_setup, 1, params);
}

static int make_userfault(void)
{
	return (int)syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */);
}

static int make_epoll(void)
{
	return epoll_create1(0);
}

static int make_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	return signalfd(-1, &none, 0);
}

static int make_inotify(void)
{
	return inotify_init1(0);
}

static int make_fanotify(void)
{
	return fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY);
}

static int make_process(void)
{
	return (int)syscall(SYS_pidfd_open, getpid(), 0);
}

static int make_ruleset(void)
{
	const uint64_t handled = 1;

	return (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
}

static int make_network(void)
{
	return open("/proc/self/ns/net", O_RDONLY);
}

static int make_user(void)
{
	return open("/proc/self/ns/user", O_RDONLY);
}

static int make_perf(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = PERF_COUNT_SW_DUMMY, .exclude_kernel = 1};

	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

/* By a thread of its own process, which the filter then lies upon; the descriptor is the parent's too (CLONE_FILES). */
static int listen_to(void *data)
{
	struct sock_filter allow = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog program = {.len = 1, .filter = &allow};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	*(int *)data = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	return 0;
}

static int fd_of_child(int (*child)(void *), int flags)
{
	static char stack[65536] __attribute__((aligned(16)));
	int fd = -1;
	const pid_t pid =
		clone(child, stack + sizeof stack, CLONE_FILES | CLONE_VM | CLONE_VFORK | SIGCHLD | flags, &fd);

	if (pid > 0)
		waitpid(pid, NULL, 0);
	return fd;
}

static int make_listener(void)
{
	return fd_of_child(listen_to, 0);
}

static int begin_tmpfs(void *data)
{
	*(int *)data = (int)syscall(SYS_fsopen, "tmpfs", 0);
	return 0;
}

static int make_context(void)
{
	return fd_of_child(begin_tmpfs, CLONE_NEWUSER | CLONE_NEWNS);
}

static int check(int fd, struct error *err)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return descriptor_kind_check(fd, &st, fcntl(fd, F_GETFL), err);
}

static void kinds_pass_by_a_list(void **state)
{
	static const struct {
		int (*make)(void);
		const char *refused; /* what it is called; NULL: it passes */
	} kinds[] = {{make_null, NULL}, {make_socket, NULL}, {make_counter, NULL}, {make_timer, NULL},
		{make_memory, NULL}, {make_made_up_read, NULL}, {make_made_up_written, "a file of the kernel's"},
		{make_made_up_appended, "a file of the kernel's"}, {make_secret_memory, "/secretmem"},
		{make_ring, "[io_uring]: "}, {make_userfault, "[userfaultfd]: "}, {make_epoll, "[eventpoll]: "},
		{make_signals, "[signalfd]: "}, {make_inotify, "inotify: "}, {make_fanotify, "[fanotify]: "},
		{make_process, "[pidfd]: "}, {make_ruleset, "landlock-ruleset"}, {make_network, "net:["},
		{make_user, "user:["}, {make_perf, "[perf_event]: "}, {make_listener, "seccomp notify: "},
		{make_context, "[fscontext]: "}};
	unsigned tried = 0;

	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		int fd = kinds[i].make();
		struct error err = {0};

		if (fd < 0) {
			print_message("kind %zu cannot be made here: %s\n", i, strerror(errno));
			continue;
		}
		tried++;
		if (check(fd, &err) == 0 ? kinds[i].refused != NULL
					 : kinds[i].refused == NULL || strstr(err.text, kinds[i].refused) == NULL)
			fail_msg("kind %zu: %s", i, err.text[0] != '\0' ? err.text : "passes");
		close(fd);
	}
	assert_true(tried >= 12);
}

static int make_tcp(void)
{
	return socket(AF_INET, SOCK_STREAM, 0);
}

static int make_udp(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static int make_datagrams(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static int connected(int type)
{
	int pair[2] = {-1, -1};

	if (socketpair(AF_UNIX, type, 0, pair) == 0)
		close(pair[1]);
	return pair[0];
}

static int make_connected(void)
{
	return connected(SOCK_STREAM);
}

static int make_connected_datagrams(void)
{
	return connected(SOCK_DGRAM);
}

static int make_pipe_end(void)
{
	int ends[2] = {-1, -1};

	if (pipe(ends) == 0)
		close(ends[1]);
	return ends[0];
}

static void sockets_pass_where_landlock_holds_them(void **state)
{
	static const struct {
		int (*make)(void);
		int abi; /* from which it passes */
	} rows[] = {{make_pipe_end, 1}, {make_connected, 1}, {make_tcp, 4}, {make_socket, 6}, {make_datagrams, 6},
		{make_connected_datagrams, 6}, {make_udp, 99}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (int abi = 1; abi <= 7; abi++) {
			int fd = rows[i].make();
			struct error err = {0};
			struct stat st;
			const bool passes = fstat(fd, &st) == 0 && descriptor_kind_check_held(fd, &st, abi, &err) == 0;

			assert_true(fd >= 0);
			if (passes != (abi >= rows[i].abi))
				fail_msg("row %zu, ABI %d: %s", i, abi, passes ? "passes" : err.text);
			close(fd);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_pass_by_a_list),
		cmocka_unit_test(sockets_pass_where_landlock_holds_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
