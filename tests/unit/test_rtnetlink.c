/* What the kernel answers, in a network namespace of the test's own. */
#include "sandbox/network/rtnetlink.h"

#include "common/cleanup.h"
#include "sandbox/identity/userns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum result { DONE, NOT_ALLOWED, WRONG };

typedef enum result network_test(void);

static enum result inside(network_test *test)
{
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	struct error err;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 || userns_map_single(uid, gid, &err) < 0)
		return NOT_ALLOWED;
	return test();
}

static void run(network_test *test)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit((int)inside(test));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NOT_ALLOWED) {
		print_message("rtnetlink: no network namespace for an unprivileged user here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), DONE);
}

/* ioctl(2) of netdevice(7), on an address of lo that is called so. */
static bool set(int fd, unsigned long request, const char *name, const char *address)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct ifreq ifreq = {0};

	snprintf(ifreq.ifr_name, sizeof ifreq.ifr_name, "%s", name);
	if (request == SIOCSIFFLAGS)
		ifreq.ifr_flags = IFF_UP;
	else if (inet_pton(AF_INET, address, &in.sin_addr) != 1)
		return false;
	else
		memcpy(&ifreq.ifr_addr, &in, sizeof in);
	return ioctl(fd, request, &ifreq) == 0;
}

static bool has(const struct egress_prefixes *set, const struct egress_prefix *prefix)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->items[i].length == prefix->length && egress_prefix_covers(&set->items[i], prefix))
			return true;
	return false;
}

static bool is_covered(const struct egress_prefixes *set, const struct egress_prefix *prefix)
{
	for (size_t i = 0; i < set->n; i++)
		if (egress_prefix_covers(&set->items[i], prefix))
			return true;
	return false;
}

static bool is_resolved(const struct egress_prefixes *set)
{
	for (size_t i = 0; i < set->n; i++)
		for (size_t j = 0; j < set->n; j++)
			if (i != j && egress_prefix_covers(&set->items[i], &set->items[j]))
				return false;
	return true;
}

static enum result empty(void)
{
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	struct error err;

	return rtnetlink_ask(&routes, &err) == 0 && routes.host.n == 0 && routes.lan.n == 0 && !routes.changed ? DONE
													       : WRONG;
}

static void a_new_namespace_has_no_address(void **state)
{
	(void)state;
	run(empty);
}

/* More than one datagram holds: an answer is heard to its end. */
#define MANY 300

static enum result many(void)
{
	const struct egress_prefix lan = {AF_INET, {203, 0}, 16}, loopback = {AF_INET, {127}, 8};
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	_cleanup_(close_fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct egress_prefix own = {AF_INET, {203, 0}, 32};
	char name[IFNAMSIZ], address[INET_ADDRSTRLEN];
	struct error err;
	size_t n;

	if (fd < 0 || !set(fd, SIOCSIFFLAGS, "lo", ""))
		return NOT_ALLOWED;
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof name, "lo:%d", i);
		snprintf(address, sizeof address, "203.0.%d.%d", i / 100, i % 100 + 1);
		if (!set(fd, SIOCSIFADDR, name, address) || !set(fd, SIOCSIFNETMASK, name, "255.255.0.0"))
			return NOT_ALLOWED;
	}
	if (rtnetlink_ask(&routes, &err) < 0)
		return WRONG;
	/* What was found before is no part of what is found now. */
	n = routes.n_routes;
	if (rtnetlink_ask(&routes, &err) < 0 || routes.n_routes != n || !is_resolved(&routes.host))
		return WRONG;
	for (int i = 0; i < MANY; i++) {
		own.bytes[2] = (uint8_t)(i / 100);
		own.bytes[3] = (uint8_t)(i % 100 + 1);
		if (!is_covered(&routes.host, &own))
			return WRONG;
	}
	return has(&routes.lan, &lan) && is_covered(&routes.host, &loopback) ? DONE : WRONG;
}

static void all_addresses_are_heard(void **state)
{
	(void)state;
	run(many);
}

/* What does not fit is no answer, rather than a part of one. */
static enum result too_many(void)
{
	_cleanup_(egress_routes_free) struct egress_routes routes = {0};
	_cleanup_(close_fd) int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char name[IFNAMSIZ], address[INET_ADDRSTRLEN];
	struct error err = {0};

	if (fd < 0 || !set(fd, SIOCSIFFLAGS, "lo", ""))
		return NOT_ALLOWED;
	for (int i = 0; i < 600; i++) {
		snprintf(name, sizeof name, "lo:%d", i);
		snprintf(address, sizeof address, "203.0.%d.%d", i / 100, i % 100 + 1);
		if (!set(fd, SIOCSIFADDR, name, address) || !set(fd, SIOCSIFNETMASK, name, "255.255.255.255"))
			return NOT_ALLOWED;
	}
	return rtnetlink_ask(&routes, &err) < 0 && strstr(err.text, "rtnetlink: ") == err.text &&
			       strstr(err.text, "more than 512 addresses and networks") != NULL
		       ? DONE
		       : WRONG;
}

static void too_many_addresses_are_an_error(void **state)
{
	(void)state;
	run(too_many);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_namespace_has_no_address),
		cmocka_unit_test(all_addresses_are_heard),
		cmocka_unit_test(too_many_addresses_are_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
