#include "sandbox/process/stdio.h"

#include "common/cleanup.h"
#include "policy/plan.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static char path[] = "/tmp/test-stdio-XXXXXX";

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	if (fd < 0 || write(fd, "contents", 8) != 8 || fchmod(fd, 0640) < 0)
		return -1;
	return close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	unlink(path);
	memset(path + sizeof path - 7, 'X', 6);
	return 0;
}

static struct stdio_file *begin(struct stdio *stdio, int *fd, bool in_container)
{
	const struct plan_fds fds = {.keep = fd, .n_keep = 1};
	struct error err;

	*stdio = (struct stdio){0};
	if (stdio_begin(stdio, &fds, in_container, 0, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(stdio->n, 4);
	return &stdio->files[3];
}

static void refused(int fd, const char *text)
{
	const struct plan_fds fds = {.keep = &fd, .n_keep = 1};
	struct stdio stdio = {0};
	struct error err;

	assert_int_equal(stdio_begin(&stdio, &fds, false, 0, &err), -1);
	assert_non_null(strstr(err.text, text));
	stdio_end(&stdio, NULL);
	assert_null(stdio.files);
}

static void what_must_not_reach_a_job_is_refused(void **state)
{
	int directory = open("/", O_RDONLY | O_DIRECTORY), file = open("/etc/passwd", O_PATH);
	int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY);

	(void)state;
	refused(directory, "a directory");
	refused(file, "open as a path only");
	if (terminal >= 0)
		refused(terminal, "a terminal");
	refused(999, "file descriptor 999");
	close(directory);
	close(file);
	close(terminal);
}

static void a_kind_that_may_not_pass_is_refused(void **state)
{
	int events = epoll_create1(0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
	const struct plan_fds fds = {.keep = &datagrams, .n_keep = 1};
	struct stdio stdio = {0};
	struct error err;

	(void)state;
	refused(events, "[eventpoll]: ");
	/* Where Landlock is to hold it: not a socket that it does not hold. */
	assert_int_equal(stdio_begin(&stdio, &fds, false, 7, &err), -1);
	stdio_end(&stdio, NULL);
	assert_int_equal(stdio_begin(&stdio, &fds, false, 0, &err), 0);
	stdio_end(&stdio, NULL);
	close(events);
	close(datagrams);
}

static void a_file_for_reading_is_detached(void **state)
{
	int fd = open(path, O_RDONLY), again = open(path, O_RDONLY);
	struct stdio stdio;
	struct stdio_file *file;

	(void)state;
	assert_int_equal(lseek(fd, 2, SEEK_SET), 2);
	file = begin(&stdio, &fd, false);
	assert_true(file->detach);
	assert_false(file->written);
	assert_string_equal(file->path, path);
	assert_int_equal(file->at, 2);
	assert_true(stdio_leads_through(&stdio, "/tmp"));
	assert_false(stdio_leads_through(&stdio, "/usr"));
	/* The job has read on. */
	assert_int_equal(lseek(again, 5, SEEK_SET), 5);
	stdio_received(&stdio, 3, again);
	stdio_end(&stdio, NULL);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 5);
	assert_int_equal(fcntl(again, F_GETFD), -1); /* ours to close */
	/* No mount can be made in somebody else's container. */
	file = begin(&stdio, &fd, true);
	assert_false(file->detach);
	stdio_end(&stdio, NULL);
	close(fd);
}

static void of_two_that_are_one_the_moved_one_counts(void **state)
{
	int fd[2] = {open(path, O_RDONLY), -1}, again;
	const struct plan_fds fds = {.keep = fd, .n_keep = 2};
	struct stdio stdio = {0};
	struct error err;

	(void)state;
	fd[1] = dup(fd[0]);
	assert_int_equal(stdio_begin(&stdio, &fds, false, 0, &err), 0);
	again = open(path, O_RDONLY);
	assert_int_equal(lseek(again, 3, SEEK_SET), 3);
	stdio_received(&stdio, 3, again);
	stdio_received(&stdio, 4, open(path, O_RDONLY));
	stdio_received(&stdio, 4, open(path, O_RDONLY)); /* a second one is none */
	stdio_received(&stdio, 5, open(path, O_RDONLY));
	stdio_end(&stdio, NULL);
	assert_int_equal(lseek(fd[0], 0, SEEK_CUR), 3);
	close(fd[0]);
	close(fd[1]);
}

static void a_file_without_a_name_is_not_looked_for(void **state)
{
	int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600), reading;
	char name[32];
	struct stdio stdio;

	(void)state;
	if (fd < 0)
		skip();
	snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
	reading = open(name, O_RDONLY);
	assert_false(begin(&stdio, &reading, false)->detach);
	stdio_end(&stdio, NULL);
	close(reading);
	close(fd);
}

static void a_written_file_is_given_back(void **state)
{
	int fd = open(path, O_WRONLY | O_APPEND), other = open(path, O_WRONLY);
	struct stdio stdio;
	struct stdio_file *file;
	struct stat st;

	(void)state;
	for (int locked = 0; locked < 2; locked++) {
		if (locked)
			assert_int_equal(flock(fd, LOCK_EX), 0);
		file = begin(&stdio, &fd, false);
		assert_true(file->written);
		assert_false(file->detach);
		assert_int_equal(file->locked, locked);
		/* What a job does. */
		assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
		assert_int_equal(fchmod(fd, 04777), 0);
		assert_int_equal(flock(fd, LOCK_EX), 0);
		stdio_end(&stdio, NULL);
		assert_int_equal(fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK), O_APPEND);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0640);
		assert_int_equal(flock(other, LOCK_EX | LOCK_NB), locked ? -1 : 0);
		assert_int_equal(flock(other, LOCK_UN), 0);
	}
	close(fd);
	close(other);
}

static int lock_record(int fd)
{
	struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_SETLK, &all);
}

/* Those of the description; a process loses its own when it ends. */
static void locks_of_records_are_given_back(void **state)
{
	int fd = open(path, O_WRONLY), other = open(path, O_WRONLY);
	struct stdio stdio;

	(void)state;
	begin(&stdio, &fd, false);
	assert_int_equal(lock_record(fd), 0);
	assert_int_equal(lock_record(other), -1);
	stdio_end(&stdio, NULL);
	assert_int_equal(lock_record(other), 0);
	close(other);
	/* But not one that the caller had. */
	other = open(path, O_WRONLY);
	assert_int_equal(lock_record(fd), 0);
	assert_true(begin(&stdio, &fd, false)->locked);
	stdio_end(&stdio, NULL);
	assert_int_equal(lock_record(other), -1);
	close(fd);
	close(other);
}

/* Everybody else who opens the file would wait for it. */
static void a_lease_is_given_back(void **state)
{
	int fd = open(path, O_WRONLY);
	struct stdio stdio;

	(void)state;
	begin(&stdio, &fd, false);
	assert_int_equal(fcntl(fd, F_SETLEASE, F_WRLCK), 0);
	stdio_end(&stdio, NULL);
	assert_int_equal(fcntl(fd, F_GETLEASE), F_UNLCK);
	close(fd);
}

/* What a job has written does not become a set-id program. */
static void set_id_bits_stay_away(void **state)
{
	int fd = open(path, O_WRONLY);
	struct stdio stdio;
	struct stat st;

	(void)state;
	assert_int_equal(fchmod(fd, 04750), 0);
	begin(&stdio, &fd, false);
	stdio_end(&stdio, NULL);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 04750);
	/* The kernel takes the bit away, and the owner can set it again. */
	for (int again = 0; again < 2; again++) {
		assert_int_equal(fchmod(fd, 04750), 0);
		begin(&stdio, &fd, false);
		assert_int_equal(write(fd, "owned, now", 10), 10);
		if (again)
			assert_int_equal(fchmod(fd, 04750), 0);
		stdio_end(&stdio, NULL);
		assert_int_equal(fstat(fd, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0750);
	}
	close(fd);
}

static void a_lock_that_is_gone_is_told(void **state)
{
	int fd = open(path, O_WRONLY);
	struct outcome outcome = {0};
	struct stdio stdio;

	(void)state;
	assert_int_equal(flock(fd, LOCK_EX), 0);
	begin(&stdio, &fd, false);
	assert_int_equal(flock(fd, LOCK_UN), 0);
	stdio_end(&stdio, &outcome);
	assert_int_equal(outcome.n_residue, 1);
	assert_non_null(strstr(outcome.residue[0], ": lock"));
	outcome_free(&outcome);
	close(fd);
}

/* Who closes a file to others while a job runs finds it closed. */
static void bits_that_are_taken_away_stay_away(void **state)
{
	int fd = open(path, O_WRONLY);
	struct stdio stdio;
	struct stat st;

	(void)state;
	begin(&stdio, &fd, false);
	assert_int_equal(fchmod(fd, 0602), 0);
	stdio_end(&stdio, NULL);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	close(fd);
}

/* An end that the launcher held would keep the other one from its end-of-file. */
static void a_kept_pipe_is_not_held(void **state)
{
	struct stdio stdio;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(begin(&stdio, &ends[1], false)->fd, -1);
	stdio_end(&stdio, NULL);
	stdio_end(&stdio, NULL);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_must_not_reach_a_job_is_refused),
		cmocka_unit_test(a_kind_that_may_not_pass_is_refused),
		cmocka_unit_test_setup_teardown(a_file_for_reading_is_detached, make_file, remove_file),
		cmocka_unit_test_setup_teardown(of_two_that_are_one_the_moved_one_counts, make_file, remove_file),
		cmocka_unit_test(a_file_without_a_name_is_not_looked_for),
		cmocka_unit_test_setup_teardown(a_written_file_is_given_back, make_file, remove_file),
		cmocka_unit_test_setup_teardown(locks_of_records_are_given_back, make_file, remove_file),
		cmocka_unit_test_setup_teardown(a_lease_is_given_back, make_file, remove_file),
		cmocka_unit_test_setup_teardown(set_id_bits_stay_away, make_file, remove_file),
		cmocka_unit_test_setup_teardown(a_lock_that_is_gone_is_told, make_file, remove_file),
		cmocka_unit_test_setup_teardown(bits_that_are_taken_away_stay_away, make_file, remove_file),
		cmocka_unit_test(a_kept_pipe_is_not_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
