/* Programs for a listener against the policy they are made from, without the kernel. */
#include "tests/unit/seccomp_support.h"

#include "policy/seccomp/notify.h"

#include <errno.h>
#include <sys/syscall.h>

#define ACTION(value) ((value)&SECCOMP_RET_ACTION_FULL)
#define DATA(value) ((value)&SECCOMP_RET_DATA)

static struct bpf_program compile_notify(const struct seccomp_policy *policy)
{
	struct bpf_program program = {0};
	struct error err = {0};

	if (seccomp_notify_compile(policy, &program, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(bpf_program_valid(&program));
	return program;
}

static struct seccomp_data random_call(uint64_t *random)
{
	static const uint64_t values[] = {0, 1, 2, 3, 8, 9, 16, 17, 40, 0x10000000, 0x5412, UINT32_MAX,
		UINT64_C(0x100000001), UINT64_C(0x100000008)};
	struct seccomp_data call = {.nr = (int)pick(random, 480), .arch = seccomp_native_arch()};

	if (pick(random, 4) == 0)
		call.nr = SYS_seccomp;
	if (pick(random, 50) == 0)
		call.arch = AUDIT_ARCH_I386;
	for (unsigned i = 0; i < SECCOMP_ARG_COUNT; i++)
		call.args[i] = values[pick(random, COUNT(values))];
	return call;
}

/* What the program must return for a call, said by the policy alone. */
static uint32_t expected(const struct seccomp_policy *policy, const struct seccomp_data *call)
{
	uint32_t action = seccomp_notify_verdict(policy, call).action;

	if (ACTION(action) == SECCOMP_RET_ERRNO && DATA(action) != ENOSYS)
		return SECCOMP_RET_USER_NOTIF | DATA(action);
	return action;
}

static unsigned compare(const struct seccomp_policy *policy, const struct bpf_program *program, size_t n)
{
	uint64_t random = 7;
	unsigned listeners = 0;

	for (size_t i = 0; i < n; i++) {
		struct seccomp_data call = random_call(&random);
		uint32_t got = bpf_program_run_valid(program, &call);

		if (got != expected(policy, &call))
			fail_msg("syscall %d (%#llx, %#llx): the policy says %#x, the program %#x", call.nr,
				(unsigned long long)call.args[0], (unsigned long long)call.args[1],
				expected(policy, &call), got);
		listeners += seccomp_notify_verdict(policy, &call).rule == SECCOMP_VERDICT_LISTENER;
	}
	return listeners;
}

/* The shipped policies refuse a listener themselves: then nothing but return values differs, so nothing that is allowed
 * costs more, and the way back is exact. */
static void test_shipped(void **state)
{
	(void)state;
	for (size_t p = 0; p < COUNT(shipped); p++) {
		struct seccomp_policy *policy = load_shipped(shipped[p]);
		struct bpf_program plain = compile_policy(policy), notify = compile_notify(policy), undone = {0};
		struct error err;
		unsigned reported = 0;

		assert_int_equal(compare(policy, &notify, 50000), 0);
		assert_int_equal(notify.len, plain.len);
		assert_int_equal(seccomp_notify_undo(&notify, &undone, &err), 0);
		assert_int_equal(undone.len, plain.len);
		assert_memory_equal(undone.insns, plain.insns, plain.len * sizeof *plain.insns);
		for (size_t i = 0; i < plain.len; i++) {
			assert_int_equal(notify.insns[i].code, plain.insns[i].code);
			assert_int_equal(notify.insns[i].jt, plain.insns[i].jt);
			assert_int_equal(notify.insns[i].jf, plain.insns[i].jf);
			if (notify.insns[i].k == plain.insns[i].k)
				continue;
			reported++;
			assert_int_equal(notify.insns[i].code, BPF_RET | BPF_K);
			assert_int_equal(ACTION(plain.insns[i].k), SECCOMP_RET_ERRNO);
			assert_int_not_equal(DATA(plain.insns[i].k), ENOSYS);
		}
		assert_true(reported > 0);
		/* What the launcher hands the listener over with, and what must not be let in charge of its memory. */
		assert_true(seccomp_policy_allows_message(policy));
		assert_true(seccomp_policy_never_allows(policy, SYS_userfaultfd));
		bpf_program_free(&plain);
		bpf_program_free(&notify);
		bpf_program_free(&undone);
		seccomp_policy_free(policy);
	}
}

#define ALLOW_ALL "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
#define DENY_ALL "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":["
#define IS(index, value) "{\"index\":" index ",\"op\":\"SCMP_CMP_EQ\",\"value\":" value "}"

static const struct {
	const char *text;
	bool listener; /* the policy would let some call for a listener through */
} cases[] = {
	{ALLOW_ALL "]}", true},
	{DENY_ALL "]}", false},
	{DENY_ALL "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_ALLOW\"}]}", true},
	{DENY_ALL "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_LOG\"}]}", true},
	/* conditions of the rule hold as well, all or any of them */
	{DENY_ALL "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_ALLOW\",\"args\":[" IS("2", "3") "," IS("3", "1") "]}]}",
		true},
	{DENY_ALL "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_ALLOW\",\"args\":[" IS("2", "3") "," IS("2", "8") "]}]}",
		true},
	{DENY_ALL "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_ALLOW\",\"args\":[" IS("1", "9") "]}]}", true},
	/* … and what excludes a listener leaves nothing to refuse */
	{DENY_ALL "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_ALLOW\",\"args\":[" IS("1", "1") "]}]}", false},
	{DENY_ALL "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_ALLOW\",\"args\":[" IS("0", "2") "]}]}", false},
	/* a kill stays a kill, before and behind */
	{ALLOW_ALL "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_KILL_PROCESS\",\"args\":[" IS("1", "8") "]}]}", true},
	{ALLOW_ALL "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_ALLOW\",\"args\":[" IS(
		 "2", "3") "]},"
			   "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_KILL_PROCESS\"}]}",
		true},
	{ALLOW_ALL "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":13}]}", false},
	{DENY_ALL "{\"name\":\"seccomp\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":38,\"args\":[" IS(
		 "0", "1") "]},"
			   "{\"names\":[\"read\",\"seccomp\"],\"action\":\"SCMP_ACT_ALLOW\"}]}",
		true},
};

/* No call for a listener gets through any of them, and all others get what they got. */
static void test_listener(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct seccomp_policy *policy = parse_policy("case", cases[i].text);
		struct bpf_program program = compile_notify(policy), plain = compile_policy(policy);
		uint64_t random = 3;

		if ((compare(policy, &program, 60000) > 0) != cases[i].listener)
			fail_msg("case %zu: listeners refused or not", i);
		for (unsigned n = 0; n < 60000; n++) {
			struct seccomp_data call = random_call(&random);
			bool asks;

			call.nr = SYS_seccomp;
			call.arch = seccomp_native_arch();
			asks = (uint32_t)call.args[0] == SECCOMP_SET_MODE_FILTER && (call.args[1] & 8) != 0;
			if (asks)
				assert_true(ACTION(bpf_program_run_valid(&program, &call)) != SECCOMP_RET_ALLOW &&
					    ACTION(bpf_program_run_valid(&program, &call)) != SECCOMP_RET_LOG);
			else
				assert_true(seccomp_notify_verdict(policy, &call).action ==
					    bpf_program_run_valid(&plain, &call));
		}
		bpf_program_free(&program);
		bpf_program_free(&plain);
		seccomp_policy_free(policy);
	}
}

static void test_place(void **state)
{
	struct seccomp_policy *policy = parse_policy(
		"dir/p.json", DENY_ALL "{\"name\":\"read\",\"action\":\"SCMP_ACT_ERRNO\",\"comment\":\"because\"}]}");
	char place[128];

	(void)state;
	seccomp_rule_place(policy, 0, place, sizeof place);
	assert_string_equal(place, "dir/p.json#/syscalls/0");
	assert_string_equal(seccomp_rule_why(policy, 0), "because");
	seccomp_rule_place(policy, SECCOMP_VERDICT_DEFAULT, place, sizeof place);
	assert_string_equal(place, "dir/p.json, default");
	assert_null(seccomp_rule_why(policy, SECCOMP_VERDICT_DEFAULT));
	seccomp_rule_place(policy, SECCOMP_VERDICT_LISTENER, place, sizeof place);
	assert_string_equal(place, "explain (--no-explain leaves the listener to the job)");
	seccomp_policy_free(policy);
}

static void test_reason(void **state)
{
	struct seccomp_policy *policy = parse_policy("dir/p.json",
		DENY_ALL "{\"name\":\"read\",\"action\":\"SCMP_ACT_ERRNO\",\"comment\":\"One, in 1.5 words. Two.\"},"
			 "{\"name\":\"write\",\"action\":\"SCMP_ACT_ERRNO\",\"comment\":\"Because.\"},"
			 "{\"name\":\"mkdir\",\"action\":\"SCMP_ACT_ERRNO\"}]}");
	static const struct {
		int rule;
		const char *text;
	} rows[] = {
		{0, "One, in 1.5 words"},
		{1, "Because"},
		{2, "rule dir/p.json#/syscalls/2"},
		{SECCOMP_VERDICT_DEFAULT, "no rule of dir/p.json allows it"},
		{SECCOMP_VERDICT_LISTENER, "--no-explain leaves the listener to the job"},
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		seccomp_rule_reason(policy, rows[i].rule, text, sizeof text);
		assert_string_equal(text, rows[i].text);
	}
	seccomp_policy_free(policy);
}

static void test_always_never(void **state)
{
	static const struct {
		const char *text;
		bool always, never; /* of read(2) */
	} rows[] = {
		{ALLOW_ALL "]}", true, false},
		{DENY_ALL "]}", false, true},
		{DENY_ALL "{\"name\":\"read\",\"action\":\"SCMP_ACT_ALLOW\"}]}", true, false},
		{DENY_ALL "{\"name\":\"read\",\"action\":\"SCMP_ACT_LOG\"}]}", true, false},
		{DENY_ALL "{\"name\":\"read\",\"action\":\"SCMP_ACT_ALLOW\",\"args\":[" IS("0", "1") "]}]}", false,
			false},
		{ALLOW_ALL "{\"name\":\"read\",\"action\":\"SCMP_ACT_ERRNO\",\"args\":[" IS("0", "1") "]}]}", false,
			false},
		{ALLOW_ALL "{\"name\":\"read\",\"action\":\"SCMP_ACT_KILL\"}]}", false, true},
		{ALLOW_ALL "{\"name\":\"write\",\"action\":\"SCMP_ACT_KILL\"}]}", true, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct seccomp_policy *policy = parse_policy("row", rows[i].text);

		assert_int_equal(seccomp_policy_always_allows(policy, SYS_read), rows[i].always);
		assert_int_equal(seccomp_policy_never_allows(policy, SYS_read), rows[i].never);
		seccomp_policy_free(policy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped),
		cmocka_unit_test(test_listener),
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_reason),
		cmocka_unit_test(test_always_never),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
