/* Profiles of others: includes, excludes, both spellings of an errno, and the two that Debian packages carry. */
#include "tests/unit/seccomp_support.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/capability.h>
#include <sys/syscall.h>

#define CAP(name) (UINT64_C(1) << CAP_##name)
#define EVERY_CAP ((UINT64_C(1) << 41) - 1)

#define DENY "\"action\":\"SCMP_ACT_ERRNO\""
#define ALLOW "\"action\":\"SCMP_ACT_ALLOW\""
#define DOC(rules) "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[\n" rules "]}"
#define WHEN(when) DOC("{\"names\":[\"read\"]," ALLOW "," when "}")

#if defined(__x86_64__)
#define NATIVE "\"amd64\""
#else
#define NATIVE "\"arm64\""
#endif

static struct seccomp_policy *parse_for(const char *text, const struct seccomp_context *context)
{
	struct seccomp_policy *policy = NULL;
	struct error err = {0};

	if (seccomp_policy_parse("p", text, strlen(text), context, &policy, &err) < 0)
		fail_msg("%s", err.text);
	return policy;
}

/* The verdict on a call with these first arguments, which the compiled filter must share. */
static uint32_t verdict(const struct seccomp_policy *policy, int nr, uint64_t a0, uint64_t a2)
{
	const struct seccomp_data call = {.nr = nr, .arch = seccomp_native_arch(), .args = {a0, 0, a2}};
	struct bpf_program program = compile_policy(policy);
	uint32_t action = seccomp_policy_evaluate(policy, &call).action;

	assert_int_equal(bpf_program_run(&program, &call), action);
	bpf_program_free(&program);
	return action;
}

static void conditions_are_resolved(void **state)
{
	static const struct {
		const char *text;
		struct seccomp_context context;
		bool allowed;
	} cases[] = {
		{WHEN("\"includes\":{}"), {.kernel = 1}, true},
		{WHEN("\"includes\":null,\"excludes\":null"), {.kernel = 1}, true},
		{WHEN("\"includes\":{\"caps\":[\"CAP_BPF\"]}"), {.caps = 0}, false},
		{WHEN("\"includes\":{\"caps\":[\"CAP_BPF\"]}"), {.caps = CAP(BPF)}, true},
		{WHEN("\"includes\":{\"caps\":[\"CAP_BPF\",\"CAP_SYS_ADMIN\"]}"), {.caps = CAP(BPF)}, false},
		{WHEN("\"includes\":{\"caps\":[\"CAP_BPF\",\"CAP_SYS_ADMIN\"]}"), {.caps = EVERY_CAP}, true},
		{WHEN("\"excludes\":{\"caps\":[\"CAP_BPF\",\"CAP_CHOWN\"]}"), {.caps = 0}, true},
		{WHEN("\"excludes\":{\"caps\":[\"CAP_BPF\",\"CAP_CHOWN\"]}"), {.caps = CAP(CHOWN)}, false},
		{WHEN("\"includes\":{\"arches\":[" NATIVE ",\"s390x\"]}"), {.caps = 0}, true},
		{WHEN("\"includes\":{\"arches\":[\"s390x\"]}"), {.caps = 0}, false},
		{WHEN("\"includes\":{\"arches\":[]}"), {.caps = 0}, true},
		{WHEN("\"excludes\":{\"arches\":[" NATIVE "]}"), {.caps = 0}, false},
		{WHEN("\"excludes\":{\"arches\":[\"s390x\"]}"), {.caps = 0}, true},
		{WHEN("\"includes\":{\"minKernel\":\"4.8\"}"), {.kernel = SECCOMP_KERNEL(4, 8)}, true},
		{WHEN("\"includes\":{\"minKernel\":\"4.8\"}"), {.kernel = SECCOMP_KERNEL(4, 7)}, false},
		{WHEN("\"includes\":{\"minKernel\":\"4.8\"}"), {.kernel = SECCOMP_KERNEL(4, 10)}, true},
		{WHEN("\"excludes\":{\"minKernel\":\"4.8\"}"), {.kernel = SECCOMP_KERNEL(4, 8)}, false},
		{WHEN("\"excludes\":{\"minKernel\":\"4.8\"}"), {.kernel = SECCOMP_KERNEL(4, 7)}, true},
		{WHEN("\"includes\":{\"caps\":[\"CAP_BPF\"]},\"excludes\":{\"caps\":[\"CAP_CHOWN\"]}"),
			{.caps = CAP(BPF) | CAP(CHOWN)}, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct seccomp_policy *policy = parse_for(cases[i].text, &cases[i].context);

		if ((verdict(policy, SYS_read, 0, 0) == SECCOMP_RET_ALLOW) != cases[i].allowed)
			fail_msg("%s", cases[i].text);
		seccomp_policy_free(policy);
	}
}

static void conditions_are_checked(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{WHEN("\"includes\":[]"), "expected an object"},
		{WHEN("\"includes\":{\"cap\":[]}"), "unknown key \"cap\""},
		{WHEN("\"includes\":{\"caps\":\"CAP_BPF\"}"), "expected a list of capabilities"},
		{WHEN("\"includes\":{\"caps\":[\"CAP_BPFF\"]}"), "unknown capability \"CAP_BPFF\""},
		{WHEN("\"includes\":{\"caps\":[\"cap_bpf\"]}"), "unknown capability \"cap_bpf\""},
		{WHEN("\"includes\":{\"caps\":[\"39\"]}"), "unknown capability \"39\""},
		{WHEN("\"excludes\":{\"caps\":[39]}"), "expected the name of a capability"},
		{WHEN("\"includes\":{\"arches\":[\"amd46\"]}"), "unknown architecture \"amd46\""},
		{WHEN("\"includes\":{\"minKernel\":4.8}"), "expected a kernel version"},
		{WHEN("\"includes\":{\"minKernel\":\"4\"}"),
			"\"4\": not a kernel version: expected MAJOR.MINOR, such as 4.8"},
		{WHEN("\"includes\":{\"minKernel\":\"4.8.1\"}"),
			"\"4.8.1\": not a kernel version: expected MAJOR.MINOR, such as 4.8"},
		{WHEN("\"includes\":{\"minKernel\":\" 4.8\"}"),
			"\" 4.8\": not a kernel version: expected MAJOR.MINOR, such as 4.8"},
		{DOC("{\"name\":\"read\"," DENY ",\"errno\":\"EWHAT\"}"), "unknown errno \"EWHAT\""},
		{DOC("{\"name\":\"read\"," DENY ",\"errno\":1}"), "expected the name of an errno"},
		{DOC("{\"name\":\"read\"," DENY ",\"errno\":\"EPERM\",\"errnoRet\":2}"),
			"EPERM is 1, but \"errnoRet\" says 2"},
		{DOC("{\"name\":\"read\"," ALLOW ",\"errno\":\"EPERM\"}"), "an errno requires SCMP_ACT_ERRNO"},
		/* An error also where the rule does not count. */
		{DOC("{\"name\":\"raed\"," ALLOW ",\"includes\":{\"caps\":[\"CAP_BPF\"]}}"),
			"unknown system call \"raed\""},
		/* Two rules that contradict each other without a condition. */
		{DOC("{\"name\":\"read\"," ALLOW "},{\"name\":\"read\"," DENY "}"),
			"\"read\" is already decided, without a condition, by /syscalls/0"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct seccomp_policy *policy = NULL;
		struct error err = {0};

		assert_int_equal(seccomp_policy_parse("p", cases[i].text, strlen(cases[i].text),
					 &seccomp_context_default, &policy, &err),
			-1);
		if (strncmp(err.text, "p:2:", 4) != 0 || strstr(err.text, cases[i].error) == NULL)
			fail_msg("%s: %s", cases[i].text, err.text);
	}
}

static void both_spellings_of_an_errno(void **state)
{
	static const char *const texts[] = {
		DOC("{\"name\":\"read\"," DENY ",\"errno\":\"ENOSYS\"}"),
		DOC("{\"name\":\"read\"," DENY ",\"errnoRet\":38}"),
		DOC("{\"name\":\"read\"," DENY ",\"errnoRet\":38,\"errno\":\"ENOSYS\"}"),
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrno\":\"ENOSYS\"}",
		"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrno\":\"ENOSYS\",\"defaultErrnoRet\":38}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct seccomp_policy *policy = parse_for(texts[i], &seccomp_context_default);

		assert_int_equal(verdict(policy, SYS_read, 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
		seccomp_policy_free(policy);
	}
}

/* The first that counts decides, where capabilities make several count. */
static void the_first_rule_that_counts_decides(void **state)
{
	static const char text[] = DOC("{\"name\":\"read\"," ALLOW ",\"includes\":{\"caps\":[\"CAP_BPF\"]}},"
				       "{\"name\":\"read\"," DENY ",\"errnoRet\":13}");
	const struct seccomp_context with = {.caps = CAP(BPF)};
	struct seccomp_policy *policy = parse_for(text, &with);

	(void)state;
	assert_int_equal(verdict(policy, SYS_read, 0, 0), SECCOMP_RET_ALLOW);
	seccomp_policy_free(policy);
	policy = parse_for(text, &seccomp_context_default);
	assert_int_equal(verdict(policy, SYS_read, 0, 0), SECCOMP_RET_ERRNO | EACCES);
	seccomp_policy_free(policy);
}

static void unknown_names_can_be_let_through(void **state)
{
	static const char text[] = DOC("{\"names\":[\"read\",\"of_the_future\"]," ALLOW "}");
	const struct seccomp_context lenient = {.allow_unknown_syscalls = true};
	struct seccomp_policy *policy = parse_for(text, &lenient);

	(void)state;
	assert_int_equal(verdict(policy, SYS_read, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(policy, SYSCALL_NUMBERS - 1, 0, 0), SECCOMP_RET_ERRNO | ENOSYS);
	seccomp_policy_free(policy);
}

/* A profile that a Debian package carries; tests/deps puts it there. */
static struct seccomp_policy *load_foreign(const char *variable, const char *path, uint64_t caps)
{
	const struct seccomp_context context = {.caps = caps, .kernel = SECCOMP_KERNEL(6, 1)};
	struct seccomp_policy *policy = NULL;
	struct error err = {0};
	char *text;
	size_t len;

	if (getenv(variable) != NULL)
		path = getenv(variable);
	if (read_file_at(AT_FDCWD, path, (size_t)1 << 20, &text, &len, &err) < 0) {
		print_message("%s: make deps installs it\n", err.text);
		skip();
	}
	if (seccomp_policy_parse(path, text, len, &context, &policy, &err) < 0)
		fail_msg("%s", err.text);
	free(text);
	return policy;
}

static void dockers_profile(void **state)
{
	static const struct {
		int nr;
		uint64_t a0;
	} admin[] = {{SYS_mount, 0}, {SYS_bpf, 0}, {SYS_setns, 0}, {SYS_unshare, 0}, {SYS_clone, CLONE_NEWUSER},
		{SYS_clone, CLONE_NEWNS | SIGCHLD}, {SYS_fsopen, 0}, {SYS_pivot_root, 0}};
	struct seccomp_policy *none =
		load_foreign("DOCKER_SECCOMP", "/var/cache/cofferdam-tests/docker-seccomp.json", 0);
	struct seccomp_policy *with =
		load_foreign("DOCKER_SECCOMP", "/var/cache/cofferdam-tests/docker-seccomp.json", CAP(SYS_ADMIN));

	(void)state;
	for (size_t i = 0; i < COUNT(admin); i++) {
		assert_int_equal(
			verdict(none, admin[i].nr, admin[i].a0, 0) & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
		if (admin[i].nr != SYS_pivot_root)
			assert_int_equal(verdict(with, admin[i].nr, admin[i].a0, 0), SECCOMP_RET_ALLOW);
	}
	assert_int_equal(verdict(none, SYS_clone, SIGCHLD, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(none, SYS_openat, 0, 0), SECCOMP_RET_ALLOW);
	/* Conditions on one index are alternatives. */
	assert_int_equal(verdict(none, SYS_personality, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(none, SYS_personality, 8, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(none, SYS_personality, 1, 0) & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
	/* minKernel: 4.8 */
	assert_int_equal(verdict(none, SYS_ptrace, 0, 0), SECCOMP_RET_ALLOW);
	seccomp_policy_free(none);
	seccomp_policy_free(with);
}

static void podmans_profile(void **state)
{
	struct seccomp_policy *none = load_foreign("PODMAN_SECCOMP", "/usr/share/containers/seccomp.json", 0);
	struct seccomp_policy *with =
		load_foreign("PODMAN_SECCOMP", "/usr/share/containers/seccomp.json", CAP(SYS_ADMIN) | CAP(AUDIT_WRITE));

	(void)state;
	assert_int_equal(verdict(none, SYS_bpf, 0, 0), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(verdict(with, SYS_bpf, 0, 0), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(none, SYS_chroot, 0, 0), SECCOMP_RET_ERRNO | EPERM);
	/* AF_NETLINK 16, NETLINK_AUDIT 9 */
	assert_int_equal(verdict(none, SYS_socket, 16, 9), SECCOMP_RET_ERRNO | EINVAL);
	assert_int_equal(verdict(with, SYS_socket, 16, 9), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict(none, SYS_socket, 16, 0), SECCOMP_RET_ALLOW);
	/* It stands among the allowed as well as among those that need CAP_SYS_ADMIN: the first rule decides. */
	assert_int_equal(verdict(none, SYS_setns, 0, 0), SECCOMP_RET_ALLOW);
	/* The default is ENOSYS. */
	assert_int_equal(verdict(none, SYS_kexec_load, 0, 0) & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
	seccomp_policy_free(none);
	seccomp_policy_free(with);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_are_resolved),
		cmocka_unit_test(conditions_are_checked),
		cmocka_unit_test(both_spellings_of_an_errno),
		cmocka_unit_test(the_first_rule_that_counts_decides),
		cmocka_unit_test(unknown_names_can_be_let_through),
		cmocka_unit_test(dockers_profile),
		cmocka_unit_test(podmans_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
