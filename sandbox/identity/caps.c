#include "sandbox/identity/caps.h"

#include <errno.h>
#include <linux/securebits.h>
#include <stdint.h>
#include <sys/capability.h>
#include <sys/prctl.h>

/* SECURE_KEEP_CAPS is clear but not locked. Setting it has no effect without capabilities, but ping(8) and other
 * programs that used to be setuid root exit if they may not set it. */
#define SECUREBITS_NONE                                                                                  \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED | \
		SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* For a job with a root of its own: exec and setuid(2) treat uid 0 as usual, and no process can change that.
 * SECURE_KEEP_CAPS is not locked: setpriv(1) and others set it to change their id, and keep no more than root has. */
#define SECUREBITS_ROOT                                                                       \
	(SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | \
		SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

static int drop_bounding(uint64_t keep, struct error *err)
{
	int cap = 0;

	for (;; cap++) {
		int why;

		if ((cap < 64 && (keep & UINT64_C(1) << cap) != 0) || prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0)
			continue;
		why = errno;
		/* Without CAP_SETPCAP nothing can be dropped; what is not there need not be. */
		if (why == EPERM && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 0)
			continue;
		/* Past the last capability that this kernel knows the answer is EINVAL: that is the end of the set. */
		if (cap > CAP_LAST_CAP && errno == EINVAL)
			return 0;
		return error_set(err, why, "capabilities: drop %d from the bounding set", cap);
	}
}

static int lock_securebits(int bits, struct error *err)
{
	if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0)
		return error_set(err, errno, "capabilities: lock the securebits");
	return 0;
}

static int set_and_seal(uint64_t keep, struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct kept[_LINUX_CAPABILITY_U32S_3];

	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		kept[i] = (struct __user_cap_data_struct){
			.effective = (uint32_t)(keep >> 32 * i), .permitted = (uint32_t)(keep >> 32 * i)};
	if (capset(&header, kept) < 0)
		return error_set(err, errno, "capabilities: set the permitted, effective and inheritable sets");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_set(err, errno, "no_new_privs");
	return 0;
}

static int clear_ambient(struct error *err)
{
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_set(err, errno, "capabilities: clear the ambient set");
	return 0;
}

int caps_securebits(uint64_t keep)
{
	return keep == 0 ? SECUREBITS_NONE : SECUREBITS_ROOT;
}

int caps_reduce(uint64_t keep, struct error *err)
{
	if (clear_ambient(err) < 0 || drop_bounding(keep, err) < 0 || lock_securebits(caps_securebits(keep), err) < 0)
		return -1;
	return set_and_seal(keep, err);
}

int caps_lock(bool *locked, struct error *err)
{
	*locked = drop_bounding(0, err) == 0 && (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) == SECUREBITS_NONE ||
							lock_securebits(SECUREBITS_NONE, err) == 0);
	return *locked || err->errnum == EPERM ? 0 : -1;
}

int caps_clear(struct error *err)
{
	return clear_ambient(err) < 0 ? -1 : set_and_seal(0, err);
}

int caps_lay_down(struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (capget(&header, data) < 0)
		return error_set(err, errno, "capabilities: read");
	for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].effective = 0;
	if (capset(&header, data) < 0)
		return error_set(err, errno, "capabilities: lay down");
	return 0;
}
