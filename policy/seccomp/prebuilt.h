/* Filters of the shipped policies, compiled when this program was built, by the same compiler (policy/build/filters.c):
 * a launch under a shipped policy reads no policy, looks up no name and compiles nothing. They are those for
 * seccomp_context_default: for a job that keeps no capability. */
#pragma once

#include "policy/seccomp.h"

#include <stdbool.h>

struct prebuilt_filter {
	const char *name;                          /* of the shipped policy: "job" */
	const struct sock_filter *plain, *telling; /* seccomp_policy_compile()'s and seccomp_notify_compile()'s */
	size_t plain_len, telling_len;
};

/* Ends with a NULL name. Generated; the build fails where a shipped policy does not allow, whatever the arguments,
 * what the last steps before the command need: sendmsg(2), which hands the listener over, among them. */
extern const struct prebuilt_filter prebuilt_filters[];

/* The filters of the shipped policy `ref`; NULL: there is none of that name, or it is a file. */
const struct prebuilt_filter *seccomp_prebuilt_find(const char *ref);

/* Copies one of the two. The caller frees it with bpf_program_free(). -1: no memory. */
int seccomp_prebuilt(
	const struct prebuilt_filter *filter, bool telling, struct bpf_program *program, struct error *err);
