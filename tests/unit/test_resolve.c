#include "common/cleanup.h"
#include "common/io.h"
#include "policy/plan_json.h"
#include "policy/resolve.h"
#include "policy/seccomp_policy.h"
#include "policy/settings.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char lang[] = "LANG=C.UTF-8", empty[] = "EMPTY=", longer[] = "LANGUAGE=de", secret[] = "TOKEN=secret";
static char *const caller_environ[] = {secret, longer, lang, empty, NULL};

static const struct facts no_cgroup = {
	.environ = caller_environ,
	.cgroup_reason = "/sys/fs/cgroup is not writable",
};

static const struct facts whole_cgroup = {
	.environ = caller_environ,
	.cgroup_delegated = true,
	.cgroup_controllers = FACTS_CONTROLLER_MEMORY | FACTS_CONTROLLER_PIDS | FACTS_CONTROLLER_CPU,
	.cgroup_reason = "",
};

static const struct facts pids_only = {
	.environ = caller_environ,
	.cgroup_delegated = true,
	.cgroup_controllers = FACTS_CONTROLLER_PIDS,
	.cgroup_reason = "memory and cpu are not enabled",
};

struct pair {
	const char *key, *text;
};

/* A plan with these settings, up to the one without a key. */
static void make(struct plan *plan, const struct pair *pairs)
{
	struct error err;

	assert_int_equal(plan_init(plan, &err), 0);
	for (; pairs->key != NULL; pairs++)
		if (setting_apply(plan, setting_find(pairs->key), pairs->text, "--test", &err) < 0)
			fail_msg("%s", err.text);
}
#define MAKE(plan, ...) make(plan, (const struct pair[]){__VA_ARGS__, {NULL, NULL}})

static void resolve(struct plan *plan, const struct facts *facts)
{
	struct error err;

	if (plan_resolve(plan, facts, &err) < 0)
		fail_msg("%s", err.text);
}

/* Resolving is refused with exactly this text; the hint has `remedy` in it. */
static void refused(struct plan *plan, const struct facts *facts, const char *expected, const char *remedy)
{
	struct error err;

	assert_int_equal(plan_resolve(plan, facts, &err), -1);
	assert_string_equal(err.text, expected);
	if (strstr(err.hint, remedy) == NULL)
		fail_msg("%s: not in the hint: %s", remedy, err.hint);
	plan_free(plan);
}

static void defaults(void **state)
{
	_cleanup_(plan_free) struct plan plan;

	(void)state;
	make(&plan, (const struct pair[]){{NULL, NULL}});
	resolve(&plan, &no_cgroup);
	assert_null(plan.id);
	assert_null(plan.workspace);
	assert_string_equal(plan.hostname, "cofferdam");
	assert_string_equal(plan.workdir, PLAN_WORKSPACE);
	assert_string_equal(plan.seccomp, "job");
	assert_true(plan.limits.grace_ns == INT64_C(10) * 1000000000);
	assert_true(plan.filter.len > 1);
	assert_int_equal(plan.degraded, 0);
	assert_int_equal(plan.network, PLAN_NETWORK_NONE);
	assert_int_equal(plan.n_env, 0);
	assert_int_equal(plan.n_mounts, 1);
	assert_string_equal(plan.mounts[0].target, PLAN_WORKSPACE);
	assert_int_equal(plan.mounts[0].kind, PLAN_MOUNT_TMPFS);
	assert_true(plan.mounts[0].size == 0);
}

static void workspace_given_is_bound_and_worked_in(void **state)
{
	_cleanup_(plan_free) struct plan plan;

	(void)state;
	MAKE(&plan, {"workspace", "/srv/w"}, {"hide", "/srv/w/.git"}, {"tmpfs", "/srv"});
	resolve(&plan, &no_cgroup);
	assert_string_equal(plan.workdir, "/srv/w");
	assert_int_equal(plan.n_mounts, 3);
	assert_string_equal(plan.mounts[0].target, "/srv");
	assert_string_equal(plan.mounts[1].target, "/srv/w");
	assert_string_equal(plan.mounts[1].source, "/srv/w");
	assert_true(plan.mounts[1].kind == PLAN_MOUNT_BIND && plan.mounts[1].writable);
	assert_string_equal(plan.mounts[1].origin.text, "--test");
	assert_string_equal(plan.mounts[2].target, "/srv/w/.git");
}

static void what_is_given_stays(void **state)
{
	_cleanup_(plan_free) struct plan plan;

	(void)state;
	MAKE(&plan, {"workspace", "/srv/w"}, {"workdir", "/srv/w/sub"}, {"hostname", "h"}, {"id", "job-1"});
	resolve(&plan, &no_cgroup);
	assert_string_equal(plan.workdir, "/srv/w/sub");
	assert_string_equal(plan.hostname, "h");
	assert_string_equal(plan.id, "job-1");
}

static void environment_is_inherited_by_name_only(void **state)
{
	_cleanup_(plan_free) struct plan plan;

	(void)state;
	MAKE(&plan, {"env", "NOT_SET"}, {"env", "A=1"}, {"env", "LANG"}, {"env", "ALSO_NOT_SET"}, {"env", "EMPTY"});
	resolve(&plan, &no_cgroup);
	assert_int_equal(plan.n_env, 3);
	assert_string_equal(plan.env[0].name, "A");
	assert_string_equal(plan.env[1].name, "LANG");
	assert_string_equal(plan.env[1].value, "C.UTF-8");
	assert_string_equal(plan.env[2].name, "EMPTY");
	assert_string_equal(plan.env[2].value, "");
}

static void parents_are_mounted_first(void **state)
{
	static const char *const order[] = {"/z", "/a", "/c", "/workspace", "/z/y", "/a/b", "/a/b/c", "/a/b/a"};
	_cleanup_(plan_free) struct plan plan;

	(void)state;
	MAKE(&plan, {"hide", "/a/b/c"}, {"ro", "/z"}, {"ro", "/z/y"}, {"tmpfs", "/a"}, {"hide", "/a/b/a"},
		{"ro", "/a/b"}, {"ro", "/x:/c"});
	resolve(&plan, &no_cgroup);
	assert_int_equal(plan.n_mounts, sizeof order / sizeof order[0]);
	for (size_t i = 0; i < plan.n_mounts; i++)
		assert_string_equal(plan.mounts[i].target, order[i]);
}

static void workspace_is_not_mounted_over(void **state)
{
	_cleanup_(plan_free) struct plan plan;

	(void)state;
	MAKE(&plan, {"ro", "/x:/workspace"});
	refused(&plan, &no_cgroup, "--test: target /workspace: the workspace is mounted there", "another target");
	MAKE(&plan, {"workspace", "/srv/w"}, {"tmpfs", "/srv/w"});
	refused(&plan, &no_cgroup, "--test: target /srv/w: the workspace is mounted there", "another target");
	MAKE(&plan, {"workspace", "/srv/w"}, {"ro", "/x:/workspace"});
	resolve(&plan, &no_cgroup);
}

static void limits_without_a_controller_are_refused(void **state)
{
	static const struct {
		const char *key, *value, *name, *controller;
	} cases[] = {
		{"memory", "1G", "memory", "memory"},
		{"swap", "0", "swap", "memory"},
		{"pids", "10", "pids", "pids"},
		{"cpus", "1", "cpu", "cpu"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(freep) char *expected = format(
			"%s limit: no delegated cgroup v2 with the %s controller: /sys/fs/cgroup is not writable",
			cases[i].name, cases[i].controller);
		_cleanup_(freep) char *remedy = format("--allow-degraded %s", cases[i].name);
		_cleanup_(plan_free) struct plan plan;

		MAKE(&plan, {cases[i].key, cases[i].value});
		refused(&plan, &no_cgroup, expected, remedy);
		MAKE(&plan, {cases[i].key, cases[i].value});
		refused(&plan, &no_cgroup, expected, "systemd-run --user --scope -p Delegate=yes");
		MAKE(&plan, {cases[i].key, cases[i].value});
		refused(&plan, &no_cgroup, expected, "asked for by --test");
		MAKE(&plan, {cases[i].key, cases[i].value}, {cases[i].key, "none"});
		resolve(&plan, &no_cgroup);
		assert_int_equal(plan.degraded, 0);
	}
}

static void each_controller_counts_for_itself(void **state)
{
	_cleanup_(plan_free) struct plan plan;

	(void)state;
	MAKE(&plan, {"pids", "10"}, {"memory", "1G"});
	refused(&plan, &pids_only,
		"memory limit: no delegated cgroup v2 with the memory controller: memory and cpu are not enabled",
		"--allow-degraded memory");
	MAKE(&plan, {"pids", "10"});
	resolve(&plan, &pids_only);
	assert_int_equal(plan.degraded, 0);
}

/* Only what was allowed, asked for and is missing is degraded. */
static void degrading_needs_consent(void **state)
{
	const struct {
		const struct facts *facts;
		unsigned degraded;
	} cases[] = {
		{&pids_only, 1U << PLAN_DEGRADABLE_MEMORY},
		{&no_cgroup, 1U << PLAN_DEGRADABLE_MEMORY | 1U << PLAN_DEGRADABLE_PIDS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(plan_free) struct plan plan;

		MAKE(&plan, {"allow_degraded", "memory"}, {"allow_degraded", "pids"}, {"allow_degraded", "cpu"},
			{"pids", "10"}, {"memory", "1G"});
		resolve(&plan, cases[i].facts);
		assert_int_equal(plan.degraded, cases[i].degraded);
		plan_free(&plan);
		MAKE(&plan, {"allow_degraded", "memory"}, {"memory", "1G"}, {"swap", "0"});
		refused(&plan, cases[i].facts,
			cases[i].facts == &no_cgroup
				? "swap limit: no delegated cgroup v2 with the memory controller: /sys/fs/cgroup is "
				  "not writable"
				: "swap limit: no delegated cgroup v2 with the memory controller: memory and cpu are "
				  "not enabled",
			"--allow-degraded swap");
	}
}

static void disk_limit_covers_every_fresh_directory(void **state)
{
	_cleanup_(plan_free) struct plan plan;

	(void)state;
	MAKE(&plan, {"tmpfs", "/tmp"});
	resolve(&plan, &no_cgroup);
	assert_false(plan_has_scratch(&plan));
	plan_free(&plan);
	MAKE(&plan, {"disk", "1G"}, {"workspace", "/srv/w"});
	resolve(&plan, &no_cgroup);
	assert_int_equal(plan.degraded, 0);
	assert_true(plan_has_scratch(&plan));
	plan_free(&plan);
	MAKE(&plan, {"disk", "1G"}, {"tmpfs", "/run:1M"});
	resolve(&plan, &no_cgroup);
	assert_true(plan_has_scratch(&plan));
	for (size_t i = 0; i < plan.n_mounts; i++) /* the workspace has no size of its own: it shares the limit's */
		assert_true(plan.mounts[i].size == (strcmp(plan.mounts[i].target, "/run") == 0 ? 1 << 20 : 0));
	assert_true(plan_scratch_inodes(UINT64_C(1) << 30) == 131072);
	assert_true(plan_scratch_inodes(1) == 16384 && plan_scratch_inodes(0) == 0);
}

static void seccomp_policies_are_found_or_named(void **state)
{
	_cleanup_(plan_free) struct plan plan;
	size_t job;

	(void)state;
	MAKE(&plan, {"seccomp", "job"});
	resolve(&plan, &no_cgroup);
	job = plan.filter.len;
	plan_free(&plan);
	MAKE(&plan, {"seccomp", "strict"});
	resolve(&plan, &no_cgroup);
	assert_int_not_equal(plan.filter.len, job);
	plan_free(&plan);
	MAKE(&plan, {"seccomp", "nosuch"});
	refused(&plan, &no_cgroup, "--test: nosuch: not a shipped policy", "shipped: job, strict, listener");
	MAKE(&plan, {"seccomp", "/nonexistent/s.json"});
	refused(&plan, &no_cgroup, "--test: open /nonexistent/s.json: No such file or directory", "");
}

/* The string at a path of keys and indexes, "settings.memory.origin". */
static const char *text_at(const json_t *json, const char *path)
{
	_cleanup_(freep) char *copy = strdup(path);
	char *rest = copy;

	for (const char *key; (key = strsep(&rest, ".")) != NULL;)
		json = json_is_array(json) ? json_array_get(json, strtoul(key, NULL, 10)) : json_object_get(json, key);
	assert_true(json_is_string(json));
	return json_string_value(json);
}

/* A memory limit that spills into swap is none: swap is 0 unless it was spoken of. */
static void memory_takes_swap_away(void **state)
{
	_cleanup_(plan_free) struct plan plan, asked, none, degraded;

	(void)state;
	MAKE(&plan, {"memory", "1G"});
	resolve(&plan, &whole_cgroup);
	assert_int_equal(plan.limits.swap, 0);
	MAKE(&asked, {"memory", "1G"}, {"swap", "2G"});
	resolve(&asked, &whole_cgroup);
	assert_true(asked.limits.swap == UINT64_C(2) << 30);
	MAKE(&none, {"memory", "1G"}, {"swap", "none"});
	resolve(&none, &whole_cgroup);
	assert_true(none.limits.swap == PLAN_SWAP_UNSET);
	MAKE(&degraded, {"memory", "1G"}, {"allow_degraded", "memory"});
	resolve(&degraded, &no_cgroup);
	assert_true(degraded.limits.swap == PLAN_SWAP_UNSET);
}

static void json_shows_values_and_origins(void **state)
{
	_cleanup_(plan_free) struct plan plan;
	char *argv[] = {(char[]){"echo"}, (char[]){"\xff\xc3\xa4"}, NULL};
	json_t *json, *settings_object;

	(void)state;
	MAKE(&plan, {"memory", "1G"}, {"allow_degraded", "memory"}, {"allow_degraded", "disk"}, {"grace", "1500ms"},
		{"time", "120m"}, {"cpus", "2"}, {"allow_degraded", "cpu"}, {"network", "host"}, {"tmpfs", "/t\xff:1M"},
		{"env", "NAME=value"}, {"env", "LANG"});
	plan.argv = argv;
	resolve(&plan, &no_cgroup);
	json = plan_to_json(&plan);
	assert_non_null(json);
	settings_object = json_object_get(json, "settings");
	assert_true(
		json_integer_value(json_object_get(json_object_get(settings_object, "memory"), "value")) == 1 << 30);
	assert_string_equal(text_at(json, "settings.memory.origin"), "--test");
	assert_string_equal(text_at(json, "settings.grace.value"), "1500ms");
	assert_string_equal(text_at(json, "settings.time.value"), "2h");
	assert_string_equal(text_at(json, "settings.network.value"), "host");
	assert_string_equal(text_at(json, "settings.docker.value"), "none");
	assert_string_equal(text_at(json, "settings.docker.origin"), "default");
	assert_string_equal(text_at(json, "settings.seccomp.value"), "job");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(settings_object, "cpus"), "value")), 2);
	assert_true(json_is_null(json_object_get(json_object_get(settings_object, "pids"), "value")));
	assert_true(json_is_null(json_object_get(json_object_get(settings_object, "swap"), "value")));
	assert_string_equal(text_at(json, "mounts.0.target"), "/t\\xff");
	assert_string_equal(text_at(json, "env.0.value"), "value");
	assert_string_equal(text_at(json, "env.1.name"), "LANG");
	/* The caller's own value may be a secret. */
	assert_true(json_is_null(json_object_get(json_array_get(json_object_get(json, "env"), 1), "value")));
	assert_string_equal(text_at(json, "env.0.origin"), "--test");
	assert_string_equal(text_at(json, "degraded.0"), "memory");
	assert_string_equal(text_at(json, "degraded.1"), "cpu");
	assert_int_equal(json_array_size(json_object_get(json, "degraded")), 2);
	assert_string_equal(text_at(json, "allow_degraded.2"), "disk");
	assert_string_equal(text_at(json, "seccomp_filter.policy"), "job");
	assert_true((size_t)json_integer_value(json_object_get(
			    json_object_get(json, "seccomp_filter"), "instructions")) == plan.filter.len);
	assert_string_equal(text_at(json, "command.0"), "echo");
	assert_string_equal(text_at(json, "command.1"), "\\xff\\xc3\\xa4");
	json_decref(json);
}

static void landlock(void **state)
{
	struct facts facts = no_cgroup;
	struct plan plan;

	(void)state;
	facts.landlock_abi = 6;
	MAKE(&plan, {"seccomp", "job"});
	resolve(&plan, &facts);
	assert_int_equal(plan.landlock_abi, 6);
	assert_false(plan.landlock_no_tcp);
	plan_free(&plan);

	/* No TCP socket can be made, so none that was handed in serves. */
	MAKE(&plan, {"seccomp", "strict"});
	resolve(&plan, &facts);
	assert_true(plan.landlock_no_tcp);
	plan_free(&plan);

	MAKE(&plan, {"landlock", "no"}, {"seccomp", "strict"});
	resolve(&plan, &facts);
	assert_int_equal(plan.landlock_abi, 0);
	assert_false(plan.landlock_no_tcp);
	plan_free(&plan);

	facts.landlock_abi = 1;
	facts.landlock_missing = "too old";
	MAKE(&plan, {"landlock", "yes"});
	refused(&plan, &facts, "landlock: too old", "--allow-degraded landlock");
	MAKE(&plan, {"allow_degraded", "landlock"}, {"allow_degraded", "none"});
	refused(&plan, &facts, "landlock: too old", "asked for by default");
	MAKE(&plan, {"allow_degraded", "landlock"});
	resolve(&plan, &facts);
	assert_int_equal(plan.landlock_abi, 0);
	assert_int_equal(plan.degraded, 1 << PLAN_DEGRADABLE_LANDLOCK);
	plan_free(&plan);
	MAKE(&plan, {"landlock", "no"});
	resolve(&plan, &facts);
	assert_int_equal(plan.degraded, 0);
	plan_free(&plan);
}

static void terminal(void **state)
{
	static const struct {
		const char *asked;
		bool has;
		enum plan_tty expected;
	} cases[] = {
		{"auto", true, PLAN_TTY_YES},
		{"auto", false, PLAN_TTY_NO},
		{"yes", false, PLAN_TTY_YES},
		{"no", true, PLAN_TTY_NO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		_cleanup_(plan_free) struct plan plan;
		struct facts facts = no_cgroup;

		facts.terminal = cases[i].has;
		MAKE(&plan, {"tty", cases[i].asked});
		resolve(&plan, &facts);
		assert_int_equal(plan.tty, cases[i].expected);
	}
}

static const struct facts with_io = {
	.environ = caller_environ,
	.cgroup_delegated = true,
	.cgroup_controllers = FACTS_CONTROLLER_MEMORY | FACTS_CONTROLLER_IO,
	.cgroup_reason = "",
	.devices = {{.major = 259, .minor = 0}, {.major = 8, .minor = 16, .written = true}},
	.n_devices = 2,
};

static void io_limits_take_their_devices(void **state)
{
	_cleanup_(plan_free) struct plan plan;

	(void)state;
	MAKE(&plan, {"io_read", "1M"}, {"io_write", "2M"});
	resolve(&plan, &with_io);
	assert_int_equal(plan.n_devices, 2);
	assert_int_equal(plan.devices[1].minor, 16);
	assert_true(plan.devices[1].written);
	assert_int_equal(plan.degraded, 0);
}

static void io_limits_without_a_device(void **state)
{
	struct facts facts = with_io;
	struct plan plan;

	(void)state;
	facts.n_devices = 1; /* nothing is written */
	MAKE(&plan, {"io_write", "2M"});
	refused(&plan, &facts, "io limit: the job can write to no block device", "--allow-degraded io");
	facts = with_io;
	facts.devices_reason = "/usr lies on an overlay, which does not show its block device";
	MAKE(&plan, {"io_read", "2M"});
	refused(&plan, &facts, "io limit: /usr lies on an overlay, which does not show its block device",
		"--allow-degraded io");
	MAKE(&plan, {"io_read", "2M"}, {"allow_degraded", "io"});
	resolve(&plan, &facts);
	assert_int_equal(plan.degraded, 1U << PLAN_DEGRADABLE_IO);
	assert_int_equal(plan.n_devices, 0);
	plan_free(&plan);
}

/* What is written goes to the page cache first, which the kernel charges only with the memory controller. */
static void writes_need_two_controllers(void **state)
{
	struct facts facts = with_io;
	struct plan plan;

	(void)state;
	facts.cgroup_controllers = FACTS_CONTROLLER_IO;
	facts.cgroup_reason = "why";
	MAKE(&plan, {"io_write", "2M"});
	refused(&plan, &facts, "io limit: no delegated cgroup v2 with the memory controller: why",
		"--allow-degraded io");
	MAKE(&plan, {"io_read", "2M"});
	resolve(&plan, &facts);
	plan_free(&plan);
}

static void memory_high_and_cpu_weight(void **state)
{
	struct plan plan;

	(void)state;
	MAKE(&plan, {"memory_high", "1G"});
	refused(&plan, &no_cgroup,
		"memory limit: no delegated cgroup v2 with the memory controller: /sys/fs/cgroup is not writable",
		"--allow-degraded memory");
	MAKE(&plan, {"cpu_weight", "50"}, {"allow_degraded", "cpu"});
	resolve(&plan, &pids_only);
	assert_int_equal(plan.degraded, 1U << PLAN_DEGRADABLE_CPU);
	plan_free(&plan);
}

static void cgroup_by_hand(void **state)
{
	struct plan plan;

	(void)state;
	MAKE(&plan, {"cgroup", "/sys/fs/cgroup/x"});
	assert_true(plan_asks_for_cgroup(&plan));
	refused(&plan, &no_cgroup, "--test: /sys/fs/cgroup/x: /sys/fs/cgroup is not writable", "leave it out");
	MAKE(&plan, {"nofile", "64"});
	assert_false(plan_asks_for_cgroup(&plan));
	plan_free(&plan);
	MAKE(&plan, {"swap", "0"});
	assert_true(plan_asks_for_cgroup(&plan));
	plan_free(&plan);
}

/* A policy whose rule counts under a condition, as a file. */
static void write_policy(const char *path, const char *rule)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fprintf(out, "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [%s]}", rule);
	assert_int_equal(fclose(out), 0);
}

static uint32_t answer(const struct plan *plan, const char *name)
{
	const struct seccomp_data call = {.nr = syscall_number(name), .arch = seccomp_native_arch()};

	return bpf_program_run(&plan->filter, &call);
}

/* includes and excludes hold for the job's kernel and the job's capabilities, not for the caller's. */
static void seccomp_conditions_are_those_of_the_job(void **state)
{
	struct facts facts = no_cgroup;
	char path[64];
	struct plan plan;

	(void)state;
	snprintf(path, sizeof path, "/tmp/cofferdam-when-%d.json", getpid());
	write_policy(path,
		"{\"names\": [\"getuid\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": {\"minKernel\": \"6.2\"}},"
		"{\"names\": [\"getgid\"], \"action\": \"SCMP_ACT_ERRNO\", \"includes\": {\"caps\": [\"CAP_CHOWN\"]}}");
	facts.kernel = SECCOMP_KERNEL(6, 1);
	MAKE(&plan, {"seccomp", path}, {"explain", "no"});
	resolve(&plan, &facts);
	assert_int_equal(answer(&plan, "getuid"), SECCOMP_RET_ALLOW);
	assert_int_equal(answer(&plan, "getgid"), SECCOMP_RET_ALLOW);
	plan_free(&plan);
	facts.kernel = SECCOMP_KERNEL(6, 10);
	MAKE(&plan, {"seccomp", path}, {"explain", "no"});
	plan.capabilities = UINT64_C(1) << CAP_CHOWN;
	resolve(&plan, &facts);
	assert_int_equal(answer(&plan, "getuid"), SECCOMP_RET_ERRNO | EPERM);
	assert_int_equal(answer(&plan, "getgid"), SECCOMP_RET_ERRNO | EPERM);
	plan_free(&plan);
	unlink(path);
}

static void unknown_syscalls_are_skipped_when_asked(void **state)
{
	char path[64], expected[256];
	struct plan plan;

	(void)state;
	snprintf(path, sizeof path, "/tmp/cofferdam-unknown-%d.json", getpid());
	write_policy(path, "{\"names\": [\"getuid\", \"from_the_future\"], \"action\": \"SCMP_ACT_ERRNO\"}");
	MAKE(&plan, {"seccomp", path}, {"allow_unknown_syscalls", "yes"}, {"explain", "no"});
	resolve(&plan, &no_cgroup);
	assert_int_equal(answer(&plan, "getuid"), SECCOMP_RET_ERRNO | EPERM);
	assert_non_null(plan_policy(&plan));
	plan_free(&plan);
	MAKE(&plan, {"seccomp", path});
	snprintf(expected, sizeof expected, "--test: %s:1:71: unknown system call \"from_the_future\"", path);
	refused(&plan, &no_cgroup, expected, "allow_unknown_syscalls");
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(io_limits_take_their_devices),
		cmocka_unit_test(io_limits_without_a_device),
		cmocka_unit_test(writes_need_two_controllers),
		cmocka_unit_test(memory_high_and_cpu_weight),
		cmocka_unit_test(cgroup_by_hand),
		cmocka_unit_test(defaults),
		cmocka_unit_test(workspace_given_is_bound_and_worked_in),
		cmocka_unit_test(what_is_given_stays),
		cmocka_unit_test(environment_is_inherited_by_name_only),
		cmocka_unit_test(parents_are_mounted_first),
		cmocka_unit_test(workspace_is_not_mounted_over),
		cmocka_unit_test(limits_without_a_controller_are_refused),
		cmocka_unit_test(each_controller_counts_for_itself),
		cmocka_unit_test(degrading_needs_consent),
		cmocka_unit_test(disk_limit_covers_every_fresh_directory),
		cmocka_unit_test(seccomp_policies_are_found_or_named),
		cmocka_unit_test(seccomp_conditions_are_those_of_the_job),
		cmocka_unit_test(unknown_syscalls_are_skipped_when_asked),
		cmocka_unit_test(memory_takes_swap_away),
		cmocka_unit_test(json_shows_values_and_origins),
		cmocka_unit_test(landlock),
		cmocka_unit_test(terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
