/* The kernel as third witness, for every policy and for random ones of our own form: calls that come to nothing
 * whatever the filter says, with arguments from the borders of the rules. */
#include "tests/unit/seccomp_agree.h"
#include "tests/unit/seccomp_live.h"
#include "tests/unit/seccomp_policies.h"

#include <sched.h>

#ifdef __SANITIZE_ADDRESS__
#define ROUNDS 10
#else
#define ROUNDS 40
#endif

#define ALL_ARGS 0x3f

/* What makes it harmless stays as it is; the arguments of the mask `any` may be anything, but for bits that are set or
 * cleared in the first or second. */
struct safe {
	const char *name;
	uint64_t args[SECCOMP_ARG_COUNT];
	unsigned any;
	uint64_t set[2], clear[2];
};

static const struct safe safe[] = {
	{.name = "getuid", .any = ALL_ARGS},
	{.name = "geteuid", .any = ALL_ARGS},
	{.name = "getgid", .any = ALL_ARGS},
	{.name = "getegid", .any = ALL_ARGS},
	{.name = "getppid", .any = ALL_ARGS},
	{.name = "gettid", .any = ALL_ARGS},
	/* An unknown bit in the type, beside what type it is: EINVAL before anything else is looked at. */
	{.name = "socket", .any = ALL_ARGS, .set = {0, 0x100}},
	{.name = "socketpair", .args = {0, 0, 0, BAD}, .any = ALL_ARGS & ~8u, .set = {0, 0x100}},
	{.name = "setsockopt", .args = {BAD_FD, 0, 0, BAD}, .any = 0x36},
	{.name = "getsockopt", .args = {BAD_FD, 0, 0, BAD, BAD}, .any = 0x26},
	{.name = "ioctl", .args = {BAD_FD, 0, BAD}, .any = 0x3a},
	/* Signal handlers without the memory that they are in: EINVAL. */
	{.name = "clone", .any = ALL_ARGS, .set = {CLONE_SIGHAND}, .clear = {CLONE_VM}},
	{.name = "unshare", .any = ALL_ARGS, .set = {0x80000000}},
	{.name = "setns", .args = {BAD_FD}, .any = 0x3e},
	{.name = "personality", .any = ALL_ARGS},
	{.name = "prctl", .args = {0, BAD, BAD, BAD, BAD}, .any = 0x21},
	{.name = "seccomp", .args = {0, 0, BAD}, .any = 0x3b},
	{.name = "keyctl", .args = {1, BAD, BAD, BAD, BAD}, .any = 0x20},
	{.name = "keyctl", .args = {UINT64_C(0x700000001), BAD, BAD, BAD, BAD}, .any = 0x20},
	{.name = "keyctl", .args = {3, BAD, BAD, BAD, BAD}, .any = 0x20},
	{.name = "mknodat", .args = {BAD_FD, BAD}, .any = 0x3c},
	{.name = "fcntl", .args = {BAD_FD, 0, BAD}, .any = 0x3a},
	{.name = "openat", .args = {BAD_FD, BAD}, .any = 0x3c},
	{.name = "fchmod", .args = {BAD_FD}, .any = 0x3e},
	{.name = "fchmodat", .args = {BAD_FD, BAD}, .any = 0x3c},
	{.name = "mount", .args = {BAD, BAD, BAD, 0, BAD}, .any = 0x28},
	{.name = "umount2", .args = {BAD}, .any = 0x3e},
	{.name = "memfd_create", .args = {BAD}, .any = 0x3e},
	{.name = "bpf", .args = {0, BAD, 8}, .any = 0x39},
	{.name = "mprotect", .args = {0, 0}, .any = 0x3c},
	{.name = "read", .args = {BAD_FD, BAD}, .any = 0x3c},
	{.name = "pipe2", .args = {BAD}, .any = 0x3e},
};

#define CALLS_MOST (COUNT(safe) * ROUNDS)

struct witness {
	struct seccomp_data calls[CALLS_MOST];
	struct shared *plain, *filtered;
	uint64_t random;
	unsigned long asked, denied;
};

/* One that has conditions on the call, or NULL. */
static const struct seccomp_rule *some_rule(const struct seccomp_policy *policy, unsigned nr, uint64_t *random)
{
	const struct seccomp_rule *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < policy->n_rules; i++)
		if (policy->rules[i].n_conds > 0 && seccomp_rule_names(&policy->rules[i], nr) && pick(random, ++n) == 0)
			found = &policy->rules[i];
	return found;
}

static size_t make_calls(const struct seccomp_policy *policy, struct witness *w)
{
	size_t n = 0;

	for (size_t i = 0; i < CALLS_MOST; i++) {
		const struct safe *s = &safe[i / ROUNDS];
		struct seccomp_data call = {.nr = syscall_number(s->name), .arch = seccomp_native_arch()};
		struct agreement a = {.random = w->random};

		if (call.nr < 0)
			continue;
		random_args(&a, some_rule(policy, (unsigned)call.nr, &w->random), &call);
		w->random = next_random(&a.random) | 1;
		for (unsigned k = 0; k < SECCOMP_ARG_COUNT; k++)
			if ((s->any & 1u << k) == 0)
				call.args[k] = s->args[k];
			else if (k < 2)
				call.args[k] = (call.args[k] | s->set[k]) & ~s->clear[k];
		w->calls[n++] = call;
	}
	return n;
}

static bool is_answer(uint32_t action)
{
	return action == SECCOMP_RET_ALLOW || (action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO;
}

static void compare(const struct seccomp_policy *policy, const struct bpf_program *program, struct witness *w, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct seccomp_data *call = &w->calls[i];
		const uint32_t action = seccomp_policy_evaluate(policy, call).action;
		struct outcome plain = w->plain->outcomes[i], filtered = w->filtered->outcomes[i];

		/* What a call returns may differ from one process to the next; whether it fails, and how, does not. */
		if (plain.result != -1)
			plain.result = 0;
		if (filtered.result != -1)
			filtered.result = 0;
		if (bpf_program_run_valid(program, call) != action || !answered_as(&filtered, &plain, action))
			fail_msg(
				"%s: syscall %d(%#llx, %#llx, %#llx, %#llx): the rules say %#x, the simulator %#x, the kernel %ld, errno %d; without the filter %ld, errno %d",
				policy->name, call->nr, (unsigned long long)call->args[0],
				(unsigned long long)call->args[1], (unsigned long long)call->args[2],
				(unsigned long long)call->args[3], action, bpf_program_run_valid(program, call),
				filtered.result, filtered.errnum, plain.result, plain.errnum);
		w->denied += action != SECCOMP_RET_ALLOW;
	}
	w->asked += n;
}

static void ask_kernel(const struct seccomp_policy *policy, void *context)
{
	struct bpf_program program = compile_policy(policy);
	struct witness *w = context;
	size_t n = make_calls(policy, w), n_kept = 0;

	for (size_t i = 0; i < n; i++)
		if (is_answer(seccomp_policy_evaluate(policy, &w->calls[i]).action))
			w->calls[n_kept++] = w->calls[i];
	run_calls(NULL, w->calls, n_kept, w->plain);
	run_calls(&program, w->calls, n_kept, w->filtered);
	compare(policy, &program, w, n_kept);
	bpf_program_free(&program);
}

static struct witness *witness_new(uint64_t seed)
{
	struct witness *w = test_calloc(1, sizeof *w);

	w->plain = shared_new();
	w->filtered = shared_new();
	w->random = seed;
	return w;
}

static void witness_end(struct witness *w, unsigned long least)
{
	print_message("%lu calls of the kernel, %lu of them denied\n", w->asked, w->denied);
	assert_true(w->asked >= least);
	assert_true(w->denied > w->asked / 20 && w->denied < w->asked);
	munmap(w->plain, sizeof *w->plain);
	munmap(w->filtered, sizeof *w->filtered);
	test_free(w);
}

static void test_every_policy(void **state)
{
	struct witness *w = witness_new(4);

	(void)state;
	assert_true(for_each_policy(ask_kernel, w) >= 4);
	witness_end(w, 4 * 25 * ROUNDS);
}

static void test_random_forms(void **state)
{
	static const char *const verbs[] = {"allow", "deny", "deny", NULL};
	const char *names[COUNT(safe) + 1] = {NULL};
	struct form_writer writer = {.random = 42, .calls = names, .verbs = verbs};
	struct witness *w = witness_new(5);

	(void)state;
	for (size_t i = 0; i < COUNT(safe); i++)
		names[i] = safe[i].name;
	for (unsigned i = 0; i < 30; i++) {
		char *text = random_form(&writer, "allow");
		struct seccomp_policy *policy = parse_policy("random form", text);

		ask_kernel(policy, w);
		seccomp_policy_free(policy);
		free(text);
	}
	witness_end(w, 30 * 25 * ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_policy),
		cmocka_unit_test(test_random_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
