/* What config.sh of the official distribution (2.336.0) says when it fails, in terms of this configuration: its own
 * advice names options that nobody can give here. Pure. */
#pragma once

#include <stddef.h>

enum config_sh_end {
	CONFIG_SH_DONE,
	CONFIG_SH_NOT_BEGUN,  /* it failed before it asked GitHub to register the runner */
	CONFIG_SH_NAME_TAKEN, /* the same, because another runner has the name */
	CONFIG_SH_REFUSED,    /* the same, for a reason that the next try will meet again */
	CONFIG_SH_OPEN,       /* GitHub may have registered the runner */
};

struct config_sh_error {
	const char *phrase; /* in its line */
	enum config_sh_end end;
	const char *meaning;
	const char *hint; /* or NULL */
};

/* The row for a line of its output (not terminated), or NULL: a line like others. */
const struct config_sh_error *config_sh_error(const char *line, size_t len);
