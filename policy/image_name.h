/* Names of images, and where they are stored. Pure. docs/images.md */
#pragma once

#include "common/error.h"

#include <stdbool.h>

#define IMAGE_NAME_MAX 64

/* What stands before a name where a root is named: `--root image:NAME`. */
#define IMAGE_PREFIX "image:"

/* Letters, digits, '.', '_' and '-', at most IMAGE_NAME_MAX; begins with a letter, a digit or '_'. -1 with err. */
int image_name_check(const char *name, struct error *err);

/* The directory of the caller's images, normalised: $COFFERDAM_IMAGES, else cofferdam/images in $XDG_DATA_HOME, else in
 * $HOME/.local/share. `environment` may be NULL. 0: *dir is the caller's to free, or NULL where no variable names one;
 * -1 with err: one is not an absolute path, or memory ran out. */
int image_store_path(char *const *environment, char **dir, struct error *err);
