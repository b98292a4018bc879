/* Compares the files of an image with the list that was made of them. */
#pragma once

#include "common/error.h"
#include "image/store.h"

#include <stdint.h>

/* Prints "NAME: missing: PATH", "NAME: added: PATH" or "NAME: changed: PATH (what)" for each difference on standard
 * output; the first 1,000. The number of differences, or -1 with err. */
int64_t image_verify(const struct image_store *store, const char *name, struct error *err);
