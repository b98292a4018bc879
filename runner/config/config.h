/* Reads the environment variables of `cofferdam-runner start` into plain data. Pure. In config.c and names.c.
 *
 * With COFFERDAM_CONFIG the pools are left to runner/config/pool_file.h.
 *
 * Properties of the host (its name, whether a file exists) come in as facts, so that a test requires no host. */
#pragma once

#include "runner/config/credentials.h"
#include "runner/config/dist.h"
#include "runner/config/github_url.h"
#include "runner/config/listen.h"
#include "runner/config/pool.h"
#include "runner/config/problems.h"
#include "runner/config/variables.h"
#include "runner/journal/keep.h"
#include "runner/state/room.h"

#include <stdbool.h>
#include <stdint.h>

#define CONFIG_SLOTS_MAX POOL_SLOTS_MAX
#define CONFIG_NAME_MAX 64   /* GitHub's limit on a runner's name */
#define CONFIG_LABELS_MAX 96 /* GitHub takes 100, of which we add four */

/* Which jobs have the step that names limits and denials: runner/job/completed_hook.h */
enum job_notes {
	JOB_NOTES_WITH_HOOK, /* those that have it in any case, for the administrator's hook */
	JOB_NOTES_ALWAYS,
	JOB_NOTES_NEVER,
};

struct config {
	enum credential credential; /* the one that was given */
	char *app_id;               /* APP_ID, or NULL */
	bool has_url;               /* false only with a JIT configuration */
	struct github_url github;
	char *name; /* RUNNER_NAME, or the host's name */
	bool name_is_given;
	char *workdir;    /* RUNNER_WORKDIR: relative to the runner's directory, or absolute; NULL: not given */
	bool plugin_host; /* COFFERDAM_PLUGIN_HOST=allow */
	enum job_notes job_notes;
	bool replace;
	bool wants_update; /* DISABLE_AUTO_UPDATE=false: not supported, and logged */
	char *runner_dir;
	bool runner_dir_is_given; /* else it may be the fetched one: runner/distribution/choose.h */
	bool runner_dir_is_fetched;
	char *file;         /* --config or COFFERDAM_CONFIG, or NULL: the environment describes the one pool */
	struct pools pools; /* at least one, unless there was a problem */
	bool is_alone;      /* there is one slot, and never more */
	char *state_dir;
	char *layers; /* COFFERDAM_LAYERS, or NULL: each job's directory */
	int64_t drain_ns;
	struct listen listen;             /* COFFERDAM_LISTEN */
	struct journal_keep journal_keep; /* COFFERDAM_JOURNAL_KEEP */
	struct room_wanted room;          /* COFFERDAM_MIN_FREE_DISK and _MEMORY */
};

/* Returns the value of a variable, or NULL if it is not set. */
typedef const char *config_lookup(void *context, const char *name);

struct config_facts {
	config_lookup *lookup;
	void *context;
	const char *hostname;
	bool given[CREDENTIAL_COUNT]; /* which secrets exist */
};

/* Reads all variables. Every missing, contradictory or not yet supported one becomes a line of `problems`. The caller
 * calls config_free(). */
void config_read(struct config *config, const struct config_facts *facts, struct problems *problems);

/* Reads the variables that `sweep` uses: the state directory, and, if set, those for deregistration. */
void config_read_for_sweep(struct config *config, const struct config_facts *facts, struct problems *problems);

/* Reads the variables that say where the state directory is, for commands that only read it. */
void config_read_for_state(struct config *config, const struct config_facts *facts, struct problems *problems);

/* Reads the variables that `fetch` uses to ask GitHub for its list, and requires them: GITHUB_URL and ACCESS_TOKEN,
 * since no other credential may read it; and the state directory. */
void config_read_for_fetch(struct config *config, const struct config_facts *facts, struct problems *problems);

void config_free(struct config *config);

/* Whether the path contains no "..", colon or newline, so that it can be compared and mounted unchanged. `strict`: also
 * no "." and no empty component. */
bool is_clean_path(const char *path, bool strict);

/* Reports what becomes of the variables of `environment` ("NAME=VALUE", ends with NULL). A COFFERDAM_… that no program
 * of ours reads, and a row of runner/config/inputs.h that is refused, becomes a line of `refused`; one that is
 * translated, and a name that differs in one letter from a variable of `start`, becomes a line of `said`. Pure. */
void config_check_names(char *const *environment, struct problems *refused, struct problems *said);

/* The same for the rows that count in the runner's .env. */
void config_check_dotenv(const struct dist *dist, struct problems *refused, struct problems *said);
