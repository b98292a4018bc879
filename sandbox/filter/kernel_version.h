/* Reads the kernel's version, for conditions of policies ("minKernel").
 * Runs in: launcher */
#pragma once

#include <stdint.h>

/* SECCOMP_KERNEL(major, minor) of the running one, as uname(2) tells; 0 when that is no version. */
uint32_t kernel_version(void);
