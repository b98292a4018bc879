/* Every policy, and random ones of our own form: the compiled program says what the rules say, on a million calls; and
 * a program that does not is found out by the check that `policy check` and `seccomp exec` make. */
#include "policy/seccomp_crosscheck.h"
#include "tests/unit/seccomp_agree.h"
#include "tests/unit/seccomp_policies.h"

#ifdef __SANITIZE_ADDRESS__
#define SLOWNESS 8
#else
#define SLOWNESS 1
#endif
#define CALLS_LEAST (1200000 / SLOWNESS)

static unsigned long total;

static void check_policy(const struct seccomp_policy *policy, size_t max_numbers, size_t rounds)
{
	struct bpf_program program = compile_policy(policy);
	struct agreement a = {policy, &program, 7 + total, 0};
	struct error err = {0};

	if (seccomp_policy_crosscheck(policy, &program, &err) < 0)
		fail_msg("%s", err.text);
	agree_on_numbers(&a, rounds);
	agree_on_borders(&a, max_numbers, rounds);
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
	for (unsigned i = 0; total < CALLS_LEAST || i < 200 / SLOWNESS; i++) {
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
	print_message("%lu calls: the rules and the simulator agree\n", total);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_policy),
		cmocka_unit_test(test_random_forms),
		cmocka_unit_test(test_miscompiled_is_caught),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
