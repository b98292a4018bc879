#include "sandbox/process/keyring.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int keyring_leave(struct error *err)
{
	int saved;

	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
		return 0;
	saved = errno;
	/* ENOSYS may also be the word of a filter around us: only the lack of /proc/keys says that there are no
	 * keyrings. */
	if (saved == ENOSYS && access("/proc/keys", F_OK) < 0)
		return 0;
	error_set(err, saved, "keyring: join a new session keyring");
	if (saved == EPERM || saved == ENOSYS)
		return error_hint(err, "an outer seccomp filter refuses keyctl: allow it");
	return -1;
}
