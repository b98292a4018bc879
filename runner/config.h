/* The environment contract of `cofferdam-runner start`, as plain data. Pure: what the host says (its name, whether a
 * file is there) comes in as facts, so that a test needs no host. */
#pragma once

#include "runner/credentials.h"
#include "runner/github_url.h"
#include "runner/problems.h"

#include <stdbool.h>
#include <stdint.h>

#define CONFIG_SLOTS_MAX 64
#define CONFIG_NAME_MAX 64   /* GitHub's limit on a runner's name */
#define CONFIG_LABELS_MAX 96 /* GitHub takes 100, of which we add four */

struct config {
	enum credential credential; /* the one that was given */
	bool has_url;               /* false only with a JIT configuration */
	struct github_url github;
	char *name; /* RUNNER_NAME, or the host's name */
	bool name_is_given;
	char *workdir; /* RUNNER_WORKDIR: relative to a job's directory, or absolute */
	char *group;   /* RUNNER_GROUP, or NULL: the default group */
	char **labels; /* RUNNER_LABELS, NULL-terminated */
	size_t n_labels;
	bool ephemeral;
	bool plugin_host; /* COFFERDAM_PLUGIN_HOST=allow */
	bool replace;
	bool wants_update; /* DISABLE_AUTO_UPDATE=false: cannot be had, and is said so */
	char *runner_dir;
	char *profile; /* of the jobs */
	unsigned slots;
	char *state_dir;
	int64_t drain_ns;
};

/* Looks a variable up; NULL when it is not set. */
typedef const char *config_lookup(void *context, const char *name);

struct config_facts {
	config_lookup *lookup;
	void *context;
	const char *hostname;
	bool given[CREDENTIAL_COUNT]; /* which secrets there are */
};

/* Reads the whole contract; everything that is missing, contradictory or not in this version becomes a line of
 * `problems`. The caller frees with config_free(). */
void config_read(struct config *config, const struct config_facts *facts, struct problems *problems);

/* The part of it that `sweep` needs: the state directory, and what deregisters ghosts, if it is there. */
void config_read_for_sweep(struct config *config, const struct config_facts *facts, struct problems *problems);

void config_free(struct config *config);

/* No ".." in the path, no colon and no newline, so that it can be compared and mounted as it stands. `strict`: no "."
 * and no empty component, either. */
bool is_clean_path(const char *path, bool strict);

/* One variable of the contract, for --help. */
struct config_variable {
	const char *name;
	const char *help;
};
extern const struct config_variable config_variables[]; /* ends with a NULL name */
