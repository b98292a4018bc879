/* cofferdam policy test: simulates the compiled filter on calls, and prints verdicts with the rules that decide. */
#include "cli/policy/commands.h"

#include "cli/plan.h"
#include "cli/policy/options.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "common/phrases.h"
#include "common/status.h"
#include "policy/explain/call.h"
#include "policy/seccomp/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct tested {
	struct seccomp_policy *policy;
	struct bpf_program program;
};

static void tested_free(struct tested *tested)
{
	seccomp_policy_free(tested->policy);
	bpf_program_free(&tested->program);
}

static const char *decided_by(const struct seccomp_policy *policy, const struct seccomp_verdict *verdict)
{
	switch (verdict->rule) {
	case SECCOMP_VERDICT_DEFAULT:
		return "the default";
	case SECCOMP_VERDICT_UNKNOWN:
		return "a number without a name";
	case SECCOMP_VERDICT_FOREIGN:
		return "not the machine's architecture";
	default:
		return policy->rules[verdict->rule].place;
	}
}

/* The filter's verdict. The rules, read directly, must say the same: where not, the policy is not to be trusted. */
static int judge(const struct tested *tested, const struct seccomp_data *call, struct seccomp_verdict *verdict,
	struct error *err)
{
	uint32_t simulated = bpf_program_run(&tested->program, call);

	*verdict = seccomp_policy_evaluate(tested->policy, call);
	if (simulated == verdict->action)
		return 0;
	return error_set(err, 0, "%s: the compiled filter returns 0x%x, the rules 0x%x", tested->policy->name,
		simulated, verdict->action);
}

static int test_call(const struct tested *tested, const char *text, struct error *err)
{
	struct seccomp_verdict verdict;
	struct seccomp_data call;
	char action[64];

	if (seccomp_call_parse(text, &call, err) < 0 || judge(tested, &call, &verdict, err) < 0)
		return -1;
	seccomp_action_print(verdict.action, action, sizeof action);
	printf("%s\t%s\t%s\n", text, action, decided_by(tested->policy, &verdict));
	return 0;
}

/* What a table came to. */
struct tally {
	long rows, unexpected, bad;
};

/* A row of a table. -1: the policy is not to be trusted. */
static int test_row(const struct tested *tested, const struct seccomp_data *call, uint32_t expected, const char *place,
	struct tally *tally, struct error *err)
{
	struct seccomp_verdict verdict;
	char is[64], should[64];

	tally->rows++;
	if (judge(tested, call, &verdict, err) < 0)
		return -1;
	if (verdict.action == expected)
		return 0;
	seccomp_action_print(verdict.action, is, sizeof is);
	seccomp_action_print(expected, should, sizeof should);
	printf("%s: got %s, expected %s, decided by %s\n", place, is, should, decided_by(tested->policy, &verdict));
	tally->unexpected++;
	return 0;
}

/* Goes on after a line that is no row, which is printed. */
static int test_table(const struct tested *tested, const char *path, struct tally *tally, struct error *err)
{
	_cleanup_(freep) char *line = NULL;
	FILE *in = fopen(path, "re");
	size_t size = 0;
	int result = 0;

	if (in == NULL)
		return error_set(err, errno, "%s", path);
	for (long at = 1; result >= 0 && getline(&line, &size, in) >= 0; at++) {
		_cleanup_(freep) char *place = format("%s:%ld", path, at);
		struct seccomp_data call;
		uint32_t expected;
		const int kind = seccomp_table_line(line, &call, &expected, err);

		if (kind == 1)
			result = test_row(tested, &call, expected, place != NULL ? place : path, tally, err);
		if (kind >= 0)
			continue;
		tally->bad++;
		fflush(stdout); /* in the order of the lines */
		error_context(err, "%s", place != NULL ? place : path);
		cli_failed(err);
	}
	if (result >= 0 && ferror(in))
		result = error_set(err, errno, "%s", path);
	fclose(in);
	if (result < 0)
		return -1;
	printf("%s: %ld rows, %ld unexpected verdicts", path, tally->rows, tally->unexpected);
	if (tally->bad > 0)
		printf(", %ld bad lines", tally->bad);
	putchar('\n');
	return 0;
}

/* Goes on after what is no call. Returns how many are none. */
static long test_calls(const struct tested *tested, char **calls)
{
	struct error err;
	long bad = 0;

	for (; *calls != NULL; calls++)
		if (test_call(tested, *calls, &err) < 0) {
			fflush(stdout); /* in the order of the calls */
			cli_failed(&err);
			bad++;
		}
	return bad;
}

int cli_policy_test(int argc, char **argv)
{
	struct policy_options options = {0};
	_cleanup_(tested_free) struct tested tested = {0};
	struct tally tally = {0};
	struct error err;
	int at = policy_options_read(argc, argv, "policy test", &options, &err);

	if (at == 0)
		return policy_output_close(&options, stdout, NULL, &err) < 0 ? cli_failed(&err) : 0;
	if (at > 0 && (at >= argc || (at + 1 == argc) != (options.table != NULL))) {
		at = error_set(&err, 0, "policy test: %s",
			at >= argc              ? "no policy"
			: options.table != NULL ? "--table and calls " PHRASE_EXCLUDE
						: "no call");
		error_hint(&err, "expected cofferdam policy test NAME|FILE 'openat(AT_FDCWD, 0, O_RDWR)'");
	}
	if (at < 0 || seccomp_policy_load(argv[at], &options.context, &tested.policy, &err) < 0 ||
		seccomp_policy_compile(tested.policy, &tested.program, &err) < 0)
		return cli_failed(&err);
	if (options.table != NULL && test_table(&tested, options.table, &tally, &err) < 0)
		return cli_failed(&err);
	tally.bad += test_calls(&tested, argv + at + 1);
	if (policy_output_close(&options, stdout, NULL, &err) < 0)
		return cli_failed(&err);
	return tally.bad > 0 ? STATUS_LAUNCHER : tally.unexpected > 0 ? POLICY_FOUND : 0;
}
