/* Lines of config.sh (2.336.0): errors, translated to this configuration, and what need not be passed on. Pure.
 *
 * The advice in its own messages names options that do not exist here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum config_sh_end {
	CONFIG_SH_DONE,
	CONFIG_SH_NOT_BEGUN,  /* it failed before it asked GitHub to register the runner */
	CONFIG_SH_NAME_TAKEN, /* the same, because another runner has the name */
	CONFIG_SH_REFUSED,    /* the same, for a permanent reason */
	CONFIG_SH_LIMITED,    /* the same, for a rate limit of GitHub's, which goes before what else was printed */
	CONFIG_SH_OPEN,       /* GitHub may have registered the runner */
};

struct config_sh_error {
	const char *phrase; /* in its output */
	enum config_sh_end end;
	const char *meaning;
	const char *hint; /* or NULL */
};

/* Returns the row for a line of the output, which is not NUL-terminated, or NULL if the line is no known error. */
const struct config_sh_error *config_sh_error(const char *line, size_t len);

/* Whether the line says only that all goes well, or nothing: the banner, headings, what was done. It is printed for
 * every runner, and who reads the log has the supervisor's own line. */
bool config_sh_is_progress(const char *line, size_t len);
