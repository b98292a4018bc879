#include "policy/seccomp/prebuilt.h"

#include <string.h>

const struct prebuilt_filter *seccomp_prebuilt_find(const char *ref)
{
	for (const struct prebuilt_filter *filter = prebuilt_filters; filter->name != NULL; filter++)
		if (strcmp(filter->name, ref) == 0)
			return filter;
	return NULL;
}

struct bpf_program seccomp_prebuilt(const struct prebuilt_filter *filter, bool telling)
{
	const struct sock_filter *insns = telling ? filter->telling : filter->plain;

	return (struct bpf_program){.insns = (struct sock_filter *)(uintptr_t)insns,
		.len = telling ? filter->telling_len : filter->plain_len,
		.borrowed = true};
}
