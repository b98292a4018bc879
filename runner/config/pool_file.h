/* Reads the file of --config: pools as JSON. In pool_file.c; pool_keys.c has its keys, a row each.
 *
 * Every error names FILE:LINE:COLUMN, and all of them are reported at once. */
#pragma once

#include "common/json.h"
#include "runner/config/config.h"
#include "runner/config/pool.h"
#include "runner/config/problems.h"

#include <stdbool.h>

struct pool_file_facts {
	bool has_groups; /* GITHUB_URL is an organization or an enterprise */
};

/* What follows from the variables. */
struct pool_file_facts config_pool_facts(const struct config *config);

/* Reads the file at `path` into `pools`, which is empty. Every error becomes a line of `problems`. The caller calls
 * pools_free(), also after a failure. Returns 0, or -1 if there was one. */
int pool_file_read(
	struct pools *pools, const char *path, const struct pool_file_facts *facts, struct problems *problems);

/* The same for a document. Pure. */
int pool_file_parse(struct pools *pools, const struct json_doc *doc, const struct pool_file_facts *facts,
	struct problems *problems);

/* Returns the JSON Schema of the file, with a newline at its end, or NULL with err. The caller frees it. */
char *pool_file_schema(struct error *err);
