#include "sandbox/root/stdio_detach.h"

#include "common/cleanup.h"
#include "sandbox/files/lookup.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/watch/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int lost(const struct stdio_file *file, int errnum, struct error *err)
{
	error_set(err, errnum,
		"file descriptor %d: %s: the file is not found again, and its own descriptor would let "
		"the job change its mode",
		file->number, file->path != NULL ? file->path : "no name");
	return error_hint(err, "hand over its content: `cat FILE | cofferdam run …`");
}

/* The descriptor's own mount is the caller's namespace's, of which no copy can be made: the same file, by its name, on
 * our own. Where it leads is compared, so a name that has changed hands is found out. */
static int find(const struct stdio_file *file, struct error *err)
{
	_cleanup_(close_fd) int fd = -1;
	struct stat st;

	if (file->path == NULL)
		return lost(file, 0, err);
	fd = lookup_open(AT_FDCWD, file->path, O_PATH, RESOLVE_NO_SYMLINKS);
	if (fd < 0 || fstat(fd, &st) < 0)
		return lost(file, errno, err);
	if (st.st_dev != file->st.st_dev || st.st_ino != file->st.st_ino)
		return lost(file, 0, err);
	return take_fd(&fd);
}

static int detach(const struct stdio_file *file, struct error *err)
{
	_cleanup_(close_fd) int place = find(file, err), mount = -1, again = -1;
	char path[32];

	if (place < 0)
		return -1;
	mount = mount_clone(place, "", MOUNT_READONLY | MOUNT_NODEV | MOUNT_NOEXEC, err);
	if (mount < 0)
		return error_context(err, "file descriptor %d", file->number);
	snprintf(path, sizeof path, "/proc/self/fd/%d", mount);
	again = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (again < 0)
		return lost(file, errno, err);
	if (file->at > 0 && lseek(again, file->at, SEEK_SET) < 0)
		return error_set(err, errno, "file descriptor %d: %s: seek", file->number, file->path);
	return take_fd(&again);
}

/* One that comes from a mount like ours, as within another sandbox, where its name is not to be found. */
static bool is_read_only(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}

int stdio_detach(const struct stdio *stdio, int sock, struct error *err)
{
	for (size_t i = 0; i < stdio->n; i++) {
		const struct stdio_file *file = &stdio->files[i];
		_cleanup_(close_fd) int again = -1;

		if (!file->detach)
			continue;
		again = detach(file, err);
		if (again < 0 && is_read_only(file->number))
			continue;
		if (again < 0)
			return -1;
		if (message_send_fd(sock, &(struct message){.kind = MESSAGE_FILE, .value = (int)i}, again) < 0)
			return error_set(err, errno, "file descriptor %d: hand it to the launcher", file->number);
		/* Kept ones lose close-on-exec in fds_hand_over(). */
		if (dup3(again, file->number, O_CLOEXEC) < 0 ||
			(file->number <= STDERR_FILENO && fcntl(file->number, F_SETFD, 0) < 0))
			return error_set(err, errno, "file descriptor %d", file->number);
	}
	return 0;
}
