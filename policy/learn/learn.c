#include "policy/learn/learn.h"

#include "common/cleanup.h"
#include "policy/learn/class.h"
#include "policy/seccomp/groups.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define RET (BPF_RET | BPF_K)
#define ACTION(value) ((value)&SECCOMP_RET_ACTION_FULL)
/* Tells the one call that is not notified from all others in the compiled program. The kernel does not look at the data
 * of SECCOMP_RET_ALLOW. */
#define HAND_OVER (SECCOMP_RET_ALLOW | 1)

static const char no_base[] = "{\"default\": \"allow\", \"rules\": [{\"deny\": [\"userfaultfd\"]},"
			      "{\"deny\": [\"clone3\"], \"errno\": \"ENOSYS\"}]}";

int learn_init(struct learn *learn, const char *base, const struct seccomp_context *context, struct error *err)
{
	*learn = (struct learn){0};
	if (strcmp(base, "none") == 0)
		return seccomp_policy_parse("none", no_base, strlen(no_base), context, &learn->base, err);
	return seccomp_policy_load(base, context, &learn->base, err);
}

void learn_free(struct learn *learn)
{
	seccomp_policy_free(learn->base);
	for (size_t i = 0; i < SYSCALL_NUMBERS; i++) {
		for (size_t w = 0; w < learn->calls[i].n_ways; w++)
			free(learn->calls[i].ways[w].conds);
		free(learn->calls[i].ways);
	}
	for (size_t i = 0; i < learn->n_paths; i++)
		free(learn->paths[i].path);
	free(learn->paths);
	free(learn->destinations);
	*learn = (struct learn){0};
}

static int include_one(struct learn *learn, const char *name, struct error *err)
{
	int number = syscall_number(name);

	if (number == SYSCALL_UNKNOWN) {
		error_set(err, 0, "--include %s: unknown system call", name);
		return syscall_hint(name, "", err);
	}
	if (strcmp(name, "userfaultfd") == 0) {
		error_set(err, 0, "--include userfaultfd: cannot be learned");
		return error_hint(err, "a command could block the learner with it for ever; add it by hand");
	}
	if (number >= 0)
		learn->calls[number].included = true;
	return 0;
}

int learn_include(struct learn *learn, const char *name, struct error *err)
{
	const struct seccomp_group *group = name[0] == '@' ? seccomp_group_find(name + 1) : NULL;
	_cleanup_(freep) char *names = group != NULL ? strdup(group->names) : NULL;
	char *save = NULL;

	if (name[0] != '@')
		return include_one(learn, name, err);
	if (group == NULL)
		return error_set(err, 0, "--include %s: unknown group", name);
	if (names == NULL)
		return error_set(err, ENOMEM, "--include");
	for (char *word = strtok_r(names, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		if (strcmp(word, "userfaultfd") != 0 && include_one(learn, word, err) < 0)
			return -1;
	return 0;
}

int learn_filter(const struct learn *learn, uint64_t token, struct bpf_program *program, struct error *err)
{
	unsigned number = SYS_sendmsg;
	struct seccomp_cond cond = {.index = 3, .op = SECCOMP_OP_EQ, .value = token};
	struct seccomp_policy policy = *learn->base;
	int result;

	policy.rules = calloc(policy.n_rules + 1, sizeof *policy.rules);
	if (policy.rules == NULL)
		return error_set(err, ENOMEM, "learn");
	policy.rules[0] = (struct seccomp_rule){
		.numbers = &number, .n_numbers = 1, .conds = &cond, .n_conds = 1, .action = HAND_OVER};
	if (policy.n_rules > 0)
		memcpy(policy.rules + 1, learn->base->rules, policy.n_rules * sizeof *policy.rules);
	policy.n_rules++;
	result = seccomp_policy_compile(&policy, program, err);
	free(policy.rules);
	if (result < 0)
		return -1;
	for (size_t i = 0; i < program->len; i++) {
		struct sock_filter *insn = &program->insns[i];

		if (insn->code == RET && insn->k != HAND_OVER &&
			(ACTION(insn->k) == SECCOMP_RET_ALLOW || ACTION(insn->k) == SECCOMP_RET_LOG ||
				ACTION(insn->k) == SECCOMP_RET_ERRNO))
			insn->k = SECCOMP_RET_USER_NOTIF;
	}
	return 0;
}

static void record(struct learn *learn, const struct seccomp_data *call)
{
	struct learn_call *known = &learn->calls[call->nr];
	const struct learn_class *class;
	char *name;
	struct learn_way way;

	name = syscall_name((unsigned)call->nr);
	class = name != NULL ? learn_class_of(name) : NULL;
	free(name);
	if (class != NULL && (call->args[0] & class->dangerous) != 0 && !known->included) {
		known->left_out++;
		return;
	}
	known->seen++;
	known->allowed = true;
	if (known->whole)
		return;
	if (class == NULL)
		known->whole = true;
	else if (learn_class_way(class, call, &way) < 0)
		learn->no_memory = true;
	else
		learn_add_way(learn, known, &way);
}

int learn_call(struct learn *learn, const struct seccomp_data *call)
{
	struct seccomp_verdict verdict = seccomp_policy_evaluate(learn->base, call);
	bool known = call->nr >= 0 && call->nr < SYSCALL_NUMBERS;

	if (ACTION(verdict.action) == SECCOMP_RET_ALLOW || ACTION(verdict.action) == SECCOMP_RET_LOG ||
		(known && learn->calls[call->nr].included)) {
		record(learn, call);
		return LEARN_CONTINUE;
	}
	/* Anything but an errno would mean that filter and policy disagree. */
	if (ACTION(verdict.action) != SECCOMP_RET_ERRNO)
		return EPERM;
	if (known && learn->calls[call->nr].denied++ == 0) {
		learn->calls[call->nr].answered = true;
		learn->calls[call->nr].denied_with = (int)(verdict.action & SECCOMP_RET_DATA);
	}
	return (int)(verdict.action & SECCOMP_RET_DATA);
}

const char *learn_dangerous(const struct learn *learn, unsigned number)
{
	static const char *const groups[] = {"mount", "kernel-surface", "keyring", "machine", "debug", "handle"};
	_cleanup_(freep) char *name = syscall_name(number);
	char padded[72], names[1024];

	if (name == NULL || learn->calls[number].included)
		return NULL;
	if (strcmp(name, "setns") == 0)
		return "namespaces";
	snprintf(padded, sizeof padded, " %.60s ", name);
	for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
		const struct seccomp_group *group = seccomp_group_find(groups[i]);

		snprintf(names, sizeof names, " %s ", group != NULL ? group->names : "");
		if (strstr(names, padded) != NULL)
			return groups[i];
	}
	return NULL;
}
