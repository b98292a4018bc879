#include "cli/commands.h"

#include "cli/plan.h"
#include "cli/policy/commands.h"
#include "cli/run_options.h"
#include "cli/unknown.h"
#include "cli/usage.h"
#include "common/builtin.h"
#include "common/cleanup.h"
#include "common/json.h"
#include "common/path.h"
#include "common/phrases.h"
#include "policy/plan_json.h"
#include "policy/profile.h"
#include "policy/resolve/resolve.h"
#include "policy/schema.h"
#include "policy/seccomp/crosscheck.h"
#include "policy/seccomp/seccomp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EXIT_FOUND 1

/* A host where nothing is missing: what a profile asks for can be seen anywhere. */
static struct facts complete_host(void)
{
	static char ranges[64], all[] = "0 0 4294967295";
	static struct facts_idmap idmap = {.subuid = ranges,
		.subgid = ranges,
		.parent_uids = all,
		.parent_gids = all,
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
	int r = options_parse_settings(argc, argv, "policy show", NULL, NULL, &plan, &err);

	if (r == OPTIONS_HELP)
		return 0;
	if (r < 0 || plan_resolve(&plan, &facts, &err) < 0)
		return cli_failed(&err);
	json = plan_to_json(&plan);
	if (json != NULL && json_object_set_new(json, "host", json_string("assumed to support everything")) == 0)
		text = json_dumps(json, JSON_SHOWN);
	json_decref(json);
	if (text == NULL) {
		error_set(&err, ENOMEM, "policy show");
		return cli_failed(&err);
	}
	puts(text);
	return cli_printed(0);
}

/* One finding a line. Names in the file are of foreign origin: no control characters reach the terminal. */
static void print_finding(const struct error *err, void *context)
{
	char line[4 * (ERROR_TEXT_MAX + ERROR_HINT_MAX)];

	(void)context;
	error_format(err, line, sizeof line);
	puts(line);
}

static void print_counted(const struct error *err, void *count)
{
	print_finding(err, NULL);
	++*(size_t *)count;
}

static size_t check_seccomp(const struct json_doc *doc)
{
	size_t errors = 0;
	struct seccomp_context context = seccomp_context_default;
	struct seccomp_policy *policy = NULL;
	struct bpf_program program = {0};
	struct error err;

	context.report = print_counted;
	context.report_context = &errors;
	if (seccomp_policy_parse(doc->name, doc->text, doc->len, &context, &policy, &err) < 0) {
		if (errors > 0 && errors < SECCOMP_ERRORS_MAX && err.errnum != ENOMEM)
			return errors;
		print_finding(&err, NULL);
		return errors + 1;
	}
	if (seccomp_policy_compile(policy, &program, &err) < 0 ||
		seccomp_policy_crosscheck(policy, &program, &err) < 0) {
		print_finding(&err, NULL);
		errors = 1;
	}
	bpf_program_free(&program);
	if (policy != NULL)
		seccomp_policy_free(policy);
	return errors;
}

static size_t check_profile(const char *path, struct json_doc *read)
{
	_cleanup_(plan_free) struct plan plan = {0};
	const struct facts facts = complete_host();
	struct error err;
	size_t errors;

	if (plan_init(&plan, &err) < 0) {
		print_finding(&err, NULL);
		return 1;
	}
	errors = profile_check(path, read, &plan, print_finding, NULL);
	if (errors == 0 && plan_resolve(&plan, &facts, &err) < 0) {
		print_finding(&err, NULL);
		errors = 1;
	}
	return errors;
}

/* A profile and a seccomp policy may have the same name: both are checked. */
static size_t check_shipped(const char *name, const struct builtin_file *profile, const struct builtin_file *policy)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	size_t errors = profile != NULL ? check_profile(name, NULL) : 0;
	struct error err;

	if (policy == NULL)
		return errors;
	if (json_doc_parse(&doc, policy->path, policy->text, (size_t)(policy->end - policy->text), &err) == 0)
		return errors + check_seccomp(&doc);
	print_finding(&err, NULL);
	return errors + 1;
}

/* A seccomp policy is known by a key that no profile has; anything else is taken for a profile. */
static bool is_policy(const json_t *root)
{
	static const char *const keys[] = {"defaultAction", "syscalls", "rules", "default", "errno"};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (json_object_get(root, keys[i]) != NULL)
			return true;
	return false;
}

static size_t check_file(const char *path)
{
	_cleanup_(json_doc_free) struct json_doc doc = {0};
	struct error err;

	if (json_doc_load(&doc, path, &err) < 0) {
		if (err.errnum == ENOENT && !path_is_file_reference(path))
			builtin_hint("profiles", path, &err);
		if (err.errnum != 0) /* nothing was found in it: it cannot be read */
			cli_failed(&err);
		else
			print_finding(&err, NULL);
		return 1;
	}
	if (is_policy(doc.root))
		return check_seccomp(&doc);
	return check_profile(path, &doc);
}

/* A shipped NAME or a FILE, as everywhere; a file may also be named by any word that is not shipped. */
static size_t check_reference(const char *ref)
{
	const bool file = path_is_file_reference(ref);
	const struct builtin_file *profile = file ? NULL : builtin_find_named("profiles", ref);
	const struct builtin_file *policy = file ? NULL : builtin_find_named("profiles/seccomp", ref);

	return profile != NULL || policy != NULL ? check_shipped(ref, profile, policy) : check_file(ref);
}

/* Of a subcommand without options. */
static int read_none(const char *path, int argc, char **argv, struct error *err)
{
	return usage_read(cli_subcommand(path), argc, argv, NULL, NULL, err);
}

static int check(int argc, char **argv)
{
	size_t errors = 0;
	struct error err;
	int first = read_none("policy check", argc, argv, &err);

	if (first == USAGE_HELP)
		return cli_printed(0);
	if (first < 0)
		return cli_failed(&err);
	if (first >= argc) {
		error_set(&err, 0, "policy check: no name and no file");
		error_hint(&err, "expected cofferdam policy check NAME|FILE…");
		return cli_failed(&err);
	}
	for (int i = first; i < argc; i++)
		errors += check_reference(argv[i]);
	return cli_printed(errors > 0 ? EXIT_FOUND : 0);
}

static int schema(int argc, char **argv)
{
	_cleanup_(freep) char *text = NULL;
	struct error err;
	int at = read_none("policy schema", argc, argv, &err);

	if (at == USAGE_HELP)
		return cli_printed(0);
	if (at > 0 && at < argc)
		at = error_set(&err, 0, "policy schema: %s: " PHRASE_UNEXPECTED_ARGUMENT, argv[at]);
	if (at < 0)
		return cli_failed(&err);
	text = schema_text(&err);
	if (text == NULL)
		return cli_failed(&err);
	fputs(text, stdout);
	return cli_printed(0);
}

static int help(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	usage_print_command("policy", stdout);
	return cli_printed(0);
}

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} subcommands[] = {
	{"show", show},
	{"check", check},
	{"schema", schema},
	{"--help", help},
	{"-h", help},
	{"help", help},
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
		error_hint(&err, "see `cofferdam policy --help`");
		return cli_failed(&err);
	}
	for (size_t i = 0; i < sizeof subcommands / sizeof subcommands[0]; i++)
		if (strcmp(argv[1], subcommands[i].name) == 0)
			return subcommands[i].run(argc - 1, argv + 1);
	unknown_subcommand("policy", argv[1], &err);
	return cli_failed(&err);
}
