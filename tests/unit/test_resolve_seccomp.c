#include "policy/seccomp/rules.h"
#include "tests/unit/resolve.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <unistd.h>

static void seccomp_policies_are_found_or_named(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	size_t job;

	(void)state;
	MAKE(&plan, {"seccomp", "job"});
	resolve(&plan, &no_cgroup);
	job = plan.filter.len;
	plan_free(&plan);
	MAKE(&plan, {"seccomp", "strict"});
	resolve(&plan, &no_cgroup);
	assert_int_not_equal(plan.filter.len, job);
	plan_free(&plan);
	MAKE(&plan, {"seccomp", "nosuch"});
	refused(&plan, &no_cgroup, "--test: nosuch: unknown policy", "shipped: job, strict, listener");
	MAKE(&plan, {"seccomp", "/nonexistent/s.json"});
	refused(&plan, &no_cgroup, "--test: open /nonexistent/s.json: No such file or directory", "");
}

/* A policy whose rule counts under a condition, as a file. */
static void write_policy(const char *path, const char *rule)
{
	FILE *out = fopen(path, "w");
	int closed;

	assert_non_null(out);
	fprintf(out, "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [%s]}", rule);
	closed = fclose(out);
	assert_int_equal(closed, 0);
}

static uint32_t answer(const struct plan *plan, const char *name)
{
	const struct seccomp_data call = {.nr = syscall_number(name), .arch = seccomp_native_arch()};

	return bpf_program_run(&plan->filter, &call);
}

/* includes and excludes hold for the job's kernel and the job's capabilities, not for the caller's. */
static void seccomp_conditions_are_those_of_the_job(void **state)
{
	struct facts facts = no_cgroup;
	char path[64];
	struct plan plan;

	(void)state;
	snprintf(path, sizeof path, "/tmp/cofferdam-when-%d.json", getpid());
	write_policy(path,
		"{\"names\": [\"getuid\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": {\"minKernel\": \"6.2\"}},"
		"{\"names\": [\"getgid\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": {\"caps\": [\"CAP_CHOWN\"]}}");
	facts.kernel = SECCOMP_KERNEL(6, 1);
	MAKE(&plan, {"seccomp", path}, {"explain", "no"});
	resolve(&plan, &facts);
	assert_int_equal(answer(&plan, "getuid"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&plan, "getgid"), SECCOMP_RET_ALLOW);
	plan_free(&plan);
	facts.kernel = SECCOMP_KERNEL(6, 10);
	MAKE(&plan, {"seccomp", path}, {"explain", "no"});
	plan.identity.capabilities = UINT64_C(1) << CAP_CHOWN;
	resolve(&plan, &facts);
	assert_int_equal(answer(&plan, "getuid"), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(answer(&plan, "getgid"), SECCOMP_RET_ERRNO | EPERM);
	plan_free(&plan);
	unlink(path);
}

static void unknown_syscalls_are_skipped_when_asked(void **state)
{
	char path[64], expected[256];
	struct plan plan;

	(void)state;
	snprintf(path, sizeof path, "/tmp/cofferdam-unknown-%d.json", getpid());
	write_policy(path, "{\"names\": [\"getuid\", \"from_the_future\"], \"action\": \"SCMP_ACT_ERRNO\"}");
	MAKE(&plan, {"seccomp", path}, {"allow_unknown_syscalls", "yes"}, {"explain", "no"});
	resolve(&plan, &no_cgroup);
	assert_int_equal(answer(&plan, "getuid"), SECCOMP_RET_ERRNO | EPERM);
	assert_non_null(plan_policy(plan.policy));
	plan_free(&plan);
	MAKE(&plan, {"seccomp", path});
	snprintf(expected, sizeof expected, "--test: %s:1:71: unknown system call \"from_the_future\"", path);
	refused(&plan, &no_cgroup, expected, "allow_unknown_syscalls");
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seccomp_policies_are_found_or_named),
		cmocka_unit_test(seccomp_conditions_are_those_of_the_job),
		cmocka_unit_test(unknown_syscalls_are_skipped_when_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
