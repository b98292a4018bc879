#include "policy/explain/explain.h"

#include "policy/explain/call.h"
#include "policy/explain/print_expr.h"
#include "policy/seccomp/groups.h"
#include "policy/seccomp/rules.h"

#include "common/cleanup.h"
#include "common/visible.h"

#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

#define NAME_MAX_LEN 64

/* How a call is decided. */
enum fate { FATE_ALLOWED, FATE_BY_ARGUMENTS, FATE_DENIED, FATE_COUNT };

/* *action: what decides where arguments do not. */
static enum fate fate_of(const struct seccomp_policy *policy, const char *name, uint32_t *action)
{
	bool through = false, stopped = false;

	*action = policy->default_action;
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		if (rule->inactive || !seccomp_rule_has_name(rule, name))
			continue;
		if (rule->n_conds == 0) {
			*action = rule->action;
			break;
		}
		through |= seccomp_lets_through(rule->action);
		stopped |= !seccomp_lets_through(rule->action);
	}
	through |= seccomp_lets_through(*action);
	stopped |= !seccomp_lets_through(*action);
	return through && stopped ? FATE_BY_ARGUMENTS : through ? FATE_ALLOWED : FATE_DENIED;
}

/* The conditions of a rule as terms. */
static void print_terms(const struct seccomp_rule *rule, const char *name, FILE *out)
{
	for (size_t c = 0; c < rule->n_conds; c++) {
		char term[512];

		expr_print_cond(name, &rule->conds[c], term, sizeof term);
		fprintf(out, "%s%s", c == 0 ? "" : rule->any ? " or " : " and ", term);
	}
}

static void print_action(uint32_t action, FILE *out)
{
	char text[64];

	seccomp_action_print(action, text, sizeof text);
	if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		fprintf(out, "denied, %.*s", (int)strcspn(text + 6, ")"), text + 6);
	else if (action == SECCOMP_RET_ALLOW)
		fputs("allowed", out);
	else if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_LOG)
		fputs("allowed and logged", out);
	else if ((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_TRAP)
		fputs("SIGSYS", out);
	else
		fputs((action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_KILL_PROCESS ? "killed" : "thread killed", out);
}

/* A policy's own words: whoever wrote it wrote them. */
static void put_line(FILE *out, const char *text)
{
	fputs("        ", out);
	visible_print(out, text);
	fputc('\n', out);
}

static void print_reason(const struct seccomp_rule *rule, FILE *out)
{
	if (rule->comment != NULL)
		put_line(out, rule->comment);
	put_line(out, rule->place);
}

static void print_rule(const struct seccomp_rule *rule, const char *name, FILE *out)
{
	fputs("    ", out);
	print_action(rule->action, out);
	if (rule->n_conds > 0) {
		fputs(" if ", out);
		print_terms(rule, name, out);
	}
	fputc('\n', out);
	print_reason(rule, out);
}

static void print_call(const struct seccomp_policy *policy, const char *name, FILE *out)
{
	for (size_t i = 0; i < policy->n_rules; i++) {
		const struct seccomp_rule *rule = &policy->rules[i];

		if (rule->inactive || !seccomp_rule_has_name(rule, name))
			continue;
		print_rule(rule, name, out);
		if (rule->n_conds == 0)
			return;
	}
	fputs("    ", out);
	print_action(policy->default_action, out);
	fputs(" otherwise\n        ", out);
	visible_print(out, policy->name);
	fputs(": the default\n", out);
}

int seccomp_explain_call(const struct seccomp_policy *policy, const char *name, FILE *out, struct error *err)
{
	if (syscall_number(name) == SYSCALL_UNKNOWN) {
		error_set(err, 0, "unknown system call \"%.64s\"", name);
		return syscall_hint(name, "", err);
	}
	fprintf(out, "%s\n", name);
	if (syscall_number(name) == SYSCALL_FOREIGN)
		fputs("    not on this architecture\n", out);
	else
		print_call(policy, name, out);
	return 0;
}

static void print_architecture(const struct seccomp_policy *policy, const char *arch, uint32_t scmp, FILE *out)
{
	size_t counts[FATE_COUNT] = {0}, all = 0;

	for (int number = 0; number < SYSCALL_NUMBERS; number++) {
		char *name = seccomp_syscall_resolve_num_arch(scmp, number);
		uint32_t action;

		if (name == NULL)
			continue;
		counts[fate_of(policy, name, &action)]++;
		all++;
		free(name);
	}
	fprintf(out, "    %-8s %4zu calls: %zu allowed, %zu by their arguments, %zu denied\n", arch, all,
		counts[FATE_ALLOWED], counts[FATE_BY_ARGUMENTS], counts[FATE_DENIED]);
}

/* The next name of a list with blanks between. False at its end. */
static bool next_name(const char **list, char name[NAME_MAX_LEN])
{
	size_t len = strcspn(*list, " ");

	if (len == 0 || len >= NAME_MAX_LEN)
		return false;
	memcpy(name, *list, len);
	name[len] = '\0';
	*list += len + strspn(*list + len, " ");
	return true;
}

static void print_group(const struct seccomp_policy *policy, const struct seccomp_group *group, FILE *out)
{
	static const char *const fates[FATE_COUNT] = {"allowed", "by their arguments", "denied"};
	size_t counts[FATE_COUNT] = {0}, most = 0, all = 0;
	const char *between = "";
	char name[NAME_MAX_LEN];
	uint32_t action;

	for (const char *list = group->names; next_name(&list, name);)
		if (syscall_number(name) >= 0) {
			counts[fate_of(policy, name, &action)]++;
			all++;
		}
	for (size_t i = 0; i < FATE_COUNT; i++)
		most = counts[i] > counts[most] ? i : most;
	fprintf(out, "    @%-16s %2zu of %2zu %s", group->name, counts[most], all, fates[most]);
	if (counts[most] == all) {
		fputc('\n', out);
		return;
	}
	fputs("; not ", out);
	for (const char *list = group->names; next_name(&list, name);)
		if (syscall_number(name) >= 0 && fate_of(policy, name, &action) != (enum fate)most) {
			fprintf(out, "%s%s", between, name);
			between = ", ";
		}
	fputc('\n', out);
}

static bool in_a_group(const char *call)
{
	for (size_t g = 0; g < seccomp_groups_count; g++) {
		const char *list = seccomp_groups[g].names;
		char name[NAME_MAX_LEN];

		while (next_name(&list, name))
			if (strcmp(name, call) == 0)
				return true;
	}
	return false;
}

/* Native calls, by number. */
static void print_calls(const struct seccomp_policy *policy, bool by_arguments, FILE *out)
{
	for (unsigned number = 0; number < SYSCALL_NUMBERS; number++) {
		_cleanup_(freep) char *name = policy->known[number] ? syscall_name(number) : NULL;
		uint32_t action;

		if (name == NULL)
			continue;
		if (by_arguments && fate_of(policy, name, &action) == FATE_BY_ARGUMENTS) {
			fprintf(out, "%s\n", name);
			print_call(policy, name, out);
		} else if (!by_arguments && !in_a_group(name) && fate_of(policy, name, &action) != FATE_BY_ARGUMENTS) {
			fprintf(out, "    %-17s ", name);
			print_action(action, out);
			fputc('\n', out);
		}
	}
}

void seccomp_explain(const struct seccomp_policy *policy, FILE *out)
{
	size_t skipped = 0;

	for (size_t i = 0; i < policy->n_rules; i++)
		skipped += policy->rules[i].inactive;
	visible_print(out, policy->name);
	if (policy->description != NULL) {
		fputs(": ", out);
		visible_print(out, policy->description);
	}
	fputs("\n\n", out);
	fputs("The default for other calls: ", out);
	print_action(policy->default_action, out);
	fputs(".\nNumbers without a name, including all of x32, get ENOSYS; calls of another architecture are killed.\n",
		out);
	if (skipped > 0)
		fprintf(out, "%zu of %zu rules do not apply with these capabilities and this kernel.\n", skipped,
			policy->n_rules);
	fputs("\nBy architecture\n", out);
	print_architecture(policy, "x86_64", SCMP_ARCH_X86_64, out);
	print_architecture(policy, "aarch64", SCMP_ARCH_AARCH64, out);
	fputs("\nGroups\n", out);
	for (size_t g = 0; g < seccomp_groups_count; g++)
		print_group(policy, &seccomp_groups[g], out);
	fputs("\nIn no group\n", out);
	print_calls(policy, false, out);
	fputs("\nBy their arguments\n", out);
	print_calls(policy, true, out);
}
