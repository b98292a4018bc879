/* cofferdam doctor: what this host lacks for a profile, why it matters, and the exact remedy. */
#include "cli/commands.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "policy/profile.h"
#include "policy/resolve.h"
#include "sandbox/facts.h"
#include "sandbox/launch.h"
#include "sandbox/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_LAUNCHER 125

/* One row per limit that the profile asks for, one for the profile as a whole. */
#define ROWS_MAX (PROBE_COUNT + PLAN_DEGRADABLE_COUNT + 2)

struct examination {
	struct probe rows[ROWS_MAX];
	size_t n;
};

static struct probe *add(struct examination *exam, const char *name, const char *why, enum probe_state state)
{
	struct probe *row = &exam->rows[exam->n++];

	*row = (struct probe){.name = name, .why = why, .state = state};
	return row;
}

/* Each limit in turn: resolved as if all others might be missing, so that every lack is named, not just the first. */
static void examine_limits(struct examination *exam, const char *profile, const struct facts *facts)
{
	for (unsigned i = 0; i < PLAN_DEGRADABLE_COUNT; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		const unsigned all = (1u << PLAN_DEGRADABLE_COUNT) - 1;
		struct error err;
		struct probe *row;
		bool allowed;

		if (plan_init(&plan, &err) < 0 || profile_load(profile, &plan, &err) < 0)
			return; /* told by examine_profile() */
		allowed = (plan.allow_degraded & (1u << i)) != 0;
		plan.allow_degraded = all & ~(1u << i);
		if (plan_resolve(&plan, facts, &err) == 0)
			continue;
		row = add(exam, plan_degradable_names[i], "the profile limits it",
			allowed ? PROBE_DEGRADED : PROBE_MISSING);
		snprintf(row->found, sizeof row->found, "%s", err.text);
		snprintf(row->remedy, sizeof row->remedy, "%s", err.hint);
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
		return error_set(err, errno, "socketpair");
	pid = fork();
	if (pid < 0)
		return error_set(err, errno, "fork");
	if (pid == 0) {
		if (launch(plan, cgroup_parent, &outcome, err) < 0)
			send(pair[1], err, sizeof *err, MSG_NOSIGNAL);
		_exit(outcome.status);
	}
	close(pair[1]);
	if (recv(pair[0], err, sizeof *err, 0) != (ssize_t)sizeof *err)
		error_set(err, 0, "the launch ended without a word");
	close(pair[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_set(err, errno, "waitpid");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static void examine_profile(
	struct examination *exam, const char *profile, const struct facts *facts, const char *cgroup_parent)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct probe *row =
		add(exam, "launch", "`true` under the profile, with what is missing left out", PROBE_MISSING);
	struct error err;

	if (plan_init(&plan, &err) == 0 && profile_load(profile, &plan, &err) == 0) {
		plan.allow_degraded = (1u << PLAN_DEGRADABLE_COUNT) - 1;
		plan.id = format("doctor-%d", getpid());
		if (plan_resolve(&plan, facts, &err) == 0 && try_launch(&plan, cgroup_parent, &err) == 0) {
			row->state = PROBE_OK;
			snprintf(row->found, sizeof row->found, "it runs");
			return;
		}
	}
	snprintf(row->found, sizeof row->found, "%s", err.text);
	snprintf(row->remedy, sizeof row->remedy, "%s", err.hint);
}

static const char *state_name(enum probe_state state)
{
	static const char *const names[] = {
		[PROBE_OK] = "ok", [PROBE_DEGRADED] = "degraded", [PROBE_MISSING] = "missing"};

	return names[state];
}

static void print_text(const struct examination *exam, const char *profile)
{
	printf("profile %s\n", profile);
	for (size_t i = 0; i < exam->n; i++) {
		const struct probe *row = &exam->rows[i];

		printf("%-9s %-16s %s\n", state_name(row->state), row->name, row->found);
		if (row->state == PROBE_OK)
			continue;
		printf("%-26s needed for: %s\n", "", row->why);
		if (row->remedy[0] != '\0')
			printf("%-26s remedy: %s\n", "", row->remedy);
	}
}

static int print_json(const struct examination *exam, const char *profile)
{
	json_t *rows = json_array(), *all;
	int result;

	for (size_t i = 0; i < exam->n; i++)
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", exam->rows[i].name, "state",
						    state_name(exam->rows[i].state), "found", exam->rows[i].found,
						    "why", exam->rows[i].why, "remedy", exam->rows[i].remedy));
	all = json_pack("{s:s, s:o}", "profile", profile, "checks", rows);
	result = json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
	return result;
}

static int usage(void)
{
	fputs("usage: cofferdam doctor [--profile NAME|FILE] [--json]\n\n"
	      "Says for each prerequisite: ok, degraded or missing, why it matters, and the remedy.\n"
	      "Exit code 0 if the profile (default: default) can run in full, 1 if not.\n",
		stdout);
	return 0;
}

static int examine(const char *profile, bool json)
{
	_cleanup_(freep) char *cgroup_parent = NULL;
	struct examination exam = {.n = PROBE_COUNT};
	struct facts facts;
	struct error err;
	bool whole = true;

	if (facts_look(&facts, &cgroup_parent, &err) < 0) {
		error_print("cofferdam", &err);
		return STATUS_LAUNCHER;
	}
	probe_host(exam.rows);
	if (facts.uid == 0) {
		struct probe *row = add(&exam, "caller", "no privilege to lose", PROBE_MISSING);

		snprintf(row->found, sizeof row->found, "called by root");
		snprintf(row->remedy, sizeof row->remedy, "call it as the unprivileged user that will run jobs");
	}
	examine_limits(&exam, profile, &facts);
	examine_profile(&exam, profile, &facts, cgroup_parent);
	for (size_t i = 0; i < exam.n; i++)
		whole = whole && exam.rows[i].state == PROBE_OK;
	if (json)
		print_json(&exam, profile);
	else
		print_text(&exam, profile);
	return whole ? 0 : 1;
}

int cli_doctor(int argc, char **argv)
{
	const char *profile = "default";
	bool json = false;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--help") == 0)
			return usage();
		if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (strcmp(argv[i], "--profile") == 0 && i + 1 < argc)
			profile = argv[++i];
		else if (strncmp(argv[i], "--profile=", 10) == 0)
			profile = argv[i] + 10;
		else {
			struct error err;

			error_set(&err, 0, "doctor: %s: no such option", argv[i]);
			error_hint(&err, "see cofferdam doctor --help");
			error_print("cofferdam", &err);
			return STATUS_LAUNCHER;
		}
	}
	return examine(profile, json);
}
