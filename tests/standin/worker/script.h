/* The script of a `run:` step: its file, its shell, its directory, and how the log shows it. */
#pragma once

#include "tests/standin/worker/work.h"

#define SCRIPT_ARGUMENTS_MAX 16

struct script {
	const char *text; /* borrowed from the inputs */
	char *file;
	char *directory;
	char *command; /* the shell's command line with {0} for the file */
	char *words;   /* the same, split */
	char *argv[SCRIPT_ARGUMENTS_MAX + 1];
};

/* From the step's inputs script, shell and workingDirectory, and the job's defaults. Writes the file into _temp. */
int script_make(struct script *script, const struct work *work, const json_t *inputs, struct error *err);

/* The group "Run …" at the head of a step's log. */
void script_show_header(const struct script *script, struct work *work, const json_t *environment);

/* The name of a step: its display name, or "Run <first line of the script>". The caller frees. */
char *script_title(const json_t *step);

void script_end(struct script *script);
