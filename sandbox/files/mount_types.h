/* Asks for the types of all mounted file systems, where there are many: the text of a thousand mounts in
 * /proc/self/mountinfo takes the kernel two milliseconds. listmount(2), statmount(2), Linux 6.8
 * Runs in: launcher */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* 1: `accepts` says yes to the type of every mount that can be reached from our root, by its number (statfs(2)); 0: not
 * to every one; -1: the kernel does not tell, or there are so few that mountinfo takes less. */
int mount_types_all(bool (*accepts)(uint64_t magic));
