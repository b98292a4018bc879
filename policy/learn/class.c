#include "policy/learn/class.h"

#include "policy/seccomp/notify.h"
#include "policy/syscalls/args.h"

#include <linux/seccomp.h>

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. NEWTIME is a bit of clone's exit signal. */
#define NEW_NAMESPACES 0x7e020000

/* Arguments that choose what the kernel does. Not here: fcntl(2), getsockopt(2), mmap(2) and other hot calls, of which
 * all commands are of a kind, but for those that the base has rules for; and whatever lies behind a pointer. */
static const struct learn_class classes[] = {
	{"socket", {"family", "type", "protocol"}, false, 0},
	{"socketpair", {"family", "type", "protocol"}, false, 0},
	{"setsockopt", {"level", "option"}, false, 0},
	{"ioctl", {"request"}, false, 0},
	{"prctl", {"option"}, false, 0},
	{"personality", {"persona"}, false, 0},
	{"unshare", {"flags"}, false, NEW_NAMESPACES | 0x80},
	{"setns", {"nstype"}, false, 0},
	{"clone", {"flags"}, true, NEW_NAMESPACES},
	{"ptrace", {"request"}, false, 0},
	{"seccomp", {"operation", "flags"}, false, 0},
	{"bpf", {"command"}, false, 0},
	{"keyctl", {"operation"}, false, 0},
};

const struct learn_always learn_always[] = {
	{"execve", "starting a command"},
	{"exit", "ending"},
	{"exit_group", "ending"},
	{"rt_sigreturn", "returning from a signal"},
	{"restart_syscall", "continuing after a stop signal"},
	{"sendmsg", "used by the launcher to report denials"},
	{"clock_gettime", "rarely observed: usually handled without the kernel (vDSO)"},
	{NULL, NULL},
};

const struct learn_class *learn_class_of(const char *call)
{
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (strcmp(classes[i].call, call) == 0)
			return &classes[i];
	return NULL;
}

static struct seccomp_cond exactly(const struct syscall_arg *arg, uint64_t value)
{
	if (arg->mask == UINT64_MAX)
		return (struct seccomp_cond){.index = arg->index, .op = SECCOMP_OP_EQ, .value = value};
	return (struct seccomp_cond){
		.index = arg->index, .op = SECCOMP_OP_MASKED_EQ, .value = arg->mask, .value_two = value & arg->mask};
}

int learn_class_way(const struct learn_class *class, const struct seccomp_data *call, struct learn_way *way)
{
	*way = (struct learn_way){.conds = calloc(3, sizeof *way->conds)};
	if (way->conds == NULL)
		return -1;
	for (size_t i = 0; i < 3 && class->args[i] != NULL; i++) {
		const struct syscall_arg *arg = syscall_arg_named(class->call, class->args[i]);

		if (class->dangerous_only)
			/* New namespaces that were not asked for stay forbidden; all other flags are one class. */
			way->conds[way->n++] = (struct seccomp_cond){.index = arg->index,
				.op = SECCOMP_OP_MASKED_EQ,
				.value = class->dangerous,
				.value_two = call->args[arg->index] & class->dangerous};
		else
			way->conds[way->n++] = exactly(arg, call->args[arg->index]);
	}
	return 0;
}

static bool same_way(const struct learn_way *a, const struct learn_way *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->conds[i].index != b->conds[i].index || a->conds[i].op != b->conds[i].op ||
			a->conds[i].value != b->conds[i].value || a->conds[i].value_two != b->conds[i].value_two)
			return false;
	return true;
}

void learn_add_way(struct learn *learn, struct learn_call *call, struct learn_way *way)
{
	struct learn_way *grown;

	for (size_t i = 0; i < call->n_ways; i++)
		if (same_way(&call->ways[i], way)) {
			free(way->conds);
			return;
		}
	grown = call->n_ways < LEARN_WAYS_MAX ? reallocarray(call->ways, call->n_ways + 1, sizeof *grown) : NULL;
	if (grown == NULL) {
		free(way->conds);
		learn->no_memory |= call->n_ways < LEARN_WAYS_MAX;
		call->whole = call->overflow = true;
		return;
	}
	call->ways = grown;
	call->ways[call->n_ways++] = *way;
}

bool learn_base_has_rules(const struct learn *learn, unsigned number)
{
	return !seccomp_policy_always_allows(learn->base, (int)number);
}

bool learn_base_has_always(const struct learn *learn, unsigned number)
{
	return number == SYS_sendmsg ? seccomp_policy_allows_message(learn->base)
				     : seccomp_policy_always_allows(learn->base, (int)number);
}
