/* What is followed, and what is not. The links are those that a job can leave behind. */
#include "sandbox/files/lookup.h"

#include "common/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char place[64];

static int make_place(void **state)
{
	(void)state;
	strcpy(place, "/tmp/cofferdam-lookup.XXXXXX");
	return mkdtemp(place) != NULL && chdir(place) == 0 && mkdir("real", 0755) == 0 ? 0 : -1;
}

static int remove_place(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "cd / && rm -rf '%s'", place);
	return system(command); /* NOLINT(cert-env33-c): a test's own directory */
}

static void assert_in(const char *name)
{
	char cwd[128], expected[128];

	snprintf(expected, sizeof expected, "%s%s%s", place, name[0] != '\0' ? "/" : "", name);
	assert_string_equal(getcwd(cwd, sizeof cwd), expected);
}

static void ordinary_links_are_followed(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(symlink("real", "link"), 0);
	assert_int_equal(symlink("./link", "chain"), 0);
	assert_int_equal(lookup_enter("workdir", "chain", &err), 0);
	assert_in("real");
}

static void assert_refused(const char *path, int errnum)
{
	char text[256];
	struct error err = {.errnum = 0};

	assert_int_equal(lookup_enter("workdir", path, &err), -1);
	assert_int_equal(err.errnum, errnum);
	snprintf(text, sizeof text, "workdir %s: ", path);
	assert_memory_equal(err.text, text, strlen(text));
	if (errnum == ELOOP)
		assert_non_null(strstr(err.hint, "/proc/PID/fd"));
	assert_in("");
}

static void magic_links_are_not(void **state)
{
	_cleanup_(close_fd) int held = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char text[64];

	(void)state;
	snprintf(text, sizeof text, "/proc/self/fd/%d", held);
	assert_int_equal(symlink(text, "held"), 0);
	assert_int_equal(symlink("held", "chain"), 0);
	assert_int_equal(symlink("/proc/self/cwd", "cwd"), 0);
	assert_int_equal(symlink("/proc/thread-self/root", "root"), 0);
	assert_refused("held", ELOOP);
	assert_refused("chain", ELOOP);
	assert_refused("held/tmp", ELOOP);
	assert_refused("cwd", ELOOP);
	assert_refused("cwd/real", ELOOP);
	assert_refused("root", ELOOP);
	assert_refused("/proc/self/exe", ELOOP);
}

static void what_is_no_directory_is_named(void **state)
{
	(void)state;
	assert_int_equal(close(open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644)), 0);
	assert_refused("file", ENOTDIR);
	assert_refused("nothing", ENOENT);
}

/* Where "real" is the root, and the current directory is above it. */
static int leave_root(void)
{
	struct error err = {0};

	if (unshare(CLONE_NEWUSER) < 0 || chroot("real") < 0)
		return 2;
	return lookup_enter("workdir", ".", &err) < 0 && strcmp(err.text, "workdir .: outside of the root") == 0 ? 0
														 : 1;
}

static void what_lies_outside_of_the_root_is_not_entered(void **state)
{
	const pid_t child = fork();
	int status;

	(void)state;
	if (child == 0)
		_exit(leave_root());
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
		print_message("lookup: no user namespace for an unprivileged user here\n");
		skip();
	}
	assert_int_equal(status, 0);
}

static void a_descriptor_closes_on_exec(void **state)
{
	_cleanup_(close_fd) int fd = lookup_open(AT_FDCWD, "real", O_PATH, 0);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ordinary_links_are_followed, make_place, remove_place),
		cmocka_unit_test_setup_teardown(magic_links_are_not, make_place, remove_place),
		cmocka_unit_test_setup_teardown(what_is_no_directory_is_named, make_place, remove_place),
		cmocka_unit_test_setup_teardown(what_lies_outside_of_the_root_is_not_entered, make_place, remove_place),
		cmocka_unit_test_setup_teardown(a_descriptor_closes_on_exec, make_place, remove_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
