/* Tells of which format a file is that the kernel does not execute. elf(5), execve(2)
 * Runs in: launcher */
#pragma once

#include "policy/plan.h"

/* For a command inside that failed with ENOEXEC: "an ELF file for aarch64, …", or NULL when that is not known. It is
 * looked for where the mount table takes it from. No symbolic link is followed and nothing is waited for: the kernel
 * has just read the file, so it is in memory. The text is static. */
const char *exec_format(const struct plan_root *root, const struct plan_command *command);
