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

/* Prints the names of the command's subcommands, separated by blanks. */
void completion_below(const char *command);

/* Prints the commands that have subcommands as a pattern of `case`. */
void completion_parents(void);
