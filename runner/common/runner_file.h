/* Reads the runner's own `.runner` file.
 *
 * config.sh writes it as JSON in camelCase, with numbers and a byte order mark. JIT configurations contain it in
 * PascalCase, with strings. */
#pragma once

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

struct runner_file {
	int64_t agent_id;
	char *agent_name; /* owned */
};

/* Reads `.runner` in the Listener's root. A Listener may write there, so links are not followed, pipes are not waited
 * for, and more than a megabyte is an error. The caller frees *text, which has a final NUL that *len does not count. */
int runner_file_read(int rootfd, char **text, size_t *len, struct error *err);

/* Parses the members that we use. The caller calls runner_file_free(). */
int runner_file_parse(struct runner_file *file, const char *text, size_t len, struct error *err);
void runner_file_free(struct runner_file *file);

/* Returns the same file with "disableUpdate", which the Listener sends along when it asks for messages: GitHub then
 * offers no update. The caller calls wipe_free(). NULL on error. actions/runner: BrokerMessageListener.cs. */
char *runner_file_without_update(const char *text, size_t len, struct error *err);

/* Returns the same file with another work folder, for a job. The caller calls wipe_free(). NULL on error. */
char *runner_file_with_work_folder(const char *text, size_t len, const char *work_folder, struct error *err);
