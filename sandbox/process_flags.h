/* Two properties of a process that nobody sees from outside: that it cannot be looked into, and that it dies with its
 * parent. */
#pragma once

#include "common/error.h"

#include <stdbool.h>

/* PR_SET_DUMPABLE 0: neither memory nor descriptors nor environ of this process are for others to look at
 * (CVE-2016-8659). With `look` it is asked whether that has taken place, and refused by name where it has not. */
int process_flags_hide(bool look, struct error *err);

/* PR_SET_PDEATHSIG SIGKILL, likewise. Whether the parent lives still is for the caller to see. */
int process_flags_die_with_parent(bool look, struct error *err);
