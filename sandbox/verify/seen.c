#include "sandbox/verify/seen.h"

#include "policy/limits.h"
#include "sandbox/cgroup/limits.h"
#include "sandbox/identity/caps.h"
#include "sandbox/process/rlimits.h"
#include "sandbox/verify/seen_parse.h"

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
	AT_LEAST,
	WITHIN, /* no bit that is not wanted */
	OTHER,  /* than the launcher's own */
};

/* What belongs to which protection, under which name, and how it is compared; of the limits, policy/limits.c says it.
 */
static const struct {
	enum protection protection;
	char name[20]; /* no pointer: the loader would write it, which costs every launch */
	enum relation relation;
} table[SEEN_LIMITS] = {
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
	[SEEN_DISK] = {PROTECTION_DISK, "size", AT_MOST},
	[SEEN_TIMER] = {PROTECTION_TIME, "armed", EQUAL},
};

/* All of them; those behind have no limit. */
#define VALUES SEEN_LIMIT(PLAN_LIMIT_COUNT)
_Static_assert(PLAN_LIMIT_COUNT <= SEEN_LIMITS_MAX, "a limit has no place among the values seen");

static const struct limit *limit_of(unsigned i)
{
	return i >= SEEN_LIMITS && i < SEEN_LIMIT(PLAN_LIMIT_COUNT) ? &limit_rows[i - SEEN_LIMITS] : NULL;
}

static enum protection protection_of(unsigned i)
{
	const struct limit *limit = limit_of(i);

	return limit != NULL ? protection_of_degradable(limit->degradable) : table[i].protection;
}

static const char *name_of(unsigned i)
{
	const struct limit *limit = limit_of(i);

	return limit != NULL ? limit->seen : table[i].name;
}

static enum relation relation_of(unsigned i)
{
	static const enum relation relations[] = {
		[LIMIT_AT_MOST] = AT_MOST, [LIMIT_EXACTLY] = EQUAL, [LIMIT_AT_LEAST] = AT_LEAST};
	const struct limit *limit = limit_of(i);

	return limit != NULL ? relations[limit->holds] : table[i].relation;
}

/* What an entrypoint does not make. */
static void want_sandbox(const struct expectation *expected, uint64_t *want)
{
	for (unsigned i = SEEN_USER; i < SEEN_NAMESPACES; i++)
		want[i] = ANOTHER;
	if (expected->own_network)
		want[SEEN_INTERFACES] = expected->connected;
	else
		want[SEEN_NET] = ANYTHING;
	want[SEEN_UIDS] = expected->uids;
	want[SEEN_GIDS] = expected->gids;
	want[SEEN_UID] = expected->uid;
	want[SEEN_GID] = expected->gid;
	if (expected->no_groups)
		want[SEEN_GROUPS] = expected->groups;
	want[SEEN_HOSTNAME] = 1;
	want[SEEN_ROOT] = ANOTHER;
	if (!plan_has_layer(expected->root))
		want[SEEN_ROOT_READONLY] = 1;
	want[SEEN_MOUNT_ROOTS] = 1;
	want[SEEN_MOUNT_MISSING] = 0;
	want[SEEN_MOUNT_WRITABLE] = 0;
	want[SEEN_MOUNT_LOOSE] = 0;
	want[SEEN_WORKDIR] = 1;
	want[SEEN_UNMASKED] = 0;
	want[SEEN_FDS_LENT] = 0;
	want[SEEN_PID1_PERMITTED] = expected->capabilities;
	want[SEEN_PID1_BOUNDING] = expected->capabilities;
	want[SEEN_PID1_NO_NEW_PRIVS] = 1;
	want[SEEN_PID1_SESSION] = 1;
	want[SEEN_TERMINAL] = expected->terminal;
	if ((expected->degraded & (1u << PLAN_DEGRADABLE_PIDS)) != 0)
		want[SEEN_NPROC] = expected->limits->pids;
}

static void want_process(const struct seen_before *before, uint64_t *want)
{
	const struct expectation *expected = &before->expected;

	want[SEEN_CAP_INHERITABLE] = 0;
	want[SEEN_CAP_PERMITTED] = expected->command_capabilities;
	want[SEEN_CAP_EFFECTIVE] = expected->command_capabilities;
	want[SEEN_CAP_AMBIENT] = 0;
	if (!before->unlocked) {
		want[SEEN_CAP_BOUNDING] = expected->capabilities;
		want[SEEN_SECUREBITS] = (uint64_t)caps_securebits(expected->capabilities);
	}
	want[SEEN_NO_NEW_PRIVS] = 1;
	if (expected->landlock)
		want[SEEN_LANDLOCK] = 1;
	want[SEEN_SECCOMP_MODE] = SECCOMP_MODE_FILTER;
	want[SEEN_SECCOMP_NEW] = 1;
	want[SEEN_NOFILE] = rlimits_nofile(expected->limits->nofile_hard, before->outside.values[SEEN_NOFILE]);
	want[SEEN_CORE] = RLIMITS_CORE;
	want[SEEN_SIGPENDING] = RLIMITS_SIGPENDING;
	want[SEEN_MSGQUEUE] = RLIMITS_MSGQUEUE;
	if (!before->no_keyring)
		want[SEEN_KEYRING] = ANOTHER;
	want[SEEN_SESSION] = 1;
	want[SEEN_FDS_EXTRA] = 0;
}

/* How many devices have rates in the file of the limit. */
static uint64_t devices(const struct expectation *expected, const struct limit *first)
{
	uint64_t n = 0;

	for (size_t i = 0; i < expected->limits->n_devices; i++) {
		bool any = false;

		for (const struct limit *limit = first; limit != NULL; limit = limit_next_of_file(limit))
			any = any || cgroup_limits_rate(expected->limits, expected->degraded,
					     &expected->limits->devices[i], limit) != 0;
		n += any;
	}
	return n;
}

/* The first of a file's rates stands for all. */
static uint64_t want_rate(const struct expectation *expected, const struct limit *first)
{
	if (!limit_shares_file(first))
		for (const struct limit *limit = first; limit != NULL; limit = limit_next_of_file(limit))
			if (limit_is_enforced(expected->limits, expected->degraded, limit))
				return devices(expected, first);
	return ANYTHING;
}

static uint64_t want_number(const struct expectation *expected, const struct limit *limit)
{
	const uint64_t value = cgroup_limits_number(limit, *limit_field(expected->limits, limit));

	/* The most that a file can say is "max". */
	if (!limit_is_enforced(expected->limits, expected->degraded, limit) || value >= INT64_MAX)
		return ANYTHING;
	return limit->holds == LIMIT_AT_LEAST ? value / PAGE_MOST * PAGE_MOST : value;
}

static void want_limits(const struct expectation *expected, uint64_t *want)
{
	want[SEEN_CGROUP_MEMBER] = 1;
	for (unsigned i = 0; i < PLAN_LIMIT_COUNT; i++) {
		const struct limit *limit = &limit_rows[i];

		want[SEEN_LIMIT(i)] = limit_is_rate(limit) ? want_rate(expected, limit) : want_number(expected, limit);
	}
	if (expected->limits->disk != 0)
		want[SEEN_DISK] = expected->limits->disk + PAGE_MOST; /* a file system has whole pages */
	if (expected->limits->time_ns != 0)
		want[SEEN_TIMER] = 1;
}

static void want_all(const struct seen_before *before, uint64_t want[SEEN_COUNT])
{
	for (unsigned i = 0; i < SEEN_COUNT; i++)
		want[i] = ANYTHING;
	want_process(before, want);
	if (before->expected.in_container)
		return;
	want_sandbox(&before->expected, want);
	want_limits(&before->expected, want);
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

void seen_filtered(const struct seen_before *before, struct seen_values *seen)
{
	if (before->expected.nofile_last && seen->values[SEEN_NOFILE] == SEEN_NOT)
		seen->values[SEEN_NOFILE] =
			rlimits_nofile(before->expected.limits->nofile_hard, before->outside.values[SEEN_NOFILE]);
	seen->values[SEEN_SECCOMP_MODE] = SECCOMP_MODE_FILTER;
	seen->values[SEEN_SECCOMP_NEW] = 1;
}

/* Values that the launcher already has as seen. */
static int lacks_promised(unsigned i, struct error *err)
{
	error_set(err, 0, "%s: %s cannot be read after set-up", protection_name(protection_of(i)), name_of(i));
	return error_hint(err,
		"/proc/self/status and prlimit(2) must be readable: run without an outer tracer or seccomp filter, or without a report");
}

int seen_check_filtered(const struct seen_before *before, const char *status, uint64_t filters,
	struct seen_values *seen, struct error *err)
{
	uint64_t now;

	seen_parse_seccomp(status, &seen->values[SEEN_SECCOMP_MODE], &now);
	if (seen->values[SEEN_SECCOMP_MODE] == SEEN_NOT)
		return lacks_promised(SEEN_SECCOMP_MODE, err);
	if (now == SEEN_NOT || filters == SEEN_NOT)
		return lacks_promised(SEEN_SECCOMP_NEW, err);
	seen->values[SEEN_SECCOMP_NEW] = now - filters;
	if (before->expected.nofile_last && seen->values[SEEN_NOFILE] == SEEN_NOT)
		return lacks_promised(SEEN_NOFILE, err);
	return seen_check(before, seen, err);
}

static bool holds(enum relation relation, uint64_t value, uint64_t want)
{
	switch (relation) {
	case AT_MOST:
		return value <= want;
	case AT_LEAST:
		return value >= want;
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
	return relation_of(i) == OTHER ? before->outside.values[i] : want;
}

static int refuse(unsigned i, uint64_t value, uint64_t want, struct error *err)
{
	static const char *const words[] = {
		[EQUAL] = "", [AT_MOST] = "at most ", [AT_LEAST] = "at least ", [WITHIN] = "", [OTHER] = "other than "};
	const char *const word = words[relation_of(i)], *const protection = protection_name(protection_of(i));

	if (relation_of(i) == WITHIN || i == SEEN_SECUREBITS)
		error_set(err, 0, "%s: %s is %#" PRIx64 " after set-up: expected %#" PRIx64, protection, name_of(i),
			value, want);
	else if (value == SEEN_UNLIMITED)
		error_set(err, 0, "%s: %s is unlimited after set-up: expected %s%" PRIu64, protection, name_of(i), word,
			want);
	else
		error_set(err, 0, "%s: %s is %" PRIu64 " after set-up: expected %s%" PRIu64, protection, name_of(i),
			value, word, want);
	return error_hint(err,
		"a set-up call returned success without taking effect: run without an outer tracer or seccomp filter");
}

int seen_check(const struct seen_before *before, const struct seen_values *seen, struct error *err)
{
	uint64_t want[SEEN_COUNT];

	want_all(before, want);
	for (unsigned i = 0; i < VALUES; i++) {
		const uint64_t other = want[i] == ANYTHING ? SEEN_NOT : against(i, want[i], before, seen);

		if (other != SEEN_NOT && !holds(relation_of(i), seen->values[i], other))
			return refuse(i, seen->values[i], other, err);
	}
	return 0;
}

const char *seen_lacks(const struct seen_before *before, const struct seen_values *seen, enum protection protection)
{
	uint64_t want[SEEN_COUNT];

	want_all(before, want);
	for (unsigned i = 0; i < VALUES; i++)
		if (protection_of(i) == protection && want[i] != ANYTHING &&
			against(i, want[i], before, seen) == SEEN_NOT)
			return name_of(i);
	return NULL;
}

unsigned seen_facts(const struct seen_values *seen, enum protection protection, struct protection_fact *facts)
{
	unsigned n = 0;

	for (unsigned i = 0; i < VALUES && n < PROTECTION_FACTS_MAX; i++)
		if (protection_of(i) == protection && seen->values[i] != SEEN_NOT && seen->values[i] != SEEN_UNLIMITED)
			facts[n++] = (struct protection_fact){name_of(i), seen->values[i]};
	return n;
}
