/* Events in, policy and profile out. What a real command does is in tests/e2e/learn.bats. */
#include "policy/learn/learn.h"
#include "tests/unit/seccomp_support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct learn *fresh(const char *base)
{
	struct learn *learn = calloc(1, sizeof *learn);
	struct error err = {0};

	assert_non_null(learn);
	if (learn_init(learn, base, &seccomp_context_default, &err) < 0)
		fail_msg("%s", err.text);
	return learn;
}

static void done(struct learn *learn)
{
	learn_free(learn);
	free(learn);
}

static int event(struct learn *learn, int number, uint64_t a, uint64_t b, uint64_t c)
{
	struct seccomp_data call = {.nr = number, .arch = seccomp_native_arch(), .args = {a, b, c}};

	return learn_call(learn, &call);
}

/* The policy, written in the form and read back. */
static struct seccomp_policy *written(const struct learn *learn, bool oci)
{
	struct error err = {0};
	json_t *json = learn_policy(learn, oci, &err);
	struct seccomp_policy *policy;
	char *text;

	if (json == NULL)
		fail_msg("%s", err.text);
	text = json_dumps(json, 0);
	policy = parse_policy("learned.json", text);
	free(text);
	json_decref(json);
	return policy;
}

static uint32_t verdict(const struct seccomp_policy *policy, int number, uint64_t a, uint64_t b, uint64_t c)
{
	struct seccomp_data call = {.nr = number, .arch = seccomp_native_arch(), .args = {a, b, c}};

	return seccomp_policy_evaluate(policy, &call).action;
}

#define ALLOW SECCOMP_RET_ALLOW
#define DENY(errnum) (SECCOMP_RET_ERRNO | (errnum))

static void what_was_seen_is_allowed_and_nothing_else(void **state)
{
	(void)state;
	for (int oci = 0; oci < 2; oci++) {
		struct learn *learn = fresh("job");
		struct seccomp_policy *policy;

		assert_int_equal(event(learn, SYS_read, 0, 0, 0), LEARN_CONTINUE);
		assert_int_equal(event(learn, SYS_socket, AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 6), LEARN_CONTINUE);
		assert_int_equal(event(learn, SYS_ioctl, 1, 0x5401, 0), LEARN_CONTINUE);
		policy = written(learn, oci == 1);
		assert_int_equal(verdict(policy, SYS_read, 5, 0, 0), ALLOW);
		assert_int_equal(verdict(policy, SYS_write, 5, 0, 0), DENY(EPERM));
		assert_int_equal(verdict(policy, SYS_socket, AF_INET, SOCK_STREAM, 6), ALLOW);
		assert_int_equal(verdict(policy, SYS_socket, AF_INET, SOCK_DGRAM, 6), DENY(EPERM));
		assert_int_equal(verdict(policy, SYS_socket, AF_INET6, SOCK_STREAM, 6), DENY(EPERM));
		assert_int_equal(verdict(policy, SYS_ioctl, 0, 0x5401, 0), ALLOW);
		/* The kernel looks at 32 bits of a request. */
		assert_int_equal(verdict(policy, SYS_ioctl, 0, UINT64_C(0x100005401), 0), ALLOW);
		assert_int_equal(verdict(policy, SYS_ioctl, 0, 0x5412, 0), DENY(EPERM));
		/* The launcher's, and what a C library falls back from. */
		assert_int_equal(verdict(policy, SYS_sendmsg, 0, 0, 0), ALLOW);
		assert_int_equal(verdict(policy, SYS_clone3, 0, 0, 0), DENY(ENOSYS));
		seccomp_policy_free(policy);
		done(learn);
	}
}

static void what_the_base_denies_is_denied_alike(void **state)
{
	struct learn *learn = fresh("job");
	struct seccomp_policy *policy;

	(void)state;
	assert_int_equal(event(learn, SYS_mount, 0, 0, 0), EPERM);
	assert_int_equal(event(learn, SYS_socket, AF_ALG, SOCK_SEQPACKET, 0), EAFNOSUPPORT);
	assert_int_equal(event(learn, SYS_socket, AF_UNIX, SOCK_STREAM, 0), LEARN_CONTINUE);
	assert_int_equal(event(learn, SYS_ioctl, 0, 0x5412, 0), EPERM);
	assert_int_equal(event(learn, 639, 0, 0, 0), ENOSYS);
	assert_int_equal(event(learn, -1, 0, 0, 0), ENOSYS);
	policy = written(learn, false);
	assert_int_equal(verdict(policy, SYS_mount, 0, 0, 0), DENY(EPERM));
	assert_int_equal(verdict(policy, SYS_socket, AF_UNIX, SOCK_STREAM, 0), ALLOW);
	assert_int_equal(verdict(policy, SYS_socket, AF_ALG, SOCK_SEQPACKET, 0), DENY(EAFNOSUPPORT));
	assert_int_equal(verdict(policy, SYS_ioctl, 0, 0x5412, 0), DENY(EPERM));
	seccomp_policy_free(policy);
	done(learn);
}

/* An errno of 0 is not "go on". */
static void a_denial_without_errno_is_one(void **state)
{
	struct seccomp_policy *policy;
	struct learn *learn;
	char path[] = "/tmp/test_learn.XXXXXX.json";
	int fd = mkstemps(path, 5);
	static const char text[] =
		"{\"default\": \"allow\", \"rules\": [{\"deny\": [\"mkdir\", \"mkdirat\"], \"errno\": 0}]}";

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
	close(fd);
	learn = fresh(path);
	assert_int_equal(event(learn, SYS_mkdirat, 0, 0, 0), 0);
	unlink(path);
	policy = written(learn, false);
	assert_int_equal(verdict(policy, SYS_mkdirat, 0, 0, 0), DENY(0));
	seccomp_policy_free(policy);
	done(learn);
}

/* "Any arguments" never reaches further than the base. */
static void no_call_is_wider_than_in_the_base(void **state)
{
	struct learn *learn = fresh("job");
	struct seccomp_policy *policy;

	(void)state;
	for (uint64_t i = 0; i < LEARN_WAYS_MAX + 10; i++)
		assert_int_equal(event(learn, SYS_ioctl, 0, 0x10000 + i, 0), LEARN_CONTINUE);
	assert_int_equal(event(learn, SYS_mknodat, 0, 0, 0x1000), LEARN_CONTINUE);
	assert_int_equal(event(learn, SYS_clone, 17, 0, 0), LEARN_CONTINUE);
	policy = written(learn, false);
	assert_int_equal(verdict(policy, SYS_ioctl, 0, 0x7777, 0), ALLOW);
	assert_int_equal(verdict(policy, SYS_ioctl, 0, 0x5412, 0), DENY(EPERM));
	assert_int_equal(verdict(policy, SYS_mknodat, 0, 0, 0x8000), ALLOW);
	assert_int_equal(verdict(policy, SYS_mknodat, 0, 0, 0x2000), DENY(EPERM));
	assert_int_equal(verdict(policy, SYS_clone, 0x3d0f00, 0, 0), ALLOW);
	assert_int_equal(verdict(policy, SYS_clone, 0x10000000, 0, 0), DENY(EPERM));
	seccomp_policy_free(policy);
	done(learn);
}

static void dangerous_calls_take_their_name(void **state)
{
	struct learn *learn = fresh("none");
	struct seccomp_policy *policy;
	struct error err;

	(void)state;
	assert_int_equal(learn_include(learn, "keyctl", &err), 0);
	assert_int_equal(learn_include(learn, "nosuchcall", &err), -1);
	assert_int_equal(learn_include(learn, "@nosuchgroup", &err), -1);
	assert_int_equal(learn_include(learn, "userfaultfd", &err), -1);
	assert_int_equal(event(learn, SYS_bpf, 0, 0, 0), LEARN_CONTINUE);
	assert_int_equal(event(learn, SYS_setns, 3, 0, 0), LEARN_CONTINUE);
	assert_int_equal(event(learn, SYS_keyctl, 11, 0, 0), LEARN_CONTINUE);
	assert_int_equal(event(learn, SYS_clone, 0x10000011, 0, 0), LEARN_CONTINUE);
	assert_int_equal(event(learn, SYS_unshare, 0x400, 0, 0), LEARN_CONTINUE);
	assert_int_equal(event(learn, SYS_unshare, 0x10000000, 0, 0), LEARN_CONTINUE);
	assert_int_equal(event(learn, SYS_userfaultfd, 0, 0, 0), EPERM);
	assert_string_equal(learn_dangerous(learn, SYS_bpf), "kernel-surface");
	assert_null(learn_dangerous(learn, SYS_keyctl));
	assert_null(learn_dangerous(learn, SYS_read));
	policy = written(learn, false);
	assert_int_equal(verdict(policy, SYS_bpf, 0, 0, 0), DENY(EPERM));
	assert_int_equal(verdict(policy, SYS_setns, 3, 0, 0), DENY(EPERM));
	assert_int_equal(verdict(policy, SYS_keyctl, 11, 0, 0), ALLOW);
	assert_int_equal(verdict(policy, SYS_keyctl, 1, 0, 0), DENY(EPERM));
	assert_int_equal(verdict(policy, SYS_clone, 0x10000011, 0, 0), DENY(EPERM));
	assert_int_equal(verdict(policy, SYS_unshare, 0x400, 0, 0), ALLOW);
	assert_int_equal(verdict(policy, SYS_unshare, 0x10000000, 0, 0), DENY(EPERM));
	seccomp_policy_free(policy);
	done(learn);
}

/* Everything waits for an answer but the one call by which the listener is handed over. */
static void the_filter_notifies_of_all_but_the_handing_over(void **state)
{
	const uint64_t token = UINT64_C(0x123456789abcdef0);
	struct learn *learn = fresh("job");
	struct bpf_program program = {0};
	struct error err;

	(void)state;
	assert_int_equal(learn_filter(learn, token, &program, &err), 0);
	assert_true(bpf_program_valid(&program));
	for (int nr = 0; nr < SYSCALL_NUMBERS; nr++) {
		struct seccomp_data call = {.nr = nr, .arch = seccomp_native_arch()};

		assert_int_equal(bpf_program_run(&program, &call), SECCOMP_RET_USER_NOTIF);
		call.args[3] = token;
		assert_int_equal(bpf_program_run(&program, &call) & SECCOMP_RET_ACTION_FULL,
			nr == SYS_sendmsg ? SECCOMP_RET_ALLOW : SECCOMP_RET_USER_NOTIF);
		call.args[3] = token ^ UINT64_C(1) << 63;
		assert_int_equal(bpf_program_run(&program, &call), SECCOMP_RET_USER_NOTIF);
	}
	bpf_program_free(&program);
	done(learn);
}

static void protected_paths(void **state)
{
	static const char *const closed[] = {"/home/u/.ssh", "/home/u/.ssh/id_rsa", "/root/.gnupg/x",
		"/x/.aws/credentials", "/home/u/.docker/config.json", "/etc/shadow", "/etc/gshadow-",
		"/run/docker.sock", "/proc/kcore", "/run/user/1000/bus", "/run/dbus/system_bus_socket",
		"/tmp/ssh-abc/agent.1", "/etc/ssl/private/key"};
	static const char *const open[] = {"/home/u/.sshx", "/home/u/x.ssh", "/home/u/.docker/other", "/etc/shadowed",
		"/etc/passwd", "/usr/bin/ssh", "/.ssh2/x", "/home/u/.aws-sam/x"};

	(void)state;
	for (size_t i = 0; i < COUNT(closed); i++)
		if (learn_protected(closed[i]) == NULL)
			fail_msg("%s is not protected", closed[i]);
	for (size_t i = 0; i < COUNT(open); i++)
		if (learn_protected(open[i]) != NULL)
			fail_msg("%s is protected", open[i]);
}

static void what_lies_above_them_is_not_granted_either(void **state)
{
	static const char *const above[] = {"/", "/home", "/home/other", "/root", "/run", "/etc", "/var"};
	static const char *const beside[] = {"/home/u/work", "/srv", "/run/lock", "/data", "/var/lib/x"};

	(void)state;
	for (size_t i = 0; i < COUNT(above); i++)
		if (!learn_above_protected(above[i]))
			fail_msg("%s", above[i]);
	for (size_t i = 0; i < COUNT(beside); i++)
		if (learn_above_protected(beside[i]))
			fail_msg("%s", beside[i]);
}

/* More values of one argument than a list holds, in both forms, and merged with others. */
static void many_values_and_merging(void **state)
{
	static const char *const forms[] = {"form", "oci"};

	(void)state;
	for (int oci = 0; oci < 2; oci++) {
		struct learn *learn = fresh("job"), *next = fresh("job");
		char path[] = "/tmp/test_learn.XXXXXX.json";
		int fd = mkstemps(path, 5);
		struct seccomp_policy *policy;
		struct error err = {0};
		json_t *json;

		assert_true(fd >= 0);
		for (uint64_t i = 0; i < 100; i++)
			event(learn, SYS_ioctl, 0, 0x10000 + i, 0);
		event(learn, SYS_read, 0, 0, 0);
		event(learn, SYS_socket, AF_ALG, 0, 0);
		json = learn_policy(learn, oci == 1, &err);
		assert_non_null(json);
		assert_int_equal(json_dumpfd(json, fd, 0), 0);
		json_decref(json);
		close(fd);
		event(next, SYS_ioctl, 0, 0x20000, 0);
		event(next, SYS_socket, AF_UNIX, SOCK_STREAM, 0);
		if (learn_merge(next, path, &seccomp_context_default, &err) < 0)
			fail_msg("%s: %s", forms[oci], err.text);
		unlink(path);
		policy = written(next, oci == 1);
		for (uint64_t i = 0; i < 100; i++)
			assert_int_equal(verdict(policy, SYS_ioctl, 0, 0x10000 + i, 0), ALLOW);
		assert_int_equal(verdict(policy, SYS_ioctl, 0, 0x20000, 0), ALLOW);
		assert_int_equal(verdict(policy, SYS_ioctl, 0, 0x20001, 0), DENY(EPERM));
		assert_int_equal(verdict(policy, SYS_read, 0, 0, 0), ALLOW);
		assert_int_equal(verdict(policy, SYS_socket, AF_UNIX, SOCK_STREAM, 0), ALLOW);
		assert_int_equal(verdict(policy, SYS_socket, AF_ALG, 0, 0), DENY(EAFNOSUPPORT));
		seccomp_policy_free(policy);
		done(learn);
		done(next);
	}
}

/* A policy that allows what the base denies widens nothing unasked. */
static void merging_stays_within_the_base(void **state)
{
	static const char text[] = "{\"default\": \"deny\", \"rules\": [{\"allow\": [\"ioctl\"]}]}";
	char path[] = "/tmp/test_learn.XXXXXX.json";
	int fd = mkstemps(path, 5);
	struct learn *learn = fresh("job");
	struct error err = {0};

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write_all(fd, text, strlen(text)), 0);
	close(fd);
	assert_int_equal(learn_merge(learn, path, &seccomp_context_default, &err), -1);
	assert_non_null(strstr(err.text, "allows ioctl in ways that the base policy"));
	assert_int_equal(learn_include(learn, "ioctl", &err), 0);
	assert_int_equal(learn_merge(learn, path, &seccomp_context_default, &err), 0);
	unlink(path);
	done(learn);
}

/* The profile, and what is told beside it. */
static json_t *profile_of(const struct learn *learn, char **report)
{
	struct error err = {0};
	size_t size;
	FILE *out = open_memstream(report, &size);
	json_t *profile = learn_profile(learn, "./s.json", "/work/dir", "/home/u", out, &err);

	fclose(out);
	if (profile == NULL)
		fail_msg("%s", err.text);
	return profile;
}

static void same_json(const json_t *have, const char *want)
{
	json_t *wanted = json_loads(want, JSON_DECODE_ANY, NULL);

	assert_non_null(wanted);
	if (!json_equal(have, wanted)) {
		char *text = json_dumps(have, JSON_ENCODE_ANY);

		fail_msg("%s is not %s", text != NULL ? text : "nothing", want);
	}
	json_decref(wanted);
}

static void paths_become_a_profile(void **state)
{
	struct learn *learn = fresh("job");
	char *report;
	json_t *profile;

	(void)state;
	learn_path(learn, "/usr/lib/libc.so", LEARN_READ, false); /* `default` has it */
	learn_path(learn, "/proc/1/status", LEARN_READ, false);
	learn_path(learn, "/tmp/cc1.o", LEARN_MAKE, true); /* a throw-away directory */
	learn_path(learn, "/work/dir/new", LEARN_MAKE, true);
	learn_path(learn, "/work/dir/new/below", LEARN_MAKE, true);
	learn_path(learn, "/work/dir/new/below", LEARN_READ, false);
	learn_path(learn, "/data/one", LEARN_READ, false);
	learn_path(learn, "/data/log", LEARN_WRITE, false);
	learn_path(learn, "/home/u/.ssh/id_rsa", LEARN_READ, false);
	learn_path(learn, "/home/u", LEARN_READ, false);
	learn_path(learn, "/with:colon", LEARN_READ, false);
	for (char name[] = "/lots/of/a"; name[9] < 'f'; name[9]++)
		learn_path(learn, name, LEARN_READ, false);
	profile = profile_of(learn, &report);
	same_json(json_object_get(profile, "rw"), "[\"/data/log\", \"/work/dir\"]");
	same_json(json_object_get(profile, "workdir"), "\"/work/dir\"");
	same_json(json_object_get(profile, "seccomp"), "\"./s.json\"");
	assert_int_equal(json_array_size(json_object_get(profile, "ro")), 2);
	assert_null(json_object_get(profile, "network"));
	assert_non_null(strstr(report, "more than was seen: ro /lots/of: everything below it, for 6 paths"));
	assert_non_null(strstr(report, "not granted: ro /home/u: it contains protected paths"));
	assert_non_null(strstr(report, "not granted: ro /with:colon: the path contains ':'"));
	assert_null(strstr(report, "id_rsa"));
	json_decref(profile);
	free(report);
	done(learn);
}

static void addresses_become_a_network(void **state)
{
	static const struct {
		int family;
		const char *address;
		unsigned port;
		bool listens;
	} seen[] = {{AF_INET, "127.0.0.1", 8080, false}, {AF_INET, "127.0.0.1", 53, false},
		{AF_INET, "8.8.8.8", 443, false}, {AF_INET, "8.8.8.8", 0, false}, {AF_INET6, "::1", 9, false},
		{AF_INET6, "fd00::1", 7, false}, {AF_INET, "0.0.0.0", 5000, true}, {AF_INET, "127.0.0.1", 5000, false}};
	struct learn *learn = fresh("job");
	unsigned char address[16];
	char *report;
	json_t *profile;

	(void)state;
	for (size_t i = 0; i < COUNT(seen); i++) {
		assert_int_equal(inet_pton(seen[i].family, seen[i].address, address), 1);
		learn_destination(learn, seen[i].family, address, seen[i].port, seen[i].listens);
	}
	profile = profile_of(learn, &report);
	same_json(json_object_get(profile, "network"), "\"open\"");
	same_json(json_object_get(profile, "network_open"), "[\"127.0.0.1:8080\", \"[::1]:9\", \"[fd00::1]:7\"]");
	assert_non_null(strstr(report, "seen: network 8.8.8.8:443"));
	json_decref(profile);
	free(report);
	done(learn);
}

/* Every range that network open refuses is one, in whichever form the address came. */
static void what_network_open_refuses_is_opened_by_name(void **state)
{
	static const struct {
		int family;
		const char *address, *written; /* NULL: a public one */
	} seen[] = {{AF_INET, "10.1.2.3", "10.1.2.3:7"}, {AF_INET, "172.31.0.1", "172.31.0.1:7"},
		{AF_INET, "172.32.0.1", NULL}, {AF_INET, "100.127.0.1", "100.127.0.1:7"},
		{AF_INET, "198.18.0.1", "198.18.0.1:7"}, {AF_INET, "192.0.0.9", "192.0.0.9:7"},
		{AF_INET, "240.0.0.1", "240.0.0.1:7"}, {AF_INET, "168.63.129.16", "168.63.129.16:7"},
		{AF_INET, "0.0.0.0", "127.0.0.1:7"}, {AF_INET6, "::", "[::1]:7"},
		{AF_INET6, "::ffff:10.1.2.4", "10.1.2.4:7"}, {AF_INET6, "fe80::1", "[fe80::1]:7"},
		{AF_INET6, "fec0::1", "[fec0::1]:7"}, {AF_INET6, "64:ff9b::a01:203", "[64:ff9b::a01:203]:7"},
		{AF_INET6, "64:ff9b::808:808", NULL}, {AF_INET6, "2002:a01:203::1", "[2002:a01:203::1]:7"},
		{AF_INET6, "2001::1", "[2001::1]:7"}, {AF_INET6, "2001:db8::1", NULL},
		{AF_INET6, "64:ff9b:1::1", "[64:ff9b:1::1]:7"}, {AF_INET6, "fd00:ec2::254", "[fd00:ec2::254]:7"}};

	(void)state;
	for (size_t i = 0; i < COUNT(seen); i++) {
		struct learn *learn = fresh("job");
		unsigned char address[16];
		char *report;
		json_t *profile, *opened;

		assert_int_equal(inet_pton(seen[i].family, seen[i].address, address), 1);
		learn_destination(learn, seen[i].family, address, 7, false);
		profile = profile_of(learn, &report);
		same_json(json_object_get(profile, "network"), "\"open\"");
		opened = json_array_get(json_object_get(profile, "network_open"), 0);
		assert_int_equal(opened != NULL, seen[i].written != NULL);
		if (opened != NULL)
			assert_string_equal(json_string_value(opened), seen[i].written);
		json_decref(profile);
		free(report);
		done(learn);
	}
}

static void what_cannot_be_opened_is_told(void **state)
{
	static const char *const seen[] = {"224.0.0.251", "127.0.0.2"};
	struct learn *learn = fresh("job");
	unsigned char address[4];
	char *report;
	json_t *profile;

	(void)state;
	for (size_t i = 0; i < COUNT(seen); i++) {
		assert_int_equal(inet_pton(AF_INET, seen[i], address), 1);
		learn_destination(learn, AF_INET, address, 7, false);
	}
	profile = profile_of(learn, &report);
	assert_null(json_object_get(profile, "network_open"));
	assert_non_null(strstr(report, "not granted: network 224.0.0.251:7: pasta carries no multicast"));
	assert_non_null(strstr(report, "not granted: network 127.0.0.2:7: the host's loopback requires a port"));
	json_decref(profile);
	free(report);
	done(learn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_seen_is_allowed_and_nothing_else),
		cmocka_unit_test(what_the_base_denies_is_denied_alike),
		cmocka_unit_test(a_denial_without_errno_is_one),
		cmocka_unit_test(no_call_is_wider_than_in_the_base),
		cmocka_unit_test(dangerous_calls_take_their_name),
		cmocka_unit_test(the_filter_notifies_of_all_but_the_handing_over),
		cmocka_unit_test(protected_paths),
		cmocka_unit_test(what_lies_above_them_is_not_granted_either),
		cmocka_unit_test(many_values_and_merging),
		cmocka_unit_test(merging_stays_within_the_base),
		cmocka_unit_test(paths_become_a_profile),
		cmocka_unit_test(addresses_become_a_network),
		cmocka_unit_test(what_network_open_refuses_is_opened_by_name),
		cmocka_unit_test(what_cannot_be_opened_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
