/* The compiled program, run by our interpreter, must say what the rules say: for the shipped policies and for seeded
 * random ones, on about a million calls chosen around the borders of every rule. */
#include "tests/unit/seccomp_agree.h"

#include <errno.h>

static void test_shipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shipped); i++) {
		struct seccomp_policy *policy = load_shipped(shipped[i]);
		struct bpf_program program = compile_policy(policy);
		struct agreement a = {policy, &program, 11 + i, 0, NULL};

		agree_on_numbers(&a, 100);
		agree_on_borders(&a, SIZE_MAX, 100);
		if (a.calls < 80000)
			fail_msg("%s: only %lu calls", shipped[i], a.calls);
		bpf_program_free(&program);
		seccomp_policy_free(policy);
	}
}

/* A policy of any shape as JSON text, so that the parser is part of what is tested. */
static const char *const actions[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_PROCESS",
	"SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL", "SCMP_ACT_TRAP", "SCMP_ACT_LOG"};

static void write_action(FILE *out, uint64_t *random, const char *key, const char *errno_key)
{
	size_t action = pick(random, COUNT(actions));

	fprintf(out, "\"%s\":\"%s\"", key, actions[action]);
	if (action == 1 && pick(random, 2) == 0)
		fprintf(out, ",\"%s\":%zu", errno_key, pick(random, 4096));
}

static uint64_t random_value(uint64_t *random)
{
	switch (pick(random, 4)) {
	case 0:
		return common_values[pick(random, COUNT(common_values))];
	case 1:
		return pick(random, 64);
	case 2:
		return UINT64_C(1) << pick(random, 64);
	default:
		return next_random(random);
	}
}

static void write_arg(FILE *out, uint64_t *random)
{
	static const char *const ops[] = {"NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"};
	size_t op = pick(random, COUNT(ops));
	uint64_t value = random_value(random);

	fprintf(out, "{\"index\":%zu,\"op\":\"SCMP_CMP_%s\",\"value\":\"%#llx\"", pick(random, SECCOMP_ARG_COUNT),
		ops[op], (unsigned long long)value);
	if (op == SECCOMP_OP_MASKED_EQ)
		fprintf(out, ",\"valueTwo\":\"%llu\"", (unsigned long long)(next_random(random) & value));
	fputs("}", out);
}

/* Numbers that a rule has decided without a condition are not named again: another action there is an error. */
static void write_rule(FILE *out, uint64_t *random, char names[][32], bool *closed, size_t n_names, size_t most_names)
{
	size_t n_args = pick(random, 3) == 0 ? 0 : 1 + pick(random, 3), n = 1 + pick(random, most_names);
	bool used[SYSCALL_NUMBERS] = {false};

	fputs("{\"names\":[\"socketcall\"", out);
	for (size_t i = 0; i < n; i++) {
		size_t name = pick(random, n_names);

		if (closed[name] || used[name])
			continue;
		used[name] = true;
		closed[name] = n_args == 0;
		fprintf(out, ",\"%s\"", names[name]);
	}
	fputs("],", out);
	write_action(out, random, "action", "errnoRet");
	fputs(",\"args\":[", out);
	for (size_t i = 0; i < n_args; i++) {
		fputs(i == 0 ? "" : ",", out);
		write_arg(out, random);
	}
	fputs("]}", out);
}

static char *random_policy(uint64_t *random, char names[][32], size_t n_names)
{
	bool closed[SYSCALL_NUMBERS] = {false};
	size_t n_rules = pick(random, 40), most_names = 1 + pick(random, 60), len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	fputs("{", out);
	write_action(out, random, "defaultAction", "defaultErrnoRet");
	fputs(",\"syscalls\":[", out);
	for (size_t i = 0; i < n_rules; i++) {
		fputs(i == 0 ? "" : ",", out);
		write_rule(out, random, names, closed, n_names, most_names);
	}
	fputs("]}", out);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* Names from all over the table. */
static size_t collect_names(char names[][32])
{
	static const char *const some[] = {"read", "write", "open", "close", "stat", "mmap", "ioctl", "socket", "clone",
		"getpid", "personality", "fork", "vfork", "kill", "openat", "openat2", "clone3", "rseq", "mseal",
		"statmount", "cachestat", "bpf", "seccomp", "prctl", "mount", "setns", "unshare", "futex", "splice",
		"tee", "accept4", "listen", "bind", "connect", "sendto", "getrandom", "memfd_create", "execveat",
		"quotactl", "reboot", "swapon", "acct", "keyctl", "add_key", "capget", "capset", "mlock", "statx",
		"unlinkat", "linkat", "fchmodat", "faccessat", "epoll_ctl", "eventfd2", "dup3", "pipe2", "preadv2",
		"setsockopt", "getsockopt", "wait4"};

	for (size_t i = 0; i < COUNT(some); i++)
		snprintf(names[i], 32, "%s", some[i]);
	return COUNT(some);
}

static void test_random(void **state)
{
	static char names[SYSCALL_NUMBERS][32];
	size_t n_names = collect_names(names);
	uint64_t random = 20240607;
	unsigned long calls = 0;

	(void)state;
	for (unsigned i = 0; i < 250; i++) {
		char *text = random_policy(&random, names, n_names), name[32];
		struct seccomp_policy *policy;
		struct bpf_program program;
		struct agreement a = {.random = next_random(&random) | 1};

		snprintf(name, sizeof name, "random policy %u", i);
		policy = parse_policy(name, text);
		program = compile_policy(policy);
		a.policy = policy;
		a.program = &program;
		agree_on_numbers(&a, 1);
		agree_on_borders(&a, 8, 1);
		calls += a.calls;
		bpf_program_free(&program);
		seccomp_policy_free(policy);
		free(text);
	}
	if (calls < 500000)
		fail_msg("only %lu calls", calls);
}

/* Blocks so long that the tree and the rules reach past the 255 instructions of a conditional jump. */
static char *long_policy(size_t n_rules)
{
	static const char *const names[] = {"read", "close", "ioctl", "bpf", "openat", "clone3"};
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	fputs("{\"defaultAction\":\"SCMP_ACT_LOG\",\"syscalls\":[", out);
	for (size_t i = 0; i < n_rules; i++)
		fprintf(out,
			"%s{\"name\":\"%s\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":%zu,\"args\":["
			"{\"index\":0,\"op\":\"SCMP_CMP_EQ\",\"value\":%zu},"
			"{\"index\":1,\"op\":\"SCMP_CMP_GT\",\"value\":\"0x%zx00000000\"}]}",
			i == 0 ? "" : ",", names[i % COUNT(names)], i % 4096, i, i);
	fputs("]}", out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void test_long_jumps(void **state)
{
	(void)state;
	for (size_t n_rules = 20; n_rules <= 300; n_rules += 35) {
		char *text = long_policy(n_rules);
		struct seccomp_policy *policy = parse_policy("long", text);
		struct bpf_program program = compile_policy(policy);
		struct agreement a = {policy, &program, n_rules, 0, NULL};

		assert_true(program.len > n_rules * 6);
		agree_on_numbers(&a, 1);
		agree_on_borders(&a, 1, 1);
		bpf_program_free(&program);
		seccomp_policy_free(policy);
		free(text);
	}
}

static void test_too_long(void **state)
{
	static const size_t sizes[] = {700, 20000};

	(void)state;
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *text = long_policy(sizes[i]);
		struct seccomp_policy *policy = parse_policy("profiles/long.json", text);
		struct bpf_program program = {0};
		struct error err = {0};

		assert_int_equal(seccomp_policy_compile(policy, &program, &err), -1);
		assert_string_equal(err.text, "profiles/long.json: compiles to more than 4096 instructions");
		assert_null(program.insns);
		seccomp_policy_free(policy);
		free(text);
	}
}

static void test_deterministic(void **state)
{
	struct seccomp_policy *policy = load_shipped("job"), *again = load_shipped("job");
	struct bpf_program a = compile_policy(policy), b = compile_policy(again);

	(void)state;
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.insns, b.insns, a.len * sizeof *a.insns);
	bpf_program_free(&a);
	bpf_program_free(&b);
	seccomp_policy_free(policy);
	seccomp_policy_free(again);
}

/* Foreign calls are killed by the third instruction, whatever the policy. */
static void test_foreign_first(void **state)
{
	struct seccomp_policy *policy = parse_policy("p", "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}");
	struct bpf_program program = compile_policy(policy);

	(void)state;
	assert_int_equal(program.insns[2].code, BPF_RET | BPF_K);
	assert_true(program.insns[2].k == SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(program.insns[1].jt, 1);
	assert_int_equal(program.insns[1].jf, 0);
	bpf_program_free(&program);
	bpf_program_free(&program);
	seccomp_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_long_jumps),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_deterministic),
		cmocka_unit_test(test_foreign_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
