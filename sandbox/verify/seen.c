#include "sandbox/seen.h"

#include "sandbox/caps.h"
#include "sandbox/cgroup_limits.h"
#include "sandbox/rlimits.h"
#include "sandbox/seen_parse.h"

#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The plan asks nothing of this value. */
#define ANYTHING UINT64_MAX

#define PAGE_MOST 65536

/* The plan asks for another one than the launcher's. */
#define ANOTHER 0

const char *const seen_namespaces[SEEN_NAMESPACES] = {"user", "pid", "mnt", "ipc", "uts", "cgroup", "net"};

enum relation {
	EQUAL,
	AT_MOST,
	WITHIN, /* no bit that is not wanted */
	OTHER,  /* than the launcher's own */
};

/* What belongs to which protection, under which name, and how it is compared. */
static const struct {
	enum protection protection;
	const char *name;
	enum relation relation;
} table[SEEN_COUNT] = {
	[SEEN_USER] = {PROTECTION_USER_NAMESPACE, "inode", OTHER},
	[SEEN_PID] = {PROTECTION_PID_NAMESPACE, "inode", OTHER},
	[SEEN_MNT] = {PROTECTION_MOUNT_NAMESPACE, "inode", OTHER},
	[SEEN_IPC] = {PROTECTION_IPC_NAMESPACE, "inode", OTHER},
	[SEEN_UTS] = {PROTECTION_UTS_NAMESPACE, "inode", OTHER},
	[SEEN_CGROUP] = {PROTECTION_CGROUP_NAMESPACE, "inode", OTHER},
	[SEEN_NET] = {PROTECTION_NETWORK_NAMESPACE, "inode", OTHER},
	[SEEN_UIDS] = {PROTECTION_USER_NAMESPACE, "uids", EQUAL},
	[SEEN_GIDS] = {PROTECTION_USER_NAMESPACE, "gids", EQUAL},
	[SEEN_UID] = {PROTECTION_USER_NAMESPACE, "uid", EQUAL},
	[SEEN_GID] = {PROTECTION_USER_NAMESPACE, "gid", EQUAL},
	[SEEN_GROUPS] = {PROTECTION_USER_NAMESPACE, "groups", EQUAL},
	[SEEN_HOSTNAME] = {PROTECTION_UTS_NAMESPACE, "hostname", EQUAL},
	[SEEN_INTERFACES] = {PROTECTION_NETWORK_NAMESPACE, "interfaces", EQUAL},
	[SEEN_ROOT] = {PROTECTION_ROOT, "device", OTHER},
	[SEEN_ROOT_READONLY] = {PROTECTION_ROOT, "readonly", EQUAL},
	[SEEN_MOUNTS] = {PROTECTION_ROOT, "mounts", EQUAL},
	[SEEN_MOUNT_ROOTS] = {PROTECTION_ROOT, "roots", EQUAL},
	[SEEN_MOUNT_MISSING] = {PROTECTION_ROOT, "missing", EQUAL},
	[SEEN_MOUNT_WRITABLE] = {PROTECTION_ROOT, "writable", EQUAL},
	[SEEN_MOUNT_LOOSE] = {PROTECTION_ROOT, "loose", EQUAL},
	[SEEN_WORKDIR] = {PROTECTION_ROOT, "workdir", EQUAL},
	[SEEN_MASKS] = {PROTECTION_PROC_MASKS, "masked", EQUAL},
	[SEEN_UNMASKED] = {PROTECTION_PROC_MASKS, "unmasked", EQUAL},
	[SEEN_CAP_INHERITABLE] = {PROTECTION_CAPABILITIES, "inheritable", WITHIN},
	[SEEN_CAP_PERMITTED] = {PROTECTION_CAPABILITIES, "permitted", WITHIN},
	[SEEN_CAP_EFFECTIVE] = {PROTECTION_CAPABILITIES, "effective", WITHIN},
	[SEEN_CAP_BOUNDING] = {PROTECTION_CAPABILITIES, "bounding", WITHIN},
	[SEEN_CAP_AMBIENT] = {PROTECTION_CAPABILITIES, "ambient", WITHIN},
	[SEEN_SECUREBITS] = {PROTECTION_CAPABILITIES, "securebits", EQUAL},
	[SEEN_PID1_PERMITTED] = {PROTECTION_CAPABILITIES, "pid1_permitted", WITHIN},
	[SEEN_PID1_BOUNDING] = {PROTECTION_CAPABILITIES, "pid1_bounding", WITHIN},
	[SEEN_NO_NEW_PRIVS] = {PROTECTION_NO_NEW_PRIVS, "no_new_privs", EQUAL},
	[SEEN_PID1_NO_NEW_PRIVS] = {PROTECTION_NO_NEW_PRIVS, "pid1_no_new_privs", EQUAL},
	[SEEN_LANDLOCK] = {PROTECTION_LANDLOCK, "refused", EQUAL},
	[SEEN_SECCOMP_MODE] = {PROTECTION_SECCOMP, "mode", EQUAL},
	[SEEN_SECCOMP_NEW] = {PROTECTION_SECCOMP, "filters", EQUAL},
	[SEEN_NOFILE] = {PROTECTION_RLIMITS, "nofile", EQUAL},
	[SEEN_CORE] = {PROTECTION_RLIMITS, "core", AT_MOST},
	[SEEN_SIGPENDING] = {PROTECTION_RLIMITS, "sigpending", AT_MOST},
	[SEEN_MSGQUEUE] = {PROTECTION_RLIMITS, "msgqueue", AT_MOST},
	[SEEN_NPROC] = {PROTECTION_PIDS, "nproc", AT_MOST},
	[SEEN_KEYRING] = {PROTECTION_KEYRING, "serial", OTHER},
	[SEEN_SESSION] = {PROTECTION_SESSION, "leader", EQUAL},
	[SEEN_PID1_SESSION] = {PROTECTION_SESSION, "pid1_leader", EQUAL},
	[SEEN_TERMINAL] = {PROTECTION_SESSION, "terminal", EQUAL},
	[SEEN_FDS] = {PROTECTION_FILE_DESCRIPTORS, "inherited", EQUAL},
	[SEEN_FDS_EXTRA] = {PROTECTION_FILE_DESCRIPTORS, "others", EQUAL},
	[SEEN_FDS_LENT] = {PROTECTION_FILE_DESCRIPTORS, "lent", EQUAL},
	[SEEN_CGROUP_MEMBER] = {PROTECTION_CGROUP, "member", EQUAL},
	[SEEN_MEMORY_MAX] = {PROTECTION_MEMORY, "max", AT_MOST},
	[SEEN_MEMORY_HIGH] = {PROTECTION_MEMORY, "high", AT_MOST},
	[SEEN_SWAP_MAX] = {PROTECTION_SWAP, "max", AT_MOST},
	[SEEN_PIDS_MAX] = {PROTECTION_PIDS, "max", AT_MOST},
	[SEEN_CPU_QUOTA] = {PROTECTION_CPU, "quota_usec", EQUAL},
	[SEEN_CPU_WEIGHT] = {PROTECTION_CPU, "weight", EQUAL},
	[SEEN_IO_DEVICES] = {PROTECTION_IO, "devices", EQUAL},
	[SEEN_DISK] = {PROTECTION_DISK, "size", AT_MOST},
	[SEEN_TIMER] = {PROTECTION_TIME, "armed", EQUAL},
};

static uint64_t ids(const struct plan *plan, const struct idmap *map)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < map->n; i++)
		n += map->extents[i].count;
	return plan->identity == PLAN_IDENTITY_SINGLE ? 1 : n;
}

/* What an entrypoint does not make. */
static void want_sandbox(const struct plan *plan, uint64_t *want)
{
	const bool degraded_network = (plan->degraded & (1u << PLAN_DEGRADABLE_NETWORK)) != 0;

	for (unsigned i = SEEN_USER; i < SEEN_NAMESPACES; i++)
		want[i] = ANOTHER;
	if (plan->network == PLAN_NETWORK_HOST)
		want[SEEN_NET] = ANYTHING;
	else
		want[SEEN_INTERFACES] = plan->network == PLAN_NETWORK_OPEN && !degraded_network;
	want[SEEN_UIDS] = ids(plan, &plan->uids);
	want[SEEN_GIDS] = ids(plan, &plan->gids);
	/* With `single` the caller's groups stay, as nobody: the map has none of them. */
	want[SEEN_UID] = plan->identity == PLAN_IDENTITY_SUBUID ? 0 : plan->uid;
	want[SEEN_GID] = plan->identity == PLAN_IDENTITY_SUBUID ? 0 : plan->gid;
	if (plan->identity == PLAN_IDENTITY_SUBUID)
		want[SEEN_GROUPS] = 0;
	want[SEEN_HOSTNAME] = 1;
	want[SEEN_ROOT] = ANOTHER;
	if (!plan_has_layer(plan))
		want[SEEN_ROOT_READONLY] = 1;
	want[SEEN_MOUNT_ROOTS] = 1;
	want[SEEN_MOUNT_MISSING] = 0;
	want[SEEN_MOUNT_WRITABLE] = 0;
	want[SEEN_MOUNT_LOOSE] = 0;
	want[SEEN_WORKDIR] = 1;
	want[SEEN_UNMASKED] = 0;
	want[SEEN_FDS_LENT] = 0;
	want[SEEN_PID1_PERMITTED] = plan->capabilities;
	want[SEEN_PID1_BOUNDING] = plan->capabilities;
	want[SEEN_PID1_NO_NEW_PRIVS] = 1;
	want[SEEN_PID1_SESSION] = 1;
	want[SEEN_TERMINAL] = plan->tty == PLAN_TTY_YES;
	if ((plan->degraded & (1u << PLAN_DEGRADABLE_PIDS)) != 0)
		want[SEEN_NPROC] = plan->limits.pids;
}

static void want_process(const struct plan *plan, const struct seen_before *before, uint64_t *want)
{
	want[SEEN_CAP_INHERITABLE] = 0;
	want[SEEN_CAP_PERMITTED] = plan->capabilities;
	want[SEEN_CAP_EFFECTIVE] = plan->capabilities;
	want[SEEN_CAP_AMBIENT] = 0;
	if (!before->unlocked) {
		want[SEEN_CAP_BOUNDING] = plan->capabilities;
		want[SEEN_SECUREBITS] = (uint64_t)caps_securebits(plan->capabilities);
	}
	want[SEEN_NO_NEW_PRIVS] = 1;
	if (plan->landlock && plan->landlock_abi > 0 && (plan->degraded & (1u << PLAN_DEGRADABLE_LANDLOCK)) == 0)
		want[SEEN_LANDLOCK] = 1;
	want[SEEN_SECCOMP_MODE] = SECCOMP_MODE_FILTER;
	want[SEEN_SECCOMP_NEW] = 1;
	want[SEEN_NOFILE] = rlimits_nofile(plan, before->outside.values[SEEN_NOFILE]);
	want[SEEN_CORE] = RLIMITS_CORE;
	want[SEEN_SIGPENDING] = RLIMITS_SIGPENDING;
	want[SEEN_MSGQUEUE] = RLIMITS_MSGQUEUE;
	if (!before->no_keyring)
		want[SEEN_KEYRING] = ANOTHER;
	want[SEEN_SESSION] = 1;
	want[SEEN_FDS_EXTRA] = 0;
}

/* A limit that is enforced; the most that a file can say is "max". */
static uint64_t limit(const struct plan *plan, uint64_t value, enum plan_degradable what)
{
	return value == 0 || value >= INT64_MAX || (plan->degraded & (1u << what)) != 0 ? ANYTHING : value;
}

static uint64_t devices(const struct plan *plan)
{
	uint64_t n = 0, read, written;

	for (size_t i = 0; i < plan->n_devices; i++)
		n += cgroup_limits_io(plan, &plan->devices[i], &read, &written);
	return n;
}

static void want_limits(const struct plan *plan, uint64_t *want)
{
	const struct plan_limits *limits = &plan->limits;

	want[SEEN_CGROUP_MEMBER] = 1;
	want[SEEN_MEMORY_MAX] = limit(plan, limits->memory, PLAN_DEGRADABLE_MEMORY);
	want[SEEN_MEMORY_HIGH] = limit(plan, limits->memory_high, PLAN_DEGRADABLE_MEMORY);
	want[SEEN_SWAP_MAX] = limits->swap == 0 ? 0 : limit(plan, limits->swap, PLAN_DEGRADABLE_SWAP);
	if ((plan->degraded & (1u << PLAN_DEGRADABLE_SWAP)) != 0)
		want[SEEN_SWAP_MAX] = ANYTHING;
	want[SEEN_PIDS_MAX] = limit(plan, limits->pids, PLAN_DEGRADABLE_PIDS);
	want[SEEN_CPU_QUOTA] = limit(plan, cgroup_limits_quota(plan), PLAN_DEGRADABLE_CPU);
	want[SEEN_CPU_WEIGHT] = limit(plan, limits->cpu_weight, PLAN_DEGRADABLE_CPU);
	if (limit(plan, limits->io_read | limits->io_write, PLAN_DEGRADABLE_IO) != ANYTHING)
		want[SEEN_IO_DEVICES] = devices(plan);
	if (limits->disk != 0)
		want[SEEN_DISK] = limits->disk + PAGE_MOST; /* a file system has whole pages */
	if (limits->time_ns != 0)
		want[SEEN_TIMER] = 1;
}

static void want_all(const struct plan *plan, const struct seen_before *before, uint64_t want[SEEN_COUNT])
{
	for (unsigned i = 0; i < SEEN_COUNT; i++)
		want[i] = ANYTHING;
	want_process(plan, before, want);
	if (plan->in_container)
		return;
	want_sandbox(plan, want);
	want_limits(plan, want);
}

void seen_none(struct seen_values *seen)
{
	for (unsigned i = 0; i < SEEN_COUNT; i++)
		seen->values[i] = SEEN_NOT;
}

void seen_add(struct seen_values *seen, const struct seen_values *other)
{
	for (unsigned i = 0; i < SEEN_COUNT; i++)
		if (seen->values[i] == SEEN_NOT)
			seen->values[i] = other->values[i];
}

void seen_filtered(const struct plan *plan, const struct seen_before *before, struct seen_values *seen)
{
	if (plan->nofile_last && seen->values[SEEN_NOFILE] == SEEN_NOT)
		seen->values[SEEN_NOFILE] = rlimits_nofile(plan, before->outside.values[SEEN_NOFILE]);
	seen->values[SEEN_SECCOMP_MODE] = SECCOMP_MODE_FILTER;
	seen->values[SEEN_SECCOMP_NEW] = 1;
}

/* Values that the launcher already has as seen. */
static int lacks_promised(unsigned i, struct error *err)
{
	error_set(err, 0, "%s: %s cannot be read after set-up", protection_name(table[i].protection), table[i].name);
	return error_hint(err,
		"/proc/self/status and prlimit(2) tell: run without the tracer or seccomp filter that is around the "
		"launcher, or without a report");
}

int seen_check_filtered(const struct plan *plan, const struct seen_before *before, const char *status, uint64_t filters,
	struct seen_values *seen, struct error *err)
{
	uint64_t now;

	seen_parse_seccomp(status, &seen->values[SEEN_SECCOMP_MODE], &now);
	if (seen->values[SEEN_SECCOMP_MODE] == SEEN_NOT)
		return lacks_promised(SEEN_SECCOMP_MODE, err);
	if (now == SEEN_NOT || filters == SEEN_NOT)
		return lacks_promised(SEEN_SECCOMP_NEW, err);
	seen->values[SEEN_SECCOMP_NEW] = now - filters;
	if (plan->nofile_last && seen->values[SEEN_NOFILE] == SEEN_NOT)
		return lacks_promised(SEEN_NOFILE, err);
	return seen_check(plan, before, seen, err);
}

static bool holds(enum relation relation, uint64_t value, uint64_t want)
{
	switch (relation) {
	case AT_MOST:
		return value <= want;
	case WITHIN:
		return (value & ~want) == 0;
	case OTHER:
		return value != want;
	default:
		return value == want;
	}
}

/* What a value is held against, or SEEN_NOT: it was not seen, or not outside. */
static uint64_t against(unsigned i, uint64_t want, const struct seen_before *before, const struct seen_values *seen)
{
	if (seen->values[i] == SEEN_NOT)
		return SEEN_NOT;
	return table[i].relation == OTHER ? before->outside.values[i] : want;
}

static int refuse(unsigned i, uint64_t value, uint64_t want, struct error *err)
{
	static const char *const words[] = {
		[EQUAL] = "", [AT_MOST] = "at most ", [WITHIN] = "", [OTHER] = "other than "};
	const char *const word = words[table[i].relation], *const protection = protection_name(table[i].protection);

	if (table[i].relation == WITHIN || i == SEEN_SECUREBITS)
		error_set(err, 0, "%s: %s is %#" PRIx64 " after set-up: expected %#" PRIx64, protection, table[i].name,
			value, want);
	else if (value == SEEN_UNLIMITED)
		error_set(err, 0, "%s: %s is unlimited after set-up: expected %s%" PRIu64, protection, table[i].name,
			word, want);
	else
		error_set(err, 0, "%s: %s is %" PRIu64 " after set-up: expected %s%" PRIu64, protection, table[i].name,
			value, word, want);
	return error_hint(err,
		"a call of the set-up was answered and not carried out: run without the tracer or seccomp filter that "
		"is around the launcher");
}

int seen_check(
	const struct plan *plan, const struct seen_before *before, const struct seen_values *seen, struct error *err)
{
	uint64_t want[SEEN_COUNT];

	want_all(plan, before, want);
	for (unsigned i = 0; i < SEEN_COUNT; i++) {
		const uint64_t other = want[i] == ANYTHING ? SEEN_NOT : against(i, want[i], before, seen);

		if (other != SEEN_NOT && !holds(table[i].relation, seen->values[i], other))
			return refuse(i, seen->values[i], other, err);
	}
	return 0;
}

const char *seen_lacks(const struct plan *plan, const struct seen_before *before, const struct seen_values *seen,
	enum protection protection)
{
	uint64_t want[SEEN_COUNT];

	want_all(plan, before, want);
	for (unsigned i = 0; i < SEEN_COUNT; i++)
		if (table[i].protection == protection && want[i] != ANYTHING &&
			against(i, want[i], before, seen) == SEEN_NOT)
			return table[i].name;
	return NULL;
}

unsigned seen_facts(const struct seen_values *seen, enum protection protection, struct protection_fact *facts)
{
	unsigned n = 0;

	for (unsigned i = 0; i < SEEN_COUNT && n < PROTECTION_FACTS_MAX; i++)
		if (table[i].protection == protection && seen->values[i] != SEEN_NOT &&
			seen->values[i] != SEEN_UNLIMITED)
			facts[n++] = (struct protection_fact){table[i].name, seen->values[i]};
	return n;
}
