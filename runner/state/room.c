#include "runner/state/room.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/io.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/cgroup/parse.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#define TEXT_MAX ((size_t)64 << 10)

uint64_t room_meminfo(const char *text)
{
	static const char key[] = "\nMemAvailable:";
	const char *line = strstr(text, key);
	unsigned long long kib;

	if (line == NULL || sscanf(line + sizeof key - 1, "%llu kB", &kib) != 1 || kib > UINT64_MAX >> 10)
		return 0;
	return (uint64_t)kib << 10;
}

uint64_t room_of_cgroup(const char *max, const char *current, const char *stat)
{
	const uint64_t used = cgroup_parse_number(current, ""), most = cgroup_parse_number(max, ""),
		       cache = cgroup_parse_number(stat, "inactive_file") +
			       cgroup_parse_number(stat, "slab_reclaimable"),
		       kept = used > cache ? used - cache : 0;

	if (strncmp(max, "max", 3) == 0)
		return UINT64_MAX;
	return most > kept ? most - kept : 0;
}

/* "" where there is none. */
static char *text_of(const char *directory, const char *file)
{
	_cleanup_(freep) char *path = format("%s/%s", directory, file);
	char *text = NULL;
	struct error ignored;
	size_t len;

	if (path == NULL || read_file_at(AT_FDCWD, path, TEXT_MAX, &text, &len, &ignored) < 0)
		return NULL;
	return text;
}

/* The least of our own cgroup and those around it; `at` becomes that one. */
static uint64_t least_of_cgroups(char *at, size_t size)
{
	const char *unknown;
	_cleanup_(freep) char *directory = cgroup_own_directory(&unknown);
	uint64_t least = UINT64_MAX;

	while (directory != NULL && *directory != '\0') {
		_cleanup_(freep) char *max = text_of(directory, "memory.max");
		_cleanup_(freep) char *current = text_of(directory, "memory.current");
		_cleanup_(freep) char *stat = text_of(directory, "memory.stat");
		const uint64_t room = max != NULL && current != NULL
					      ? room_of_cgroup(max, current, stat != NULL ? stat : "")
					      : UINT64_MAX;

		if (room < least) {
			least = room;
			snprintf(at, size, "%s", directory);
		}
		if (strrchr(directory, '/') == NULL)
			break;
		*strrchr(directory, '/') = '\0';
	}
	return least;
}

#define MIB(bytes) ((unsigned long long)((bytes) >> 20))

static bool has_memory(uint64_t wanted, char why[ROOM_WHY_MAX])
{
	_cleanup_(freep) char *meminfo = text_of("/proc", "meminfo");
	char at[ROOM_WHY_MAX / 2] = "this host";
	uint64_t available = meminfo != NULL ? room_meminfo(meminfo) : 0, of_cgroups;

	if (available == 0) {
		snprintf(why, ROOM_WHY_MAX,
			"memory: /proc/meminfo does not say what is available (COFFERDAM_MIN_FREE_MEMORY=0 does not ask)");
		return false;
	}
	of_cgroups = least_of_cgroups(at, sizeof at);
	if (of_cgroups < available)
		available = of_cgroups;
	else
		snprintf(at, sizeof at, "this host");
	if (available >= wanted)
		return true;
	snprintf(why, ROOM_WHY_MAX, "memory: %s: %llu MiB available (COFFERDAM_MIN_FREE_MEMORY asks for %llu MiB)", at,
		MIB(available), MIB(wanted));
	return false;
}

static bool has_disk(uint64_t wanted, const char *directory, char why[ROOM_WHY_MAX])
{
	struct statvfs fs;
	uint64_t bytes;

	if (statvfs(directory, &fs) < 0) {
		snprintf(why, ROOM_WHY_MAX, "disk: %s: %s", directory, strerror(errno));
		return false;
	}
	bytes = fs.f_frsize == 0 || fs.f_bavail <= UINT64_MAX / fs.f_frsize ? fs.f_bavail * fs.f_frsize : UINT64_MAX;
	if (bytes >= wanted)
		return true;
	snprintf(why, ROOM_WHY_MAX, "disk: %s: %llu MiB free (COFFERDAM_MIN_FREE_DISK asks for %llu MiB)", directory,
		MIB(bytes), MIB(wanted));
	return false;
}

bool room_has(const struct room_wanted *wanted, const char *const directories[], size_t n, char why[ROOM_WHY_MAX])
{
	for (size_t i = 0; wanted->disk > 0 && i < n; i++)
		if (!has_disk(wanted->disk, directories[i], why))
			return false;
	return wanted->memory == 0 || has_memory(wanted->memory, why);
}
