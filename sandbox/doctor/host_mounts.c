#include "sandbox/doctor/host_mounts.h"

#include "common/mountinfo.h"

#include <stdio.h>
#include <string.h>

static bool is_readonly(const char *options)
{
	return strcmp(options, "ro") == 0 || strncmp(options, "ro,", 3) == 0;
}

/* binfmt_misc and nfsd are mounted on empty directories made for them: the kernel does not count those as covering. */
static bool covers(const char *point)
{
	static const char *const empty[] = {"/proc/sys/fs/binfmt_misc", "/proc/fs/nfsd"};

	for (size_t i = 0; i < sizeof empty / sizeof empty[0]; i++)
		if (strcmp(point, empty[i]) == 0)
			return false;
	return strncmp(point, "/proc/", 6) == 0;
}

void host_mounts_parse(char *text, struct host_facts *facts)
{
	struct mountinfo line;

	facts->chrooted = true;
	while (mountinfo_next(&text, &line)) {
		if (strcmp(line.point, "/") == 0)
			facts->chrooted = false;
		if (covers(line.point) && facts->proc_covered++ == 0)
			snprintf(facts->proc_example, sizeof facts->proc_example, "%s", line.point);
		if (strcmp(line.type, "cgroup2") == 0 && !facts->cgroup_mounted) {
			facts->cgroup_mounted = true;
			facts->cgroup_readonly = is_readonly(line.options);
		}
	}
}
