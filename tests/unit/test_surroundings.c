#include "runner/surroundings.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];

static const struct {
	const char *name, *text;
} files[] = {
	{"job.json", "{\"extends\": \"base.json\"}"},
	{"base.json", "{\"extends\": \"job\", \"seccomp\": \"./calls.json\"}"},
	{"calls.json", "{\"extends\": \"calls.json\"}"}, /* a circle, which is the launcher's to refuse */
};
#define FILES (sizeof files / sizeof files[0])

static void put(const char *name, const char *text)
{
	_cleanup_(freep) char *path = format("%s/%s", dir, name);
	_cleanup_(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/surroundings-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	for (size_t i = 0; i < FILES; i++)
		put(files[i].name, files[i].text);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static char *look(void)
{
	_cleanup_(freep) char *profile = format("%s/job.json", dir);
	char *text = surroundings_look(profile);

	assert_non_null(text);
	return text;
}

static void a_change_of_any_file_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < FILES; i++) {
		_cleanup_(freep) char *before = look(), *same = look(), *after = NULL, *gone = NULL;
		_cleanup_(freep) char *path = format("%s/%s", dir, files[i].name);

		assert_string_equal(before, same);
		put(files[i].name, "{}");
		after = look();
		assert_string_not_equal(before, after);
		assert_int_equal(unlink(path), 0);
		gone = look();
		assert_string_not_equal(after, gone);
		put(files[i].name, files[i].text);
	}
}

/* What has the size and the times of the other is another file all the same. */
static void a_file_in_its_place_is_seen(void **state)
{
	_cleanup_(freep) char *before = look(), *after = NULL;
	char command[256];

	(void)state;
	snprintf(command, sizeof command, "cd %s && cp -p base.json new && mv new base.json", dir);
	assert_int_equal(system(command), 0);
	after = look();
	assert_string_not_equal(before, after);
}

static void a_shipped_profile_is_no_file(void **state)
{
	_cleanup_(freep) char *once = surroundings_look("job"), *again = surroundings_look("job");

	(void)state;
	assert_non_null(once);
	assert_string_equal(once, again);
}

/* In a network of the test's own. */
static void an_address_more_is_seen(void **state)
{
	_cleanup_(freep) char *before = NULL, *after = NULL;
	struct ifreq request = {.ifr_name = "lo"};
	struct sockaddr_in address = {.sin_family = AF_INET};
	int fd;

	(void)state;
	assert_int_equal(unshare(CLONE_NEWUSER | CLONE_NEWNET), 0);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	before = surroundings_look("job");
	address.sin_addr.s_addr = htonl(0xcb007107); /* 203.0.113.7 */
	memcpy(&request.ifr_addr, &address, sizeof address);
	assert_int_equal(ioctl(fd, SIOCSIFADDR, &request), 0);
	close(fd);
	after = surroundings_look("job");
	assert_non_null(before);
	assert_non_null(after);
	assert_string_not_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_change_of_any_file_is_seen, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_file_in_its_place_is_seen, set_up, tear_down),
		cmocka_unit_test(a_shipped_profile_is_no_file),
		cmocka_unit_test(an_address_more_is_seen), /* the last: it leaves the test elsewhere */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
