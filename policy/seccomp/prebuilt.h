/* Holds the filters of the shipped policies, compiled at build time (policy/build/filters.c).
 *
 * The compiler is the same. A launch under a shipped policy reads no policy, looks up no name and compiles nothing. The
 * filters are those for seccomp_context_default: for a job without capabilities. */
#pragma once

#include "policy/seccomp/seccomp.h"

#include <stdbool.h>

struct prebuilt_filter {
	const char *name;                          /* of the shipped policy: "job" */
	const struct sock_filter *plain, *telling; /* seccomp_policy_compile()'s and seccomp_notify_compile()'s */
	size_t plain_len, telling_len;
	uint32_t id_calls; /* seccomp_id_calls()'s */
};

/* Ends with a NULL name. Generated; the build fails where a shipped policy does not allow, whatever the arguments,
 * what the last steps before the command need: sendmsg(2), which hands the listener over, among them. */
extern const struct prebuilt_filter prebuilt_filters[];

/* The filters of the shipped policy `ref`; NULL: there is none of that name, or it is a file. */
const struct prebuilt_filter *seccomp_prebuilt_find(const char *ref);

/* One of the two. It is not copied: nobody may write to its instructions. */
struct bpf_program seccomp_prebuilt(const struct prebuilt_filter *filter, bool telling);
