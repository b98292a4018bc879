/* Lists the capabilities that a job's own root keeps in the job's user namespace.
 * capabilities(7). Pure. */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct capability {
	const char *name; /* "CAP_CHOWN" */
	unsigned number;
};

/* All that any plan grants. They reach the files and processes of the map's ids and nothing else: what belongs to an
 * id that is not mapped, root's on the host among them, is as closed as without them. */
extern const struct capability capabilities_known[];
extern const size_t capabilities_count;

/* What a root needs to install packages and to become its other users: bits 1 << number. */
uint64_t capabilities_of_root(void);
