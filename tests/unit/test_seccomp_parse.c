#include "tests/unit/seccomp_support.h"

#include <errno.h>

static void refused(const char *text, size_t len, const char *expected)
{
	struct seccomp_policy *policy = NULL;
	struct error err = {0};

	assert_int_equal(seccomp_policy_parse("p", text, len, &seccomp_context_default, &policy, &err), -1);
	assert_null(policy);
	assert_string_equal(err.text, expected);
}

/* The text of a document with one rule. */
#define DOC(rule) "{\"defaultAction\":\"SCMP_ACT_ERRNO\",\n\"syscalls\":[\n" rule "]}"
#define ALLOW "\"action\":\"SCMP_ACT_ALLOW\""
#define ARG(arg) DOC("{\"names\":[\"read\"]," ALLOW ",\n\"args\":[" arg "]}")

static const struct {
	const char *text, *error;
} bad[] = {
	/* the document */
	{"[]", "p:1:1: expected an object"},
	{"{}", "p:1:1: \"defaultAction\" is missing"},
	{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\n \"bogus\":1}", "p:2:2: unknown key \"bogus\""},
	{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\n \"a/b~c\":1}", "p:2:2: unknown key \"a/b~c\""},
	{"{\"defaultAction\":\"SCMP_ACT_ALLOWED\"}", "p:1:18: unknown action \"SCMP_ACT_ALLOWED\""},
	{"{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", "p:1:18: action \"SCMP_ACT_NOTIFY\" is not supported"},
	{"{\"defaultAction\":\"SCMP_ACT_TRACE\"}", "p:1:18: action \"SCMP_ACT_TRACE\" is not supported"},
	{"{\"defaultAction\":1}", "p:1:18: expected the name of an action"},
	{"{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"defaultErrnoRet\":1}", "p:1:35: an errno requires SCMP_ACT_ERRNO"},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":4096}",
		"p:1:53: errno out of range: expected 0 to 4095, not 4096"},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":-1}",
		"p:1:53: errno out of range: expected 0 to 4095, not -1"},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":1.0}", "p:1:53: expected a number"},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"flags\":[]}", "p:1:35: \"flags\": filter flags are not supported"},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"listenerPath\":\"\"}",
		"p:1:35: \"listenerPath\": user notification is not supported"},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"comment\":1}", "p:1:45: expected a string"},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":{}}", "p:1:46: expected a list of rules"},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[7]}", "p:1:47: expected an object"},
	/* architectures */
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[]}",
#if defined(__x86_64__)
		"p:1:51: the native architecture SCMP_ARCH_X86_64 is missing"},
#else
		"p:1:51: the native architecture SCMP_ARCH_AARCH64 is missing"},
#endif
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[\"SCMP_ARCH_Z80\"]}",
		"p:1:52: unknown architecture \"SCMP_ARCH_Z80\""},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"architectures\":[],\"archMap\":[]}",
		"p:1:54: \"architectures\" and \"archMap\" exclude each other"},
	{"{\"defaultAction\":\"SCMP_ACT_ERRNO\",\"archMap\":[{\"architecture\":\"SCMP_ARCH_S390X\","
	 "\"subArchitectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_AARCH64\"]}]}",
#if defined(__x86_64__)
		"p:1:45: the native architecture SCMP_ARCH_X86_64 is missing"},
#else
		"p:1:45: the native architecture SCMP_ARCH_AARCH64 is missing"},
#endif
	/* rules */
	{DOC("{}"), "p:3:1: \"action\" is missing"},
	{DOC("{" ALLOW "}"), "p:3:1: \"names\" is missing"},
	{DOC("{\"names\":[]," ALLOW "}"), "p:3:10: expected a list of system calls"},
	{DOC("{\"names\":[1,1]," ALLOW "}"), "p:3:11: expected the name of a system call"},
	{DOC("{\"name\":[\"read\"]," ALLOW "}"), "p:3:9: expected the name of a system call"},
	{DOC("{\"names\":[\"read\"],\"name\":\"write\"," ALLOW "}"),
		"p:3:19: \"name\" and \"names\" exclude each other"},
	{DOC("{\"name\":\"read\",\"names\":[\"write\"]," ALLOW "}"),
		"p:3:16: \"name\" and \"names\" exclude each other"},
	{DOC("{\"names\":[\"read\",\"raed\"]," ALLOW "}"), "p:3:18: unknown system call \"raed\""},
	{DOC("{\"names\":[\"read\",\"write\",\"read\"]," ALLOW "}"),
		"p:3:26: \"read\": given more than once in this rule"},
	{DOC("{\"name\":\"read\",\"action\":\"allow\"}"), "p:3:25: unknown action \"allow\""},
	{DOC("{\"name\":\"read\"," ALLOW ",\"errnoRet\":1}"), "p:3:42: an errno requires SCMP_ACT_ERRNO"},
	{DOC("{\"name\":\"read\",\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":5000}"),
		"p:3:53: errno out of range: expected 0 to 4095, not 5000"},
	{DOC("{\"name\":\"read\"," ALLOW "},\n{\"name\":\"read\",\"action\":\"SCMP_ACT_LOG\"}"),
		"p:4:9: \"read\" is already decided, without a condition, by /syscalls/0"},
	/* conditions */
	{ARG("{\"value\":1,\"op\":\"SCMP_CMP_EQ\"}"), "p:4:9: \"index\" is missing"},
	{ARG("{\"index\":0,\"op\":\"SCMP_CMP_EQ\"}"), "p:4:9: \"value\" is missing"},
	{ARG("{\"index\":0,\"value\":1}"), "p:4:9: \"op\" is missing"},
	{ARG("{\"index\":6,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}"),
		"p:4:18: argument index out of range: expected 0 to 5, not 6"},
	{ARG("{\"index\":-1,\"value\":1,\"op\":\"SCMP_CMP_EQ\"}"),
		"p:4:18: argument index out of range: expected 0 to 5, not -1"},
	{ARG("{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_IN\"}"), "p:4:35: unknown operator \"SCMP_CMP_IN\""},
	{ARG("{\"index\":0,\"value\":-1,\"op\":\"SCMP_CMP_EQ\"}"), "p:4:28: negative number: expected 0 or more"},
	{ARG("{\"index\":0,\"value\":1.5,\"op\":\"SCMP_CMP_EQ\"}"), "p:4:28: expected a whole number"},
	{ARG("{\"index\":0,\"value\":\"\",\"op\":\"SCMP_CMP_EQ\"}"),
		"p:4:28: \"\": not a whole number, decimal or 0x…"},
	{ARG("{\"index\":0,\"value\":\"0x\",\"op\":\"SCMP_CMP_EQ\"}"),
		"p:4:28: \"0x\": not a whole number, decimal or 0x…"},
	{ARG("{\"index\":0,\"value\":\"-1\",\"op\":\"SCMP_CMP_EQ\"}"),
		"p:4:28: \"-1\": not a whole number, decimal or 0x…"},
	{ARG("{\"index\":0,\"value\":\"1f\",\"op\":\"SCMP_CMP_EQ\"}"),
		"p:4:28: \"1f\": not a whole number, decimal or 0x…"},
	{ARG("{\"index\":0,\"value\":\"18446744073709551616\",\"op\":\"SCMP_CMP_EQ\"}"),
		"p:4:28: \"18446744073709551616\": more than 64 bits"},
	{ARG("{\"index\":0,\"value\":\"0x10000000000000000\",\"op\":\"SCMP_CMP_EQ\"}"),
		"p:4:28: \"0x10000000000000000\": more than 64 bits"},
	{ARG("{\"index\":0,\"value\":1,\"valueTwo\":1,\"op\":\"SCMP_CMP_EQ\"}"),
		"p:4:41: \"valueTwo\" requires SCMP_CMP_MASKED_EQ"},
	{ARG("{\"index\":0,\"value\":6,\"valueTwo\":1,\"op\":\"SCMP_CMP_MASKED_EQ\"}"),
		"p:4:41: \"valueTwo\" has bits outside the mask \"value\": this can never hold"},
	{ARG("{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\",\"val\":1}"), "p:4:49: unknown key \"val\""},
};

static void test_bad_documents(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		refused(bad[i].text, strlen(bad[i].text), bad[i].error);
}

/* A literal and its length, NULs inside counted. */
#define BYTES(literal) literal, sizeof(literal) - 1

/* What jansson refuses: its wording is its own, the position must be there. */
static void test_bad_json(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *position;
	} cases[] = {
		{BYTES(""), "p:1:"},
		{BYTES("{\"defaultAction\":"), "p:1:"},
		{BYTES("{\"defaultAction\":\"SCMP_ACT_LOG\",\n\"defaultAction\":\"SCMP_ACT_LOG\"}"), "p:2:"},
		{BYTES("{}\0"), "p:1:"},
		{BYTES("{\"defaultAction\":\"SCMP_ACT\\u0000\"}"), "p:1:"},
		{BYTES("{\n\"defaultErrnoRet\":9223372036854775808}"), "p:2:"},
		{BYTES("{} {}"), "p:1:"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct seccomp_policy *policy = NULL;
		struct error err = {0};

		assert_int_equal(
			seccomp_policy_parse("p", cases[i].text, cases[i].len, &seccomp_context_default, &policy, &err),
			-1);
		if (strncmp(err.text, cases[i].position, strlen(cases[i].position)) != 0)
			fail_msg("case %zu: %s", i, err.text);
	}
}

static void test_hostile_sizes(void **state)
{
	static const size_t big = (size_t)10 << 20;
	struct seccomp_policy *policy = NULL;
	struct error err = {0};
	char *text = malloc(big);

	(void)state;
	assert_non_null(text);
	memset(text, '[', big);
	assert_int_equal(seccomp_policy_parse("p", text, big, &seccomp_context_default, &policy, &err), -1);
	assert_non_null(strstr(err.text, "p: more than"));
	assert_int_equal(seccomp_policy_parse("p", text, 100000, &seccomp_context_default, &policy, &err), -1);
	assert_int_equal(strncmp(err.text, "p:1:", 4), 0);
	/* A key too long to be shown or looked up: the position is the object's. */
	snprintf(text, big, "{\"%0100000d\":1}", 0);
	assert_int_equal(seccomp_policy_parse("p", text, strlen(text), &seccomp_context_default, &policy, &err), -1);
	assert_int_equal(strncmp(err.text, "p:1:1: unknown key \"000", 23), 0);
	assert_null(policy);
	free(text);
}

static void test_rules(void **state)
{
	struct seccomp_policy *policy = parse_policy("p",
		"{\"$schema\":\"x\",\"comment\":\"c\",\"description\":\"d\",\"defaultAction\":\"SCMP_ACT_ERRNO\","
		"\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\"]},"
		"{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":null}],\"syscalls\":["
		"{\"name\":\"read\",\"action\":\"SCMP_ACT_ALLOW\",\"args\":null,\"comment\":\"\"},"
		"{\"names\":[\"socketcall\",\"write\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0,\"args\":["
		"{\"index\":5,\"value\":\"0xfFffffffffffffff\",\"valueTwo\":9223372036854775807,"
		"\"op\":\"SCMP_CMP_MASKED_EQ\"},{\"index\":1,\"value\":\"18446744073709551615\",\"valueTwo\":0,"
		"\"op\":\"SCMP_CMP_GE\"}]},"
		"{\"names\":[\"close\"],\"action\":\"SCMP_ACT_KILL\",\"args\":["
		"{\"index\":0,\"value\":1,\"op\":\"SCMP_CMP_EQ\"},{\"index\":0,\"value\":2,\"op\":\"SCMP_CMP_EQ\"}]},"
		"{\"names\":[\"read\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
	const struct seccomp_rule *rules = policy->rules;

	(void)state;
	assert_int_equal(policy->default_action, SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(policy->n_rules, 4);
	assert_int_equal(rules[0].action, SECCOMP_RET_ALLOW);
	assert_int_equal(rules[0].n_conds, 0);
	assert_int_equal(rules[1].action, SECCOMP_RET_ERRNO);
	assert_int_equal(rules[1].n_numbers, 1); /* socketcall is of other architectures */
	assert_int_equal(rules[1].numbers[0], syscall_number("write"));
	assert_true(rules[1].conds[0].value == UINT64_MAX);
	assert_true(rules[1].conds[0].value_two == INT64_MAX);
	assert_true(rules[1].conds[1].value == UINT64_MAX);
	assert_int_equal(rules[1].conds[1].index, 1);
	assert_int_equal(rules[1].conds[1].op, SECCOMP_OP_GE);
	assert_false(rules[1].any);
	assert_int_equal(rules[2].action, SECCOMP_RET_KILL_THREAD);
	assert_true(rules[2].any);
	seccomp_policy_free(policy);
	seccomp_policy_free(NULL);
}

static void test_names(void **state)
{
	(void)state;
	assert_int_equal(syscall_number("openat2"), 437);
	assert_int_equal(syscall_number("mseal"), 462);
	assert_int_equal(syscall_number("socketcall"), SYSCALL_FOREIGN);
	assert_int_equal(syscall_number(""), SYSCALL_UNKNOWN);
	assert_true(syscall_known(437));
	assert_true(syscall_known(469));
	assert_false(syscall_known(400)); /* a gap on both architectures */
	assert_false(syscall_known(SYSCALL_NUMBERS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_documents),
		cmocka_unit_test(test_bad_json),
		cmocka_unit_test(test_hostile_sizes),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
