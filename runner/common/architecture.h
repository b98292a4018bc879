/* What GitHub calls the architectures of Linux's uname(2). */
#pragma once

struct architecture {
	const char *machine;
	const char *label;    /* of a runner; actions/runner: src/Runner.Sdk/Util/VarUtil.cs */
	const char *download; /* in the name of a distribution's archive, or NULL: there is none */
};

/* The row of a machine, or NULL. */
const struct architecture *architecture_find(const char *machine);
