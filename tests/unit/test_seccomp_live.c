/* The kernel as third witness: a child loads the compiled program and calls; what it gets must be what the rules say.
 * Works for any user: no_new_privs is enough. */
#include "tests/unit/seccomp_live.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Calls without effect when the filter lets them through: bad pointers, bad descriptors, invalid flags. */
static const struct {
	const char *name;
	uint64_t args[SECCOMP_ARG_COUNT];
} samples[] = {
	{"mount", {BAD, BAD, BAD, 0, BAD}},
	{"umount2", {BAD}},
	{"pivot_root", {BAD, BAD}},
	{"chroot", {BAD}},
	{"open_tree", {BAD_FD, BAD}},
	{"move_mount", {BAD_FD, BAD, BAD_FD, BAD}},
	{"fsopen", {BAD}},
	{"fsconfig", {BAD_FD, 99}},
	{"fsmount", {BAD_FD}},
	{"fspick", {BAD_FD, BAD}},
	{"mount_setattr", {BAD_FD, BAD, 0, BAD, 0}},
	{"setns", {BAD_FD}},
	{"unshare", {0x80000000}},
	{"unshare", {CLONE_NEWUSER | 0x80000000}},
	{"unshare", {0}},
	{"clone3", {BAD, 0}},
	{"clone", {CLONE_NEWUSER | CLONE_FS | CLONE_THREAD}},
	{"clone", {CLONE_SIGHAND}},
	{"bpf", {99, BAD, 0}},
	{"perf_event_open", {BAD}},
	{"userfaultfd", {0xffff}},
	{"io_uring_setup", {1, BAD}},
	{"io_uring_enter", {BAD_FD}},
	{"io_uring_register", {BAD_FD}},
	{"keyctl", {9999}},
	{"add_key", {BAD, BAD}},
	{"request_key", {BAD, BAD}},
	{"init_module", {BAD}},
	{"finit_module", {BAD_FD, BAD}},
	{"delete_module", {BAD}},
	{"swapon", {BAD}},
	{"swapoff", {BAD}},
	{"reboot", {0}},
	{"settimeofday", {BAD, BAD}},
	{"clock_settime", {9999, BAD}},
	{"quotactl", {0, BAD}},
	{"acct", {BAD}},
	{"personality", {0xffffffff}},
	{"ptrace", {9999}},
	{"process_vm_readv", {0, BAD, 1, BAD, 1}},
	{"pidfd_getfd", {BAD_FD}},
	{"kcmp", {0, 0, 99}},
	{"open_by_handle_at", {BAD_FD, BAD}},
	{"name_to_handle_at", {BAD_FD, BAD, BAD, BAD}},
	{"socket", {38, 5, 0}},
	{"socket", {40, 1, 0}},
	{"socket", {17, 3, 0}},
	{"socket", {2, 3, 1}},
	{"socket", {16, 3, 12}},
	{"socket", {2, 1, 262}},
	{"socket", {1, 99, 0}},
	{"ioctl", {BAD_FD, 0x5412, BAD}},
	{"ioctl", {BAD_FD, 0x541c, BAD}},
	{"ioctl", {BAD_FD, 0x5401, BAD}},
	{"setsockopt", {BAD_FD, 0, 64, BAD, 0}},
	{"setsockopt", {BAD_FD, 1, 2, BAD, 4}},
	{"seccomp", {1, 8, BAD}},
	{"seccomp", {1, 0, BAD}},
	{"mknodat", {BAD_FD, BAD, 0020600, 0}},
	{"mknodat", {BAD_FD, BAD, 0010600, 0}},
	{"read", {BAD_FD, BAD, 1}},
	{"write", {BAD_FD, BAD, 1}},
	{"openat", {BAD_FD, BAD}},
	{"close", {BAD_FD}},
	{"execve", {BAD, BAD, BAD}},
	{"getcwd", {BAD, 1}},
	{"pipe2", {BAD}},
	{"memfd_create", {BAD}},
	{"getrandom", {BAD, 1}},
	{"getpgid", {0}},
};

/* The samples, and after them every number up to 600 with a name on no architecture. */
static size_t make_samples(struct seccomp_data *calls)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(samples); i++, n++) {
		calls[n] = (struct seccomp_data){.nr = syscall_number(samples[i].name), .arch = seccomp_native_arch()};
		assert_true(calls[n].nr >= 0);
		memcpy(calls[n].args, samples[i].args, sizeof calls[n].args);
	}
	for (int nr = 470; nr < 600; nr++, n++)
		calls[n] = (struct seccomp_data){.nr = nr, .arch = seccomp_native_arch()};
	calls[n++] = (struct seccomp_data){.nr = 9999, .arch = seccomp_native_arch()};
	calls[n++] = (struct seccomp_data){.nr = 39 | 0x40000000, .arch = seccomp_native_arch()};
	return n;
}

static void test_shipped(void **state)
{
	static struct seccomp_data calls[COUNT(samples) + 200];
	struct shared *plain = shared_new(), *filtered = shared_new();
	size_t n = make_samples(calls);

	(void)state;
	run_calls(NULL, calls, n, plain);
	for (size_t p = 0; p < COUNT(shipped); p++) {
		struct seccomp_policy *policy = load_shipped(shipped[p]);
		struct bpf_program program = compile_policy(policy);

		run_calls(&program, calls, n, filtered);
		for (size_t i = 0; i < n; i++) {
			uint32_t action = seccomp_policy_evaluate(policy, &calls[i]).action;

			if (!answered_as(&filtered->outcomes[i], &plain->outcomes[i], action))
				fail_msg(
					"%s: syscall %d, sample %zu: the rules say %#x, the kernel %ld, errno %d; without the filter %ld, errno %d",
					shipped[p], calls[i].nr, i, action, filtered->outcomes[i].result,
					filtered->outcomes[i].errnum, plain->outcomes[i].result,
					plain->outcomes[i].errnum);
		}
		bpf_program_free(&program);
		seccomp_policy_free(policy);
	}
	munmap(plain, sizeof *plain);
	munmap(filtered, sizeof *filtered);
}

/* One rule per comparison on a call that ignores its arguments, each with an errno of its own, and a rule that needs
 * two arguments: the kernel's answer names the rule. */
static const char comparisons[] =
	"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
	"{\"name\":\"getuid\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1300,\"args\":["
	"{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":\"0x100000002\"}]},"
	"{\"name\":\"getuid\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1301,\"args\":["
	"{\"index\":1,\"op\":\"SCMP_CMP_LT\",\"value\":\"0x300000002\"},"
	"{\"index\":2,\"op\":\"SCMP_CMP_GE\",\"value\":\"0x300000002\"}]},"
	"{\"name\":\"getuid\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1302,\"args\":["
	"{\"index\":3,\"op\":\"SCMP_CMP_LE\",\"value\":\"0x100000001\"}]},"
	"{\"name\":\"getuid\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1303,\"args\":["
	"{\"index\":4,\"op\":\"SCMP_CMP_GT\",\"value\":\"0x300000002\"}]},"
	"{\"name\":\"getuid\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1304,\"args\":["
	"{\"index\":5,\"op\":\"SCMP_CMP_MASKED_EQ\",\"value\":\"0x100000003\",\"valueTwo\":\"0x100000001\"}]},"
	"{\"name\":\"getuid\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1305,\"args\":["
	"{\"index\":5,\"op\":\"SCMP_CMP_NE\",\"value\":\"0x200000002\"}]}]}";

static void test_comparisons(void **state)
{
	static const uint32_t halves[] = {0, 1, 2, 3, UINT32_MAX};
	static struct seccomp_data calls[20000];
	struct shared *shared = shared_new();
	struct seccomp_policy *policy = parse_policy("comparisons", comparisons);
	struct bpf_program program = compile_policy(policy);
	unsigned long seen[7] = {0};
	uint64_t random = 99;

	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		calls[i] = (struct seccomp_data){.nr = SYS_getuid, .arch = seccomp_native_arch()};
		for (unsigned a = 0; a < SECCOMP_ARG_COUNT; a++)
			calls[i].args[a] = (uint64_t)halves[pick(&random, COUNT(halves))] << 32 |
					   halves[pick(&random, COUNT(halves))];
	}
	run_calls(&program, calls, COUNT(calls), shared);
	for (size_t i = 0; i < COUNT(calls); i++) {
		struct seccomp_verdict verdict = seccomp_policy_evaluate(policy, &calls[i]);
		const struct outcome plain = {(long)getuid(), 0};

		assert_true(bpf_program_run_valid(&program, &calls[i]) == verdict.action);
		assert_true(answered_as(&shared->outcomes[i], &plain, verdict.action));
		seen[verdict.rule + 1]++;
	}
	for (size_t i = 0; i < COUNT(seen); i++)
		if (seen[i] < 20)
			fail_msg("rule %d decided %lu calls only", (int)i - 1, seen[i]);
	bpf_program_free(&program);
	seccomp_policy_free(policy);
	munmap(shared, sizeof *shared);
}

/* KILL_PROCESS, KILL_THREAD (of a single thread) and TRAP end in SIGSYS; LOG lets the call through. */
static void test_actions(void **state)
{
	static const struct {
		const char *action;
		int signal;
	} cases[] = {{"KILL_PROCESS", SIGSYS}, {"KILL_THREAD", SIGSYS}, {"KILL", SIGSYS}, {"TRAP", SIGSYS}, {"LOG", 0}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char text[256];
		struct seccomp_policy *policy;
		struct bpf_program program;
		int status;
		pid_t child;

		snprintf(text, sizeof text,
			"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"name\":\"getuid\","
			"\"action\":\"SCMP_ACT_%s\"}]}",
			cases[i].action);
		policy = parse_policy(cases[i].action, text);
		program = compile_policy(policy);
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			signal(SIGSYS, SIG_DFL); /* a sanitizer's handler would end it otherwise */
			load_or_exit(&program);
			syscall(SYS_getuid);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0, cases[i].signal);
		assert_true(cases[i].signal != 0 || status == 0);
		bpf_program_free(&program);
		seccomp_policy_free(policy);
	}
}

/* Attack 27: the i386 entry from 64-bit code. Without the filter it works, unless the kernel has no such entry or we
 * run under a filter of this kind already. */
#if defined(__x86_64__)
static int status_of_int80(const struct bpf_program *program)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		long result = 20; /* getpid of i386 */

		signal(SIGSEGV, SIG_DFL);
		if (program != NULL)
			load_or_exit(program);
		__asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
		_exit(result == getpid() ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void test_int80(void **state)
{
	struct seccomp_policy *policy = load_shipped("job");
	struct bpf_program program = compile_policy(policy);
	int plain = status_of_int80(NULL), filtered = status_of_int80(&program);

	(void)state;
	if (WIFSIGNALED(plain) && (WTERMSIG(plain) == SIGSEGV || WTERMSIG(plain) == SIGSYS))
		print_message("no i386 entry here, with or without the filter\n");
	else
		assert_int_equal(plain, 0);
	assert_true(WIFSIGNALED(filtered));
	assert_true(WTERMSIG(filtered) == SIGSYS || WTERMSIG(filtered) == WTERMSIG(plain));
	bpf_program_free(&program);
	seccomp_policy_free(policy);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_comparisons),
		cmocka_unit_test(test_actions),
#if defined(__x86_64__)
		cmocka_unit_test(test_int80),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
