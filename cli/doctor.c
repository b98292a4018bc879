/* cofferdam doctor: checks whether this host supports a launch, or explains an error text, and prints remedies. */
#include "cli/commands.h"

#include "cli/plan.h"
#include "cli/run_options.h"
#include "cli/why.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/visible.h"
#include "policy/plan_json.h"
#include "policy/resolve/resolve.h"
#include "sandbox/cgroup/scope.h"
#include "sandbox/doctor/examine.h"
#include "sandbox/facts.h"
#include "sandbox/identity/become.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *state_name(enum probe_state state)
{
	static const char *const names[] = {
		[PROBE_OK] = "ok", [PROBE_DEGRADED] = "degraded", [PROBE_MISSING] = "missing"};

	return names[state];
}

/* What is examined: the arguments of a launch, and our own options among them. */
struct asked {
	int argc;
	char **argv;
	const char *why;
	bool json;
	bool *own; /* by argument: it is one of our options or its value; NULL: not of interest */
};

static int read_own(int id, const char *value, void *context, struct error *err)
{
	struct asked *asked = context;

	(void)err;
	if (asked->own != NULL) {
		asked->own[optind - 1] = true;
		if (value != NULL && value == asked->argv[optind - 1])
			asked->own[optind - 2] = true;
	}
	if (id == 'w')
		asked->why = value;
	else
		asked->json = true;
	return 0;
}

/* The argument after `at` that belongs to the launch; argc: there is none. */
static int next_of_launch(const struct asked *asked, int at)
{
	do
		at++;
	while (at < asked->argc && asked->own[at]);
	return at;
}

static void print_text(const struct examination *exam, const char *profile, const struct asked *asked)
{
	fputs("profile ", stdout);
	visible_print(stdout, profile);
	putchar('\n');
	if (next_of_launch(asked, 0) < asked->argc)
		fputs("options", stdout);
	for (int i = next_of_launch(asked, 0); i < asked->argc; i = next_of_launch(asked, i)) {
		putchar(' ');
		visible_print(stdout, asked->argv[i]);
	}
	if (next_of_launch(asked, 0) < asked->argc)
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

static int print_json(const struct examination *exam, const char *profile, const struct asked *asked)
{
	json_t *rows = json_array(), *options = json_array(), *all;
	int result;

	for (int i = next_of_launch(asked, 0); i < asked->argc; i = next_of_launch(asked, i))
		json_array_append_new(options, plan_text_json(asked->argv[i]));
	for (size_t i = 0; i < exam->n; i++)
		json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", exam->rows[i].name, "state",
						    state_name(exam->rows[i].state), "found", exam->rows[i].found,
						    "why", exam->rows[i].why, "remedy", exam->rows[i].remedy));
	all = json_pack("{s:o, s:o, s:o}", "profile", plan_text_json(profile), "options", options, "checks", rows);
	result = json_dumpf(all, stdout, JSON_SHOWN);
	putchar('\n');
	json_decref(all);
	return result;
}

/* As in `run`, so that doctor finds what a launch would find. */
static void enter_scope(const struct plan *plan, char **argv)
{
	_cleanup_(freep) char *cgroup_parent = NULL;
	struct facts facts;
	struct error ignored; /* then the rows say what is missing */

	facts_detect(&facts, &cgroup_parent);
	if (!facts.cgroup_delegated && facts.uid != 0 && getenv("COFFERDAM_CGROUP") == NULL &&
		plan_asks_for_cgroup(plan))
		scope_enter(argv, &ignored);
}

/* The plan as the arguments ask for it, as `run` makes it. */
static int make(void *context, struct plan *plan, struct error *err)
{
	const struct asked *asked = context;
	struct asked ignored = {0};

	if (options_parse_settings(asked->argc, asked->argv, "doctor", read_own, &ignored, plan, err) < 0)
		return -1;
	return cli_cgroup_of_environment(plan, err);
}

static int report(const struct plan *plan, struct asked *asked, struct error *err)
{
	const struct wish wish = {make, asked};
	struct examination exam;

	if (examine(&wish, &exam, err) < 0)
		return cli_failed(err);
	if (asked->json)
		print_json(&exam, plan->profile, asked);
	else
		print_text(&exam, plan->profile, asked);
	return cli_printed(exam.whole ? 0 : 1);
}

int cli_doctor(int argc, char **argv)
{
	_cleanup_(plan_free) struct plan plan = {0};
	_cleanup_(freep) bool *own = calloc((size_t)argc + 1, sizeof *own);
	struct asked asked = {.argc = argc, .argv = argv, .own = own};
	const char *user = options_user(argc, argv, "doctor");
	struct error err;
	int at = user != NULL ? become_user(user, &err) : 0;

	if (at == 0 && own == NULL)
		at = error_set(&err, ENOMEM, "options");
	if (at == 0)
		at = options_parse_settings(argc, argv, "doctor", read_own, &asked, &plan, &err);
	if (at == OPTIONS_HELP)
		return cli_printed(0);
	if (at > 0 && asked.why != NULL && next_of_launch(&asked, 0) < argc)
		at = error_set(&err, 0, "--why: cannot be used with %s", argv[next_of_launch(&asked, 0)]);
	if (at < 0) {
		if (asked.why != NULL && err.hint[0] == '\0')
			error_hint(&err, "quote the text: cofferdam doctor --why 'TEXT'");
		error_context(&err, "doctor");
		return cli_failed(&err);
	}
	if (asked.why != NULL)
		return why(asked.why, asked.json);
	enter_scope(&plan, argv);
	return report(&plan, &asked, &err);
}
