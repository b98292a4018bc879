/* The table of subcommands and their options.
 *
 * Option parsing, usage texts, completions and the lists of the man pages use these rows. Options that are settings of
 * a launch are rows of policy/settings.c instead. */
#pragma once

#include "policy/setting_kind.h"

#include <stdbool.h>

/* A possible value of an option. */
struct cli_choice {
	const char *name;
	const char *help; /* a line of its own in the usage text; NULL: the option's help says it */
};

struct cli_option {
	int id;           /* a character that the subcommand uses */
	char letter;      /* of the short form, or 0 */
	const char *name; /* without the dashes */
	const char *arg;  /* the word for the value; NULL for a flag */
	enum setting_value value;
	const char *shipped; /* SETTING_VALUE_SHIPPED: the directory of the names */
	const struct cli_choice
		*choices; /* SETTING_VALUE_CHOICE, or more names of a shipped one: ends with a NULL name */
	const char *help; /* no full stop; lines end where the usage text breaks them */
	bool repeated;
};

/* Which settings a subcommand takes as options. */
enum cli_settings {
	CLI_SETTINGS_NONE,
	CLI_SETTINGS_RUN,       /* all that are options */
	CLI_SETTINGS_CONTAINER, /* those of an entrypoint */
};

#define CLI_OPTIONS_MAX 12

struct cli_subcommand {
	const char *path;          /* "policy learn" */
	const char *usage;         /* the words after the path, a line for each way to call it */
	const char *intro, *outro; /* paragraphs before and after the options, or NULL */
	const char *summary;       /* for the list of a command with subcommands, or NULL */
	enum cli_settings settings;
	const struct cli_option *options[CLI_OPTIONS_MAX + 1]; /* ends with NULL */
	enum setting_value operand; /* the kind of the other arguments; SETTING_VALUE_NONE: there are none */
	const char *shipped;        /* as of struct cli_option */
	const struct cli_choice *choices;
	bool images;        /* the other arguments are names of images */
	bool slots;         /* … or numbers of slots and names of pools */
	bool held;          /* … or ids of jobs that are held */
	bool command;       /* a command follows the options or the operand: no option follows the command */
	bool options_first; /* … or other arguments that may look like options */
};

/* Ends with a NULL path. Those of one command stand together. */
extern const struct cli_subcommand cli_subcommands[];

/* Returns the row with this path, which must exist. */
const struct cli_subcommand *cli_subcommand(const char *path);

/* Returns the row's name below the command: "learn" of "policy learn" for "policy". NULL for a row of another command.
 */
const char *cli_subcommand_below(const struct cli_subcommand *subcommand, const char *command);

/* Whether the command has subcommands. */
bool cli_has_subcommands(const char *command);
