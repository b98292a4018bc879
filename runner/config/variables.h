/* The environment variables of `runner start`: --help, cofferdam-runner(1) and the check of names read the table. */
#pragma once

struct config_variable {
	const char *name; /* "": more help on those before */
	const char *help;
};

/* Ends with a NULL name. */
extern const struct config_variable config_variables[];
