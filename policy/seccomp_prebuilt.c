#include "policy/seccomp_prebuilt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct prebuilt_filter *seccomp_prebuilt_find(const char *ref)
{
	for (const struct prebuilt_filter *filter = prebuilt_filters; filter->name != NULL; filter++)
		if (strcmp(filter->name, ref) == 0)
			return filter;
	return NULL;
}

int seccomp_prebuilt(const struct prebuilt_filter *filter, bool telling, struct bpf_program *program, struct error *err)
{
	const struct sock_filter *insns = telling ? filter->telling : filter->plain;
	const size_t len = telling ? filter->telling_len : filter->plain_len, size = len * sizeof *insns;

	*program = (struct bpf_program){.insns = malloc(size), .len = len};
	if (program->insns == NULL)
		return error_set(err, ENOMEM, "%s", filter->name);
	memcpy(program->insns, insns, size);
	return 0;
}
