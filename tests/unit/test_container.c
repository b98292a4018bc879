#include "common/cleanup.h"
#include "policy/limits.h"
#include "policy/profile.h"
#include "policy/resolve/container.h"
#include "policy/setting_container.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct container_facts whole = {.landlock_abi = 6};
static const struct facts facts = {.uid = 1000, .gid = 1000};

static int resolve(const char *profile, const char *key, const char *text, const struct container_facts *container,
	struct plan *plan, struct error *err)
{
	assert_int_equal(plan_init(plan, err), 0);
	plan->in_container = true;
	if (profile != NULL && profile_load(profile, plan, err) < 0)
		return -1;
	if (key != NULL && setting_apply(plan, setting_find(key), text, "--test", err) < 0)
		return -1;
	return container_resolve(plan, &facts, container, err);
}

static void refused(const char *profile, const char *key, const char *text, const char *expected, const char *remedy)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	assert_int_equal(resolve(profile, key, text, &whole, &plan, &err), -1);
	assert_string_equal(err.text, expected);
	if (strstr(err.hint, remedy) == NULL)
		fail_msg("%s: not in the hint: %s", remedy, err.hint);
}

static void the_shipped_profile_resolves(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	if (resolve("entrypoint", NULL, NULL, &whole, &plan, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(plan.seccomp, "job");
	assert_true(plan.filter.len > 1 && plan.landlock.wanted && plan.in_container);
	assert_false(plan_explains(&plan));
	assert_null(plan.command.workdir);
	assert_int_equal(plan.root.n_mounts, 0);
	assert_int_equal(plan.degraded, 0);
}

/* Every setting is taken, or refused with what to do instead. */
static void every_setting_has_a_whole_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < settings_count; i++) {
		const struct container_row *row = container_row(setting_at(i));
		_cleanup_(plan_free) struct plan plan = {0};
		struct error err;

		if ((row != NULL) == (limit_of_setting(setting_at(i)) != NULL))
			fail_msg("%s: no row, or two", setting_at(i)->key);
		assert_int_equal(row != NULL && row->arg != NULL, row != NULL && row->help != NULL);
		if (container_takes(setting_at(i)))
			continue;
		assert_true(row == NULL || row->arg == NULL);
		assert_int_equal(plan_init(&plan, &err), 0);
		plan.in_container = true;
		assert_int_equal(setting_apply(&plan, setting_at(i), "", "--test", &err), -1);
		if (err.hint[0] == '\0')
			fail_msg("%s: refused without a hint", setting_at(i)->key);
	}
}

static void what_the_runtime_decides_is_refused_by_name(void **state)
{
	static const struct {
		const char *key, *text, *remedy;
	} cases[] = {
		{"memory", "1G", "docker run --memory"},
		{"pids", "10", "--pids-limit"},
		{"cpus", "1", "docker run --cpus"},
		{"network", "none", "docker run --network"},
		{"hostname", "h", "docker run --hostname"},
		{"workspace", "/w", "docker run --volume"},
		{"identity", "single", "--user"},
		{"root", "host", "image"},
		{"docker", "none", "socket"},
		{"tty", "no", "docker run --tty"},
		{"memory_high", "1G", "--cgroup-conf memory.high"},
		{"cpu_weight", "50", "docker run --cpu-shares"},
		{"cgroup", "/c", "docker run --cgroup-parent"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		refused(NULL, cases[i].key, cases[i].text,
			"--test: not available to an entrypoint: the container runtime decides", cases[i].remedy);
	refused(NULL, "tmpfs", "/x", "--test: not available to an entrypoint: the container runtime decides",
		"docker run --tmpfs");
	refused(NULL, "ro", "/a:/b", "--test: /a:/b: an entrypoint cannot show a path elsewhere",
		"docker run --volume /a:/b");
	refused("strict", NULL, NULL,
		"profiles/default.json:5:14: network: not available to an entrypoint: the container runtime decides",
		"docker run --network");
}

/* A setting that is added to the table is not ignored by an entrypoint: it is taken, or refused. */
static void every_setting_is_one_or_the_other(void **state)
{
	(void)state;
	assert_true(container_takes(setting_find("seccomp")));
	assert_true(container_takes(setting_find("user")));
	assert_false(container_takes(setting_find("memory")));
	for (size_t i = 0; i < settings_count; i++) {
		_cleanup_(plan_free) struct plan plan = {0};
		struct error err;

		assert_int_equal(plan_init(&plan, &err), 0);
		plan.in_container = true;
		if (container_takes(setting_at(i)))
			continue;
		assert_int_equal(setting_apply(&plan, setting_at(i), "1", "--test", &err), -1);
		assert_string_equal(err.text, "--test: not available to an entrypoint: the container runtime decides");
		assert_true(err.hint[0] != '\0');
	}
}

static void paths_are_rules(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	assert_int_equal(resolve(NULL, "ro", "/", &whole, &plan, &err), 0);
	assert_int_equal(plan.root.n_mounts, 1);
	assert_string_equal(plan.root.mounts[0].source, "/");
	assert_false(plan.root.mounts[0].writable);
}

static void paths_need_landlock(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	struct error err;

	(void)state;
	assert_int_equal(plan_init(&plan, &err), 0);
	plan.in_container = true;
	assert_int_equal(setting_apply(&plan, setting_find("ro"), "/srv", "--ro", &err), 0);
	assert_int_equal(setting_apply(&plan, setting_find("landlock"), "no", "--no-landlock", &err), 0);
	assert_int_equal(container_resolve(&plan, &facts, &whole, &err), -1);
	assert_string_equal(err.text, "--ro: /srv: requires Landlock, which --no-landlock disables");
}

static void missing_landlock_is_refused_or_degraded(void **state)
{
	static const struct container_facts by_filter = {.landlock_errnum = EPERM, .filtered = true};
	static const struct container_facts old = {.landlock_errnum = ENOSYS};
	_cleanup_(plan_free) struct plan filtered = {0}, kernel = {0}, allowed = {0}, without = {0};
	struct error err;

	(void)state;
	assert_int_equal(resolve(NULL, NULL, NULL, &by_filter, &filtered, &err), -1);
	assert_string_equal(err.text, "landlock: an outer seccomp filter refuses it: Operation not permitted");
	assert_non_null(strstr(err.hint, "--security-opt seccomp="));
	assert_non_null(strstr(err.hint, "--allow-degraded landlock"));
	assert_int_equal(resolve(NULL, NULL, NULL, &old, &kernel, &err), -1);
	assert_string_equal(err.text, "landlock: this kernel cannot restrict files: Function not implemented");
	assert_int_equal(resolve(NULL, "allow_degraded", "landlock", &old, &allowed, &err), 0);
	assert_int_equal(allowed.degraded, 1u << PLAN_DEGRADABLE_LANDLOCK);
	assert_int_equal(resolve(NULL, "landlock", "no", &old, &without, &err), 0);
	assert_int_equal(without.degraded, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_profile_resolves),
		cmocka_unit_test(every_setting_has_a_whole_row),
		cmocka_unit_test(what_the_runtime_decides_is_refused_by_name),
		cmocka_unit_test(every_setting_is_one_or_the_other),
		cmocka_unit_test(paths_are_rules),
		cmocka_unit_test(paths_need_landlock),
		cmocka_unit_test(missing_landlock_is_refused_or_degraded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
