#include "sandbox/filter/kernel_version.h"

#include "policy/seccomp/seccomp.h"

#include <sys/utsname.h>

/* Not sscanf(3) or strtoul(3): every launch asks, and would need their code and tables for nothing else. */
static const char *read_number(const char *text, uint32_t *number)
{
	for (*number = 0; *text >= '0' && *text <= '9'; text++)
		*number = *number * 10 + (uint32_t)(*text - '0');
	return text;
}

uint32_t kernel_version(void)
{
	uint32_t major, minor;
	struct utsname uts;
	const char *dot;

	if (uname(&uts) < 0 || *(dot = read_number(uts.release, &major)) != '.' ||
		read_number(dot + 1, &minor) == dot + 1)
		return 0;
	return SECCOMP_KERNEL(major, minor);
}
