/* A login at a registry, from a file as `skopeo login` writes it: containers-auth.json(5). */
#pragma once

#include "common/error.h"

/* A file in memory, sealed, that has of the file at `path` the login for the registry of `reference` (HOST/PATH:TAG)
 * and nothing else: whoever asks that registry learns no other login. A descriptor, which the caller closes; -1 with
 * err, which has nothing of a login: the file cannot be read, or it has none for that registry. */
int image_login_open(const char *path, const char *reference, struct error *err);
