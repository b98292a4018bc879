/* A pool: slots that run the same kind of runner. Plain data, from the file of --config or from the environment. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define POOL_NAME_MAX 32
#define POOL_CURRENCY_MAX 8
#define POOL_SLOTS_MAX 128 /* in all pools together */

/* The name of the one pool that the environment variables make. */
#define POOL_DEFAULT_NAME "default"

struct pool {
	char name[POOL_NAME_MAX + 1]; /* letters, digits, '.', '-' and '_', with a letter first */
	char **labels;                /* NULL-terminated, or NULL: none */
	size_t n_labels;
	char *group;          /* NULL: the default group */
	char *profile;        /* of the jobs */
	char *profile_origin; /* what names it: "COFFERDAM_PROFILE", or FILE:LINE:COLUMN */
	char *root;           /* the profile's is overridden; or NULL */
	unsigned slots;       /* that run at all times */
	unsigned max;         /* that run at most: runner/scale.h */
	unsigned warm; /* that wait for a job, while there are less than max; 0 where max is no more than slots */
	bool is_from_file;
	bool ephemeral;  /* a runner takes one job */
	bool once;       /* ephemeral, and the slot ends with its runner instead of registering another one */
	bool prepares;   /* an idle slot has a sandbox ready; else it is made when the job comes */
	int64_t hold_ns; /* how long the sandbox of a job that has failed is kept; 0: not at all */
	double rate;     /* what an hour of a job costs; 0: nothing is said */
	char currency[POOL_CURRENCY_MAX + 1]; /* the word behind the rate; "" without one */
};

struct pools {
	struct pool *v;
	size_t n;
};

/* Frees the members; accepts {0}. */
void pool_free(struct pool *pool);

/* Frees all of them. */
void pools_free(struct pools *pools);

/* How many slots they all have at all times. */
unsigned pools_slots(const struct pools *pools);

/* Appends an empty one, which it returns. Out of memory ends the program: a configuration half read must not run. */
struct pool *pools_add(struct pools *pools);

/* Appends a copy of a label of `len` bytes; the same about memory. */
void pool_add_label(struct pool *pool, const char *label, size_t len);
