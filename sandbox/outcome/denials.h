/* Counts what was denied, in a table of bounded size, however much a job tries.
 * Runs in: launcher, PID 1 */
#pragma once

#include "policy/syscalls/call_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DENIALS_MAX 64

/* Who refuses. */
enum denial_cause {
	DENIAL_BY_FILTER,     /* seccomp: `rule` */
	DENIAL_READ_ONLY,     /* the mount: `mount` */
	DENIAL_LANDLOCK,      /* it: `note` says what for */
	DENIAL_NO_PRIVILEGES, /* no_new_privs: the program runs without what it is marked with, `note` */
	DENIAL_SECUREBITS,    /* locked, or no capability to change them: `note` */
};

/* Calls that are alike in all but `pid` and `count`. All text is printable: what came from the job is escaped. */
struct denial {
	enum denial_cause cause;
	int mount;       /* place in the plan's mount table; < 0: none of it, one that the sandbox always makes */
	char note[96];   /* "" unless the cause has one */
	unsigned number; /* of the system call, native architecture */
	int errnum;      /* what it was answered with */
	int rule;        /* of struct seccomp_verdict */
	pid_t pid;       /* inside, of the first that tried; 0: not known */
	uint64_t count;
	char process[72];    /* its name; "" when not known */
	char arguments[320]; /* "" for a call whose arguments have no names */
};

struct denials {
	int record;          /* the caller's descriptor of --denials-fd; 0: none */
	bool explained;      /* the listener was there: no denial is missing here but ENOSYS */
	char reason[128];    /* why not, where it had been asked for */
	struct denial *rows; /* in the order of their first call; owned */
	unsigned n_rows;
	uint64_t more;      /* calls that are in no row: the table was full, or looking at each had become too dear */
	bool all;           /* explain_all: what the filter allows was looked at too */
	uint64_t unwatched; /* then: calls that went on without, as there had been too many */
};

/* Counts one call. The first of its kind that the filter refused becomes a line of the record: "CALL by PROCESS
 * (ERRNO)". */
void denials_add(struct denials *denials, const struct denial *denial);

/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void denials_free(struct denials *denials);
