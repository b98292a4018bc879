#include "tests/unit/resolve.h"

static void defaults(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	make(&plan, (const struct pair[]){{NULL, NULL}});
	resolve(&plan, &no_cgroup);
	assert_null(plan.id);
	assert_null(plan.workspace);
	assert_string_equal(plan.hostname, "cofferdam");
	assert_string_equal(plan.command.workdir, PLAN_WORKSPACE);
	assert_string_equal(plan.seccomp, "job");
	assert_true(plan.limits.grace_ns == INT64_C(10) * 1000000000);
	assert_true(plan.filter.len > 1);
	assert_int_equal(plan.degraded, 0);
	assert_int_equal(plan.network, PLAN_NETWORK_NONE);
	assert_int_equal(plan.command.n_env, 0);
	assert_int_equal(plan.root.n_mounts, 1);
	assert_string_equal(plan.root.mounts[0].target, PLAN_WORKSPACE);
	assert_int_equal(plan.root.mounts[0].kind, PLAN_MOUNT_TMPFS);
	assert_true(plan.root.mounts[0].size == 0);
}

static void workspace_given_is_bound_and_worked_in(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"workspace", "/srv/w"}, {"hide", "/srv/w/.git"}, {"tmpfs", "/srv"});
	resolve(&plan, &no_cgroup);
	assert_string_equal(plan.command.workdir, "/srv/w");
	assert_int_equal(plan.root.n_mounts, 3);
	assert_string_equal(plan.root.mounts[0].target, "/srv");
	assert_string_equal(plan.root.mounts[1].target, "/srv/w");
	assert_string_equal(plan.root.mounts[1].source, "/srv/w");
	assert_true(plan.root.mounts[1].kind == PLAN_MOUNT_BIND && plan.root.mounts[1].writable);
	assert_string_equal(plan.root.mounts[1].origin.text, "--test");
	assert_string_equal(plan.root.mounts[2].target, "/srv/w/.git");
}

static void what_is_given_stays(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"workspace", "/srv/w"}, {"workdir", "/srv/w/sub"}, {"hostname", "h"}, {"id", "job-1"});
	resolve(&plan, &no_cgroup);
	assert_string_equal(plan.command.workdir, "/srv/w/sub");
	assert_string_equal(plan.hostname, "h");
	assert_string_equal(plan.id, "job-1");
}

static void environment_is_inherited_by_name_only(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"env", "NOT_SET"}, {"env", "A=1"}, {"env", "LANG"}, {"env", "ALSO_NOT_SET"}, {"env", "EMPTY"});
	resolve(&plan, &no_cgroup);
	assert_int_equal(plan.command.n_env, 3);
	assert_string_equal(plan.command.env[0].name, "A");
	assert_string_equal(plan.command.env[1].name, "LANG");
	assert_string_equal(plan.command.env[1].value, "C.UTF-8");
	assert_string_equal(plan.command.env[2].name, "EMPTY");
	assert_string_equal(plan.command.env[2].value, "");
}

static void parents_are_mounted_first(void **state)
{
	static const char *const order[] = {"/z", "/a", "/c", "/workspace", "/z/y", "/a/b", "/a/b/c", "/a/b/a"};
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"hide", "/a/b/c"}, {"ro", "/z"}, {"ro", "/z/y"}, {"tmpfs", "/a"}, {"hide", "/a/b/a"},
		{"ro", "/a/b"}, {"ro", "/x:/c"});
	resolve(&plan, &no_cgroup);
	assert_int_equal(plan.root.n_mounts, sizeof order / sizeof order[0]);
	for (size_t i = 0; i < plan.root.n_mounts; i++)
		assert_string_equal(plan.root.mounts[i].target, order[i]);
}

/* Whether the path may be missing, in a table with these rows. */
static bool hidden_optionally(const char *path)
{
	_cleanup_(plan_free) struct plan plan = {0};

	MAKE(&plan, {"ro", "/ro"}, {"rw", "/rw"}, {"rw", "/ro/rw"}, {"ro", "/rw/ro"}, {"ro_try", "/rw/try"},
		{"tmpfs", "/rw/tmp"}, {"workspace", "/srv/w"}, {"hide", path});
	resolve(&plan, &no_cgroup);
	for (size_t i = 0; i < plan.root.n_mounts; i++)
		if (plan.root.mounts[i].kind == PLAN_MOUNT_HIDE)
			return plan.root.mounts[i].optional;
	fail();
	return false;
}

static void what_is_hidden_if_it_exists_may_be_missing(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"rw", "/rw"}, {"hide_try", "/rw/x"});
	resolve(&plan, &no_cgroup);
	assert_int_equal(plan.root.mounts[plan.root.n_mounts - 1].kind, PLAN_MOUNT_HIDE);
	assert_true(plan.root.mounts[plan.root.n_mounts - 1].optional);
}

static void what_is_hidden_must_exist_where_others_can_make_it(void **state)
{
	static const struct {
		const char *path;
		bool optional;
	} table[] = {{"/nowhere", true}, {"/ro/x", true}, {"/rw/x", false}, {"/rwx", true}, {"/ro/rw/a/b", false},
		{"/rw/ro/x", true}, {"/rw/try/x", false}, {"/rw/tmp/x", true}, {"/srv/w/x", false}, {"/srv/x", true}};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (hidden_optionally(table[i].path) != table[i].optional)
			fail_msg("%s", table[i].path);
}

static void workspace_is_not_mounted_over(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"ro", "/x:/workspace"});
	refused(&plan, &no_cgroup, "--test: target /workspace: the workspace is mounted there", "another target");
	MAKE(&plan, {"workspace", "/srv/w"}, {"tmpfs", "/srv/w"});
	refused(&plan, &no_cgroup, "--test: /srv/w: --test mounts something else there", "another directory");
	MAKE(&plan, {"workspace", "/srv/w"}, {"ro", "/x:/workspace"});
	resolve(&plan, &no_cgroup);
}

static void landlock(void **state)
{
	struct facts facts = no_cgroup;
	struct plan plan;

	(void)state;
	facts.landlock_abi = 6;
	MAKE(&plan, {"seccomp", "job"});
	resolve(&plan, &facts);
	assert_int_equal(plan.landlock.abi, 6);
	assert_false(plan.landlock.no_tcp);
	plan_free(&plan);

	/* No TCP socket can be made, so none that was handed in serves. */
	MAKE(&plan, {"seccomp", "strict"});
	resolve(&plan, &facts);
	assert_true(plan.landlock.no_tcp);
	plan_free(&plan);

	MAKE(&plan, {"landlock", "no"}, {"seccomp", "strict"});
	resolve(&plan, &facts);
	assert_int_equal(plan.landlock.abi, 0);
	assert_false(plan.landlock.no_tcp);
	plan_free(&plan);

	facts.landlock_abi = 1;
	facts.landlock_missing = "too old";
	MAKE(&plan, {"landlock", "yes"});
	refused(&plan, &facts, "landlock: too old", "--allow-degraded landlock");
	MAKE(&plan, {"allow_degraded", "landlock"}, {"allow_degraded", "none"});
	refused(&plan, &facts, "landlock: too old", "requested by default");
	MAKE(&plan, {"allow_degraded", "landlock"});
	resolve(&plan, &facts);
	assert_int_equal(plan.landlock.abi, 0);
	assert_int_equal(plan.degraded, 1 << PLAN_DEGRADABLE_LANDLOCK);
	plan_free(&plan);
	MAKE(&plan, {"landlock", "no"});
	resolve(&plan, &facts);
	assert_int_equal(plan.degraded, 0);
	plan_free(&plan);
}

/* Every combination of terminals among 0-2. `pty`: what becomes a pseudo-terminal of the job's own. */
static void terminal(void **state)
{
	static const struct {
		const char *asked;
		enum plan_tty expected;
		unsigned has, pty;
		bool reads_nothing;
	} cases[] = {
		{"auto", PLAN_TTY_NO, 0, 0, false},
		{"auto", PLAN_TTY_NO, 1, 0, true},
		{"auto", PLAN_TTY_NO, 2, 2, false},
		{"auto", PLAN_TTY_YES, 3, 3, false},
		{"auto", PLAN_TTY_NO, 4, 4, false},
		{"auto", PLAN_TTY_NO, 5, 4, true},
		{"auto", PLAN_TTY_NO, 6, 6, false},
		{"auto", PLAN_TTY_YES, 7, 7, false},
		{"yes", PLAN_TTY_YES, 0, 3, false},
		{"yes", PLAN_TTY_YES, 1, 3, false},
		{"yes", PLAN_TTY_YES, 2, 3, false},
		{"yes", PLAN_TTY_YES, 3, 3, false},
		{"yes", PLAN_TTY_YES, 4, 7, false},
		{"yes", PLAN_TTY_YES, 5, 7, false},
		{"yes", PLAN_TTY_YES, 6, 7, false},
		{"yes", PLAN_TTY_YES, 7, 7, false},
		{"no", PLAN_TTY_NO, 0, 0, false},
		{"no", PLAN_TTY_NO, 1, 0, true},
		{"no", PLAN_TTY_NO, 2, 2, false},
		{"no", PLAN_TTY_NO, 3, 2, true},
		{"no", PLAN_TTY_NO, 4, 4, false},
		{"no", PLAN_TTY_NO, 5, 4, true},
		{"no", PLAN_TTY_NO, 6, 6, false},
		{"no", PLAN_TTY_NO, 7, 6, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		struct facts facts = no_cgroup;

		facts.terminals = cases[i].has;
		MAKE(&plan, {"tty", cases[i].asked});
		resolve(&plan, &facts);
		assert_int_equal(plan.tty, cases[i].expected);
		assert_int_equal(plan_pty_fds(&plan), cases[i].pty);
		assert_int_equal(plan_reads_nothing(&plan), cases[i].reads_nothing);
		/* None of them stays in the job's hands. */
		assert_int_equal(cases[i].has & ~(plan_pty_fds(&plan) | (unsigned)plan_reads_nothing(&plan)), 0);
	}
}

/* Its standard output is then the launcher's standard error, terminal or not. */
static void terminal_of_a_job_whose_report_goes_to_standard_output(void **state)
{
	(void)state;
	for (unsigned has = 0; has < 8; has++) {
		_cleanup_(plan_free) struct plan plan = {0};
		struct facts facts = no_cgroup;

		facts.terminals = has;
		MAKE(&plan, {"report", "-"});
		resolve(&plan, &facts);
		assert_int_equal(plan.tty, (has & 5) == 5 ? PLAN_TTY_YES : PLAN_TTY_NO);
		assert_int_equal(plan.terminals, (has & 1) | ((has & 4) != 0 ? 6 : 0));
	}
}

/* Where a job could change them, a launch makes its own. */
static void mirrors_are_shared_in_the_runtime_directory(void **state)
{
	static const struct {
		const char *runtime, *key, *text, *expected;
		bool shared;
	} rows[] = {
		{"/run/user/7", "root", "overlay", "/run/user/7/cofferdam-mirrors", true},
		{"/run//user/7/", "root", "overlay", "/run/user/7/cofferdam-mirrors", true},
		{"/run/user/7", "rw", "/run/user/70", "/run/user/7/cofferdam-mirrors", true},
		{"/run/user/7", "ro", "/run/user/7", "/run/user/7/cofferdam-mirrors", true},
		{"/run/user/7", "root", "host", "/run/user/7/cofferdam-mirrors", false},
		{"/run/user/7", "changes", "/tmp/list", "/run/user/7/cofferdam-mirrors", false},
		{"/run/user/7", "rw", "/run/user", "/run/user/7/cofferdam-mirrors", false},
		{"/run/user/7", "rw", "/run/user/7/cofferdam-mirrors/1", "/run/user/7/cofferdam-mirrors", false},
		{"/run/user/7", "workspace", "/run/user/7", "/run/user/7/cofferdam-mirrors", false},
		{"run", "root", "overlay", NULL, false},
		{"", "root", "overlay", NULL, false},
		{"/run/../x", "root", "overlay", NULL, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		char variable[64];
		char *const environment[] = {variable, NULL};
		const struct facts facts = {.environ = environment, .cgroup_reason = "none"};

		snprintf(variable, sizeof variable, "XDG_RUNTIME_DIR=%s", rows[i].runtime);
		MAKE(&plan, {"root", "overlay"}, {rows[i].key, rows[i].text}, {"landlock", "no"});
		resolve(&plan, &facts);
		assert_int_equal(plan.root.shares_mirrors, rows[i].shared);
		if (rows[i].expected == NULL)
			assert_null(plan.root.mirrors);
		else
			assert_string_equal(plan.root.mirrors, rows[i].expected);
	}
}

/* Not told by the text: a policy may be called so. */
static void a_report_where_the_job_can_write_is_remembered(void **state)
{
	struct error err;

	(void)state;
	{
		_cleanup_(plan_free) struct plan plan = {0};

		MAKE(&plan, {"workspace", "/srv/w"}, {"report", "/srv/w/r.json"});
		assert_int_equal(plan_resolve(&plan, &no_cgroup, &err), -1);
		assert_string_equal(err.text, "--report: /srv/w/r.json: lies in /srv/w, where the job can write");
		assert_true(plan.report_refused);
	}
	{
		_cleanup_(plan_free) struct plan plan = {0};

		MAKE(&plan, {"workspace", "/srv/w"}, {"report", "/srv/r.json"}, {"changes", "/srv/w/c"},
			{"root", "overlay"});
		assert_int_equal(plan_resolve(&plan, &no_cgroup, &err), -1);
		assert_int_equal(strncmp(err.text, "--changes: ", strlen("--changes: ")), 0);
		assert_false(plan.report_refused);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mirrors_are_shared_in_the_runtime_directory),
		cmocka_unit_test(defaults),
		cmocka_unit_test(workspace_given_is_bound_and_worked_in),
		cmocka_unit_test(what_is_given_stays),
		cmocka_unit_test(environment_is_inherited_by_name_only),
		cmocka_unit_test(parents_are_mounted_first),
		cmocka_unit_test(what_is_hidden_if_it_exists_may_be_missing),
		cmocka_unit_test(what_is_hidden_must_exist_where_others_can_make_it),
		cmocka_unit_test(workspace_is_not_mounted_over),
		cmocka_unit_test(landlock),
		cmocka_unit_test(terminal),
		cmocka_unit_test(terminal_of_a_job_whose_report_goes_to_standard_output),
		cmocka_unit_test(a_report_where_the_job_can_write_is_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
