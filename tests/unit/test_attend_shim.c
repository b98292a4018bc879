#include "runner/attend.h"
#include "runner/worker/control.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cmocka.h>

#define LIMIT_USEC UINT64_C(10000000)

static char dir[64], path[96];
static struct attend slot;

static int set_up(void **state)
{
	struct error err;

	(void)state;
	strcpy(dir, "/tmp/attend-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/" HANDOVER_SOCKET_NAME, dir);
	memset(&slot, 0, sizeof slot);
	slot.pending = -1;
	slot.listening = handover_listen(dir, &err);
	return slot.listening >= 0 && sd_event_new(&slot.event) >= 0 &&
			       sd_event_add_io(
				       slot.event, NULL, slot.listening, EPOLLIN, attend_on_connection, &slot) >= 0
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
	assert_true(sd_event_run(slot.event, LIMIT_USEC) > 0);
	assert_true(slot.pending >= 0);
	second = control_connect(path);
	assert_true(second >= 0);
	assert_true(sd_event_run(slot.event, LIMIT_USEC) > 0);
	assert_true(is_closed(second));
	assert_false(is_closed(first));
	close(second);
	/* the timer */
	assert_true(sd_event_run(slot.event, LIMIT_USEC) > 0);
	assert_true(is_closed(first));
	assert_int_equal(slot.pending, -1);
	close(first);
	/* and the place is free again */
	second = control_connect(path);
	assert_true(sd_event_run(slot.event, LIMIT_USEC) > 0);
	assert_true(slot.pending >= 0);
	close(second);
	assert_true(sd_event_run(slot.event, LIMIT_USEC) > 0);
	assert_int_equal(slot.pending, -1);
	assert_int_equal(slot.handed_over, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(one_at_a_time)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
