/* Lists the calls that one policy allows and another does not. */
#pragma once

#include "common/error.h"
#include "policy/seccomp/seccomp.h"

#include <stddef.h>
#include <stdint.h>

enum seccomp_change {
	SECCOMP_WIDENS,  /* B lets through what A stops */
	SECCOMP_NARROWS, /* A lets through what B stops */
	SECCOMP_DIFFERS, /* both stop it, or let it through, in different ways */
};

/* One kind of call that the two decide differently. */
struct seccomp_difference {
	enum seccomp_change change;
	char *call; /* an example: "socket(family=netlink, protocol=9)" */
	uint32_t a, b;
};

struct seccomp_diff {
	struct seccomp_difference *items; /* by system call; owned */
	size_t n;
};

/* Compares the policies call by call, on the native architecture: for each argument that either asks about, every
 * combination of answers is tried with a value that gives it. At most one difference per system call and pair of
 * verdicts. The caller frees with seccomp_diff_free(), also after failure. */
int seccomp_diff_make(
	const struct seccomp_policy *a, const struct seccomp_policy *b, struct seccomp_diff *diff, struct error *err);

/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void seccomp_diff_free(struct seccomp_diff *diff);
