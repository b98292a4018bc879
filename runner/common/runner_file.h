/* The runner's own `.runner` file: JSON that config.sh writes in camelCase with numbers and with a byte order mark, and
 * JIT configurations hold in PascalCase with strings. */
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

struct runner_file {
	int64_t agent_id;
	char *agent_name; /* owned */
};

/* Reads `.runner` in the Listener's root. A Listener may write there: a link is not followed, a pipe is not waited for,
 * and more than a megabyte is an error. The caller frees *text, which has a final NUL that *len does not count. */
int runner_file_read(int rootfd, char **text, size_t *len, struct error *err);

/* Reads what we need of it. The caller frees with runner_file_free(). */
int runner_file_parse(struct runner_file *file, const char *text, size_t len, struct error *err);
void runner_file_free(struct runner_file *file);

/* The same file with another work folder, for a job. From the wiping heap, freed with wipe_free(); NULL on error. */
char *runner_file_with_work_folder(const char *text, size_t len, const char *work_folder, struct error *err);
