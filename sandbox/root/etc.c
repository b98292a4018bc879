#include "sandbox/root/etc.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/files/leave.h"
#include "sandbox/files/lookup.h"
#include "sandbox/root/mount_api.h"
#include "sandbox/root/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC)

static int cannot_write(int errnum, const char *name, struct error *err)
{
	error_set(err, errnum, "/etc/%s: write", name);
	return errnum == EFBIG ? error_hint(err, "files of the caller may not be large enough: raise `ulimit -f`") : -1;
}

static int write_one(int dirfd, const char *name, const char *text, struct error *err)
{
	_cleanup_(leave_fd) int fd = openat(dirfd, name, NEW, 0644);

	if (fd < 0 && errno == EEXIST && (unlinkat(dirfd, name, 0) == 0 || unlinkat(dirfd, name, AT_REMOVEDIR) == 0))
		fd = openat(dirfd, name, NEW, 0644);
	if (fd < 0 || write_all(fd, text, strlen(text)) < 0)
		return cannot_write(errno, name, err);
	return 0;
}

int etc_write(int dirfd, const struct etc *etc, struct error *err)
{
	for (enum etc_name i = 0; i < ETC_COUNT; i++)
		if (etc->texts[i] != NULL && write_one(dirfd, etc_file_name(i), etc->texts[i], err) < 0)
			return -1;
	return 0;
}

static int open_etc(int rootfd, struct error *err)
{
	int etc = target_open(rootfd, "/etc", err);

	return etc >= 0 || err->errnum != ENOENT ? etc : target_make(rootfd, "/etc", true, err);
}

/* Without a file at that place one is made for it to lie on, as for any mount. */
static int attach(int file, int etc, int rootfd, enum etc_name name, struct error *err)
{
	_cleanup_(leave_fd) int made = -1;
	char path[ETC_PATH_MAX];

	etc_path(name, path);
	if (mount_attach_at(file, etc, etc_file_name(name), path, err) == 0)
		return 0;
	if (err->errnum != ENOENT)
		return -1;
	made = target_make(rootfd, path, false, err);
	return made < 0 ? -1 : mount_attach(file, made, path, err);
}

int etc_cover(int rootfd, int scratch, const struct etc *etc, struct error *err)
{
	_cleanup_(leave_fd) int at = -1;

	if (etc_is_empty(etc))
		return 0;
	at = open_etc(rootfd, err);
	if (at < 0 || etc_write(scratch, etc, err) < 0)
		return -1;
	for (enum etc_name i = 0; i < ETC_COUNT; i++) {
		_cleanup_(leave_fd) int file = -1;

		if (etc->texts[i] == NULL)
			continue;
		file = mount_clone(scratch, etc_file_name(i), MOUNT_READONLY | MOUNT_NODEV | MOUNT_NOEXEC, err);
		if (file < 0 || attach(file, at, rootfd, i, err) < 0)
			return -1;
	}
	return 0;
}

uint64_t etc_stored(const struct etc *etc)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t stored = 0;

	for (enum etc_name i = 0; etc->place == ETC_OVER && i < ETC_COUNT; i++)
		if (etc->texts[i] != NULL)
			stored += (strlen(etc->texts[i]) + page - 1) / page * page;
	return stored;
}

int etc_inspect(const struct etc *etc, uint64_t *missing)
{
	for (enum etc_name i = 0; i < ETC_COUNT; i++) {
		_cleanup_(freep) char *text = NULL;
		_cleanup_(close_fd) int fd = -1;
		char path[ETC_PATH_MAX];
		size_t len, wanted;

		if (etc->texts[i] == NULL)
			continue;
		etc_path(i, path);
		wanted = strlen(etc->texts[i]);
		fd = lookup_open(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, RESOLVE_NO_SYMLINKS);
		if (fd >= 0 && read_all(fd, wanted, &text, &len) == 0)
			*missing += len != wanted || memcmp(text, etc->texts[i], len) != 0;
		else if (errno == ENOENT || errno == ELOOP || errno == EFBIG || errno == EISDIR || errno == EACCES)
			++*missing;
		else
			return -1;
	}
	return 0;
}
