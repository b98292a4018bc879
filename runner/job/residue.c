#include "runner/job/residue.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/io.h"
#include "common/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void residue_mounts(char *mountinfo, const char *path, json_t *residue)
{
	size_t len = strlen(path);
	struct mountinfo line;

	while (mountinfo_next(&mountinfo, &line)) {
		mountinfo_unescape(line.point);
		if (strncmp(line.point, path, len) == 0 && (line.point[len] == '/' || line.point[len] == '\0'))
			json_array_append_new(residue, json_sprintf("mount %s", line.point));
	}
}

void residue_detect(const char *path, json_t *residue)
{
	_cleanup_(freep) char *mountinfo = NULL;
	struct error err;
	struct stat st;
	size_t size;

	if (lstat(path, &st) == 0)
		json_array_append_new(residue, json_sprintf("directory %s", path));
	else if (errno != ENOENT)
		json_array_append_new(residue, json_sprintf("not inspected: %s: %s", path, strerror(errno)));
	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &mountinfo, &size, &err) < 0)
		json_array_append_new(residue, json_sprintf("not inspected: %s", err.text));
	else
		residue_mounts(mountinfo, path, residue);
}
