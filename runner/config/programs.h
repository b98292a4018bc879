/* The other programs of this installation: beside our own executable, or in ../libexec, or (from libexec) in ../bin. */
#pragma once

#include "common/error.h"

struct programs {
	char *launcher; /* cofferdam */
	char *shim;     /* cofferdam-worker */
};

/* The caller frees with programs_free(), also after failure. */
int programs_find(struct programs *programs, struct error *err);
void programs_free(struct programs *programs);
