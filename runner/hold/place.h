/* Where a held job is found: a socket in its directory of the state directory, which no sandbox sees. Only this user
 * can connect: the state directory has mode 0700, and who connects is asked for. */
#pragma once

#include "common/error.h"

#include <stdbool.h>
#include <sys/un.h>

/* Listens for who wants to look at the job. Returns the descriptor, or -1. */
int hold_listen(int state_dirfd, const char *id, struct error *err);

/* Nobody finds it from here on. */
void hold_unlisten(int state_dirfd, const char *id, int *listening);

/* The next connection of a process of our own user, or -1: there is none. Does not wait. */
int hold_accept(int listening);

struct hold_found {
	int fd; /* a connection to its slot */
	char id[64];
	unsigned n;      /* how many are held that `target` names */
	char names[512]; /* of all that are held, for a message */
};

/* Looks for the held job that `target` names, its id or the number of its slot; NULL: the only one. found->fd is >= 0
 * if there is one and no other. The caller closes it. -1 with err if the state directory cannot be read. */
int hold_find(int state_dirfd, const char *target, struct hold_found *found, struct error *err);

/* Whether this can be a job's id or a slot's number. Pure. */
bool hold_is_target(const char *text);
