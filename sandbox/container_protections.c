#include "sandbox/container_protections.h"

#include "sandbox/look.h"
#include "sandbox/protections.h"

static const struct protection_report runtimes = {.state = PROTECTION_DISABLED, .detail = "the container runtime's"};
static const struct protection_report not_asked_for = {.state = PROTECTION_DISABLED, .detail = "not asked for"};

static struct protection_report active(const char *detail)
{
	return (struct protection_report){.state = PROTECTION_ACTIVE, .detail = detail};
}

static struct protection_report landlock(const struct plan *plan)
{
	if (!plan->landlock)
		return (struct protection_report){.state = PROTECTION_DISABLED, .detail = "--no-landlock"};
	if ((plan->degraded & (1u << PLAN_DEGRADABLE_LANDLOCK)) != 0)
		return (struct protection_report){.state = PROTECTION_UNAVAILABLE, .detail = "allow_degraded"};
	if (plan->n_mounts > 0)
		return active("only the paths of ro and rw, and what 0-2 have open");
	return active(plan->landlock_abi >= 6
			      ? "signals and abstract sockets stay within; what is not below / only as 0-2 have it open"
			      : "what is not below / only as 0-2 have it open");
}

static struct protection_report capabilities(const struct entrypoint *entrypoint)
{
	if (entrypoint->caps_locked)
		return active("all sets and the bounding set empty, securebits locked");
	return active("permitted, effective, inheritable and ambient set empty; without CAP_SETPCAP the bounding set "
		      "stays, which gives nothing under no_new_privs");
}

void container_protections(const struct plan *plan, const struct entrypoint *entrypoint, const struct seen_values *seen,
	struct outcome *outcome)
{
	struct protection_report *p = outcome->protections;

	for (unsigned i = 0; i < PROTECTION_COUNT; i++)
		p[i] = runtimes;
	p[PROTECTION_CAPABILITIES] = capabilities(entrypoint);
	p[PROTECTION_NO_NEW_PRIVS] = active(NULL);
	p[PROTECTION_LANDLOCK] = landlock(plan);
	p[PROTECTION_SECCOMP] = active(plan->seccomp);
	p[PROTECTION_RLIMITS] = active("ceilings: a lower hard limit of the container holds");
	p[PROTECTION_KEYRING] = entrypoint->keyring ? active("own session keyring")
						    : active("keyctl(2) is refused by the filter around us");
	p[PROTECTION_SESSION] = active("own process group");
	p[PROTECTION_FILE_DESCRIPTORS] = active(plan->n_keep_fds > 0 ? "0-2 and --keep-fd" : "0-2");
	p[PROTECTION_ENVIRONMENT] = active(plan->withheld);
	p[PROTECTION_EXPLAIN] =
		(struct protection_report){.state = PROTECTION_DISABLED, .detail = "nobody outside to listen"};
	p[PROTECTION_TTY] = runtimes;
	p[PROTECTION_TIME] = plan->limits.time_ns != 0 ? active(NULL) : not_asked_for;
	protections_verify(plan, look_before(), seen, outcome);
}
