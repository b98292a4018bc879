#include "sandbox/caps.h"

#include <errno.h>
#include <linux/securebits.h>
#include <stdint.h>
#include <sys/capability.h>
#include <sys/prctl.h>

/* SECURE_KEEP_CAPS must stay clear, and is locked clear: it is what would let a uid change keep capabilities. */
#define SECUREBITS_NONE                                                                                  \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED | \
		SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* A root of its own: exec and setuid(2) treat uid 0 as they always do, and nobody can change that. SECURE_KEEP_CAPS
 * stays open: setpriv(1) and others set it on their way to another id, and what is kept is never more than what root
 * has. */
#define SECUREBITS_ROOT                                                                       \
	(SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | \
		SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

int caps_reduce(uint64_t keep, struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3];

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_set(err, errno, "capabilities: clear the ambient set");
	/* Past the last capability that this kernel knows the answer is EINVAL: that is the end of the set. */
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if ((cap >= 64 || (keep & UINT64_C(1) << cap) == 0) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return error_set(err, errno, "capabilities: drop %d from the bounding set", cap);
	if (prctl(PR_SET_SECUREBITS, keep == 0 ? SECUREBITS_NONE : SECUREBITS_ROOT, 0, 0, 0) < 0)
		return error_set(err, errno, "capabilities: lock the securebits");
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		kept[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(keep >> 32 * i), .permitted = (uint32_t)(keep >> 32 * i)};
	if (capset(&header, kept) < 0)
		return error_set(err, errno, "capabilities: set the permitted, effective and inheritable sets");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(err, errno, "no_new_privs");
	return 0;
}
