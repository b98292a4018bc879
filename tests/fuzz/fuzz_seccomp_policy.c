/* Any text, of either form: parsed or refused with a position; what parses and compiles must be a program that the
 * kernel takes and that answers as the rules do, and must say the same when it is printed in either form and read
 * again. */
#include "policy/explain/diff.h"
#include "policy/explain/print.h"
#include "policy/seccomp/rules.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void agree(
	const struct seccomp_policy *policy, const struct bpf_program *program, const struct seccomp_data *call)
{
	if (seccomp_policy_evaluate(policy, call).action != bpf_program_run_valid(program, call))
		abort();
}

/* Calls that just fulfil the rule's conditions, and ones beside them. */
static void check_rule(
	const struct seccomp_policy *policy, const struct bpf_program *program, const struct seccomp_rule *rule)
{
	struct seccomp_data call = {.nr = (int)rule->numbers[0], .arch = seccomp_native_arch()};

	for (size_t i = 0; i < rule->n_conds; i++)
		call.args[rule->conds[i].index] =
			rule->conds[i].op == SECCOMP_OP_MASKED_EQ ? rule->conds[i].value_two : rule->conds[i].value;
	agree(policy, program, &call);
	for (size_t i = 0; i < rule->n_conds && i < 16; i++) {
		__u64 *arg = &call.args[rule->conds[i].index], saved = *arg;
		const __u64 beside[] = {saved + 1, saved - 1, saved ^ (UINT64_C(1) << 32), ~saved, 0, UINT64_MAX};

		for (size_t b = 0; b < sizeof beside / sizeof beside[0]; b++) {
			*arg = beside[b];
			agree(policy, program, &call);
		}
		*arg = saved;
	}
}

static void check(const struct seccomp_policy *policy, const struct bpf_program *program)
{
	if (!bpf_program_valid(program))
		abort();
	for (int nr = -1; nr <= SYSCALL_NUMBERS; nr++) {
		struct seccomp_data call = {.nr = nr, .arch = seccomp_native_arch(), .args = {1, 2, 3, 4, 5, 6}};

		agree(policy, program, &call);
		call.nr |= 0x40000000;
		agree(policy, program, &call);
	}
	agree(policy, program, &(struct seccomp_data){.arch = AUDIT_ARCH_I386});
	for (size_t i = 0; i < policy->n_rules && i < 256; i++)
		if (policy->rules[i].n_numbers > 0)
			check_rule(policy, program, &policy->rules[i]);
}

/* Printed and read again it must not be refused, nor decide anything differently. */
static void check_print(const struct seccomp_policy *policy, json_t *printed)
{
	char *text = printed != NULL ? json_dumps(printed, 0) : NULL;
	struct seccomp_policy *again = NULL;
	struct seccomp_diff diff = {0};
	struct error err;

	json_decref(printed);
	if (text == NULL)
		return; /* too many alternatives for OCI's form, which is told */
	if (seccomp_policy_parse("again", text, strlen(text), &seccomp_context_default, &again, &err) < 0)
		abort();
	if (seccomp_diff_make(policy, again, &diff, &err) == 0 && diff.n > 0)
		abort();
	seccomp_diff_free(&diff);
	seccomp_policy_free(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seccomp_policy *policy = NULL;
	struct bpf_program program = {0};
	struct error err = {0};

	if (seccomp_policy_parse("fuzz", (const char *)data, size, &seccomp_context_default, &policy, &err) < 0) {
		if (policy != NULL || strncmp(err.text, "fuzz:", 5) != 0)
			abort();
		return 0;
	}
	if (seccomp_policy_compile(policy, &program, &err) == 0)
		check(policy, &program);
	if (policy->n_rules < 32) {
		check_print(policy, seccomp_print_oci(policy, &err));
		check_print(policy, seccomp_print_form(policy, &err));
	}
	bpf_program_free(&program);
	seccomp_policy_free(policy);
	return 0;
}
