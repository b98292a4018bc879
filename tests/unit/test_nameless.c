#include "sandbox/disk/nameless.h"

#include "common/cleanup.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/unit/place.h"

#define MIB (UINT64_C(1) << 20)

static int piece(const struct place *place)
{
	char name[32]; /* two processes may do this at once */
	int fd;

	snprintf(name, sizeof name, "piece-%d", getpid());
	fd = openat(place->fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || unlinkat(place->fd, name, 0) < 0 || posix_fallocate(fd, 0, 4 << 20) != 0)
		_exit(1);
	return fd;
}

/* How a child of ours holds files. */
static void open_twice(const struct place *place)
{
	if (dup(piece(place)) < 0)
		_exit(1);
}

static void shared_by_many(const struct place *place)
{
	open_twice(place);
	for (int i = 0; i < 20; i++)
		if (fork() == 0)
			return;
}

static void mapped(const struct place *place)
{
	int fd = piece(place);

	if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
		_exit(1);
	close(fd);
}

static void mapped_and_open(const struct place *place)
{
	mapped(place);
	if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, piece(place), 0) == MAP_FAILED)
		_exit(1);
}

static void only_open_and_mapped(const struct place *place)
{
	if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, piece(place), 0) == MAP_FAILED)
		_exit(1);
}

static void in_flight(const struct place *place)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {{.cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
	struct iovec iov = {.iov_base = (char[]){"x"}, .iov_len = 1};
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
	int pair[2], fd = piece(place);

	memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || sendmsg(pair[0], &message, 0) != 1)
		_exit(1);
	close(fd);
}

static void sockets(const struct place *place)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		_exit(1);
	piece(place);
}

/* A directory that is gone keeps its blocks for whoever is in it. */
static void in_a_directory(const struct place *place)
{
	if (mkdirat(place->fd, "gone", 0755) < 0 || fchdir(place->fd) < 0 || chdir("gone") < 0 ||
		unlinkat(place->fd, "gone", AT_REMOVEDIR) < 0)
		_exit(1);
}

static int ruleset(void)
{
	const uint64_t handled = 1; /* LANDLOCK_ACCESS_FS_EXECUTE: all that the first version has in this */

	return (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
}

static int ring(void)
{
	char parameters[120] = {0}; /* struct io_uring_params */

	return (int)syscall(SYS_io_uring_setup, 1, parameters);
}

static void keep_in_a_ruleset(const struct place *place)
{
	(void)place;
	if (ruleset() < 0)
		_exit(1);
}

static void keep_in_a_ring(const struct place *place)
{
	(void)place;
	if (ring() < 0)
		_exit(1);
}

static void keep_by_a_mount(const struct place *place)
{
	if (fchdir(place->fd) < 0 || link("file", "kept") < 0 || unlink("file") < 0 ||
		unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 || mount("kept", "point", NULL, MS_BIND, NULL) < 0 ||
		unlink("kept") < 0)
		_exit(1);
}

static void closed_to_us(const struct place *place)
{
	piece(place);
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		_exit(1);
}

static bool at_once(void *data)
{
	(*(int *)data)++;
	return true;
}

static void count(const struct place *place, void (*hold)(const struct place *), const struct nameless *how,
	struct usage *usage, bool whole)
{
	_cleanup_(close_fd) int top = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ready[2];
	char byte;
	pid_t pid;

	memset(usage, 0, sizeof *usage);
	assert_int_equal(usage_tree(top, UINT64_MAX, UINT64_MAX, usage), 0);
	usage->bytes = usage->files = 0;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		hold(place);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	for (int i = 0; i < (hold == shared_by_many ? 21 : 1); i++)
		assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(nameless_count(how, usage), whole);
	kill(-pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	close(ready[0]);
	close(ready[1]);
}

static void counts(void **state)
{
	static const struct {
		void (*hold)(const struct place *);
		uint64_t files, least;
		bool hidden; /* said of a job that stands still */
	} rows[] = {
		{open_twice, 1, 4 * MIB, false},
		{shared_by_many, 1, 4 * MIB, false},
		{mapped, 0, 0, true},
		{mapped_and_open, 1, 4 * MIB, true},
		{only_open_and_mapped, 1, 4 * MIB, false},
		{in_flight, 0, 0, true},
		{sockets, 1, 4 * MIB, false},
		{in_a_directory, 1, 0, false},
	};
	struct usage usage;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		for (int held = 0; held < 2; held++) {
			count(*state, rows[i].hold,
				&(struct nameless){
					.init = getpid(), .held = held != 0, .items_max = NAMELESS_ITEMS_MAX},
				&usage, true);
			if (usage.files != rows[i].files || usage.bytes < rows[i].least ||
				usage.bytes > rows[i].least + MIB || usage.hidden != (held != 0 && rows[i].hidden) ||
				usage.uncounted != UNCOUNTED_NOTHING)
				fail_msg("row %zu, held %d: %llu files, %llu bytes, hidden %d", i, held,
					(unsigned long long)usage.files, (unsigned long long)usage.bytes, usage.hidden);
		}
}

/* Whether `hold` hides something, of a job that stands still or not. */
static bool hides(const struct place *place, void (*hold)(const struct place *), bool held)
{
	struct usage usage;

	count(place, hold, &(struct nameless){.init = getpid(), .held = held, .items_max = NAMELESS_ITEMS_MAX}, &usage,
		true);
	return usage.hidden;
}

/* No file of theirs is needed: what they hold cannot be seen. */
static void what_keeps_files_is_said(void **state)
{
	int fds[] = {ruleset(), ring()};
	void (*const holds[])(const struct place *) = {keep_in_a_ruleset, keep_in_a_ring};
	unsigned tried = 0;

	for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++) {
		if (fds[i] < 0) {
			print_message("nameless: no %s here\n", i == 0 ? "Landlock" : "io_uring");
			continue;
		}
		close(fds[i]);
		assert_true(hides(*state, holds[i], true));
		assert_false(hides(*state, holds[i], false));
		tried++;
	}
	if (tried == 0)
		skip();
}

static void a_mount_keeps_a_file(void **state)
{
	const struct place *place = *state;
	int status;
	pid_t pid;

	place_file(place, "point", "", 0600);
	pid = fork();
	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (status != 0) {
		print_message("nameless: no mounts for an unprivileged user here\n");
		skip();
	}
	place_file(place, "file", "text", 0600);
	assert_true(hides(place, keep_by_a_mount, true));
	place_file(place, "file", "text", 0600);
	assert_false(hides(place, keep_by_a_mount, false));
}

/* Not even its descriptors can be fetched. */
static void what_cannot_be_looked_into_is_said(void **state)
{
	if (geteuid() == 0)
		skip();
	assert_true(hides(*state, closed_to_us, false));
	assert_true(hides(*state, closed_to_us, true));
}

/* A sandbox's PID 1, which makes the command and another process. `closed` has a bit for each that cannot be looked
 * into. */
static _Noreturn void be_sandbox(const struct place *place, unsigned closed, int ready)
{
	for (unsigned i = 0; i < 2; i++) {
		const pid_t pid = fork();

		if (pid < 0)
			_exit(1);
		if (pid != 0)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if ((closed & 1U << i) != 0)
			closed_to_us(place);
		if (write(ready, "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	for (;;)
		pause();
}

/* In PID namespaces as a launch makes them: whether it hides something; -1: there are none to be had. */
static int sandbox_hides(const struct place *place, unsigned closed, bool closed_command)
{
	_cleanup_(close_fd) int top = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct usage usage = {0};
	int who[2], ready[2];
	pid_t outer, init = 0;
	char byte;

	assert_int_equal(usage_tree(top, UINT64_MAX, UINT64_MAX, &usage), 0);
	assert_int_equal(pipe(who), 0);
	assert_int_equal(pipe(ready), 0);
	outer = fork();
	if (outer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
			_exit(1);
		init = fork();
		if (init == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			be_sandbox(place, closed, ready[1]);
		}
		if (init < 0 || write(who[1], &init, sizeof init) != sizeof init)
			_exit(1);
		for (;;)
			pause();
	}
	close(who[1]);
	close(ready[1]);
	if (read(who[0], &init, sizeof init) == sizeof init) {
		const struct nameless how = {
			.init = init, .held = true, .items_max = NAMELESS_ITEMS_MAX, .closed_command = closed_command};

		for (unsigned i = 0; i < 2; i++)
			assert_int_equal(read(ready[0], &byte, 1), 1);
		assert_true(nameless_count(&how, &usage));
	}
	kill(outer, SIGKILL);
	assert_int_equal(waitpid(outer, NULL, 0), outer);
	close(who[0]);
	close(ready[0]);
	return init == 0 ? -1 : usage.hidden;
}

static void a_closed_command_hides_nothing_if_its_program_is_the_callers(void **state)
{
	const unsigned command = 1, child = 2;

	if (geteuid() == 0 || sandbox_hides(*state, 0, false) < 0) {
		print_message("nameless: no user and PID namespaces here, or nothing is closed to us\n");
		skip();
	}
	assert_int_equal(sandbox_hides(*state, 0, true), false);
	assert_int_equal(sandbox_hides(*state, command, false), true);
	assert_int_equal(sandbox_hides(*state, command, true), false);
	/* The program can be executed by others as well, with descriptors of theirs. */
	assert_int_equal(sandbox_hides(*state, child, true), true);
	assert_int_equal(sandbox_hides(*state, command | child, true), true);
}

static void is_bounded(void **state)
{
	struct usage usage;

	count(*state, shared_by_many, &(struct nameless){.init = getpid(), .held = true, .items_max = 10}, &usage,
		true);
	assert_int_equal(usage.uncounted, UNCOUNTED_ITEMS);
}

static void many_descriptors(const struct place *place)
{
	int fd = piece(place);

	for (int i = 0; i < 600; i++)
		if (dup(fd) < 0)
			_exit(1);
}

static void turns_back(void **state)
{
	struct usage usage;
	int asked = 0;

	count(*state, many_descriptors,
		&(struct nameless){
			.init = getpid(), .items_max = NAMELESS_ITEMS_MAX, .turn_back = at_once, .data = &asked},
		&usage, false);
	assert_int_equal(asked, 1);
	assert_int_equal(usage.uncounted, UNCOUNTED_NOTHING);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(counts),
		TEST(what_keeps_files_is_said),
		TEST(a_mount_keeps_a_file),
		TEST(what_cannot_be_looked_into_is_said),
		TEST(a_closed_command_hides_nothing_if_its_program_is_the_callers),
		TEST(is_bounded),
		TEST(turns_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
