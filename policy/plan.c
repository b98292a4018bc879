#include "policy/plan.h"

#include "policy/limits.h"
#include "policy/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int plan_init(struct plan *plan, struct error *err)
{
	memset(plan, 0, sizeof *plan);
	plan->explain = true;
	plan->root.gives_back = true;
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++)
		*limit_field(&plan->limits, &limit_rows[i]) = limit_rows[i].setting.unset;
	plan->landlock.wanted = true;
	plan->limits.grace_ns = INT64_C(10) * 1000000000;
	plan->landlock.wanted = true;
	plan->origins = calloc(settings_count, sizeof plan->origins[0]);
	if (plan->origins == NULL)
		return error_set(err, ENOMEM, "plan");
	return 0;
}

struct plan_env *plan_env_find(const struct plan_command *command, const char *name)
{
	for (size_t i = 0; i < command->n_env; i++)
		if (strcmp(command->env[i].name, name) == 0)
			return &command->env[i];
	return NULL;
}

int plan_reserve_mounts(struct plan *plan, size_t n, struct error *err)
{
	const size_t step = 32, room = (plan->root.n_mounts + n + step - 1) / step * step;
	struct plan_mount *grown = reallocarray(plan->root.mounts, room, sizeof *grown);

	if (grown == NULL)
		return error_set(err, ENOMEM, "plan");
	plan->root.mounts = grown;
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
	return plan->identity.kind == PLAN_IDENTITY_SUBUID || plan->network == PLAN_NETWORK_OPEN;
}

bool plan_has_layer(const struct plan_root *root)
{
	return root->kind != PLAN_ROOT_HOST;
}

bool plan_reports_to_stdout(const struct plan *plan)
{
	return plan->report != NULL && strcmp(plan->report, "-") == 0;
}

bool plan_keeps_scratch(const struct plan *plan)
{
	return plan_has_layer(&plan->root) || plan->limits.disk != 0;
}

uint64_t plan_scratch_inodes(uint64_t bytes)
{
	const uint64_t bytes_per_file = 8192, least = 16384;

	return bytes == 0 ? 0 : bytes / bytes_per_file > least ? bytes / bytes_per_file : least;
}

bool plan_command_is_closed(const struct plan *plan)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++)
		if (plan->root.mounts[i].execute_only &&
			strcmp(plan->root.mounts[i].target, plan->command.argv[0]) == 0)
			return true;
	return false;
}

bool plan_explains(const struct plan *plan)
{
	return plan->explain && (plan->degraded & (1u << PLAN_DEGRADABLE_EXPLAIN)) == 0;
}

bool plan_becomes_user_last(const struct plan *plan)
{
	return plan->identity.user.uid != 0 && plan->root.sudo != PLAN_SUDO_NONE;
}

struct seccomp_context plan_seccomp_context(const struct plan *plan)
{
	struct seccomp_context context = seccomp_context_default;

	context.caps = plan->identity.capabilities;
	if (plan->kernel != 0)
		context.kernel = plan->kernel;
	context.allow_unknown_syscalls = plan->allow_unknown_syscalls;
	return context;
}

const struct seccomp_policy *plan_policy(struct plan_policy *policy)
{
	struct error ignored; /* a shipped policy has no errors in it */

	if (policy->read == NULL)
		seccomp_policy_load(policy->name, &policy->context, &policy->read, &ignored);
	return policy->read;
}

void plan_policy_free(struct plan *plan)
{
	if (plan->policy != NULL)
		seccomp_policy_free(plan->policy->read);
	free(plan->policy);
	plan->policy = NULL;
}

void plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->root.n_mounts; i++) {
		free(plan->root.mounts[i].source);
		free(plan->root.mounts[i].target);
		free(plan->root.mounts[i].origin.text);
	}
	free(plan->root.mounts);
	for (size_t i = 0; i < plan->command.n_env; i++) {
		free(plan->command.env[i].name);
		free(plan->command.env[i].value);
		free(plan->command.env[i].origin.text);
	}
	free(plan->command.env);
	free(plan->withheld);
	for (size_t i = 0; plan->origins != NULL && i < settings_count; i++)
		free(plan->origins[i].text);
	free(plan->origins);
	egress_free(&plan->egress);
	etc_free(&plan->etc);
	plan_policy_free(plan);
	bpf_program_free(&plan->filter);
	free(plan->id);
	free(plan->user);
	free(plan->profile);
	free(plan->hostname);
	free(plan->root.dir);
	free(plan->root.image);
	free(plan->root.image_digest);
	free(plan->root.images);
	free(plan->root.mirrors);
	free(plan->root.layers);
	free(plan->changes);
	free(plan->workspace);
	free(plan->cgroup);
	free(plan->command.workdir);
	free(plan->seccomp);
	free(plan->identity.as);
	etc_account_free(&plan->identity.user);
	free(plan->fds.keep);
	for (size_t i = 0; i < plan->n_granted; i++) {
		free(plan->granted[i].path);
		free(plan->granted[i].origin.text);
	}
	free(plan->granted);
	free(plan->report);
	memset(plan, 0, sizeof *plan);
}
