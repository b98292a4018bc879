#include "policy/capabilities.h"

#include <linux/capability.h>

/* Left out on purpose: SYS_CHROOT, MKNOD, NET_BIND_SERVICE, NET_RAW and SETFCAP, which a container's root usually has.
 * dpkg needs none of them, the filter refuses chroot(2), a device node cannot be made in a user namespace, and under
 * no_new_privs no file capability is of use. SETPCAP, SYS_ADMIN and SYS_PTRACE would undo what the sandbox is. */
const struct capability capabilities_known[] = {
	{"CAP_CHOWN", CAP_CHOWN},               /* give files to another of its ids: unpacking */
	{"CAP_DAC_OVERRIDE", CAP_DAC_OVERRIDE}, /* open what belongs to another of its ids */
	{"CAP_FOWNER", CAP_FOWNER},             /* chmod(2), utimes(2), extended attributes of those */
	{"CAP_FSETID", CAP_FSETID},             /* keep setgid bits when unpacking */
	{"CAP_KILL", CAP_KILL},                 /* end what it started under another of its ids */
	{"CAP_SETGID", CAP_SETGID},             /* setgroups(2), setresgid(2): become another of its ids */
	{"CAP_SETUID", CAP_SETUID},
};
const size_t capabilities_count = sizeof capabilities_known / sizeof capabilities_known[0];

uint64_t capabilities_of_root(void)
{
	uint64_t all = 0;

	for (size_t i = 0; i < capabilities_count; i++)
		all |= UINT64_C(1) << capabilities_known[i].number;
	return all;
}
