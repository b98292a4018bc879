#include "sandbox/filter/handed.h"

#include "common/cleanup.h"
#include "common/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

int handed_descriptor(const char *path)
{
	static const char *const directories[] = {"/proc/self/fd/", "/proc/thread-self/fd/", "/dev/fd/"};
	static const char *const names[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};

	for (int i = 0; i < 3; i++) {
		const size_t len = strlen(directories[i]);
		char *end;

		if (strcmp(path, names[i]) == 0)
			return i;
		if (strncmp(path, directories[i], len) == 0 && path[len] >= '0' && path[len] <= '9') {
			const long n = strtol(path + len, &end, 10);

			return *end == '\0' && n <= INT32_MAX ? (int)n : -1;
		}
	}
	return -1;
}

static bool is_handed(const struct plan_fds *fds, int descriptor)
{
	bool kept = descriptor <= 2;

	for (size_t i = 0; i < fds->n_keep; i++)
		kept |= fds->keep[i] == descriptor;
	return kept;
}

/* Whether the mount has a place below the thread's root. True where that is not known. */
static bool is_mounted(pid_t tid, uint64_t id)
{
	char path[64], *text = NULL;
	size_t size = 0;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof path, "/proc/%d/mountinfo", tid);
	file = fopen(path, "re");
	if (file == NULL)
		return true;
	while (!found && getline(&text, &size, file) > 0) {
		char *rest = text;
		struct mountinfo line;

		found = mountinfo_next(&rest, &line) && line.id == id;
	}
	fclose(file);
	free(text);
	return found;
}

static bool is_open_for_writing(pid_t tid, int descriptor)
{
	char text[128] = "", path[64];
	_cleanup_(close_fd) int fd = -1;
	unsigned flags = O_RDWR;
	const char *line;

	snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", tid, descriptor);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) <= 0)
		return true;
	line = strstr(text, "flags:");
	if (line == NULL || sscanf(line, "flags: %o", &flags) != 1)
		return true;
	return (flags & O_ACCMODE) != O_RDONLY;
}

bool handed_is_refused(const struct plan_fds *fds, int landlock, pid_t tid, int descriptor, struct denial *denial)
{
	_cleanup_(close_fd) int fd = -1;
	struct statvfs vfs;
	struct statx st;
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/fd/%d", tid, descriptor);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd < 0 || !is_handed(fds, descriptor) || statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MNT_ID, &st) < 0 ||
		!S_ISREG(st.stx_mode) || fstatvfs(fd, &vfs) < 0 || (st.stx_mask & STATX_MNT_ID) == 0 ||
		is_mounted(tid, st.stx_mnt_id))
		return false;
	snprintf(denial->note, sizeof denial->note, "descriptor %d was handed to the job for reading", descriptor);
	denial->mount = -1;
	if ((vfs.f_flag & ST_RDONLY) != 0) {
		denial->cause = DENIAL_READ_ONLY;
		denial->errnum = EROFS;
		return true;
	}
	denial->cause = DENIAL_LANDLOCK;
	denial->errnum = EACCES;
	return landlock > 0 && !is_open_for_writing(tid, descriptor);
}
