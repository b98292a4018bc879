/* The help of a subcommand whose options are settings: `run`, `policy show`, `entrypoint`. */
#pragma once

#include "cli/subcommands.h"

#include <stdio.h>

/* Prints how to call it, what it does, and its options in groups, in the order of policy/settings.c. */
void settings_help_print(const struct cli_subcommand *subcommand, FILE *out);

/* Where a group of options begins. */
struct settings_group {
	const char *first; /* key of its first setting */
	const char *heading;
};

/* In the order of the settings; ends with a NULL key. */
extern const struct settings_group settings_groups[];
