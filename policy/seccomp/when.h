/* Decides whether a rule of Docker's dialect applies: "includes" and "excludes".
 *
 * The conditions are on capabilities, architectures and the kernel's version. Internal to policy/seccomp/.
 *
 * As in Docker (daemon's profiles/seccomp, setupSeccomp): a rule counts when every capability of includes.caps is held,
 * the native architecture is among includes.arches (if there are any), and the kernel is at least includes.minKernel;
 * and when no capability of excludes.caps is held, the architecture is not among excludes.arches, and the kernel is
 * older than excludes.minKernel. */
#pragma once

#include "policy/seccomp/fields.h"
#include "policy/seccomp/seccomp.h"

/* Go's names for architectures; ends with NULL. */
extern const char *const seccomp_arch_names[];

/* Reads one of the two objects into a struct seccomp_when; a reader for struct field. */
int read_when(struct parser *p, const char *pointer, const json_t *value, struct seccomp_when *when);

/* Whether nothing was asked. */
bool seccomp_when_is_empty(const struct seccomp_when *when);

/* Whether a rule with these conditions counts there. */
bool seccomp_when_holds(const struct seccomp_when *includes, const struct seccomp_when *excludes,
	const struct seccomp_context *context);

/* The conditions as the JSON object that read_when() reads. */
json_t *seccomp_print_when(const struct seccomp_when *when);
