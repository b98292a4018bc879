/* The directory of distributions: each version once, complete, and never changed.
 *
 *   VERSION/          an unpacked distribution
 *   current           a symbolic link to the version in use, switched by rename(2)
 *   previous          a symbolic link to the one before
 *   checked           its time is when GitHub's list was last read
 *   lock              held by whoever changes anything here
 *   .new              a version being unpacked: becomes VERSION by rename(2) when it is complete and on disk
 *   .download-SHA256  an archive being downloaded
 *
 * Whoever has one of the other names half done was killed; the next one removes or continues it. A version is in use
 * while somebody holds a shared lock of its directory (runner/config/dist.h). */
#pragma once

#include "common/error.h"
#include "runner/common/stop.h"
#include "runner/distribution/list.h"

#include <stdbool.h>
#include <time.h>

struct store {
	char *dir; /* real path */
	int dirfd;
	int lockfd; /* -1: not held */
};

/* Creates the directory if it does not exist. Refuses one that another user owns or that others can write. The caller
 * calls store_close(), also after a failure. */
int store_open(struct store *store, const char *dir, struct error *err);
void store_close(struct store *store);

/* Takes the lock. If another process holds it, says so and waits, at most `limit_ns` or until `stop` has reached its
 * bound (EINTR in err). */
int store_lock(struct store *store, struct stop *stop, int64_t limit_ns, struct error *err);

/* The version that "current" or "previous" names. False: none, or not a link of ours to a version that is there. */
bool store_link(const struct store *store, const char *name, char version[VERSION_SIZE]);

/* Whether the version is there. */
bool store_has(const struct store *store, const char *version);

/* With the lock held: removes what killed processes have left, but for the download of `sha256`, unless NULL. */
void store_clean(const struct store *store, const char *sha256);

/* With the lock held: opens the archive of this checksum for reading and appending, empty or as far as it came. */
int store_open_download(const struct store *store, const char *sha256, struct error *err);
void store_remove_download(const struct store *store, const char *sha256);

/* With the lock held: the empty directory to unpack into. A descriptor. */
int store_begin(const struct store *store, struct error *err);

/* Checks what was unpacked, writes it to disk and gives it its name. */
int store_commit(const struct store *store, const char *version, struct error *err);

/* With the lock held: makes the version the current one, and the current one the previous. */
int store_switch(const struct store *store, const char *version, struct error *err);

/* With the lock held: removes the versions that are neither current nor previous nor in use. Logs each. */
void store_prune(const struct store *store);

/* Notes that the list was read now; says when that was, or 0. */
void store_note_check(const struct store *store);
time_t store_checked(const struct store *store);
