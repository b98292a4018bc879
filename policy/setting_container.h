/* Tells which settings `cofferdam entrypoint` takes.
 * Settings that only the container runtime can decide are refused by name, with the runtime's own option. */
#pragma once

#include "common/error.h"
#include "policy/settings.h"

#include <stdbool.h>

/* Whether the setting has a meaning for an entrypoint. */
bool container_takes(const struct setting *setting);

/* What is refused: the runtime's own option, or what to do. NULL: the setting is taken. */
const char *container_instead(const struct setting *setting);

/* What a setting is to an entrypoint. */
struct container_row {
	const char *key;
	const char *instead;    /* refused: the runtime's own option, or what to do; NULL: taken */
	const char *arg, *help; /* where they are not what they are for `run`, as of struct setting; NULL: they are */
};

/* The row of the setting: every setting has one but the limits of policy/limits.c, for which it is NULL. */
const struct container_row *container_row(const struct setting *setting);

/* Refuses a setting that only the container's runtime can carry out, with the runtime's own option. setting_apply()
 * asks it about everything that goes into the plan of an entrypoint. `label`: as setting_label() writes it. */
int container_admit(const struct setting *setting, const char *label, struct error *err);
