/* Says of a resolved plan what its caller has probably not meant. Pure: the caller's home directory is a parameter, and
 * NULL where it has none. */
#pragma once

#include "policy/plan.h"

#include <stdbool.h>

/* Whether a setting came from the command line rather than from a profile. `origin` may be NULL. */
bool advice_is_by_option(const char *origin);

/* Whether the command line shows the job all of the home directory: keys and credentials are in it, and files that are
 * executed at the next login. */
bool advice_shows_home(const struct plan_mount *mount, const char *home);

/* Whether the command line shows what a tool keeps in its home directory (~/.npm, ~/.cache/…) where it is for the
 * caller, while the job has another, and looks there, and neither a variable nor an argument tells it of the path.
 * Returns what comes after the home directory, and sets *inside to the job's; NULL: it does not. */
const char *advice_other_home(
	const struct plan *plan, const struct plan_mount *mount, const char *home, const char **inside);
