/* Fetches an official distribution into the directory of distributions, and makes it the current one.
 *
 * On every failure the current one stays what it is. */
#pragma once

#include "common/error.h"
#include "runner/common/stop.h"
#include "runner/config/config.h"
#include "runner/config/credentials.h"
#include "runner/distribution/version.h"
#include "runner/github/administrator.h"

#include <stdbool.h>

/* GitHub refuses the credential permanently. */
#define FETCH_REFUSED (-2)
/* What was asked for is not to be had, and asking again does not help. */
#define FETCH_IMPOSSIBLE (-3)

struct fetch {
	const char *dir;             /* of distributions */
	const char *version;         /* NULL: the newest */
	const char *file, *sha256;   /* an archive at hand instead of GitHub's list; NULL: none */
	const struct config *config; /* GitHub's address; not used with `file` */
	struct credentials *credentials;
	struct administrator *administrator;
	struct stop *stop;
	bool shows;                 /* that nothing changes; and the progress, if standard error is a terminal */
	char current[VERSION_SIZE]; /* afterwards: the current version; "": none */
};

/* Logs what it does. 0: `current` is what was asked for, or, if the newest was asked for, no older than that. -1,
 * FETCH_REFUSED or FETCH_IMPOSSIBLE: it is what it was, and err says why; EINTR if stopped. */
int fetch(struct fetch *fetch, struct error *err);

/* The directory of distributions in the state directory. The caller frees it. NULL: no memory. */
char *fetch_directory(const char *state_dir);
