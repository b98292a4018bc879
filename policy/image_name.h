/* Names of images. Pure. docs/images.md */
#pragma once

#include "common/error.h"

#include <stdbool.h>

#define IMAGE_NAME_MAX 64

/* What stands before a name where a root is named: `--root image:NAME`. */
#define IMAGE_PREFIX "image:"

/* Letters, digits, '.', '_' and '-', at most IMAGE_NAME_MAX; begins with a letter, a digit or '_'. -1 with err. */
int image_name_check(const char *name, struct error *err);

/* Whether this root is an image, by its name or as a directory: not "host" or "overlay". */
bool image_is_root(const char *root);
