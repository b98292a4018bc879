/* Reads what is mounted. The text of /proc/self/mounts takes the kernel less than half the time of that of
 * /proc/self/mountinfo, and with many mounts a third of statmount(2) for each.
 * Runs in: launcher */
#pragma once

#include <stdbool.h>

/* `point` is foreign text with octal escapes, for mountinfo_unescape(). */
typedef bool mount_table_fn(char *point, const char *type, void *context);

/* 1: `accepts` says yes to every mount that can be reached from our root; 0: not to one, and is not asked again; -1:
 * the table could not be read to its end. proc_pid_mounts(5) */
int mount_table_all(mount_table_fn *accepts, void *context);
