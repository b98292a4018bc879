/* Shows a job the files that the administrator's variables name: hooks, certificates.
 *
 * A job sees them read-only under their own path, and cannot put others in their place; with `root: overlay` it can do
 * that to the whole of its /etc, /opt and /usr, for itself. */
#pragma once

#include "common/error.h"
#include "runner/common/arguments.h"
#include "runner/config/dist.h"
#include "runner/config/inputs.h"

#include <jansson.h>

/* The places of a job that are not in the plan of its profile. */
struct shown_places {
	const char *home, *work;
	const char *tools; /* NULL: none of the administrator's */
	const struct dist *dist;
	const json_t *plan; /* as `cofferdam policy show` prints it */
};

/* Adds to `options` what `cofferdam run` needs to keep the home where it is, and to show the paths of all rows with
 * INPUT_SHOWN, by their values in the runner's .env, else in `lookup`. Refuses, by the variable's name, a path that
 * does not exist, a hook that the runner would not run, and one that lies where steps could replace it. -1 with err. */
int shown_decide(struct arguments *options, const struct shown_places *places, input_lookup *lookup, void *context,
	struct error *err);
