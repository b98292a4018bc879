/* Downloads a distribution's archive, with libcurl.
 *
 * Bounded: size, total time, time without progress, redirects (5). A connection that breaks is resumed where the server
 * can (HTTP ranges), also by a later process: the file on disk says how far it came. What arrives is worth nothing
 * until its checksum has been compared, which the caller does. */
#pragma once

#include "common/error.h"
#include "runner/common/stop.h"

#include <stdbool.h>
#include <stdint.h>

#define DOWNLOAD_BYTES_MAX (INT64_C(1) << 30)

struct download {
	const char *url;   /* https, or http for a loopback host */
	const char *token; /* sent to that host alone, or NULL */
	const char *label; /* of the progress line */
	struct stop *stop; /* ends it; not owned */
	int64_t limit_ns;  /* all tries together */
	bool shows;        /* the progress, if standard error is a terminal */
	char type[128];    /* content type of the answer */
};

/* Continues the file of the descriptor, which is open for reading and writing, at its end. -1 with err: EINTR if
 * stopped, ENOSPC or EDQUOT if the disk is full. */
int download(struct download *download, int fd, struct error *err);
