/* What tells the state of each protection of a launch (sandbox/protection_row.h). */
#include "sandbox/protection_row.h"

#include "common/phrases.h"
#include "policy/capabilities.h"
#include "sandbox/filter/landlock.h"

#include <stdio.h>

struct protection_report protection_plain(const struct put_up *up)
{
	(void)up;
	return protection_active(NULL);
}

struct protection_report protection_seccomp(const struct put_up *up)
{
	return protection_active(up->seccomp);
}

struct protection_report protection_descriptors(const struct put_up *up)
{
	return protection_active(up->fds->n_keep > 0 ? "0-2 and --keep-fd" : "0-2");
}

struct protection_report protection_environment(const struct put_up *up)
{
	return protection_active(up->withheld);
}

struct protection_report protection_time(const struct put_up *up)
{
	return up->limits->time_ns != 0 ? protection_active(NULL) : protection_not_asked_for();
}

struct protection_report protection_user_namespace(const struct put_up *up)
{
	return protection_active(
		up->identity->kind == PLAN_IDENTITY_SUBUID
			? "inside root is the caller, the rest is the caller's subordinate ids; no supplementary group"
			: "the caller's uid and gid, nothing else mapped");
}

struct protection_report protection_network(const struct put_up *up)
{
	if (up->network == PLAN_NETWORK_HOST)
		return protection_is(PROTECTION_DISABLED, "network: host, requested by name");
	if (up->network == PLAN_NETWORK_OPEN)
		return protection_active(
			"own namespace, connected by pasta; nftables refuses this host and its networks");
	if ((up->degraded & (1u << PLAN_DEGRADABLE_NETWORK)) != 0)
		return protection_is(PROTECTION_DEGRADED, "network open is " PHRASE_NOT_HERE ": loopback only");
	return protection_active("loopback only");
}

static const char *const roots[] = {
	[PLAN_ROOT_HOST] = "read-only root from the mount table, pivot_root, old root detached",
	[PLAN_ROOT_OVERLAY] = "throw-away layers over the host's system, pivot_root, old root detached",
	[PLAN_ROOT_DIR] = "throw-away layer over an unpacked image, pivot_root, old root detached",
};

struct protection_report protection_root(const struct put_up *up)
{
	return protection_active(roots[up->root->kind]);
}

/* "CAP_CHOWN CAP_…: …", the same for every plan that keeps any. */
static const char *kept_capabilities(uint64_t capabilities)
{
	static char text[512];
	size_t used = 0;

	if (capabilities == 0)
		return "all sets and the bounding set empty, securebits locked";
	for (size_t i = 0; i < capabilities_count && used < sizeof text; i++)
		if ((capabilities & UINT64_C(1) << capabilities_known[i].number) != 0)
			used += (size_t)snprintf(text + used, sizeof text - used, "%s ", capabilities_known[i].name);
	if (used < sizeof text)
		snprintf(text + used, sizeof text - used,
			"over the ids of the map, no other in any set or the bounding set, securebits locked");
	return text;
}

struct protection_report protection_capabilities(const struct put_up *up)
{
	return protection_active(kept_capabilities(up->identity->capabilities));
}

struct protection_report protection_landlock(const struct put_up *up)
{
	static char text[128];

	if (!up->landlock->wanted)
		return protection_not_asked_for();
	if (up->landlock->abi == 0)
		return protection_is(PROTECTION_UNAVAILABLE, "allow_degraded");
	landlock_describe(up->landlock, text, sizeof text);
	return protection_active(text);
}

struct protection_report protection_explain(const struct put_up *up)
{
	if (!up->explain)
		return protection_not_asked_for();
	if ((up->degraded & (1u << PLAN_DEGRADABLE_EXPLAIN)) != 0)
		return protection_is(PROTECTION_UNAVAILABLE, "allow_degraded: the policy does not allow sendmsg(2)");
	if (!up->denials->explained)
		return protection_is(PROTECTION_UNAVAILABLE, up->denials->reason);
	return protection_active("denied calls are answered by the launcher, with the errno of the policy");
}

struct protection_report protection_rlimits(const struct put_up *up)
{
	(void)up;
	return protection_active("ceilings: a lower hard limit of the caller holds");
}

struct protection_report protection_keyring(const struct put_up *up)
{
	(void)up;
	return protection_active("own session keyring");
}

struct protection_report protection_session(const struct put_up *up)
{
	return protection_active(up->tty == PLAN_TTY_YES ? "own session" : "own session, no controlling terminal");
}

struct protection_report protection_tty(const struct put_up *up)
{
	if (up->tty == PLAN_TTY_YES)
		return protection_active("a pseudo-terminal of its own devpts");
	if (up->terminals != 0)
		return protection_active("output reaches the caller's terminal through a terminal of the job's own");
	return protection_not_asked_for();
}
