/* The files by which a step speaks to the runner: GITHUB_ENV, GITHUB_PATH, GITHUB_OUTPUT, GITHUB_STATE and
 * GITHUB_STEP_SUMMARY. */
#pragma once

#include "common/error.h"

#include <jansson.h>
#include <stdbool.h>

enum file_command {
	FILE_ENV,
	FILE_PATH,
	FILE_OUTPUT,
	FILE_STATE,
	FILE_SUMMARY,
	FILE_COMMANDS,
};

struct file_commands {
	char *path[FILE_COMMANDS];
};

/* The name of the variable that holds the path. */
const char *file_commands_variable(int which);

/* Makes a fresh empty file for each below `directory`. */
int file_commands_make(struct file_commands *files, const char *directory, struct error *err);

/* NAME=VALUE and NAME<<DELIMITER … DELIMITER, line by line, into an object of strings. Pure. */
int file_commands_parse_pairs(const char *text, json_t *pairs, struct error *err);

/* Reads what the step wrote: `environment` and `outputs` are updated, lines of GITHUB_PATH are put in front of `paths`.
 * *summary is the text of the summary, owned by the caller. */
int file_commands_read(const struct file_commands *files, json_t *environment, json_t *paths, json_t *outputs,
	char **summary, struct error *err);

/* Removes the files. */
void file_commands_end(struct file_commands *files);
