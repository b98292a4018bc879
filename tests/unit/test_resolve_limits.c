#include "common/cleanup.h"
#include "common/io.h"
#include "tests/unit/resolve.h"

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
		_cleanup_(plan_free) struct plan plan = {0};

		MAKE(&plan, {cases[i].key, cases[i].value});
		refused(&plan, &no_cgroup, expected, remedy);
		MAKE(&plan, {cases[i].key, cases[i].value});
		refused(&plan, &no_cgroup, expected, "start elsewhere");
		MAKE(&plan, {cases[i].key, cases[i].value});
		refused(&plan, &no_cgroup, expected, "requested by --test");
		MAKE(&plan, {cases[i].key, cases[i].value}, {cases[i].key, "none"});
		resolve(&plan, &no_cgroup);
		assert_int_equal(plan.degraded, 0);
	}
}

static void each_controller_counts_for_itself(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"pids", "10"}, {"memory", "1G"});
	refused(&plan, &pids_only,
		"memory limit: no delegated cgroup v2 with the memory controller: memory and cpu are not enabled",
		"--allow-degraded memory");
	MAKE(&plan, {"pids", "10"});
	resolve(&plan, &pids_only);
	assert_int_equal(plan.degraded, 0);
}

static void all_that_is_missing_is_named(void **state)
{
	struct facts facts = no_cgroup;
	struct plan plan;

	(void)state;
	MAKE(&plan, {"pids", "10"}, {"memory", "1G"}, {"memory_high", "1G"}, {"cpus", "1"}, {"allow_degraded", "cpu"});
	refused(&plan, &facts,
		"memory, pids limits: no delegated cgroup v2 with the memory, pids controllers: /sys/fs/cgroup is not writable",
		"requested by --test; start elsewhere; or accept their absence with --allow-degraded memory,pids (allow_degraded in a profile)");
	facts.landlock_missing = "too old";
	MAKE(&plan, {"pids", "10"}, {"landlock", "yes"});
	refused(&plan, &facts,
		"pids limit: no delegated cgroup v2 with the pids controller: /sys/fs/cgroup is not writable; also: landlock: too old",
		", with the other options of this launch, names each remedy; or accept their absence with --allow-degraded pids,landlock (allow_degraded in a profile)");
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
		_cleanup_(plan_free) struct plan plan = {0};

		MAKE(&plan, {"allow_degraded", "memory"}, {"allow_degraded", "pids"}, {"allow_degraded", "cpu"},
			{"pids", "10"}, {"memory", "1G"});
		resolve(&plan, cases[i].facts);
		assert_int_equal(plan.degraded, cases[i].degraded);
		plan_free(&plan);
		MAKE(&plan, {"allow_degraded", "memory"}, {"memory", "1G"}, {"swap", "0"});
		refused(&plan, cases[i].facts,
			cases[i].facts == &no_cgroup
				? "swap limit: no delegated cgroup v2 with the memory controller: /sys/fs/cgroup is not writable"
				: "swap limit: no delegated cgroup v2 with the memory controller: memory and cpu are not enabled",
			"--allow-degraded swap");
	}
}

static void disk_limit_covers_every_fresh_directory(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"tmpfs", "/tmp"});
	resolve(&plan, &no_cgroup);
	assert_false(plan_keeps_scratch(&plan));
	plan_free(&plan);
	MAKE(&plan, {"disk", "1G"}, {"workspace", "/srv/w"});
	resolve(&plan, &no_cgroup);
	assert_int_equal(plan.degraded, 0);
	assert_true(plan_keeps_scratch(&plan));
	plan_free(&plan);
	MAKE(&plan, {"disk", "1G"}, {"tmpfs", "/run:1M"});
	resolve(&plan, &no_cgroup);
	assert_true(plan_keeps_scratch(&plan));
	for (size_t i = 0; i < plan.root.n_mounts;
		i++) /* the workspace has no size of its own: it shares the limit's */
		assert_true(
			plan.root.mounts[i].size == (strcmp(plan.root.mounts[i].target, "/run") == 0 ? 1 << 20 : 0));
	assert_true(plan_scratch_inodes(UINT64_C(1) << 30) == 131072);
	assert_true(plan_scratch_inodes(1) == 16384 && plan_scratch_inodes(0) == 0);
}

/* The counter of the disk limit need not look into such a command; any other that cannot be looked into may hide files.
 */
static void a_command_is_closed_by_its_row(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0};
	char *worker[] = {"/opt/w", NULL}, *other[] = {"/opt/w2", NULL};

	(void)state;
	MAKE(&plan, {"ro", "/opt/w2"}, {"execute_only", "/srv/copy:/opt/w"});
	plan.command.argv = worker;
	assert_true(plan_command_is_closed(&plan));
	plan.command.argv = other;
	assert_false(plan_command_is_closed(&plan));
}

/* A memory limit that spills into swap is none: swap is 0 unless it was spoken of. */
static void memory_takes_swap_away(void **state)
{
	_cleanup_(plan_free) struct plan plan = {0}, asked = {0}, none = {0}, degraded = {0};

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

static void memory_min(void **state)
{
	struct plan plan;

	(void)state;
	MAKE(&plan, {"memory_min", "64M"});
	refused(&plan, &no_cgroup,
		"memory limit: no delegated cgroup v2 with the memory controller: /sys/fs/cgroup is not writable",
		"--allow-degraded memory");
	MAKE(&plan, {"memory_min", "64M"});
	resolve(&plan, &whole_cgroup);
	assert_true(plan.limits.memory_min == 64 << 20);
	assert_true(plan.limits.swap == PLAN_SWAP_UNSET);
	plan_free(&plan);
	MAKE(&plan, {"memory_min", "64M"}, {"memory_min", "none"});
	resolve(&plan, &no_cgroup);
	plan_free(&plan);
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
	_cleanup_(plan_free) struct plan plan = {0};

	(void)state;
	MAKE(&plan, {"io_read", "1M"}, {"io_write", "2M"});
	resolve(&plan, &with_io);
	assert_int_equal(plan.limits.n_devices, 2);
	assert_int_equal(plan.limits.devices[1].minor, 16);
	assert_true(plan.limits.devices[1].written);
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
	assert_int_equal(plan.limits.n_devices, 0);
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

static void cgroup_by_hand(void **state)
{
	struct plan plan;

	(void)state;
	MAKE(&plan, {"cgroup", "/sys/fs/cgroup/x"});
	assert_true(plan_asks_for_cgroup(&plan));
	refused(&plan, &no_cgroup, "--test: /sys/fs/cgroup/x: /sys/fs/cgroup is not writable", "start elsewhere");
	MAKE(&plan, {"nofile", "64"});
	assert_false(plan_asks_for_cgroup(&plan));
	plan_free(&plan);
	MAKE(&plan, {"swap", "0"});
	assert_true(plan_asks_for_cgroup(&plan));
	plan_free(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_without_a_controller_are_refused),
		cmocka_unit_test(each_controller_counts_for_itself),
		cmocka_unit_test(all_that_is_missing_is_named),
		cmocka_unit_test(degrading_needs_consent),
		cmocka_unit_test(disk_limit_covers_every_fresh_directory),
		cmocka_unit_test(a_command_is_closed_by_its_row),
		cmocka_unit_test(memory_takes_swap_away),
		cmocka_unit_test(memory_high_and_cpu_weight),
		cmocka_unit_test(memory_min),
		cmocka_unit_test(io_limits_take_their_devices),
		cmocka_unit_test(io_limits_without_a_device),
		cmocka_unit_test(writes_need_two_controllers),
		cmocka_unit_test(cgroup_by_hand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
