/* What was denied, counted: a table of bounded size, however much a job tries. */
#pragma once

#include "policy/call_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DENIALS_MAX 64

/* Calls that are alike in all but `pid` and `count`. All text is printable: what came from the job is escaped. */
struct denial {
	unsigned number; /* of the system call, native architecture */
	int errnum;      /* what it was answered with */
	int rule;        /* of struct seccomp_verdict */
	pid_t pid;       /* inside, of the first that tried; 0: not known */
	uint64_t count;
	char process[72];    /* its name; "" when not known */
	char arguments[320]; /* "" for a call whose arguments have no names */
};

struct denials {
	bool explained;      /* the listener was there: no denial is missing here but ENOSYS */
	char reason[128];    /* why not, where it had been asked for */
	struct denial *rows; /* in the order of their first call; owned */
	unsigned n_rows;
	uint64_t more; /* calls that are in no row: the table was full, or looking at each had become too dear */
};

/* Counts one call. */
void denials_add(struct denials *denials, const struct denial *denial);

/* Frees what is in it and leaves it empty: {0} may be given, and the same one twice. */
void denials_free(struct denials *denials);
