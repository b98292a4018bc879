/* The official runner distribution.
 *
 * It is read-only, may belong to root, may be anywhere, and may contain `bin -> bin.2.336.0`. */
#pragma once

#include "common/error.h"
#include "runner/common/arguments.h"
#include "runner/state/state.h"

#include <stdbool.h>
#include <stddef.h>

struct dist_entry {
	char *name;      /* at the distribution's top level */
	char *source;    /* the real path of the entry */
	bool has_worker; /* a bin directory that contains Runner.Worker */
	bool has_plugin_host;
	bool view; /* shown with inodes of its own: no file in it is too large or unreadable for that; the official
		      runner has no such file */
};

struct dist {
	char *dir; /* real path, the same in every sandbox, since the runner derives its root from its own path */
	int held;  /* a shared lock of `dir`: while this process or a child of it lives, no fetch removes it */
	struct dist_entry *entries;
	size_t n_entries;
	struct arguments env; /* the administrator's .env: NAME=VALUE; and PATH, from .path, if .env has none */
};

/* Examines the distribution in `dir`. Refuses one without bin/Runner.Listener and bin/Runner.Worker. The caller calls
 * dist_close(), also after a failure. */
int dist_open(struct dist *dist, const char *dir, struct error *err);
void dist_close(struct dist *dist);

/* The value of a variable of .env or .path, or NULL. Of several lines the last one counts. */
const char *dist_env(const struct dist *dist, const char *name);

/* Returns the path of an execute-only copy (mode 0111) of the program `original`, made if there is none of this
 * version. A program that its user may not read runs non-dumpable, so that the steps of a job, which have the same uid,
 * cannot read the Worker's memory; proc(5), ptrace access. If the user has subordinate ids, the root of a job could
 * read files of the ids that it has: then the copy belongs to an id that no job has. The caller frees the path. */
int dist_closed_copy(const char *original, const struct state *state, char **path, struct error *err);

/* The programs that a job can execute but not read: dist_closed_copy() of Runner.Worker, of `refusal` instead of
 * Runner.PluginHost unless that is NULL, and of what holds a failed job, which the caller adds. */
struct dist_closed {
	char *worker, *plugin_host, *hold;
};

int dist_close_programs(const struct dist *dist, const struct state *state, const char *refusal,
	struct dist_closed *closed, struct error *err);
void dist_closed_free(struct dist_closed *closed);

/* Adds the lines of an .env file (KEY=VALUE, as the Listener reads it) to `env`. Skips ACTIONS_RUNNER_INPUT_*, which
 * configure the Listener and may be secrets. Pure. */
void dist_parse_env(const char *text, struct arguments *env);
