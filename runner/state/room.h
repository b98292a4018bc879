/* Whether this host has room for another job: free disk space, and memory.
 * statvfs(3), proc_meminfo(5); Documentation/admin-guide/cgroup-v2.rst: memory.max */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct room_wanted {
	uint64_t disk, memory; /* bytes; 0: not looked at */
};

#define ROOM_WHY_MAX 512

/* True if the file system of each of these directories has as much for us, and the host and every cgroup around us as
 * much memory. Else, and if one cannot be looked at, *why says what is short, where, and which variable asks for it. */
bool room_has(const struct room_wanted *wanted, const char *const directories[], size_t n, char why[ROOM_WHY_MAX]);

/* From the text of /proc/meminfo: what programs can still get without swapping, in bytes; 0: not said. Pure. */
uint64_t room_meminfo(const char *text);

/* What a cgroup can still get, from the texts of memory.max, memory.current and memory.stat: its page cache counts as
 * free where it is not in use. UINT64_MAX: it has no limit. Pure. */
uint64_t room_of_cgroup(const char *max, const char *current, const char *stat);
