/* Lets a write past `ulimit -f` fail with EFBIG alone, without the signal that would end the process. setrlimit(2)
 * Runs in: launcher */
#pragma once

#include <signal.h>

/* Between the two SIGXFSZ is blocked. What came of it is taken away before it is let in again. `before` is the mask. */
void file_limit_begin(sigset_t *before);
void file_limit_end(const sigset_t *before);
