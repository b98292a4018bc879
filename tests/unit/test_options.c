#include "cli/commands.h"
#include "cli/run_options.h"
#include "cli/settings_help.h"
#include "cli/unknown.h"
#include "cli/wrap.h"
#include "common/cleanup.h"
#include "common/io.h"
#include "policy/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#define ARGS_MAX 32

/* getopt_long(3) wants writable arrays that end with NULL. */
struct args {
	int n;
	char *items[ARGS_MAX];
	char text[2048];
};

static void split(struct args *args, const char *line)
{
	char *rest = args->text;

	snprintf(args->text, sizeof args->text, "%s", line);
	args->n = 0;
	while (rest != NULL && args->n < ARGS_MAX - 1)
		args->items[args->n++] = strsep(&rest, " ");
	args->items[args->n] = NULL;
}

static int parse(struct args *args, const char *line, struct plan *plan, struct error *err)
{
	split(args, line);
	return options_parse(args->n, args->items, plan, err);
}

static void accepted(struct args *args, const char *line, struct plan *plan, const char *command)
{
	struct error err;
	int at = parse(args, line, plan, &err);

	if (at < 0)
		fail_msg("%s: %s", line, err.text);
	assert_string_equal(args->items[at], command);
	assert_ptr_equal(plan->command.argv, args->items + at);
}

static void refused(const char *line, const char *expected, const char *hint)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct args args = {0};
	struct error err;

	assert_int_equal(parse(&args, line, &plan, &err), -1);
	assert_string_equal(err.text, expected);
	if (strstr(err.hint, hint) == NULL)
		fail_msg("%s: not in the hint: %s", hint, err.hint);
}

static const char *origin(const struct plan *plan, const char *key)
{
	return plan->origins[setting_index(setting_find(key))].text;
}

static void command_ends_the_options(void **state)
{
	static const struct {
		const char *line, *command;
		int at;
	} cases[] = {
		{"run true", "true", 1},
		{"run -- true", "true", 2},
		{"run --pids 10 true --memory 12Q", "true", 3},
		{"run --pids=10 -- --odd", "--odd", 3},
		{"run true -- x", "true", 1},
		{"run -", "-", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		struct args args = {0};

		accepted(&args, cases[i].line, &plan, cases[i].command);
		assert_ptr_equal(plan.command.argv, args.items + cases[i].at);
	}
}

static void errors_name_the_option(void **state)
{
	(void)state;
	refused("run", "run: no command", "COMMAND");
	refused("run --memory 1G --", "run: no command", "COMMAND");
	refused("run --memory 12Q true", "--memory: 12Q: not a size", "512M");
	refused("run --memory=12Q true", "--memory: 12Q: not a size", "512M");
	refused("run --memory", "--memory: requires a value", "");
	refused("run --dry-run=yes true", "--dry-run: does not take a value", "");
	refused("run --bogus true", "--bogus: unknown option", "--help");
	refused("run --bogus=secret true", "--bogus: unknown option", "--help");
	refused("run -m true", "-m: unknown option", "use --memory SIZE");
	refused("run -z true", "-z: unknown option", "--help");
	refused("run -w", "-w: requires a value", "");
	refused("run --extends job true", "--extends: unknown option", "--help");
	refused("run --description x true", "--description: unknown option", "--help");
	refused("run --no-dry-run true", "--no-dry-run: unknown option", "--dry-run");
	refused("run --memroy 1G true", "--memroy: unknown option", "did you mean --memory?");
	refused("run --no-explian true", "--no-explian: unknown option", "did you mean --no-explain?");
	refused("run --timeout=3 true", "--timeout: unknown option", "use --time DURATION");
	refused("run --profile jbo true", "profile jbo: unknown", "did you mean job?");
	refused("run --network opn true", "--network: opn: expected one of none, host, open", "did you mean open?");
	refused("run --allow-degraded memory,pid true",
		"--allow-degraded: pid: expected one of memory, swap, pids, cpu, disk, io, landlock, explain, network, limits, none",
		"did you mean pids?");
	refused("run --profile nosuch true", "profile nosuch: unknown", "default");
	refused("run --profile /nonexistent.json true", "--profile: open /nonexistent.json: No such file or directory",
		"");
	refused("run --ro rel:rel true", "--ro: target: rel: not an absolute path", "");
	refused("run --keep-fd 3 --keep-fd 3 true", "--keep-fd: 3: given more than once", "");
	refused("run --network allow true", "--network allow: not supported yet", "open works");
	refused("run --docker private true", "--docker private: not supported yet", "none");
	refused("run --root img true", "--root: img: expected one of host, overlay, image:NAME, DIR",
		"must contain a /");
}

static void shortened_names_are_refused(void **state)
{
	(void)state;
	refused("run --works x true", "--works: unknown option", "write it in full: --workspace");
	refused("run --works=x true", "--works: unknown option", "write it in full: --workspace");
	refused("run --mem 1G true", "--mem: unknown option", "--memory");
	refused("run --dry true", "--dry: unknown option", "write it in full: --dry-run");
	refused("run --hel", "--hel: unknown option", "write it in full: --help");
	refused("run --i x true", "--i: unknown option", "");
}

/* --ro is a name of its own, and the beginning of --ro-try and --root. */
static void whole_names_win(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct args args = {0};
	size_t last;

	(void)state;
	accepted(&args, "run --ro /srv true", &plan, "true");
	last = plan.root.n_mounts - 1;
	assert_string_equal(plan.root.mounts[last].target, "/srv");
	assert_false(plan.root.mounts[last].optional);
	assert_string_equal(plan.root.mounts[last].origin.text, "--ro");
}

static void options_override_the_profile(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct args args = {0};

	(void)state;
	accepted(&args,
		"run --network none --pids none --memory 1G --profile job --memory 2G --env HOME=/x --env X=1 --no-explain --dry-run true",
		&plan, "true");
	assert_string_equal(plan.profile, "job");
	assert_string_equal(origin(&plan, "profile"), "--profile");
	assert_false(plan.explain);
	assert_string_equal(origin(&plan, "explain"), "--no-explain");
	assert_int_equal(plan.network, PLAN_NETWORK_NONE);
	assert_string_equal(origin(&plan, "network"), "--network");
	assert_true(plan.limits.memory == UINT64_C(2) << 30);
	assert_true(plan.limits.pids == 0);
	assert_true(plan.limits.cpus_milli == 4000);
	assert_string_equal(origin(&plan, "cpus"), "profiles/job.json:8:11");
	assert_true(plan.dry_run);
	for (size_t i = 0; i < plan.command.n_env; i++)
		if (strcmp(plan.command.env[i].name, "HOME") == 0)
			assert_string_equal(plan.command.env[i].value, "/x");
	assert_string_equal(plan.command.env[plan.command.n_env - 1].name, "X");
}

static void short_options(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct args args = {0};

	(void)state;
	accepted(&args, "run -w /srv -e X=1 -eY=2 true", &plan, "true");
	assert_string_equal(plan.workspace, "/srv");
	assert_string_equal(origin(&plan, "workspace"), "--workspace");
	assert_string_equal(plan.command.env[plan.command.n_env - 2].value, "1");
	assert_string_equal(plan.command.env[plan.command.n_env - 1].name, "Y");
}

static void several_may_be_missing(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0}, limits = {0};
	struct args args = {0};

	(void)state;
	accepted(&args, "run --allow-degraded none,memory,landlock true", &plan, "true");
	assert_int_equal(plan.allow_degraded, 1u << PLAN_DEGRADABLE_MEMORY | 1u << PLAN_DEGRADABLE_LANDLOCK);
	accepted(&args, "run --allow-degraded none,limits true", &limits, "true");
	assert_int_equal(limits.allow_degraded, 1u << PLAN_DEGRADABLE_MEMORY | 1u << PLAN_DEGRADABLE_SWAP |
							1u << PLAN_DEGRADABLE_PIDS | 1u << PLAN_DEGRADABLE_CPU |
							1u << PLAN_DEGRADABLE_IO);
}

/* What a hint about another tool's option advises is an option. */
static void foreign_options_name_ours(void **state)
{
	(void)state;
	for (const struct foreign_option *foreign = foreign_options; foreign->name != NULL; foreign++)
		for (const char *at = strstr(foreign->ours, "--"); at != NULL; at = strstr(at + 2, "--")) {
			char name[64];
			size_t len = strspn(at + 2, "abcdefghijklmnopqrstuvwxyz-");
			const struct setting *found = NULL;

			for (size_t i = 0; i < settings_count; i++) {
				setting_option(setting_at(i), name, sizeof name);
				if (strlen(name) == len && strncmp(name, at + 2, len) == 0)
					found = setting_at(i);
				if (strcmp(name, foreign->name) == 0 &&
					(setting_at(i)->flags & SETTING_PROFILE_ONLY) == 0)
					fail_msg("%s: is an option of ours", name);
			}
			if (found == NULL || (found->flags & SETTING_PROFILE_ONLY) != 0)
				fail_msg("%s: %s", foreign->name, at);
		}
}

static void default_profile_without_options(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct args args = {0};

	(void)state;
	accepted(&args, "run true", &plan, "true");
	assert_string_equal(plan.profile, "default");
	assert_null(origin(&plan, "profile"));
	assert_string_equal(origin(&plan, "nofile"), "profiles/default.json:6:13");
	assert_int_equal(plan.network, PLAN_NETWORK_NONE);
}

static void mounts_replace_those_of_the_profile(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct args args = {0};
	size_t at_tmp = 0;

	(void)state;
	accepted(&args, "run --rw /srv/tmp:/tmp true", &plan, "true");
	for (size_t i = 0; i < plan.root.n_mounts; i++)
		if (strcmp(plan.root.mounts[i].target, "/tmp") == 0) {
			at_tmp++;
			assert_int_equal(plan.root.mounts[i].kind, PLAN_MOUNT_BIND);
			assert_true(plan.root.mounts[i].writable);
		}
	assert_int_equal(at_tmp, 1);
}

static void relative_paths_start_here(void **state)
{
	char dir[] = "/tmp/cofferdam-options-XXXXXX";
	_cleanup_(freep) char *before = getcwd(NULL, 0), *cwd = NULL, *sub = NULL, *report = NULL, *policy = NULL;
	_cleanup_(plan_free) struct plan plan = {0};
	struct args args = {0};

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chdir(dir), 0);
	cwd = getcwd(NULL, 0);
	sub = format("%s/sub", cwd);
	report = format("%s/r.json", cwd);
	policy = format("%s/s.json", cwd);
	accepted(&args, "run --workspace . --ro ./sub --rw sub:/data --report r.json --seccomp s.json true", &plan,
		"true");
	assert_int_equal(chdir(before), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_string_equal(plan.workspace, cwd);
	assert_string_equal(plan.root.mounts[plan.root.n_mounts - 2].source, sub);
	assert_string_equal(plan.root.mounts[plan.root.n_mounts - 2].target, sub);
	assert_string_equal(plan.root.mounts[plan.root.n_mounts - 1].source, sub);
	assert_string_equal(plan.root.mounts[plan.root.n_mounts - 1].target, "/data");
	assert_string_equal(plan.report, report);
	assert_string_equal(plan.seccomp, policy);
}

/* What `run` prints on standard output, up to `size` bytes; the result goes to *status. */
static void capture(int (*run)(int, char **), const char *line, int *status, char *text, size_t size)
{
	_cleanup_(close_fd) int memory = memfd_create("stdout", MFD_CLOEXEC), saved = dup(STDOUT_FILENO);
	struct args args = {0};
	ssize_t n;

	assert_true(memory >= 0 && saved >= 0);
	fflush(stdout);
	dup2(memory, STDOUT_FILENO);
	split(&args, line);
	*status = run(args.n, args.items);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	n = pread(memory, text, size - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
}

static int help(int argc, char **argv)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	return options_parse(argc, argv, &plan, &err);
}

static void help_lists_every_option(void **state)
{
	char text[16384];
	int status;

	(void)state;
	capture(help, "run --memory 12Q --help", &status, text, sizeof text);
	assert_int_equal(status, OPTIONS_HELP);
	for (size_t i = 0; i < settings_count; i++) {
		char name[64], line[80];
		bool option = (setting_at(i)->flags & SETTING_PROFILE_ONLY) == 0;

		setting_option(setting_at(i), name, sizeof name);
		snprintf(line, sizeof line, (setting_at(i)->flags & SETTING_NEGATABLE) != 0 ? " --[no-]%s" : " --%s",
			name);
		assert_int_equal(strstr(text, line) != NULL, option);
	}
}

static void groups_begin_at_settings(void **state)
{
	(void)state;
	for (const struct settings_group *group = settings_groups; group->first != NULL; group++)
		if (setting_find(group->first) == NULL)
			fail_msg("%s: no setting", group->first);
}

static void help_is_wrapped(void **state)
{
	char text[256] = "";
	FILE *out = fmemopen(text, sizeof text, "w");

	(void)state;
	assert_non_null(out);
	assert_int_equal(wrap_width(out), 80);
	wrap_print(out, "one two … three\nfour\n\n  kept  as it is\n  and this\nlast", 4, 2, 12);
	fclose(out);
	assert_string_equal(text, "one two\n  … three\n  four\n\n    kept  as it is\n    and this\n  last\n");
}

static void policy_subcommands(void **state)
{
	char text[65536];
	int status;

	(void)state;
	capture(cli_policy, "policy schema", &status, text, sizeof text);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "\"additionalProperties\": false"));
	capture(cli_policy, "policy show --profile job --pids 7", &status, text, sizeof text);
	assert_int_equal(status, 0);
	assert_non_null(strstr(text, "\"origin\": \"--pids\""));
	assert_non_null(strstr(text, "\"origin\": \"profiles/job.json:6:13\""));
	assert_non_null(strstr(text, "\"host\": \"assumed"));
	capture(cli_policy, "policy check /nonexistent", &status, text, sizeof text);
	assert_int_equal(status, 1);
	assert_string_equal(text, ""); /* no finding in a file: it goes to standard error */
}

static void policy_later_work_is_refused(void **state)
{
	static const char *const lines[] = {"policy", "policy nosuch", "policy learn -- true", "policy explain f",
		"policy test f", "policy diff a b", "policy compile f", "policy check", "policy check -x",
		"policy schema x", "policy show nosuch", "policy show job extra"};
	char text[64];
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		capture(cli_policy, lines[i], &status, text, sizeof text);
		assert_int_equal(status, 125);
		assert_string_equal(text, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_ends_the_options),
		cmocka_unit_test(errors_name_the_option),
		cmocka_unit_test(shortened_names_are_refused),
		cmocka_unit_test(whole_names_win),
		cmocka_unit_test(options_override_the_profile),
		cmocka_unit_test(short_options),
		cmocka_unit_test(several_may_be_missing),
		cmocka_unit_test(foreign_options_name_ours),
		cmocka_unit_test(default_profile_without_options),
		cmocka_unit_test(mounts_replace_those_of_the_profile),
		cmocka_unit_test(relative_paths_start_here),
		cmocka_unit_test(help_lists_every_option),
		cmocka_unit_test(groups_begin_at_settings),
		cmocka_unit_test(help_is_wrapped),
		cmocka_unit_test(policy_subcommands),
		cmocka_unit_test(policy_later_work_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
