#include "sandbox/doctor/examine.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/phrases.h"
#include "common/status.h"
#include "image/use.h"
#include "policy/limits.h"
#include "policy/resolve/resolve.h"
#include "sandbox/doctor/blame.h"
#include "sandbox/doctor/examine_cgroup.h"
#include "sandbox/doctor/examine_device.h"
#include "sandbox/doctor/examine_explain.h"
#include "sandbox/doctor/examine_identity.h"
#include "sandbox/doctor/examine_layer.h"
#include "sandbox/doctor/examine_network.h"
#include "sandbox/doctor/host_detect.h"
#include "sandbox/facts.h"
#include "sandbox/files/sources.h"
#include "sandbox/files/store_name.h"
#include "sandbox/files/whereabouts.h"
#include "sandbox/identity/idmap.h"
#include "sandbox/launch.h"
#include "sandbox/network/facts.h"
#include "sandbox/process/wait.h"
#include "sandbox/root/etc_facts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where cgroups are the container's doing, so is the remedy. */
static void blame_container(struct probe *row, const struct host_facts *host)
{
	struct host_finding finding;
	size_t used = strlen(row->found);

	if (strstr(row->found, "cgroup") == NULL || !host_cgroup(host, &finding))
		return;
	if (host->cgroup_mounted) /* else that has been said */
		snprintf(row->found + used, sizeof row->found - used, "; %s", finding.cause);
	snprintf(row->remedy, sizeof row->remedy, "%s", finding.remedy);
}

/* Where no_new_privs came with us, newuidmap is there and gains nothing all the same. */
static void examine_newuidmap(struct examination *exam, size_t from, const struct host_facts *host)
{
	struct host_finding finding;

	for (size_t i = from; i < exam->n; i++) {
		struct probe *row = &exam->rows[i];

		if (strcmp(row->name, "newuidmap") != 0 || !host_newuidmap(host, &finding))
			continue;
		row->state = PROBE_MISSING;
		snprintf(row->found, sizeof row->found, "%s", finding.cause);
		snprintf(row->remedy, sizeof row->remedy, "%s", finding.remedy);
	}
}

/* What it is to this launch that it is not to be had. */
static enum probe_state missing(const struct plan *plan, enum plan_degradable what)
{
	return (plan->allow_degraded & (1u << what)) != 0 ? PROBE_DEGRADED : PROBE_MISSING;
}

/* Each limit in turn: resolved as if all others might be missing, so that every lack is named, not just the first. */
static void examine_limits(struct examination *exam, const struct wish *wish, const struct facts *facts, bool identity,
	const struct host_facts *host)
{
	for (unsigned i = 0; i < PLAN_DEGRADABLE_COUNT; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		const unsigned all = (1u << PLAN_DEGRADABLE_COUNT) - 1;
		struct error err;
		struct probe *row;
		enum probe_state state;

		if (i == PLAN_DEGRADABLE_NETWORK)
			continue; /* in rows of its own */
		if (wish->make(wish->context, &plan, &err) < 0)
			return; /* it could be made before */
		if (!identity)
			plan.identity.kind = PLAN_IDENTITY_SINGLE;
		state = missing(&plan, i);
		plan.allow_degraded = all & ~(1u << i);
		if (plan_resolve(&plan, facts, &err) == 0)
			continue;
		row = examination_add(exam, limit_degradable_name(i),
			i == PLAN_DEGRADABLE_LANDLOCK ? "a second barrier behind mounts and permissions"
						      : "the launch limits it",
			state);
		snprintf(row->found, sizeof row->found, "%s", err.text);
		snprintf(row->remedy, sizeof row->remedy, "%s", err.hint);
		blame_container(row, host);
	}
}

/* What a launch in the child `pid` comes to: its exit status. Its error comes over the socket. */
static int await_launch(pid_t pid, int sock, struct error *err)
{
	int status;

	if (recv(sock, err, sizeof *err, 0) != (ssize_t)sizeof *err)
		error_set(err, 0, "the launcher exited without reporting a result");
	if (wait_reap(pid, &status, err) < 0)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int launch_in_child(const struct plan *plan, const char *cgroup_parent, struct error *err)
{
	struct outcome outcome;
	int pair[2], result;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(err, errno, "doctor: socketpair");
	pid = fork();
	if (pid < 0)
		return error_set(err, errno, "doctor: fork");
	if (pid == 0) {
		if (launch(plan, cgroup_parent, &outcome, err) < 0) {
			blame_launch(plan, NULL, err);
			send(pair[1], err, sizeof *err, MSG_NOSIGNAL);
		}
		_exit(outcome.status);
	}
	close(pair[1]);
	result = await_launch(pid, pair[0], err);
	close(pair[0]);
	return result;
}

/* What waits for the caller, or is the caller's to read afterwards, is left out. */
static int prepare_trial(struct plan *plan, bool identity, struct error *err)
{
	plan->allow_degraded = (1u << PLAN_DEGRADABLE_COUNT) - 1;
	if (!identity)
		plan->identity.kind = PLAN_IDENTITY_SINGLE;
	free(plan->id);
	plan->id = format("doctor-%d", getpid());
	plan->tty = PLAN_TTY_NO;
	plan->fds.n_keep = 0;
	plan->fds.start = 0;
	plan->fds.denials = 0;
	return plan->id == NULL ? error_set(err, ENOMEM, "doctor") : 0;
}

/* Each source that is not there, as a launch names only the first. */
static void examine_sources(struct examination *exam, const struct plan *plan)
{
	unsigned rows = 0;
	struct error err;

	for (size_t i = 0; i < plan->root.n_mounts && rows < EXAMINATION_SOURCE_ROWS; i++) {
		struct probe *row;

		if (sources_check_one(&plan->root.mounts[i], plan->workspace, &err) == 0)
			continue;
		row = examination_add(exam, "source", "a path of the host that the launch shows", PROBE_MISSING);
		snprintf(row->found, sizeof row->found, "%s", err.text);
		snprintf(row->remedy, sizeof row->remedy, "%s", err.hint);
		rows++;
	}
}

/* The proof: `true`, launched as asked for, in a child of ours. 0, its exit status, or -1. */
static int try_launch(struct examination *exam, const struct wish *wish, const struct facts *facts, bool identity,
	const char *cgroup_parent, bool *image, struct error *err)
{
	static char *command[] = {"true", NULL};
	_cleanup_(etc_facts_free) struct facts_etc etc = {0};
	_cleanup_(plan_free) struct plan plan = {0};
	_cleanup_(close_fd) int held = -1;
	struct facts all = *facts;

	all.etc = &etc;
	if (wish->make(wish->context, &plan, err) < 0 || prepare_trial(&plan, identity, err) < 0 ||
		image_use(&plan.root, &held, err) < 0 ||
		etc_facts_detect(&plan.root, plan.identity.kind, &etc, err) < 0 || plan_resolve(&plan, &all, err) < 0)
		return -1;
	examine_sources(exam, &plan);
	*image = plan.root.kind == PLAN_ROOT_DIR;
	plan.command.argv = command;
	if (plan.root.layer == PLAN_LAYER_DISK)
		examine_layer(exam, &plan.root);
	if (whereabouts_resolve(&plan.root, err) < 0 || store_name_check(&plan.root, err) < 0 ||
		whereabouts_check_image(&plan.root, err) < 0) {
		blame_launch(&plan, NULL, err);
		return -1;
	}
	return launch_in_child(&plan, cgroup_parent, err);
}

static void examine_launch(struct examination *exam, const struct wish *wish, const struct facts *facts, bool identity,
	const char *cgroup_parent)
{
	bool image = false;
	struct error err;
	const int status = try_launch(exam, wish, facts, identity, cgroup_parent, &image, &err);
	struct probe *row =
		examination_add(exam, "launch", "`true` as asked for, without what is missing", PROBE_MISSING);

	/* An image may have nothing but its own program. */
	if (status == 0 || (image && status == STATUS_NOT_FOUND)) {
		row->state = PROBE_OK;
		snprintf(row->found, sizeof row->found, "%s",
			status == 0 ? "it runs" : "set up; the image has no `true`");
		return;
	}
	snprintf(row->found, sizeof row->found, "%s", err.text);
	snprintf(row->remedy, sizeof row->remedy, "%s", err.hint);
}

static void examine_caller(struct examination *exam, const struct facts *facts)
{
	struct probe *row;

	if (facts->uid != 0)
		return;
	row = examination_add(exam, "caller", "no privilege to lose", PROBE_MISSING);
	snprintf(row->found, sizeof row->found, PHRASE_REFUSING_ROOT);
	snprintf(row->remedy, sizeof row->remedy, "run as the unprivileged user that will run jobs");
}

int examine(const struct wish *wish, struct examination *exam, struct error *err)
{
	_cleanup_(facts_idmap_free) struct facts_idmap idmap = {0};
	_cleanup_(freep) char *cgroup_parent = NULL;
	_cleanup_(network_facts_free) struct facts_network network = {0};
	_cleanup_(plan_free) struct plan plan = {0};
	struct host_facts host;
	struct facts facts;
	size_t before;
	bool identity;

	if (wish->make(wish->context, &plan, err) < 0)
		return -1;
	*exam = (struct examination){.n = PROBE_COUNT, .whole = true};
	facts_detect(&facts, &cgroup_parent);
	host_detect(&host);
	probe_host(&host, exam->rows);
	examine_caller(exam, &facts);
	before = exam->n;
	identity = examine_identity(exam, plan.identity.kind, &facts, &idmap);
	examine_newuidmap(exam, before, &host);
	if (plan.network == PLAN_NETWORK_OPEN)
		examine_network(exam, missing(&plan, PLAN_DEGRADABLE_NETWORK), &network, &facts);
	if (plan.explain)
		examine_explain(exam, missing(&plan, PLAN_DEGRADABLE_EXPLAIN));
	for (size_t i = 0; i < plan.n_granted; i++)
		examine_device(exam, plan.granted[i].path);
	before = exam->n;
	examine_cgroup(exam, &plan, &facts, &cgroup_parent);
	for (size_t i = before; i < exam->n; i++)
		if (exam->rows[i].state != PROBE_OK)
			blame_container(&exam->rows[i], &host);
	examine_limits(exam, wish, &facts, identity, &host);
	examine_launch(exam, wish, &facts, identity, cgroup_parent);
	for (size_t i = 0; i < exam->n; i++)
		exam->whole = exam->whole && exam->rows[i].state == PROBE_OK;
	return 0;
}
