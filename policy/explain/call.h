/* Parses a call as `policy test` takes it: "openat(AT_FDCWD, 0, O_RDWR|O_CREAT)", or a table of them. */
#pragma once

#include "common/error.h"

#include <linux/seccomp.h>
#include <stdint.h>

/* Reads "[ARCH:]NAME(ARG, …)" or "[ARCH:]NAME". ARCH is x86_64, aarch64, x86 or x32; without it the native one. NAME
 * may be a number. ARG is a number (decimal, 0x…, negative), a name of the argument's table (policy/syscalls/args.h)
 * or C's name of that value (AF_UNIX for unix), several with '|' between them, AT_FDCWD, or "_"; what is missing is 0.
 */
int seccomp_call_parse(const char *text, struct seccomp_data *call, struct error *err);

/* "ALLOW", "ERRNO(EPERM)", "KILL_PROCESS", "KILL_THREAD", "TRAP", "LOG". */
void seccomp_action_print(uint32_t action, char *text, size_t size);

/* Reads what seccomp_action_print() writes; also ERRNO(1) and KILL for KILL_THREAD. */
int seccomp_action_parse(const char *text, uint32_t *action, struct error *err);

/* One line of a table: ARCH SYSCALL A0 A1 A2 A3 A4 A5 VERDICT, in the manner of libseccomp's simulations. ARCH as
 * above, or "native"; N is an argument that does not matter (0). Returns 1, 0 for a line that is empty or a comment
 * (#), or -1. */
int seccomp_table_line(const char *line, struct seccomp_data *call, uint32_t *verdict, struct error *err);
