#include "sandbox/examine.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "policy/profile.h"
#include "policy/resolve.h"
#include "sandbox/examine_cgroup.h"
#include "sandbox/examine_explain.h"
#include "sandbox/examine_identity.h"
#include "sandbox/examine_network.h"
#include "sandbox/facts.h"
#include "sandbox/idmap.h"
#include "sandbox/launch.h"
#include "sandbox/network_facts.h"
#include "sandbox/outer_look.h"
#include "sandbox/wait.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct probe *examination_add(struct examination *exam, const char *name, const char *why, enum probe_state state)
{
	struct probe *row = &exam->rows[exam->n++];

	*row = (struct probe){.name = name, .why = why, .state = state};
	return row;
}

/* Where cgroups are the container's doing, so is the remedy. */
static void blame_container(struct probe *row, const struct outer_facts *outer)
{
	struct outer_finding finding;
	size_t used = strlen(row->found);

	if (strstr(row->found, "cgroup") == NULL || !outer_cgroup(outer, &finding))
		return;
	if (outer->cgroup_mounted) /* else that has been said */
		snprintf(row->found + used, sizeof row->found - used, "; %s", finding.cause);
	snprintf(row->remedy, sizeof row->remedy, "%s", finding.remedy);
}

/* Where no_new_privs came with us, newuidmap is there and gains nothing all the same. */
static void examine_newuidmap(struct examination *exam, size_t from, const struct outer_facts *outer)
{
	struct outer_finding finding;

	for (size_t i = from; i < exam->n; i++) {
		struct probe *row = &exam->rows[i];

		if (strcmp(row->name, "newuidmap") != 0 || !outer_newuidmap(outer, &finding))
			continue;
		row->state = PROBE_MISSING;
		snprintf(row->found, sizeof row->found, "%s", finding.cause);
		snprintf(row->remedy, sizeof row->remedy, "%s", finding.remedy);
	}
}

/* Each limit in turn: resolved as if all others might be missing, so that every lack is named, not just the first. */
static void examine_limits(struct examination *exam, const char *profile, const struct facts *facts, bool identity,
	const struct outer_facts *outer)
{
	for (unsigned i = 0; i < PLAN_DEGRADABLE_COUNT; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		const unsigned all = (1u << PLAN_DEGRADABLE_COUNT) - 1;
		struct error err;
		struct probe *row;
		bool allowed;

		if (i == PLAN_DEGRADABLE_NETWORK)
			continue; /* in rows of its own */
		if (plan_init(&plan, &err) < 0 || profile_load(profile, &plan, &err) < 0)
			return; /* told by examine_profile() */
		if (!identity)
			plan.identity = PLAN_IDENTITY_SINGLE;
		allowed = (plan.allow_degraded & (1u << i)) != 0;
		plan.allow_degraded = all & ~(1u << i);
		if (plan_resolve(&plan, facts, &err) == 0)
			continue;
		row = examination_add(exam, plan_degradable_names[i],
			i == PLAN_DEGRADABLE_LANDLOCK ? "a second barrier behind mounts and permissions"
						      : "the profile limits it",
			allowed ? PROBE_DEGRADED : PROBE_MISSING);
		snprintf(row->found, sizeof row->found, "%s", err.text);
		snprintf(row->remedy, sizeof row->remedy, "%s", err.hint);
		blame_container(row, outer);
	}
}

/* The proof: `true`, launched under the profile, in a child of ours. Its error comes back over a socket. */
static int try_launch(struct plan *plan, const char *cgroup_parent, struct error *err)
{
	static char *command[] = {"true", NULL};
	struct outcome outcome;
	int pair[2], status;
	pid_t pid;

	plan->argv = command;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, errno, "doctor: socketpair");
	pid = fork();
	if (pid < 0)
		return error_set(err, errno, "doctor: fork");
	if (pid == 0) {
		if (launch(plan, cgroup_parent, &outcome, err) < 0)
			send(pair[1], err, sizeof *err, MSG_NOSIGNAL);
		_exit(outcome.status);
	}
	close(pair[1]);
	if (recv(pair[0], err, sizeof *err, 0) != (ssize_t)sizeof *err)
		error_set(err, 0, "the launch ended without a word");
	close(pair[0]);
	if (wait_reap(pid, &status, err) < 0)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static void examine_profile(struct examination *exam, const char *profile, const struct facts *facts, bool identity,
	const char *cgroup_parent)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct probe *row = examination_add(
		exam, "launch", "`true` under the profile, with what is missing left out", PROBE_MISSING);
	struct error err;

	if (plan_init(&plan, &err) == 0 && profile_load(profile, &plan, &err) == 0) {
		plan.allow_degraded = (1u << PLAN_DEGRADABLE_COUNT) - 1;
		if (!identity)
			plan.identity = PLAN_IDENTITY_SINGLE;
		plan.id = format("doctor-%d", getpid());
		plan.tty = PLAN_TTY_NO;
		if (plan_resolve(&plan, facts, &err) == 0 && try_launch(&plan, cgroup_parent, &err) == 0) {
			row->state = PROBE_OK;
			snprintf(row->found, sizeof row->found, "it runs");
			return;
		}
	}
	outer_blame(&err);
	snprintf(row->found, sizeof row->found, "%s", err.text);
	snprintf(row->remedy, sizeof row->remedy, "%s", err.hint);
}

void examine(const char *profile, struct examination *exam)
{
	_cleanup_(facts_idmap_free) struct facts_idmap idmap = {0};
	_cleanup_(freep) char *cgroup_parent = NULL;
	_cleanup_(network_facts_free) struct facts_network network = {0};
	struct outer_facts outer;
	struct facts facts;
	size_t before;
	bool identity;

	*exam = (struct examination){.n = PROBE_COUNT, .whole = true};
	facts_look(&facts, &cgroup_parent);
	outer_look(&outer);
	probe_host(&outer, exam->rows);
	if (facts.uid == 0) {
		struct probe *row = examination_add(exam, "caller", "no privilege to lose", PROBE_MISSING);

		snprintf(row->found, sizeof row->found, "called by root");
		snprintf(row->remedy, sizeof row->remedy, "call it as the unprivileged user that will run jobs");
	}
	before = exam->n;
	identity = examine_identity(exam, profile, &facts, &idmap);
	examine_newuidmap(exam, before, &outer);
	examine_network(exam, profile, &network, &facts);
	examine_explain(exam, profile);
	before = exam->n;
	examine_cgroup(exam, profile, &facts, &cgroup_parent);
	for (size_t i = before; i < exam->n; i++)
		if (exam->rows[i].state != PROBE_OK)
			blame_container(&exam->rows[i], &outer);
	examine_limits(exam, profile, &facts, identity, &outer);
	examine_profile(exam, profile, &facts, identity, cgroup_parent);
	for (size_t i = 0; i < exam->n; i++)
		exam->whole = exam->whole && exam->rows[i].state == PROBE_OK;
}
