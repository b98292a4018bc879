#include "cli/commands.h"

#include "cli/options.h"
#include "cli/plan.h"
#include "cli/policy_commands.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "policy/plan_json.h"
#include "policy/profile.h"
#include "policy/resolve.h"
#include "policy/schema.h"
#include "policy/seccomp.h"
#include "policy/seccomp_crosscheck.h"

#include <stdio.h>
#include <string.h>

#define EXIT_FOUND 1

static const char usage[] =
	"Usage: cofferdam policy show [--profile NAME|FILE] [OPTION of run…]\n"
	"       cofferdam policy check FILE…\n"
	"       cofferdam policy explain NAME|FILE [SYSCALL…]\n"
	"       cofferdam policy test NAME|FILE 'SYSCALL(ARG, …)'… | --table TABLE NAME|FILE\n"
	"       cofferdam policy diff A B\n"
	"       cofferdam policy compile NAME|FILE [-o OUTPUT] [--format raw|asm|json|form]\n"
	"       cofferdam policy learn [OPTION…] -o FILE [--] COMMAND [ARG…]\n"
	"       cofferdam policy schema\n"
	"\n"
	"  show    print the plan of a launch as JSON, each value with its origin, as on a host that\n"
	"          can do all that is asked for; cofferdam run --dry-run asks this host\n"
	"  check   find the errors in profiles and seccomp policies, each as FILE:LINE:COLUMN\n"
	"  explain a seccomp policy in words: groups, rules on arguments, what each architecture gets\n"
	"  test    the verdict of the compiled filter on calls, with the rule that decides\n"
	"  diff    what B lets through that A does not, and the reverse; exit 1 if B widens A\n"
	"  compile translate a seccomp policy: BPF for other launchers, OCI's form, our own\n"
	"  learn   run a command, record what it does, write the policy for it; confines nothing meanwhile\n"
	"  schema  print the JSON Schema of a profile\n"
	"\n"
	"`cofferdam policy SUBCOMMAND --help` tells more.\n";

/* 0 when all that was printed has also arrived. */
static int finish_output(void)
{
	struct error err;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return 0;
	error_set(&err, errno, "standard output");
	return cli_failed(&err);
}

/* A host where nothing is missing: what a profile asks for can be seen anywhere. */
static struct facts complete_host(void)
{
	static char ranges[64], all[] = "0 0 4294967295";
	static struct facts_idmap idmap = {.subuid = ranges,
		.subgid = ranges,
		.outer_uids = all,
		.outer_gids = all,
		.newuidmap = IDMAP_PROGRAM_OK,
		.newgidmap = IDMAP_PROGRAM_OK};

	snprintf(ranges, sizeof ranges, "%u:100000:65536", geteuid());
	idmap.primary = getegid();
	return (struct facts){
		.uid = geteuid(),
		.gid = getegid(),
		.idmap = &idmap,
		.environ = environ,
		.cgroup_delegated = true,
		.cgroup_controllers =
			FACTS_CONTROLLER_MEMORY | FACTS_CONTROLLER_PIDS | FACTS_CONTROLLER_CPU | FACTS_CONTROLLER_IO,
		.cgroup_reason = "",
	};
}

static int show(int argc, char **argv)
{
	_cleanup_(plan_free) struct plan plan = {0};
	const struct facts facts = complete_host();
	_cleanup_(freep) char *text = NULL;
	struct error err;
	json_t *json;
	int r = options_parse_settings(argc, argv, "policy show", &plan, &err);

	if (r == OPTIONS_HELP)
		return 0;
	if (r < 0 || plan_resolve(&plan, &facts, &err) < 0)
		return cli_failed(&err);
	json = plan_to_json(&plan);
	if (json != NULL &&
		json_object_set_new(json, "host", json_string("assumed to offer all that is asked for")) == 0)
		text = json_dumps(json, JSON_SHOWN);
	json_decref(json);
	if (text == NULL) {
		error_set(&err, ENOMEM, "policy show");
		return cli_failed(&err);
	}
	puts(text);
	return finish_output();
}

/* One finding a line. Names in the file are of foreign origin: no control characters reach the terminal. */
static void print_finding(const struct error *err, void *context)
{
	char line[4 * (ERROR_TEXT_MAX + ERROR_HINT_MAX)];

	(void)context;
	error_format(err, line, sizeof line);
	puts(line);
}

static size_t check_seccomp(const struct json_doc *doc)
{
	struct seccomp_policy *policy = NULL;
	struct bpf_program program = {0};
	struct error err;
	size_t errors = 0;

	if (seccomp_policy_parse(doc->name, doc->text, doc->len, &seccomp_context_default, &policy, &err) < 0 ||
		seccomp_policy_compile(policy, &program, &err) < 0 ||
		seccomp_policy_crosscheck(policy, &program, &err) < 0) {
		print_finding(&err, NULL);
		errors = 1;
	}
	bpf_program_free(&program);
	if (policy != NULL)
		seccomp_policy_free(policy);
	return errors;
}

static size_t check_profile(const char *path)
{
	_cleanup_(plan_free) struct plan plan = {0};
	const struct facts facts = complete_host();
	struct error err;
	size_t errors;

	if (plan_init(&plan, &err) < 0) {
		print_finding(&err, NULL);
		return 1;
	}
	errors = profile_check(path, &plan, print_finding, NULL);
	if (errors == 0 && plan_resolve(&plan, &facts, &err) < 0) {
		print_finding(&err, NULL);
		errors = 1;
	}
	return errors;
}

/* A seccomp policy is known by its "defaultAction", or "rules" in our own form; anything else is taken for a profile.
 */
static size_t check_file(const char *path)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	struct error err;

	if (json_doc_load(&doc, path, &err) < 0) {
		print_finding(&err, NULL);
		return 1;
	}
	if (json_object_get(doc.root, "defaultAction") != NULL || json_object_get(doc.root, "rules") != NULL)
		return check_seccomp(&doc);
	return check_profile(path);
}

static int check(int argc, char **argv)
{
	size_t errors = 0;
	struct error err;
	int r, first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;

	if (first == 1 && argc > 1 && argv[1][0] == '-' && argv[1][1] != '\0') {
		error_set(&err, 0, "policy check: %s: not an option", argv[1]);
		return cli_failed(&err);
	}
	if (first >= argc) {
		error_set(&err, 0, "policy check: no file");
		error_hint(&err, "cofferdam policy check FILE…");
		return cli_failed(&err);
	}
	for (int i = first; i < argc; i++)
		errors += check_file(argv[i]);
	r = finish_output();
	if (r != 0)
		return r;
	return errors > 0 ? EXIT_FOUND : 0;
}

static int schema(int argc, char **argv)
{
	_cleanup_(freep) char *text = NULL;
	struct error err;

	if (argc > 1) {
		error_set(&err, 0, "policy schema: %s: unexpected argument", argv[1]);
		return cli_failed(&err);
	}
	text = schema_text(&err);
	if (text == NULL)
		return cli_failed(&err);
	fputs(text, stdout);
	return finish_output();
}

static int help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fputs(usage, stdout);
	return finish_output();
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{"show", show},
	{"check", check},
	{"schema", schema},
	{"--help", help},
	{"explain", cli_policy_explain},
	{"test", cli_policy_test},
	{"diff", cli_policy_diff},
	{"compile", cli_policy_compile},
	{"learn", cli_policy_learn},
};

int cli_policy(int argc, char **argv)
{
	struct error err;

	if (argc < 2) {
		error_set(&err, 0, "policy: no subcommand");
		error_hint(&err, "`cofferdam policy --help` lists them");
		return cli_failed(&err);
	}
	for (size_t i = 0; i < sizeof subcommands / sizeof subcommands[0]; i++) {
		if (strcmp(argv[1], subcommands[i].name) != 0)
			continue;
		if (argc > 2 && strcmp(argv[2], "--help") == 0 &&
			(subcommands[i].run == check || subcommands[i].run == schema))
			return help(argc, argv);
		return subcommands[i].run(argc - 1, argv + 1);
	}
	error_set(&err, 0, "policy %s: not a subcommand", argv[1]);
	error_hint(&err, "`cofferdam policy --help` lists them");
	return cli_failed(&err);
}
