/* cofferdam doctor: what this host lacks for a profile, why it matters, and the exact remedy. */
#include "cli/commands.h"

#include "common/cleanup.h"
#include "common/json.h"
#include "common/status.h"
#include "common/visible.h"
#include "policy/profile.h"
#include "policy/resolve.h"
#include "sandbox/examine.h"
#include "sandbox/facts.h"
#include "sandbox/scope.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *state_name(enum probe_state state)
{
	static const char *const names[] = {
		[PROBE_OK] = "ok", [PROBE_DEGRADED] = "degraded", [PROBE_MISSING] = "missing"};

	return names[state];
}

static void print_text(const struct examination *exam, const char *profile)
{
	fputs("profile ", stdout);
	visible_print(stdout, profile);
	putchar('\n');
	for (size_t i = 0; i < exam->n; i++) {
		const struct probe *row = &exam->rows[i];

		printf("%-9s %-16s ", state_name(row->state), row->name);
		visible_print(stdout, row->found);
		putchar('\n');
		if (row->state == PROBE_OK)
			continue;
		printf("%-26s needed for: %s\n", "", row->why);
		if (row->remedy[0] == '\0')
			continue;
		printf("%-26s remedy: ", "");
		visible_print(stdout, row->remedy);
		putchar('\n');
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
	result = json_dumpf(all, stdout, JSON_SHOWN);
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

/* As `run` would: what is found is then what a launch would find. */
static void enter_scope(const char *profile, char **argv)
{
	_cleanup_(freep) char *cgroup_parent = NULL;
	_cleanup_(plan_free) struct plan plan = {0};
	struct facts facts;
	struct error ignored; /* then the rows say what is missing */

	facts_look(&facts, &cgroup_parent);
	if (!facts.cgroup_delegated && facts.uid != 0 && getenv("COFFERDAM_CGROUP") == NULL &&
		plan_init(&plan, &ignored) == 0 && profile_load(profile, &plan, &ignored) == 0 &&
		plan_asks_for_cgroup(&plan))
		scope_enter(argv, &ignored);
}

static int report(const char *profile, bool json)
{
	struct examination exam;

	examine(profile, &exam);
	if (json)
		print_json(&exam, profile);
	else
		print_text(&exam, profile);
	return exam.whole ? 0 : 1;
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
	enter_scope(profile, argv);
	return report(profile, json);
}
