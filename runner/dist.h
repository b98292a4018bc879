/* The official runner distribution: read-only, may be root's, may be anywhere, may have `bin -> bin.2.336.0`. */
#pragma once

#include "common/error.h"
#include "runner/arguments.h"
#include "runner/state.h"

#include <stdbool.h>
#include <stddef.h>

struct dist_entry {
	char *name;      /* at the distribution's top level */
	char *source;    /* the real path behind it */
	bool has_worker; /* a bin directory, with a Runner.Worker in it */
	bool has_plugin_host;
	bool view; /* shown with inodes of its own: no file too large or unreadable for that, of which none is the
		      runner's */
};

struct dist {
	char *dir; /* real path; the same inside every sandbox, since the runner derives its root from its own path */
	struct dist_entry *entries;
	size_t n_entries;
	struct arguments env; /* the administrator's .env: NAME=VALUE */
};

/* Looks at the distribution in `dir`. Refuses one without bin/Runner.Listener and bin/Runner.Worker.
 * dist_close() is due also after failure. */
int dist_open(struct dist *dist, const char *dir, struct error *err);
void dist_close(struct dist *dist);

/* The path of an execute-only copy (mode 0111) of the program `original`, made when there is none of this version. A
 * program that its user may not read runs non-dumpable: the steps of a job, which have its uid, cannot read
 * the Worker's memory. proc(5), on ptrace access. Where the user has subordinate ids, with which a job may have a root
 * that reads what it likes of its own, the copy belongs to an id that no job has. The caller frees the path. */
int dist_closed_copy(const char *original, const struct state *state, char **path, struct error *err);

/* What a job gets that it cannot read: dist_closed_copy() of Runner.Worker, and of `refusal` in place of
 * Runner.PluginHost, where that is not NULL. */
struct dist_closed {
	char *worker, *plugin_host;
};

int dist_close_programs(const struct dist *dist, const struct state *state, const char *refusal,
	struct dist_closed *closed, struct error *err);
void dist_closed_free(struct dist_closed *closed);

/* Adds the lines of an .env file (KEY=VALUE, as the Listener reads it) to `env`. ACTIONS_RUNNER_INPUT_* are left out:
 * they configure the Listener, and may be secrets. Pure. */
void dist_parse_env(const char *text, struct arguments *env);
