/* Every policy, and random ones of our own form: rules, simulator and kernel say the same of a million calls each; and
 * a program that does not is found out by the check that `policy check` and `seccomp exec` make. */
#include "policy/seccomp/crosscheck.h"
#include "tests/unit/seccomp_agree.h"
#include "tests/unit/seccomp_policies.h"

#ifdef __SANITIZE_ADDRESS__
#define SLOWNESS 8
#else
#define SLOWNESS 1
#endif
#define CALLS_LEAST (1200000 / SLOWNESS)

static unsigned long total;
static struct kernel_witness kernel;

static void check_policy(const struct seccomp_policy *policy, size_t max_numbers, size_t rounds)
{
	struct bpf_program program = compile_policy(policy);
	struct agreement a = {policy, &program, 7 + total, 0, &kernel};
	struct error err = {0};

	if (seccomp_policy_crosscheck(policy, &program, &err) < 0)
		fail_msg("%s", err.text);
	agree_on_numbers(&a, rounds);
	agree_on_borders(&a, max_numbers, rounds);
	agree_end(&a);
	total += a.calls;
	bpf_program_free(&program);
}

static void check_shipped(const struct seccomp_policy *policy, void *context)
{
	(void)context;
	check_policy(policy, SIZE_MAX, 60 / SLOWNESS);
}

static void test_every_policy(void **state)
{
	(void)state;
	assert_true(for_each_policy(check_shipped, NULL) >= 4);
}

static const char *const verbs[] = {"allow", "deny", "kill", "kill-thread", "trap", "log", NULL};
static const char *const calls[] = {"read", "socket", "socketpair", "setsockopt", "getsockopt", "clone", "unshare",
	"setns", "ioctl", "prctl", "personality", "openat", "fcntl", "ptrace", "mount", "umount2", "mmap", "mprotect",
	"seccomp", "bpf", "keyctl", "kill", "tgkill", "memfd_create", "mknodat", "fchmod", "fchmodat", "getuid",
	"futex", "statx", "mseal", NULL};

static void test_random_forms(void **state)
{
	static const char *const defaults[] = {"deny", "allow", "kill", "log"};
	struct form_writer w = {.random = 20261124, .calls = calls, .groups = true, .verbs = verbs};
	unsigned conds = 0;

	(void)state;
	for (unsigned i = 0; kernel.asked < CALLS_LEAST || i < 200 / SLOWNESS; i++) {
		char *text = random_form(&w, defaults[i % COUNT(defaults)]), name[32];
		struct seccomp_policy *policy;

		snprintf(name, sizeof name, "random form %u", i);
		policy = parse_policy(name, text);
		for (size_t r = 0; r < policy->n_rules; r++)
			conds += (unsigned)policy->rules[r].n_conds;
		check_policy(policy, 4, 1);
		seccomp_policy_free(policy);
		free(text);
	}
	assert_true(conds > 1000);
	assert_true(total >= CALLS_LEAST && kernel.asked >= CALLS_LEAST);
	print_message("%lu calls: the rules and the simulator agree; of %lu the kernel too\n", total, kernel.asked);
}

/* Every instruction in turn gets another meaning. */
static bool distort(struct sock_filter *insn, unsigned how)
{
	const uint16_t class = BPF_CLASS(insn->code);
	const uint8_t jt = insn->jt;

	switch (how) {
	case 0: /* both ways of a jump the other way round */
		if (class != BPF_JMP || insn->jt == insn->jf)
			return false;
		insn->jt = insn->jf;
		insn->jf = jt;
		return true;
	case 1: /* a border that is one off */
		if (class != BPF_JMP || BPF_OP(insn->code) == BPF_JA)
			return false;
		insn->k++;
		return true;
	case 2: /* the other half of an argument, or another field */
		if (class != BPF_LD)
			return false;
		insn->k ^= 4;
		return true;
	default: /* another answer */
		if (class != BPF_RET)
			return false;
		insn->k = insn->k == SECCOMP_RET_ALLOW ? SECCOMP_RET_ERRNO | EPERM : SECCOMP_RET_ALLOW;
		return true;
	}
}

struct distorted {
	unsigned found, missed;
};

/* All are noticed but for loads: where a value has been told from the ones before, its other half is mostly as good. */
static void check_distorted(const struct seccomp_policy *policy, struct distorted *distorted)
{
	struct bpf_program program = compile_policy(policy);

	for (size_t i = 0; i < program.len; i++)
		for (unsigned how = 0; how < 4; how++) {
			const struct sock_filter good = program.insns[i];
			struct error err = {0};

			if (!distort(&program.insns[i], how))
				continue;
			if (seccomp_policy_crosscheck(policy, &program, &err) < 0) {
				assert_non_null(strstr(err.text, policy->name));
				distorted->found++;
			} else if (how == 2) {
				distorted->missed++;
			} else {
				fail_msg("%s: instruction %zu, distortion %u: not noticed", policy->name, i, how);
			}
			program.insns[i] = good;
		}
	bpf_program_free(&program);
}

static void test_miscompiled_is_caught(void **state)
{
	struct distorted distorted = {0, 0};

	(void)state;
	for (size_t i = 0; i < COUNT(shipped); i++) {
		struct seccomp_policy *policy = load_shipped(shipped[i]);

		check_distorted(policy, &distorted);
		seccomp_policy_free(policy);
		if (SLOWNESS > 1)
			break;
	}
	assert_true(distorted.found > 100);
	assert_true(distorted.missed * 20 < distorted.found);
}

/* The kernel is a witness of its own: it does not repeat what the simulator says. */
static void test_kernel_contradicts(void **state)
{
	struct seccomp_policy *policy = load_shipped("job");
	struct bpf_program program = compile_policy(policy);
	struct seccomp_data call = {.nr = SYS_mount, .arch = seccomp_native_arch()};
	const uint32_t action = seccomp_policy_evaluate(policy, &call).action;
	uint32_t got;

	(void)state;
	assert_int_equal(action, SECCOMP_RET_ERRNO | EPERM);
	kernel.calls[0] = call;
	kernel.actions[0] = action;
	kernel.n = 1;
	assert_int_equal(witness_ask(&kernel, &program, &got), 1);
	for (size_t i = 0; i < program.len; i++)
		if (BPF_CLASS(program.insns[i].code) == BPF_RET && program.insns[i].k == action)
			program.insns[i].k = SECCOMP_RET_ALLOW;
	assert_int_equal(witness_ask(&kernel, &program, &got), 0);
	assert_int_equal(got, SECCOMP_RET_ALLOW);
	kernel.n = 0;
	bpf_program_free(&program);
	seccomp_policy_free(policy);
}

static int group_begin(void **state)
{
	(void)state;
	witness_init(&kernel);
	return 0;
}

static int group_end(void **state)
{
	(void)state;
	witness_free(&kernel);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_policy),
		cmocka_unit_test(test_random_forms),
		cmocka_unit_test(test_miscompiled_is_caught),
		cmocka_unit_test(test_kernel_contradicts),
	};

	return cmocka_run_group_tests(tests, group_begin, group_end);
}
