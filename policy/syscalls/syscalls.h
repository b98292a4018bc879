/* Maps names and numbers of system calls on the architecture this was built for (x86-64 or aarch64). */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* Numbers from here on have no name on either architecture: 470 in Linux 6.18, and a dozen are added a year. */
#define SYSCALL_NUMBERS 640

enum syscall_lookup {
	SYSCALL_UNKNOWN = -1, /* no architecture has a call of this name */
	SYSCALL_FOREIGN = -2, /* other architectures have it, this one has not */
};

/* The number of the call, below SYSCALL_NUMBERS, or one of enum syscall_lookup. */
int syscall_number(const char *name);

/* The name of the call with this number, or NULL. The caller frees. */
char *syscall_name(unsigned number);

/* Sets the hint of an error about a name that no call has: the call that is probably meant, then `otherwise`
 * (nearest_hint()). Slow, as it looks at every name. */
int syscall_hint(const char *name, const char *otherwise, struct error *err);

/* Whether some call has this number. Slow (libseccomp searches a table): ask once per number and remember. */
bool syscall_known(unsigned number);
