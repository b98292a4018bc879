/* Errors of the host that come and go, which a restart may mend; others are to be mended first. errno(3) */
#pragma once

#include <stdbool.h>

/* Whether `errnum` tells of something that other processes, users or hosts may have used up or broken for a while. */
bool shortage_is(int errnum);
