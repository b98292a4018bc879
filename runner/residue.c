#include "runner/residue.h"

#include "common/cleanup.h"
#include "common/error.h"
#include "common/io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MOUNTINFO_MAX ((size_t)16 << 20)

/* Undoes the \ooo of proc(5) for blank, tab, newline and backslash, in place. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; to++) {
		if (from[0] == '\\' && strspn(from + 1, "01234567") >= 3) {
			char digits[4] = {from[1], from[2], from[3], '\0'};

			*to = (char)strtol(digits, NULL, 8);
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

void residue_mounts(const char *mountinfo, const char *path, json_t *residue)
{
	size_t len = strlen(path);

	while (*mountinfo != '\0') {
		size_t line = strcspn(mountinfo, "\n");
		char point[4097];

		/* mount id, parent id, major:minor, root, mount point */
		if (sscanf(mountinfo, "%*s %*s %*s %*s %4096s", point) == 1) {
			unescape(point);
			if (strncmp(point, path, len) == 0 && (point[len] == '/' || point[len] == '\0'))
				json_array_append_new(residue, json_sprintf("mount %s", point));
		}
		mountinfo += line + (mountinfo[line] == '\n');
	}
}

void residue_look(const char *path, json_t *residue)
{
	_cleanup_(freep) char *mountinfo = NULL;
	struct error err;
	struct stat st;
	size_t size;

	if (lstat(path, &st) == 0)
		json_array_append_new(residue, json_sprintf("directory %s", path));
	if (read_file_at(AT_FDCWD, "/proc/self/mountinfo", MOUNTINFO_MAX, &mountinfo, &size, &err) < 0)
		json_array_append_new(residue, json_sprintf("not looked at: %s", err.text));
	else
		residue_mounts(mountinfo, path, residue);
}
