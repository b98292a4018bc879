/* What tells the state of each protection of an entrypoint, and what it leaves to the runtime around it
 * (sandbox/protection_row.h). */
#include "sandbox/protection_row.h"

#include "sandbox/entrypoint.h"

struct protection_report container_runtime(const struct put_up *up)
{
	(void)up;
	return protection_is(PROTECTION_DISABLED, "the container runtime's");
}

struct protection_report container_landlock(const struct put_up *up)
{
	if (!up->landlock->wanted)
		return protection_is(PROTECTION_DISABLED, "--no-landlock");
	if ((up->degraded & (1u << PLAN_DEGRADABLE_LANDLOCK)) != 0)
		return protection_is(PROTECTION_UNAVAILABLE, "allow_degraded");
	if (up->root->n_mounts > 0)
		return protection_active("only the paths of ro and rw, and what 0-2 have open");
	return protection_active(
		up->landlock->abi >= 6
			? "signals and abstract sockets stay within; what is not below / only as 0-2 have it open"
			: "what is not below / only as 0-2 have it open");
}

struct protection_report container_capabilities(const struct put_up *up)
{
	if (up->entrypoint->caps_locked)
		return protection_active("all sets and the bounding set empty, securebits locked");
	return protection_active(
		"permitted, effective, inheritable and ambient set empty; without CAP_SETPCAP the bounding set stays, which gives nothing under no_new_privs");
}

struct protection_report container_rlimits(const struct put_up *up)
{
	(void)up;
	return protection_active("ceilings: a lower hard limit of the container holds");
}

struct protection_report container_keyring(const struct put_up *up)
{
	return protection_active(
		up->entrypoint->keyring ? "own session keyring" : "keyctl(2) is refused by the outer filter");
}

struct protection_report container_session(const struct put_up *up)
{
	(void)up;
	return protection_active("own process group");
}

struct protection_report container_explain(const struct put_up *up)
{
	(void)up;
	return protection_is(PROTECTION_DISABLED, "no listener outside");
}
