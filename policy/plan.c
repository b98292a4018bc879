#include "policy/plan.h"

#include "policy/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const plan_degradable_names[PLAN_DEGRADABLE_COUNT] = {
	[PLAN_DEGRADABLE_MEMORY] = "memory",
	[PLAN_DEGRADABLE_SWAP] = "swap",
	[PLAN_DEGRADABLE_PIDS] = "pids",
	[PLAN_DEGRADABLE_CPU] = "cpu",
	[PLAN_DEGRADABLE_DISK] = "disk",
	[PLAN_DEGRADABLE_IO] = "io",
	[PLAN_DEGRADABLE_LANDLOCK] = "landlock",
	[PLAN_DEGRADABLE_EXPLAIN] = "explain",
	[PLAN_DEGRADABLE_NETWORK] = "network",
};

int plan_init(struct plan *plan, struct error *err)
{
	memset(plan, 0, sizeof *plan);
	plan->explain = true;
	plan->limits.swap = PLAN_SWAP_UNSET;
	plan->landlock = true;
	plan->limits.grace_ns = INT64_C(10) * 1000000000;
	plan->landlock = true;
	plan->origins = calloc(settings_count, sizeof plan->origins[0]);
	if (plan->origins == NULL)
		return error_set(err, ENOMEM, "plan");
	return 0;
}

int plan_reserve_mounts(struct plan *plan, size_t n, struct error *err)
{
	const size_t step = 32, room = (plan->n_mounts + n + step - 1) / step * step;
	struct plan_mount *grown = reallocarray(plan->mounts, room, sizeof *grown);

	if (grown == NULL)
		return error_set(err, ENOMEM, "plan");
	plan->mounts = grown;
	return 0;
}

unsigned plan_pty_fds(const struct plan *plan)
{
	return plan->tty == PLAN_TTY_YES ? 1 << 0 | 1 << 1 | (plan->terminals & 1 << 2)
					 : plan->terminals & (1 << 1 | 1 << 2);
}

bool plan_reads_nothing(const struct plan *plan)
{
	return plan->tty != PLAN_TTY_YES && (plan->terminals & 1 << 0) != 0;
}

bool plan_needs_help(const struct plan *plan)
{
	return plan->identity == PLAN_IDENTITY_SUBUID || plan->network == PLAN_NETWORK_OPEN;
}

bool plan_has_layer(const struct plan *plan)
{
	return plan->root != PLAN_ROOT_HOST;
}

bool plan_keeps_scratch(const struct plan *plan)
{
	return plan_has_layer(plan) || plan->limits.disk != 0;
}

uint64_t plan_scratch_inodes(uint64_t bytes)
{
	const uint64_t bytes_per_file = 8192, least = 16384;

	return bytes == 0 ? 0 : bytes / bytes_per_file > least ? bytes / bytes_per_file : least;
}

bool plan_explains(const struct plan *plan)
{
	return plan->explain && (plan->degraded & (1u << PLAN_DEGRADABLE_EXPLAIN)) == 0;
}

struct seccomp_context plan_seccomp_context(const struct plan *plan)
{
	struct seccomp_context context = seccomp_context_default;

	context.caps = plan->capabilities;
	if (plan->kernel != 0)
		context.kernel = plan->kernel;
	context.allow_unknown_syscalls = plan->allow_unknown_syscalls;
	return context;
}

const struct seccomp_policy *plan_policy(const struct plan *plan)
{
	const struct seccomp_context context = plan_seccomp_context(plan);
	struct error ignored; /* a shipped policy has no errors in it */

	if (*plan->policy == NULL)
		seccomp_policy_load(plan->seccomp, &context, plan->policy, &ignored);
	return *plan->policy;
}

void plan_policy_free(struct plan *plan)
{
	if (plan->policy != NULL)
		seccomp_policy_free(*plan->policy);
	free(plan->policy);
	plan->policy = NULL;
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->n_mounts; i++) {
		free(plan->mounts[i].source);
		free(plan->mounts[i].target);
		free(plan->mounts[i].origin.text);
	}
	free(plan->mounts);
	for (size_t i = 0; i < plan->n_env; i++) {
		free(plan->env[i].name);
		free(plan->env[i].value);
		free(plan->env[i].origin.text);
	}
	free(plan->env);
	free(plan->withheld);
	for (size_t i = 0; plan->origins != NULL && i < settings_count; i++)
		free(plan->origins[i].text);
	free(plan->origins);
	egress_free(&plan->egress);
	plan_policy_free(plan);
	bpf_program_free(&plan->filter);
	free(plan->id);
	free(plan->user);
	free(plan->profile);
	free(plan->hostname);
	free(plan->root_dir);
	free(plan->changes);
	free(plan->workspace);
	free(plan->cgroup);
	free(plan->workdir);
	free(plan->seccomp);
	free(plan->keep_fds);
	free(plan->report);
	memset(plan, 0, sizeof *plan);
}
