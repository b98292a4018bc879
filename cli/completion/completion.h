/* Completion scripts for bash, zsh and fish, and the functions that they share. */
#pragma once

#include "cli/offers.h"

#include <stdbool.h>

/* Each prints the script for its shell on standard output. */
void completion_bash(void);
void completion_zsh(void);
void completion_fish(void);

/* Prints text in single quotes on one line, as all three shells read it. `zsh` also escapes brackets and colons. */
void completion_quoted(const char *text, bool zsh);

/* The function of the script that prints the other arguments of a row: "" or "_cofferdam_images", "_cofferdam_slots",
 * "_cofferdam_held". */
const char *completion_operands(const struct cli_subcommand *row);

/* What two of them print, for all shells: from the status, what there is to drain, and what is held. A name of a pool
 * has nothing that would have to be quoted. */
#define COMPLETION_SLOTS                                                                                \
	"cofferdam runner status --json 2>/dev/null |"                                                  \
	" sed -n -e 's/^ *\"slot\": \\([0-9]*\\),*$/\\1/p' -e 's/^ *\"pool\": \"\\(.*\\)\",*$/\\1/p' |" \
	" sort -u"
#define COMPLETION_HELD                                 \
	"cofferdam runner status --json 2>/dev/null |"  \
	" sed -n -e '/^ *\"held\": \\[$/,/^ *\\],*$/{'" \
	" -e 's/^ *\"id\": \"\\([-0-9a-z]*\\)\",*$/\\1/p' -e '}'"

/* Prints the names of the command's subcommands, separated by blanks. */
void completion_below(const char *command);

/* Prints the commands that have subcommands as a pattern of `case`. */
void completion_parents(void);
