#include "runner/common/architecture.h"

#include <stddef.h>
#include <string.h>

const struct architecture *architecture_find(const char *machine)
{
	static const struct architecture rows[] = {{"x86_64", "X64", "x64"}, {"aarch64", "ARM64", "arm64"},
		{"armv7l", "ARM", "arm"}, {"armv8l", "ARM", "arm"}, {"armv6l", "ARM", NULL}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(machine, rows[i].machine) == 0)
			return &rows[i];
	return NULL;
}
