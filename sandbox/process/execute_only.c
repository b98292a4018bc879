#include "sandbox/process/execute_only.h"

#include "common/cleanup.h"
#include "sandbox/files/lookup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_BITS 0444
#define SETTING "/proc/sys/fs/suid_dumpable"

static int refuse(const char *file, const char *why, struct error *err)
{
	error_set(err, 0, "execute-only: %s: %s", file, why);
	return error_hint(err, "other processes of the job could inspect its process");
}

/* By the kernel's own rules, capabilities over mapped ids among them. By system call: the C library would make do with
 * the mode on a kernel that lacks it, or where a filter around us hides it. 0: it can be read. */
static int try_to_read(int fd)
{
	return (int)syscall(SYS_faccessat2, fd, "", R_OK, AT_EACCESS | AT_EMPTY_PATH);
}

bool execute_only_is_effective(const char *suid_dumpable)
{
	return strcmp(suid_dumpable, "0\n") == 0 || strcmp(suid_dumpable, "2\n") == 0;
}

/* The setting is the host's: no namespace has one of its own. */
static int check_setting(const char *file, struct error *err)
{
	_cleanup_(close_fd) int fd = lookup_open(AT_FDCWD, SETTING, O_RDONLY, RESOLVE_NO_SYMLINKS);
	char text[16];
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

	if (n < 0)
		return error_set(err, errno, "execute-only: %s: %s", file, SETTING);
	text[n] = '\0';
	if (execute_only_is_effective(text))
		return 0;
	text[strcspn(text, "\n")] = '\0';
	error_set(err, 0,
		"execute-only: %s: fs.suid_dumpable is %s: other processes of the job could inspect its process", file,
		text);
	return error_hint(err, "set it to 0 or 2: sysctl fs.suid_dumpable=2");
}

int execute_only_check(const char *file, struct error *err)
{
	_cleanup_(close_fd) int fd = lookup_open(AT_FDCWD, file, O_PATH, 0);
	struct statvfs mount;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || fstatvfs(fd, &mount) < 0)
		return error_set(err, errno, "execute-only: %s", file);
	if (!S_ISREG(st.st_mode))
		return refuse(file, "not a regular file", err);
	/* Entries of an access control list count no further than the bits of the group, which are its mask. So these
	 * speak for every id of the job that has no capability. */
	if ((st.st_mode & READ_BITS) != 0)
		return refuse(file, "its mode allows reading", err);
	if (try_to_read(fd) == 0)
		return refuse(file, "the job's root could read it, since its owner is an id of the job", err);
	if (errno != EACCES)
		return error_set(err, errno, "execute-only: %s: faccessat2", file);
	if ((mount.f_flag & ST_RDONLY) == 0)
		return refuse(file, "not on a read-only mount: its mode could be changed", err);
	return check_setting(file, err);
}
