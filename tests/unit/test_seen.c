/* What is seen of a sandbox against the plan: each value wrong in turn, each not seen in turn. */
#include "sandbox/verify/seen.h"

#include "sandbox/identity/caps.h"
#include "sandbox/process/rlimits.h"
#include "sandbox/protections.h"

#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CHOWN UINT64_C(1)

/* A plan that asks for everything, what the launcher has, and a sandbox that is as it should be. `wrong`: a value that
 * must not pass; `protection` is what the refusal names. */
static const struct {
	unsigned value; /* enum seen_value */
	uint64_t outside, right, wrong;
	const char *protection;
} rows[] = {
	{SEEN_USER, 100, 200, 100, "user_namespace: "},
	{SEEN_PID, 101, 201, 101, "pid_namespace: "},
	{SEEN_MNT, 102, 202, 102, "mount_namespace: "},
	{SEEN_IPC, 103, 203, 103, "ipc_namespace: "},
	{SEEN_UTS, 104, 204, 104, "uts_namespace: "},
	{SEEN_CGROUP, 105, 205, 105, "cgroup_namespace: "},
	{SEEN_NET, 106, 206, 106, "network_namespace: "},
	{SEEN_UIDS, 0, 1, 65536, "user_namespace: uids "},
	{SEEN_GIDS, 0, 1, 0, "user_namespace: gids "},
	{SEEN_UID, 0, 1000, 0, "user_namespace: uid "},
	{SEEN_GID, 0, 1000, UINT32_MAX, "user_namespace: gid "},
	{SEEN_HOSTNAME, 0, 1, 0, "uts_namespace: hostname "},
	{SEEN_INTERFACES, 0, 0, 1, "network_namespace: interfaces "},
	{SEEN_ROOT, 7, 8, 7, "root: device "},
	{SEEN_ROOT_READONLY, 0, 1, 0, "root: readonly "},
	{SEEN_MOUNT_ROOTS, 0, 1, 2, "root: roots "},
	{SEEN_MOUNT_MISSING, 0, 0, 1, "root: missing "},
	{SEEN_MOUNT_WRITABLE, 0, 0, 1, "root: writable "},
	{SEEN_MOUNT_LOOSE, 0, 0, 1, "root: loose "},
	{SEEN_WORKDIR, 0, 1, 0, "root: workdir "},
	{SEEN_UNMASKED, 0, 0, 1, "proc_masks: unmasked "},
	{SEEN_CAP_INHERITABLE, 0, 0, CHOWN, "capabilities: inheritable "},
	{SEEN_CAP_PERMITTED, 0, 0, CHOWN, "capabilities: permitted "},
	{SEEN_CAP_EFFECTIVE, 0, 0, CHOWN, "capabilities: effective "},
	{SEEN_CAP_BOUNDING, 0, 0, UINT64_C(1) << 40, "capabilities: bounding "},
	{SEEN_CAP_AMBIENT, 0, 0, CHOWN, "capabilities: ambient "},
	{SEEN_SECUREBITS, 0, 0xcf, 0, "capabilities: securebits "},
	{SEEN_PID1_PERMITTED, 0, 0, CHOWN, "capabilities: pid1_permitted "},
	{SEEN_PID1_BOUNDING, 0, 0, CHOWN, "capabilities: pid1_bounding "},
	{SEEN_NO_NEW_PRIVS, 0, 1, 0, "no_new_privs: no_new_privs "},
	{SEEN_PID1_NO_NEW_PRIVS, 0, 1, 0, "no_new_privs: pid1_no_new_privs "},
	{SEEN_LANDLOCK, 0, 1, 0, "landlock: refused "},
	{SEEN_SECCOMP_MODE, 0, SECCOMP_MODE_FILTER, 0, "seccomp: mode "},
	{SEEN_SECCOMP_NEW, 0, 1, 0, "seccomp: filters "},
	{SEEN_NOFILE, 4096, 1024, 4096, "rlimits: nofile "},
	{SEEN_CORE, 0, RLIMITS_CORE, SEEN_UNLIMITED, "rlimits: core "},
	{SEEN_SIGPENDING, 0, 100, RLIMITS_SIGPENDING + 1, "rlimits: sigpending "},
	{SEEN_MSGQUEUE, 0, RLIMITS_MSGQUEUE, RLIMITS_MSGQUEUE + 1, "rlimits: msgqueue "},
	{SEEN_KEYRING, 11, 12, 11, "keyring: serial "},
	{SEEN_SESSION, 0, 1, 0, "session: leader "},
	{SEEN_PID1_SESSION, 0, 1, 0, "session: pid1_leader "},
	{SEEN_TERMINAL, 0, 0, 1, "session: terminal "},
	{SEEN_FDS_EXTRA, 0, 0, 1, "file_descriptors: others "},
	{SEEN_FDS_LENT, 0, 0, 1, "file_descriptors: lent "},
	{SEEN_CGROUP_MEMBER, 0, 1, 0, "cgroup: member "},
	{SEEN_LIMIT(PLAN_LIMIT_MEMORY), 0, 1 << 30, SEEN_UNLIMITED, "memory: max "},
	{SEEN_LIMIT(PLAN_LIMIT_MEMORY_HIGH), 0, 1 << 29, (1 << 29) + 4096, "memory: high "},
	{SEEN_LIMIT(PLAN_LIMIT_MEMORY_MIN), 0, (1 << 27) - 65536, (1 << 27) - 65537, "memory: min "},
	{SEEN_LIMIT(PLAN_LIMIT_SWAP), 0, 0, SEEN_UNLIMITED, "swap: max "},
	{SEEN_LIMIT(PLAN_LIMIT_PIDS), 0, 64, 65, "pids: max "},
	{SEEN_LIMIT(PLAN_LIMIT_CPUS), 0, 150000, SEEN_UNLIMITED, "cpu: quota_usec "},
	{SEEN_LIMIT(PLAN_LIMIT_CPU_WEIGHT), 0, 50, 100, "cpu: weight "},
	{SEEN_LIMIT(PLAN_LIMIT_IO_READ), 0, 1, 0, "io: devices "},
	{SEEN_DISK, 0, 1 << 20, 1 << 21, "disk: size "},
	{SEEN_TIMER, 0, 1, 0, "time: armed "},
};
#define ROWS (sizeof rows / sizeof rows[0])

static struct plan asking(void)
{
	return (struct plan){
		.identity.uid = 1000,
		.identity.gid = 1000,
		.landlock.wanted = true,
		.landlock.abi = 2,
		.tty = PLAN_TTY_NO,
		.limits = {.memory = 1 << 30,
			.memory_high = 1 << 29,
			.memory_min = (1 << 27) - 1,
			.swap = 0,
			.pids = 64,
			.cpus_milli = 1500,
			.cpu_weight = 50,
			.io_read = 1000,
			.disk = 1 << 20,
			.nofile = 1024,
			.nofile_hard = 1024,
			.time_ns = 1},
		.limits.devices = {{.major = 8}},
		.limits.n_devices = 1,
	};
}

static void as_it_should_be(struct seen_before *before, struct seen_values *seen)
{
	*before = (struct seen_before){.unlocked = false};
	seen_none(&before->outside);
	seen_none(seen);
	for (size_t i = 0; i < ROWS; i++) {
		before->outside.values[rows[i].value] = rows[i].outside;
		seen->values[rows[i].value] = rows[i].right;
	}
}

static int check(
	const struct plan *plan, const struct seen_before *before, const struct seen_values *seen, struct error *err)
{
	struct seen_before known = *before;

	known.expected = plan_expectation(plan);
	return seen_check(&known, seen, err);
}

static const char *lacks(const struct plan *plan, const struct seen_before *before, const struct seen_values *seen,
	enum protection protection)
{
	struct seen_before known = *before;

	known.expected = plan_expectation(plan);
	return seen_lacks(&known, seen, protection);
}

static void right(void **state)
{
	const struct plan plan = asking();
	struct seen_before before;
	struct error err;
	struct seen_values seen;

	(void)state;
	as_it_should_be(&before, &seen);
	assert_int_equal(check(&plan, &before, &seen, &err), 0);
	for (unsigned i = 0; i < PROTECTION_COUNT; i++)
		assert_null(lacks(&plan, &before, &seen, i));
	seen_none(&seen);
	assert_int_equal(check(&plan, &before, &seen, &err), 0);
}

static void each_wrong_in_turn(void **state)
{
	const struct plan plan = asking();

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct seen_before before;
		struct error err;
		struct seen_values seen;

		as_it_should_be(&before, &seen);
		seen.values[rows[i].value] = rows[i].wrong;
		if (check(&plan, &before, &seen, &err) == 0)
			fail_msg("%s%d passes", rows[i].protection, (int)rows[i].value);
		if (strncmp(err.text, rows[i].protection, strlen(rows[i].protection)) != 0)
			fail_msg("%s: refused as: %s", rows[i].protection, err.text);
		assert_string_not_equal(err.hint, "");
	}
}

/* Exactly the protection that a value belongs to lacks it. */
static void each_not_seen_in_turn(void **state)
{
	const struct plan plan = asking();

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct seen_before before;
		struct error err;
		struct seen_values seen;

		as_it_should_be(&before, &seen);
		seen.values[rows[i].value] = SEEN_NOT;
		assert_int_equal(check(&plan, &before, &seen, &err), 0);
		for (unsigned p = 0; p < PROTECTION_COUNT; p++) {
			const size_t len = strlen(protection_name(p));
			const bool belongs = strncmp(rows[i].protection, protection_name(p), len) == 0 &&
					     rows[i].protection[len] == ':';

			assert_int_equal(lacks(&plan, &before, &seen, p) != NULL, belongs);
		}
	}
}

/* What is to be another than the launcher's says nothing where the launcher's is not known. */
static void not_seen_outside(void **state)
{
	const struct plan plan = asking();
	struct seen_before before;
	struct error err;
	struct seen_values seen;

	(void)state;
	as_it_should_be(&before, &seen);
	before.outside.values[SEEN_IPC] = SEEN_NOT;
	assert_int_equal(check(&plan, &before, &seen, &err), 0);
	assert_string_equal(lacks(&plan, &before, &seen, PROTECTION_IPC_NAMESPACE), "inode");
}

/* What the plan does not ask for, or lets be missing, may be as it is. */
static void not_asked_for(void **state)
{
	struct plan plan = asking();
	struct seen_before before;
	struct error err;
	struct seen_values seen;

	(void)state;
	as_it_should_be(&before, &seen);
	plan.network = PLAN_NETWORK_HOST;
	plan.landlock.wanted = false;
	plan.degraded = 1u << PLAN_DEGRADABLE_MEMORY | 1u << PLAN_DEGRADABLE_CPU | 1u << PLAN_DEGRADABLE_IO |
			1u << PLAN_DEGRADABLE_SWAP;
	plan.limits.time_ns = 0;
	for (size_t i = 0; i < ROWS; i++)
		switch (rows[i].value) {
		case SEEN_NET:
		case SEEN_INTERFACES:
		case SEEN_LANDLOCK:
		case SEEN_LIMIT(PLAN_LIMIT_MEMORY):
		case SEEN_LIMIT(PLAN_LIMIT_MEMORY_HIGH):
		case SEEN_LIMIT(PLAN_LIMIT_MEMORY_MIN):
		case SEEN_LIMIT(PLAN_LIMIT_SWAP):
		case SEEN_LIMIT(PLAN_LIMIT_CPUS):
		case SEEN_LIMIT(PLAN_LIMIT_CPU_WEIGHT):
		case SEEN_LIMIT(PLAN_LIMIT_IO_READ):
		case SEEN_TIMER:
			seen.values[rows[i].value] = rows[i].wrong;
			break;
		default:
			break;
		}
	assert_int_equal(check(&plan, &before, &seen, &err), 0);

	plan.degraded |= 1u << PLAN_DEGRADABLE_PIDS;
	seen.values[SEEN_LIMIT(PLAN_LIMIT_PIDS)] = SEEN_UNLIMITED;
	seen.values[SEEN_NPROC] = SEEN_UNLIMITED;
	assert_int_equal(check(&plan, &before, &seen, &err), -1);
	assert_string_equal(err.text, "pids: nproc is unlimited after set-up: expected at most 64");
}

static void a_root_of_its_own(void **state)
{
	struct plan plan = asking();
	struct seen_before before;
	struct error err;
	struct seen_values seen;

	(void)state;
	as_it_should_be(&before, &seen);
	plan.identity.kind = PLAN_IDENTITY_SUBUID;
	plan.identity.capabilities = CHOWN | CHOWN << 7;
	plan.identity.uids = (struct idmap){.extents = {{0, 1000, 1}, {1, 100000, 65535}}, .n = 2};
	plan.identity.gids = plan.identity.uids;
	seen.values[SEEN_UIDS] = seen.values[SEEN_GIDS] = 65536;
	seen.values[SEEN_UID] = seen.values[SEEN_GID] = seen.values[SEEN_GROUPS] = 0;
	seen.values[SEEN_CAP_PERMITTED] = seen.values[SEEN_CAP_BOUNDING] = plan.identity.capabilities;
	seen.values[SEEN_SECUREBITS] = (uint64_t)caps_securebits(plan.identity.capabilities);
	assert_int_equal(check(&plan, &before, &seen, &err), 0);
	seen.values[SEEN_GROUPS] = 1;
	assert_int_equal(check(&plan, &before, &seen, &err), -1);
	assert_string_equal(err.text, "user_namespace: groups is 1 after set-up: expected 0");
	seen.values[SEEN_GROUPS] = 0;
	seen.values[SEEN_CAP_BOUNDING] |= CHOWN << 21;
	assert_int_equal(check(&plan, &before, &seen, &err), -1);
	assert_string_equal(err.text, "capabilities: bounding is 0x200081 after set-up: expected 0x81");
}

/* Of an entrypoint nothing is wanted that the runtime around it decides, nor what it has told that it cannot do. */
static void an_entrypoint(void **state)
{
	struct plan plan = asking();
	struct seen_before before;
	struct error err;
	struct seen_values seen;

	(void)state;
	plan.in_container = true;
	as_it_should_be(&before, &seen);
	before.outside.values[SEEN_KEYRING] = seen.values[SEEN_KEYRING] = 11;
	seen.values[SEEN_USER] = seen.values[SEEN_ROOT] = seen.values[SEEN_LIMIT(PLAN_LIMIT_MEMORY)] = SEEN_NOT;
	seen.values[SEEN_CAP_BOUNDING] = 0xff;
	seen.values[SEEN_SECUREBITS] = 0;
	assert_int_equal(check(&plan, &before, &seen, &err), -1);
	before.unlocked = true;
	assert_int_equal(check(&plan, &before, &seen, &err), -1);
	before.no_keyring = true;
	assert_int_equal(check(&plan, &before, &seen, &err), 0);
	assert_null(lacks(&plan, &before, &seen, PROTECTION_USER_NAMESPACE));
	seen.values[SEEN_CAP_EFFECTIVE] = 1;
	assert_int_equal(check(&plan, &before, &seen, &err), -1);
}

/* Behind the filter what was promised is there, or it is a refusal. */
static void behind_the_filter(void **state)
{
	static const struct {
		const char *status;
		uint64_t before, nofile;
		const char *refusal;
	} cases[] = {
		{"Seccomp:\t2\nSeccomp_filters:\t1\n", 0, 1024, NULL},
		{"Seccomp:\t2\nSeccomp_filters:\t4\n", 3, 1024, NULL},
		{"Seccomp:\t0\nSeccomp_filters:\t0\n", 0, 1024, "seccomp: mode is 0"},
		{"Seccomp:\t2\nSeccomp_filters:\t3\n", 3, 1024, "seccomp: filters is 0"},
		{"", 0, 1024, "seccomp: mode cannot be read"},
		{"Name:\tx\nGroups:\t1 2 3", 0, 1024, "seccomp: mode cannot be read"},
		{"Seccomp:\t2\nSeccomp_filters:\t1", 0, 1024, "seccomp: filters cannot be read"},
		{"Seccomp:\t2\nSeccomp_filters:\t1\n", SEEN_NOT, 1024, "seccomp: filters cannot be read"},
		{"Seccomp:\t2\nSeccomp_filters:\t1\n", 0, SEEN_NOT, "rlimits: nofile cannot be read"},
		{"Seccomp:\t2\nSeccomp_filters:\t1\n", 0, 4096, "rlimits: nofile is 4096"},
	};
	struct plan plan = asking();

	(void)state;
	plan.nofile_last = true;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct seen_before before;
		struct error err = {.text = ""};
		struct seen_values seen;

		as_it_should_be(&before, &seen);
		before.expected = plan_expectation(&plan);
		seen_none(&seen);
		seen.values[SEEN_NOFILE] = cases[i].nofile;
		assert_int_equal(seen_check_filtered(&before, cases[i].status, cases[i].before, &seen, &err),
			cases[i].refusal != NULL ? -1 : 0);
		if (cases[i].refusal != NULL) {
			assert_memory_equal(err.text, cases[i].refusal, strlen(cases[i].refusal));
			assert_string_not_equal(err.hint, "");
		}
	}
}

static void the_report(void **state)
{
	const struct plan plan = asking();
	struct outcome outcome = {0};
	struct seen_before before;
	struct seen_values seen;

	(void)state;
	as_it_should_be(&before, &seen);
	before.expected = plan_expectation(&plan);
	outcome.protections[PROTECTION_SECCOMP].state = PROTECTION_ACTIVE;
	outcome.protections[PROTECTION_SWAP].state = PROTECTION_ACTIVE;
	outcome.protections[PROTECTION_CPU].state = PROTECTION_UNAVAILABLE;
	seen.values[SEEN_LIMIT(PLAN_LIMIT_SWAP)] = SEEN_NOT;
	protections_verify(&before, &seen, &outcome);
	assert_int_equal(outcome.protections[PROTECTION_SECCOMP].state, PROTECTION_ACTIVE);
	assert_int_equal(outcome.protections[PROTECTION_SECCOMP].n_facts, 2);
	assert_string_equal(outcome.protections[PROTECTION_SECCOMP].facts[0].name, "mode");
	assert_int_equal(outcome.protections[PROTECTION_SECCOMP].facts[0].value, 2);
	assert_int_equal(outcome.protections[PROTECTION_SWAP].state, PROTECTION_UNVERIFIED);
	assert_string_equal(outcome.protections[PROTECTION_SWAP].unseen, "max");
	assert_int_equal(outcome.protections[PROTECTION_CPU].state, PROTECTION_UNAVAILABLE);
	assert_int_equal(outcome.protections[PROTECTION_CPU].n_facts, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right),
		cmocka_unit_test(each_wrong_in_turn),
		cmocka_unit_test(each_not_seen_in_turn),
		cmocka_unit_test(not_seen_outside),
		cmocka_unit_test(not_asked_for),
		cmocka_unit_test(a_root_of_its_own),
		cmocka_unit_test(an_entrypoint),
		cmocka_unit_test(behind_the_filter),
		cmocka_unit_test(the_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
