/* Reads the command line of sudo, as sudo 1.9 does: options end with the command, assignments may stand among them.
 * Runs in: helper */
#pragma once

#include "sandbox/sudo/request.h"

enum options_action {
	OPTIONS_CALL,    /* the broker is asked */
	OPTIONS_NOTHING, /* -k, -K: there are no credentials to forget */
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_USAGE,       /* the command line makes no sense: usage, 1 */
	OPTIONS_UNKNOWN,     /* `word` is not an option */
	OPTIONS_AMBIGUOUS,   /* `word` begins several */
	OPTIONS_NO_VALUE,    /* `word` requires a value */
	OPTIONS_A_VALUE,     /* `word` does not take one */
	OPTIONS_UNSUPPORTED, /* `word` is an option of sudo's that is refused here */
	OPTIONS_CONFLICT,    /* of -i, -s, -E only some go together: `word` says which */
};

struct options {
	enum options_action action;
	const char *word;
	char letter; /* of the option that an error is about, where it was a short one */
	uint32_t flags;
	const char *user, *group, *directory; /* "" where not given */
	char **args;                          /* the command, NULL-terminated: part of argv */
	size_t n_args;
	/* In `lists`, which has room for argc + 1 each. */
	char **assignments, **keep;
	size_t n_assignments, n_keep;
};

/* `lists`: 2 * (argc + 1) pointers. */
void options_read(int argc, char **argv, char **lists, struct options *options);
