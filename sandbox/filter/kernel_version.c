#include "sandbox/filter/kernel_version.h"

#include "policy/seccomp/seccomp.h"

#include <stdio.h>
#include <sys/utsname.h>

uint32_t kernel_version(void)
{
	struct utsname uts;
	unsigned major, minor;

	if (uname(&uts) < 0 || sscanf(uts.release, "%u.%u", &major, &minor) != 2)
		return 0;
	return SECCOMP_KERNEL(major, minor);
}
