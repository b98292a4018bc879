/* cofferdam policy test: the verdict on calls, by our simulator of the compiled filter, with the rule that decides. */
#include "cli/policy_commands.h"

#include "cli/plan.h"
#include "cli/policy_options.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "policy/seccomp_call.h"
#include "policy/seccomp_policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: cofferdam policy test [OPTION…] NAME|FILE 'SYSCALL(ARG, …)'…\n"
	"       cofferdam policy test [OPTION…] --table FILE NAME|FILE\n"
	"\n"
	"Prints the verdict of the compiled filter on each call, and the rule that decides. An argument is a number, "
	"or\n"
	"names as policies use them: openat(AT_FDCWD, 0, O_RDWR|O_CREAT). ARCH: in front tries another architecture:\n"
	"x86:socketcall.\n"
	"\n"
	"  --table FILE               lines of ARCH SYSCALL A0 … A5 VERDICT; exit 1 if one is not as it says\n"
	"  --caps LIST|all|none       for a job with these capabilities (default: none)\n"
	"  --kernel VERSION           on this kernel (default: the newest)\n"
	"  --allow-unknown-syscalls   skip names that nothing here knows\n";

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
	return error_set(err, 0, "%s: the compiled filter says 0x%x where the rules say 0x%x", tested->policy->name,
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

/* Returns how many lines are not as they say, or -1. */
static long test_table(const struct tested *tested, const char *path, struct error *err)
{
	_cleanup_(freep) char *line = NULL;
	FILE *in = fopen(path, "re");
	size_t size = 0;
	long lines = 0, wrong = 0, rows = 0;
	int result = 0;

	if (in == NULL)
		return error_set(err, errno, "%s", path);
	while (result >= 0 && getline(&line, &size, in) >= 0) {
		struct seccomp_verdict verdict;
		struct seccomp_data call;
		uint32_t expected;
		char is[64], should[64];

		lines++;
		result = seccomp_table_line(line, &call, &expected, err);
		if (result < 0)
			error_context(err, "%s:%ld", path, lines);
		if (result != 1)
			continue;
		rows++;
		result = judge(tested, &call, &verdict, err);
		if (result < 0 || verdict.action == expected)
			continue;
		seccomp_action_print(verdict.action, is, sizeof is);
		seccomp_action_print(expected, should, sizeof should);
		printf("%s:%ld: %s, not %s, by %s\n", path, lines, is, should, decided_by(tested->policy, &verdict));
		wrong++;
	}
	if (result >= 0 && ferror(in))
		result = error_set(err, errno, "%s", path);
	fclose(in);
	if (result < 0)
		return -1;
	printf("%s: %ld rows, %ld not as they say\n", path, rows, wrong);
	return wrong;
}

int cli_policy_test(int argc, char **argv)
{
	struct policy_options options = {.accepted = "t"};
	_cleanup_(tested_free) struct tested tested = {0};
	struct error err;
	long wrong = 0;
	int at = policy_options_read(argc, argv, usage, &options, &err);

	if (at == 0)
		return policy_output_close(&options, stdout, NULL, &err) < 0 ? cli_failed(&err) : 0;
	if (at > 0 && (at >= argc || (at + 1 == argc) != (options.table != NULL))) {
		at = error_set(&err, 0, "policy test: %s",
			at >= argc              ? "no policy"
			: options.table != NULL ? "--table and calls exclude each other"
						: "no call");
		error_hint(&err, "cofferdam policy test NAME|FILE 'openat(AT_FDCWD, 0, O_RDWR)'");
	}
	if (at < 0 || seccomp_policy_load(argv[at], &options.context, &tested.policy, &err) < 0 ||
		seccomp_policy_compile(tested.policy, &tested.program, &err) < 0)
		return cli_failed(&err);
	if (options.table != NULL && (wrong = test_table(&tested, options.table, &err)) < 0)
		return cli_failed(&err);
	for (int i = at + 1; i < argc; i++)
		if (test_call(&tested, argv[i], &err) < 0)
			return cli_failed(&err);
	if (policy_output_close(&options, stdout, NULL, &err) < 0)
		return cli_failed(&err);
	return wrong > 0 ? POLICY_FOUND : 0;
}
