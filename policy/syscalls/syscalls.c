#include "policy/syscalls/syscalls.h"

#include "common/cleanup.h"
#include "common/nearest.h"

#include <seccomp.h>
#include <stdlib.h>
#include <string.h>

/* Calls that the kernel has and Debian 12's libseccomp 2.5.4 does not name, so that a profile means the same with an
 * older and a newer library. Since Linux 5.1 a new call has one number on all architectures (syscalls(2); the kernel's
 * scripts/syscall.tbl). */
static const struct {
	const char *name;
	int number;
} newer[] = {
	{"cachestat", 451},
	{"fchmodat2", 452},
	{"map_shadow_stack", 453},
	{"futex_wake", 454},
	{"futex_wait", 455},
	{"futex_requeue", 456},
	{"statmount", 457},
	{"listmount", 458},
	{"lsm_get_self_attr", 459},
	{"lsm_set_self_attr", 460},
	{"lsm_list_modules", 461},
	{"mseal", 462},
	{"setxattrat", 463},
	{"getxattrat", 464},
	{"listxattrat", 465},
	{"removexattrat", 466},
	{"open_tree_attr", 467},
	{"file_getattr", 468},
	{"file_setattr", 469},
};
#define NEWER_COUNT (sizeof newer / sizeof newer[0])

int syscall_number(const char *name)
{
	int number = seccomp_syscall_resolve_name_arch(SCMP_ARCH_NATIVE, name);

	if (number >= 0 && number < SYSCALL_NUMBERS)
		return number;
	for (size_t i = 0; i < NEWER_COUNT; i++)
		if (strcmp(newer[i].name, name) == 0)
			return newer[i].number;
	/* libseccomp gives a name that only other architectures have a negative pseudo-number. */
	return number == __NR_SCMP_ERROR ? SYSCALL_UNKNOWN : SYSCALL_FOREIGN;
}

char *syscall_name(unsigned number)
{
	for (size_t i = 0; i < NEWER_COUNT; i++)
		if (newer[i].number == (int)number)
			return strdup(newer[i].name);
	return number < SYSCALL_NUMBERS ? seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, (int)number) : NULL;
}

bool syscall_known(unsigned number)
{
	char *name = syscall_name(number);

	free(name);
	return name != NULL;
}

int syscall_hint(const char *name, const char *otherwise, struct error *err)
{
	struct nearest nearest;

	nearest_start(&nearest, name);
	for (unsigned number = 0; number < SYSCALL_NUMBERS; number++) {
		_cleanup_(freep) char *known = syscall_name(number);

		if (known != NULL)
			nearest_offer(&nearest, known);
	}
	return nearest_hint(&nearest, "", otherwise, err);
}
