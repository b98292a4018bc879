/* seccomp(2): the filter that policy/ compiled is put on the calling thread and all that it will start. */
#pragma once

#include "common/error.h"
#include "policy/seccomp.h"

/* Loads the program. no_new_privs must be set. Last thing before exec: what comes after runs under the filter. */
int seccomp_install(const struct bpf_program *program, struct error *err);
