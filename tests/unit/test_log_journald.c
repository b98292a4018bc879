#include "runner/common/log_journald.h"

#include "common/cleanup.h"
#include "common/notice.h"

#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

/* Reads an entry as the journal does: "NAME\n", eight bytes of length, the value, "\n". Returns the values one after
 * the other, as "NAME=VALUE|"; fails where it is no entry. */
static void read_entry(char *to, size_t size, const char *entry, size_t len)
{
	const char *p = entry, *end = entry + len;
	size_t used = 0;

	to[0] = '\0';
	while (p < end) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		uint64_t n;

		assert_non_null(newline);
		assert_true(end - newline > 9);
		memcpy(&n, newline + 1, sizeof n);
		n = le64toh(n);
		assert_true(n < (uint64_t)(end - newline - 9));
		assert_int_equal(newline[9 + n], '\n');
		used += (size_t)snprintf(
			to + used, size - used, "%.*s=%.*s|", (int)(newline - p), p, (int)n, newline + 9);
		p = newline + 10 + n;
	}
}

static void entries(void **state)
{
	static const struct {
		struct log_fields fields;
		const char *text, *fields_read;
	} cases[] = {
		{{0, "info", 0, NULL, NULL}, "well", "MESSAGE=well|PRIORITY=6|SYSLOG_IDENTIFIER=us|"},
		{{0, "error", 3, "3-abc", "Listener"}, "a=b\nPRIORITY=0\n\033[31m\xff",
			"MESSAGE=slot 3: Listener: a=b\\x0aPRIORITY=0\\x0a\\x1b[31m\\xff|PRIORITY=3|SYSLOG_IDENTIFIER=us|"
			"COFFERDAM_SLOT=3|COFFERDAM_JOB=3-abc|COFFERDAM_FROM=Listener|"},
		/* Whatever a field has is its own. */
		{{0, "info", 0, "x\nPRIORITY=0\n", NULL}, "",
			"MESSAGE=|PRIORITY=6|SYSLOG_IDENTIFIER=us|COFFERDAM_JOB=x\nPRIORITY=0\n|"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char entry[LOG_JOURNALD_MAX], read[LOG_JOURNALD_MAX];
		const size_t len = log_journald_entry(
			entry, "us", &cases[i].fields, cases[i].text, strlen(cases[i].text), VISIBLE_TEXT);

		read_entry(read, sizeof read, entry, len);
		assert_string_equal(read, cases[i].fields_read);
	}
}

static void bounded(void **state)
{
	static const struct log_fields fields = {0, "info", 128, "128-abcdefgh", "Listener"};
	const size_t len = 100000;
	char *text = malloc(len);

	(void)state;
	if (text == NULL) {
		fail();
		return;
	}
	for (int fill = 0; fill < 256; fill++) {
		char entry[LOG_JOURNALD_MAX], read[LOG_JOURNALD_MAX];
		size_t n;

		memset(text, fill, len);
		n = log_journald_entry(entry, "us", &fields, text, len, VISIBLE_TEXT);
		assert_true(n < NOTICE_MAX + 512);
		read_entry(read, sizeof read, entry, n);
	}
	free(text);
}

/* What is not taken is not waited for: nobody listens, or who does reads nothing. */
static void never_waits(void **state)
{
	char directory[] = "/tmp/test_log_journald.XXXXXX", path[64], got[16];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_(close_fd) int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int sent = 0;

	(void)state;
	assert_true(fd >= 0);
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/socket", directory);
	assert_int_equal(log_journald_send(path, "entry", 5), -1);
	assert_int_equal(errno, ENOENT);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	while (sent < 100000 && log_journald_send(path, "entry", 5) == 0)
		sent++;
	assert_int_equal(errno, EAGAIN);
	assert_in_range(sent, 1, 99999);
	assert_int_equal(recv(fd, got, sizeof got, 0), 5);
	assert_memory_equal(got, "entry", 5);
	assert_int_equal(log_journald_send(path, "entry", 5), 0);
	unlink(path);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries),
		cmocka_unit_test(bounded),
		cmocka_unit_test(never_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
