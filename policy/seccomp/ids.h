/* Answers calls that name a user or group id which the job does not have: EPERM instead of the kernel's EINVAL.
 *
 * chown(2) and setuid(2) to an id that is not mapped in the user namespace are EINVAL (user_namespaces(7)). On a host
 * the same process, unprivileged, gets EPERM, which is what fakeroot(1) and dpkg expect. The answer comes from the
 * filter, before the path is looked up, and is no protection: the kernel refuses such an id in any case.
 * setgroups(2) and the *ctl(2) calls have their ids behind a pointer, where a filter cannot see them. */
#pragma once

#include "policy/seccomp/seccomp.h"

#include <stdint.h>

/* The ids that are mapped: one range of each kind, both ends included. */
struct seccomp_ids {
	uint32_t first_uid, last_uid;
	uint32_t first_gid, last_gid;
};

/* The calls that take ids and that the policy allows whatever their arguments are, one bit each: only these may get
 * another answer. */
uint32_t seccomp_id_calls(const struct seccomp_policy *policy);

/* Puts the answer in front of the program, for `calls` of seccomp_id_calls(). -1 (uid_t) means "leave it" and goes on.
 * Only the low half of an argument counts, as for the kernel. Replaces *program, whose instructions may be borrowed. */
int seccomp_refuse_unmapped(
	const struct seccomp_ids *ids, uint32_t calls, struct bpf_program *program, struct error *err);
