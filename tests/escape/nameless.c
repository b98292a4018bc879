/* Storing in files that have no name any more, held where a process that counts may not look: in a table of descriptors
 * of one thread, of a process that cannot be looked into, in flight over a socket, as a mapping only. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHUNK (1 << 20)
#define PIECE 8 /* MiB in one file */
#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM)

static char chunk[CHUNK];
static const char *dir;
static long wanted, wait_s;

/* A file without a name, with PIECE MiB in it. */
static int piece(void)
{
	static long number;
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/piece.%d.%ld", dir, getpid(), number++);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || unlink(path) < 0)
		untried("%s: %s", path, errno_name(errno));
	for (int i = 0; i < PIECE; i++)
		if (write(fd, chunk, sizeof chunk) != (ssize_t)sizeof chunk)
			untried("write: %s", errno_name(errno));
	return fd;
}

static void store(void)
{
	for (long stored = 0; stored < wanted; stored += PIECE)
		piece();
}

/* What is stored stays for so long, and nobody has minded. */
static _Noreturn void stay(void)
{
	poll(NULL, 0, (int)(wait_s * 1000));
	succeeded("%ld MiB without a name in %s for %ld s", wanted, dir, wait_s);
}

static void *in_own_table(void *unused)
{
	(void)unused;
	if (syscall(SYS_unshare, CLONE_FILES) < 0)
		blocked("unshare: %s", errno_name(errno));
	store();
	stay();
}

static void start_thread(void *(*run)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, NULL) != 0)
		untried("no thread");
}

static void thread_unshares(void)
{
	start_thread(in_own_table);
	for (;;)
		pause();
}

static int cloned(void *unused)
{
	(void)unused;
	store();
	stay();
}

static void thread_cloned(void)
{
	static char stack[1 << 16] __attribute__((aligned(16)));

	if (clone(cloned, stack + sizeof stack, THREAD_FLAGS, NULL) < 0)
		blocked("clone: %s", errno_name(errno));
	for (;;)
		pause();
}

static void *in_any_table(void *unused)
{
	(void)unused;
	store();
	stay();
}

/* The first thread has ended: /proc/PID/fd is empty. */
static void leader_gone(void)
{
	start_thread(in_any_table);
	syscall(SYS_exit, 0);
}

static void undumpable(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		blocked("prctl: %s", errno_name(errno));
	store();
	stay();
}

static void undumpable_thread(void)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		blocked("prctl: %s", errno_name(errno));
	thread_unshares();
}

static void in_flight(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		blocked("socketpair: %s", errno_name(errno));
	for (long stored = 0; stored < wanted; stored += PIECE) {
		union {
			struct cmsghdr header;
			char room[CMSG_SPACE(sizeof(int))];
		} control = {{.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
		struct iovec iov = {.iov_base = chunk, .iov_len = 1};
		struct msghdr message = {
			.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
		int fd = piece();

		memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
		if (sendmsg(pair[0], &message, 0) != 1)
			blocked("sendmsg: %s", errno_name(errno));
		close(fd);
	}
	stay();
}

/* A rule of a ruleset keeps the file that it names. */
static void in_a_rule(void)
{
	const struct landlock_ruleset_attr attr = {.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE};
	int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	if (ruleset < 0)
		untried("landlock_create_ruleset: %s", errno_name(errno));
	for (long stored = 0; stored < wanted; stored += PIECE) {
		const struct landlock_path_beneath_attr rule = {
			.allowed_access = LANDLOCK_ACCESS_FS_WRITE_FILE, .parent_fd = piece()};

		if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
			untried("landlock_add_rule: %s", errno_name(errno));
		close(rule.parent_fd);
	}
	stay();
}

/* A page is mapped, and mremap(2) would show the rest. */
static void mapped(void)
{
	for (long stored = 0; stored < wanted; stored += PIECE) {
		int fd = piece();

		if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
			blocked("mmap: %s", errno_name(errno));
		close(fd);
	}
	stay();
}

/* Files with names. */
static void come(void)
{
	for (long stored = 0; stored < wanted; stored += PIECE) {
		char path[4096];
		int fd;

		snprintf(path, sizeof path, "%s/named.%ld", dir, stored);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0 || fallocate(fd, 0, 0, (off_t)PIECE * CHUNK) < 0)
			untried("%s: %s", path, errno_name(errno));
		close(fd);
	}
}

static void go(void)
{
	for (long stored = 0; stored < wanted; stored += PIECE) {
		char path[4096];

		snprintf(path, sizeof path, "%s/named.%ld", dir, stored);
		unlink(path);
	}
}

#define SHARERS 400

/* A count of what has names is over: it has opened and closed the directory. */
static void await_count(int watch)
{
	char events[4096];
	struct pollfd ready = {.fd = watch, .events = POLLIN};

	if (poll(&ready, 1, 60000) != 1 || read(watch, events, sizeof events) <= 0)
		untried("nobody comes to count");
}

/* Processes that share one table with many descriptors, each to be looked at by all of them: after each count, files
 * with names come, stay for a while, and go. */
static void shared_table(void)
{
	static pid_t sharers[SHARERS];
	int fd = open("/dev/null", O_RDONLY), last = fd, watch;
	struct rlimit nofile;

	if (getrlimit(RLIMIT_NOFILE, &nofile) == 0) {
		nofile.rlim_cur = nofile.rlim_max;
		setrlimit(RLIMIT_NOFILE, &nofile);
	}
	for (int n = 0, next; n < 10000 && (next = dup(fd)) >= 0; n++)
		last = next;
	close_range((unsigned)last - 8, (unsigned)last, 0);
	for (int i = 0; i < SHARERS; i++) {
		sharers[i] = (pid_t)syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
		if (sharers[i] == 0)
			for (;;)
				pause();
		if (sharers[i] < 0)
			untried("clone: %s", errno_name(errno));
	}
	watch = inotify_init1(IN_CLOEXEC);
	if (inotify_add_watch(watch, dir, IN_CLOSE_NOWRITE) < 0)
		untried("inotify: %s", errno_name(errno));
	for (int round = 0; round < 4; round++) {
		if (wait_s > 0)
			await_count(watch);
		come();
		poll(NULL, 0, wait_s > 0 ? 500 : 0);
		go();
	}
	for (int i = 0; i < SHARERS; i++)
		kill(sharers[i], SIGKILL);
	succeeded("%ld MiB came and went in %s", wanted, dir);
}

/* Each of these fills DIR with MIB, and is content when that has been there for SECONDS. */
#define WAY(name, how)                      \
	static void name##_way(char **args) \
	{                                   \
		dir = args[0];              \
		wanted = atol(args[1]);     \
		wait_s = atol(args[2]);     \
		how();                      \
	}
WAY(unshared, thread_unshares)
WAY(cloned_thread, thread_cloned)
WAY(leader, leader_gone)
WAY(closed, undumpable)
WAY(closed_thread, undumpable_thread)
WAY(flight, in_flight)
WAY(map, mapped)
WAY(rule, in_a_rule)
WAY(tables, shared_table)

static const struct attack attacks[] = {
	{"thread-unshare", 3, unshared_way},
	{"thread-clone", 3, cloned_thread_way},
	{"leader-gone", 3, leader_way},
	{"undumpable", 3, closed_way},
	{"undumpable-thread", 3, closed_thread_way},
	{"in-flight", 3, flight_way},
	{"mapped", 3, map_way},
	{"ruleset", 3, rule_way},
	{"shared-table", 3, tables_way},
};

ATTACK_MAIN(attacks)
