#include "sandbox/filter/landlock.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/filter/landlock_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Two directories alike, one of which the mount table makes writable. No mount is in the way here: what is refused, the
 * rules refuse. */
static struct place {
	char top[32];
	char *writable, *other;
} place;

static int remove_place(void **state)
{
	_cleanup_(freep) char *command = format("rm -rf '%s'", place.top);

	(void)state;
	free(place.writable);
	free(place.other);
	return system(command) == 0 ? 0 : -1;
}

static int make_place(void **state)
{
	strcpy(place.top, "/tmp/cofferdam-ll.XXXXXX");
	if (mkdtemp(place.top) == NULL)
		return -1;
	place.writable = format("%s/writable", place.top);
	place.other = format("%s/other", place.top);
	for (int i = 0; i < 2; i++) {
		_cleanup_(freep) char *command =
			format("mkdir -p '%1$s/d' '%1$s/e' && echo text >'%1$s/f' && cp /bin/true '%1$s/true'",
				i == 0 ? place.writable : place.other);

		if (system(command) != 0)
			return -1;
	}
	*state = &place;
	return 0;
}

static int try_open(int flags, const char *name)
{
	int fd = open(name, flags | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : close(fd);
}

static int reads(void)
{
	return try_open(O_RDONLY, "f");
}

static int lists(void)
{
	return try_open(O_RDONLY | O_DIRECTORY, "d");
}

static int runs(void)
{
	char *const argv[] = {(char *)(uintptr_t) "true", NULL};
	char *const envp[] = {NULL};

	return execve("true", argv, envp);
}

static int writes(void)
{
	return try_open(O_WRONLY, "f");
}

static int truncates(void)
{
	return truncate("f", 1);
}

static int makes_file(void)
{
	return try_open(O_WRONLY | O_CREAT | O_EXCL, "new");
}

static int makes_directory(void)
{
	return mkdir("new", 0700);
}

static int makes_symlink(void)
{
	return symlink("f", "new");
}

static int makes_fifo(void)
{
	return mkfifo("new", 0600);
}

static int makes_socket(void)
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "new"};

	return bind(socket(AF_UNIX, SOCK_STREAM, 0), (const struct sockaddr *)&address, sizeof address);
}

static int makes_whiteout(void)
{
	return mknod("new", S_IFCHR | 0600, makedev(0, 0));
}

static int removes_file(void)
{
	return unlink("f");
}

static int removes_directory(void)
{
	return rmdir("e");
}

static int renames(void)
{
	return rename("f", "new");
}

static int renames_between_directories(void)
{
	return rename("f", "d/f");
}

static int links_between_directories(void)
{
	return link("f", "d/f");
}

static const struct {
	const char *name;
	int (*run)(void);
	int abi;         /* from which on it is looked at */
	bool is_for_all; /* not only where the table says writable */
	bool is_moved;   /* refused with EXDEV */
} operations[] = {
	{"read a file", reads, 2, true, false},
	{"list a directory", lists, 2, true, false},
	{"execute", runs, 2, true, false},
	{"write a file", writes, 2, false, false},
	{"truncate", truncates, 3, false, false},
	{"make a file", makes_file, 2, false, false},
	{"make a directory", makes_directory, 2, false, false},
	{"make a symbolic link", makes_symlink, 2, false, false},
	{"make a fifo", makes_fifo, 2, false, false},
	{"make a socket", makes_socket, 2, false, false},
	{"make a whiteout", makes_whiteout, 2, false, false},
	{"remove a file", removes_file, 2, false, false},
	{"remove a directory", removes_directory, 2, false, false},
	{"rename", renames, 2, false, false},
	{"rename between directories", renames_between_directories, 2, false, true},
	{"link between directories", links_between_directories, 2, false, true},
};

static void fill_plan(struct plan *plan, struct plan_mount *mount)
{
	const char *missing;
	int errnum;

	*mount = (struct plan_mount){
		.kind = PLAN_MOUNT_BIND, .source = place.writable, .target = place.writable, .writable = true};
	*plan = (struct plan){.landlock.wanted = true, .root.mounts = mount, .root.n_mounts = 1};
	plan->landlock.abi = landlock_detect(&missing, &errnum);
	if (missing != NULL) {
		print_message("landlock: %s\n", missing);
		skip();
	}
}

/* What `run` says in a process of its own: 0, or an errno. */
static int in_child(const struct plan *plan, const char *dir, int (*run)(void))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct error err;

		if (dir != NULL && chdir(dir) < 0)
			_exit(254);
		if (plan != NULL &&
			(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
				landlock_restrict(&plan->landlock, &plan->root, &plan->fds, false, &err) < 0))
			_exit(255);
		_exit(run() == 0 ? 0 : errno);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void each_right(void **state)
{
	struct plan_mount mount;
	struct plan plan;

	fill_plan(&plan, &mount);
	for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
		const bool inspected = plan.landlock.abi >= operations[i].abi;
		int with, inside, without;

		assert_int_equal(remove_place(state), 0);
		assert_int_equal(make_place(state), 0);
		mount.target = place.writable;
		with = in_child(&plan, place.other, operations[i].run);
		inside = in_child(&plan, place.writable, operations[i].run);
		without = in_child(NULL, place.other, operations[i].run);
		print_message("%s: in other places %s, where it is writable %s, without Landlock %s\n",
			operations[i].name, with == 0 ? "done" : strerrorname_np(with),
			inside == 0 ? "done" : strerrorname_np(inside),
			without == 0 ? "done" : strerrorname_np(without));
		assert_int_equal(inside, 0);
		assert_int_equal(without, 0);
		if (inspected && !operations[i].is_for_all)
			assert_true(with == EACCES || (operations[i].is_moved && with == EXDEV));
		else
			assert_int_equal(with, 0);
	}
}

static void a_writable_root_has_every_right(void **state)
{
	struct plan_mount mount;
	struct plan plan;

	(void)state;
	fill_plan(&plan, &mount);
	plan.root.kind = PLAN_ROOT_OVERLAY;
	assert_int_equal(in_child(&plan, place.other, makes_file), 0);
}

static int makes_block_device(void)
{
	return mknod("new", S_IFBLK | 0600, makedev(1, 0));
}

static void no_block_device_anywhere(void **state)
{
	struct plan_mount mount;
	struct plan plan;

	(void)state;
	fill_plan(&plan, &mount);
	assert_int_equal(in_child(&plan, place.writable, makes_block_device), EACCES);
	assert_int_not_equal(in_child(NULL, place.writable, makes_block_device), EACCES);
}

static int binds_tcp(void)
{
	const struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};

	return bind(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&address, sizeof address);
}

/* Nobody listens there: ECONNREFUSED is the network's answer. */
static int connects_tcp(void)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_port = htons(1), .sin_addr = {htonl(INADDR_LOOPBACK)}};

	return connect(socket(AF_INET, SOCK_STREAM, 0), (const struct sockaddr *)&address, sizeof address);
}

static void tcp(void **state)
{
	struct plan_mount mount;
	struct plan plan;

	(void)state;
	fill_plan(&plan, &mount);
	if (plan.landlock.abi < 4) {
		print_message("ABI %d knows nothing of TCP\n", plan.landlock.abi);
		skip();
	}
	assert_int_equal(in_child(&plan, NULL, binds_tcp), 0);
	assert_int_equal(in_child(&plan, NULL, connects_tcp), ECONNREFUSED);
	plan.landlock.no_tcp = true;
	assert_int_equal(in_child(&plan, NULL, binds_tcp), EACCES);
	assert_int_equal(in_child(&plan, NULL, connects_tcp), EACCES);
}

static int signals_parent(void)
{
	return kill(getppid(), 0);
}

static void signals(void **state)
{
	struct plan_mount mount;
	struct plan plan;

	(void)state;
	fill_plan(&plan, &mount);
	assert_int_equal(in_child(&plan, NULL, signals_parent), plan.landlock.abi >= 6 ? EPERM : 0);
	assert_int_equal(in_child(NULL, NULL, signals_parent), 0);
}

static int nothing(void)
{
	return 0;
}

static void what_is_not_there_and_what_is_left_out(void **state)
{
	struct plan_mount mount;
	struct plan plan;

	(void)state;
	fill_plan(&plan, &mount);
	mount.target = (char *)(uintptr_t) "/no/such/place";
	assert_int_equal(in_child(&plan, NULL, nothing), 255);
	mount.optional = true;
	assert_int_equal(in_child(&plan, NULL, nothing), 0);
	plan.landlock.abi = 0; /* nothing is done */
	assert_int_equal(in_child(&plan, place.other, makes_file), 0);
}

static void the_rights_of_each_abi(void **state)
{
	(void)state;
	assert_int_equal(landlock_fs_rights(2), 0x3fff);
	assert_int_equal(landlock_fs_rights(3), 0x7fff);
	assert_int_equal(landlock_fs_rights(4), 0x7fff);
	assert_int_equal(landlock_fs_rights(5), 0xffff);
	assert_int_equal(landlock_fs_rights(7), 0xffff);
}

static void in_words(void **state)
{
	static const struct {
		int abi;
		bool no_tcp;
		const char *text;
	} cases[] = {
		{2, true, "ABI 2: files"},
		{3, false, "ABI 3: files, truncation"},
		{4, true, "ABI 4: files, truncation, no TCP"},
		{5, false, "ABI 5: files, truncation, devices"},
		{6, true, "ABI 6: files, truncation, no TCP, devices; signals and abstract sockets stay within"},
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		landlock_describe(
			&(struct plan_landlock){.abi = cases[i].abi, .no_tcp = cases[i].no_tcp}, text, sizeof text);
		assert_string_equal(text, cases[i].text);
	}
}

#define test(f) cmocka_unit_test_setup_teardown(f, make_place, remove_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(each_right),
		test(a_writable_root_has_every_right),
		test(no_block_device_anywhere),
		test(tcp),
		test(signals),
		test(what_is_not_there_and_what_is_left_out),
		cmocka_unit_test(the_rights_of_each_abi),
		cmocka_unit_test(in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
