/* Finds the other programs of this installation.
 *
 * They are in the directory of our own executable, in ../libexec, or (from libexec) in ../bin. */
#pragma once

#include "common/error.h"

struct programs {
	char *launcher; /* cofferdam */
	char *shim;     /* cofferdam-worker */
};

/* The caller calls programs_free(), also after a failure. */
int programs_find(struct programs *programs, struct error *err);
void programs_free(struct programs *programs);
