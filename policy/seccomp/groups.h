/* Defines groups of system calls, for policies in our own form: "@file-read".
 * A group holds what a kind of program requires together, or what attacks have in common. */
#pragma once

#include <stddef.h>

struct seccomp_group {
	const char *name;  /* without the '@' */
	const char *help;  /* one line */
	const char *names; /* of its calls, with blanks between them */
};

extern const struct seccomp_group seccomp_groups[];
extern const size_t seccomp_groups_count;

/* The group of that name, or NULL. */
const struct seccomp_group *seccomp_group_find(const char *name);
