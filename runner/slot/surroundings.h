/* Detects changes on the host between preparing a sandbox and starting its job.
 *
 * A prepared sandbox with `network: open` uses the host's addresses and networks, which its rules refuse; each, the
 * files of /etc that its own are made from, which are those of the image where the profile's root is one, else the
 * host's; the files of its profile; and what profile and administrator show a job: a file that another one has replaced
 * is still the old one in a sandbox that was made before, and a version that was added to the tool cache is not there.
 */
#pragma once

#include "common/error.h"
#include "runner/config/world.h"

/* Returns a text that differs if one of these has changed, for the profile of this name or path, with this root instead
 * of its own unless it is NULL, and for what `world` says is shown. NULL with err if one cannot be inspected. The
 * caller frees it. */
char *surroundings_detect(const char *profile, const char *root, const struct world *world, struct error *err);
