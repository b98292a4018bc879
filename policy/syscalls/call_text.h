/* Prints a system call's arguments: `source "tmpfs", target "/mnt", flags MS_NOSUID|MS_NODEV`.
 * Names and values are those of policies (policy/syscalls/args.h). Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define CALL_ARGS 6

/* No string of a call is shown longer, in bytes of the process's memory. */
#define CALL_STRING_MAX 128

/* The arguments that point to strings, bit 1 << index each: what to read before call_text(). */
unsigned call_strings(const char *syscall);

/* Writes the arguments that have a name, in their order; nothing for a call without. strings[i] is what argument i
 * points to, NULL when it could not be read; what is not printable ASCII is escaped. Always NUL-terminated; cut with
 * "..." when `size` is too small. */
void call_text(const char *syscall, const uint64_t args[CALL_ARGS], const char *const strings[CALL_ARGS], char *text,
	size_t size);
