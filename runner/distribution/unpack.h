/* Unpacks a distribution's archive, a gzipped tar, with libarchive. archive_read(3)
 *
 * In a process of its own, which has none of our secrets and hard limits (memory, CPU time, file size), and which
 * creates every entry itself: below the target directory, through no link, never over anything. entry.h says what is
 * refused. */
#pragma once

#include "common/error.h"
#include "runner/common/stop.h"
#include "runner/config/secrets.h"

#include <stdint.h>

/* Whether the file of the descriptor begins as a gzip file does. */
bool unpack_is_gzip(int fd);

/* Unpacks the file of the descriptor into the directory `dirfd`, which is empty. Drops all secrets in the other
 * process; `credentials` and `administrator` may be NULL. Ends it after `limit_ns`, or when `stop` has reached its
 * bound (EINTR in err). What has been unpacked before a failure stays for the caller to remove. */
int unpack_archive(int fd, int dirfd, struct credentials *credentials, struct administrator *administrator,
	struct stop *stop, int64_t limit_ns, struct error *err);
