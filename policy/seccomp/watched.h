/* Defines the calls that the launcher looks at before they are made, where a run is to be explained in full: those that
 * a mount, Landlock, missing privileges or locked securebits may refuse, which the filter knows nothing of.
 *
 * The policy allows them whatever their arguments are; the listener lets each go on (SECCOMP_USER_NOTIF_FLAG_CONTINUE).
 * seccomp_unotify(2) warns of decisions by what lies in the caller's memory: here nothing is decided, and what is
 * looked at is for a message only. Pure, as all of policy/. */
#pragma once

#include "policy/seccomp/seccomp.h"

#include <stdbool.h>

enum watched_kind {
	WATCHED_OPEN,    /* a file for writing, or to be made */
	WATCHED_MAKE,    /* a name that must not be there yet */
	WATCHED_REMOVE,  /* a name that is there */
	WATCHED_REPLACE, /* a name, whether it is there or not */
	WATCHED_CHANGE,  /* a file that is there: mode, owner, times, length, extended attributes */
	WATCHED_EXEC,    /* a program that may be marked with privileges */
	WATCHED_PRCTL,   /* capabilities and securebits */
};

#define WATCHED_NONE (-1) /* no such argument */

/* One path of a call, by the places of its arguments. */
struct watched_call {
	unsigned number;
	enum watched_kind kind;
	int dirfd, path; /* WATCHED_NONE: the working directory */
	int flags;       /* of open(2); of mknod(2) the mode; of others AT_* */
	bool nofollow;   /* a link is meant itself */
};

/* The rows of a call, one after the other; *n: how many, 0 for a call that is not watched. */
const struct watched_call *watched_rows(unsigned number, unsigned *n);

/* Puts instructions in front of the program that notify of the watched calls which `policy` always allows: of open(2)
 * only where the flags ask for more than reading, of prctl(2) only the options that we watch. The caller frees with
 * bpf_program_free(). */
int watched_notify(const struct seccomp_policy *policy, struct bpf_program *program, struct error *err);

/* The data of SECCOMP_RET_USER_NOTIF there, which the kernel does not look at; no errno has this value. */
#define WATCHED_DATA 0xffffU
