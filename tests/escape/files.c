/* Files that a job must not read, write, link, make or reopen. */
#include "tests/escape/probe.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

static bool on_readonly_mount(const char *path)
{
	struct statvfs fs;

	return statvfs(path, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}

/* Writing nothing: that the file could be opened is enough, and nothing breaks where it can. A refusal that comes from
 * the file's mode alone is no work of the sandbox, so it counts as a success: with root in the job's place it would be.
 */
static void write_to(char **args)
{
	int fd = open(args[0], O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		succeeded("%s: open for writing", args[0]);
	if (errno == ENOENT)
		untried("%s: not in this kernel", args[0]);
	if (on_readonly_mount(args[0]))
		blocked("%s: %s, on a read-only mount", args[0], errno_name(errno));
	if (errno == EACCES || errno == EPERM)
		succeeded("%s: only its mode is in the way (%s)", args[0], errno_name(errno));
	blocked("%s: %s", args[0], errno_name(errno));
}

/* The kernel looks at the mount before the directory's mode. */
static void create_in(char **args)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof path, "%s/cofferdam-escape", args[0]);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd >= 0) {
		unlink(path);
		succeeded("%s: created a file", args[0]);
	}
	if (errno == EACCES)
		succeeded("%s: only its mode is in the way", args[0]);
	blocked("%s: %s", args[0], errno_name(errno));
}

static int entries(const char *path)
{
	DIR *dir = opendir(path);
	int n = -2; /* "." and ".." */

	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		closedir(dir);
	return n;
}

/* Removed at once: it may be a cgroup below one whose end somebody waits for. */
static void make_directory(char **args)
{
	const int made = mkdir(args[0], 0755);

	if (made == 0)
		rmdir(args[0]);
	verdict(args[0], made);
}

static void read_from(char **args)
{
	char byte;
	struct stat st;
	int fd = open(args[0], O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		blocked("%s: not there", args[0]);
	if (fd < 0)
		succeeded("%s: only its mode is in the way (%s)", args[0], errno_name(errno));
	if (fstat(fd, &st) < 0)
		untried("%s: %s", args[0], errno_name(errno));
	if (S_ISDIR(st.st_mode)) {
		if (entries(args[0]) > 0)
			succeeded("%s: %d entries", args[0], entries(args[0]));
		blocked("%s: an empty directory", args[0]);
	}
	/* A device answers by other calls than read(2); that of a mask is /dev/null. */
	if (S_ISCHR(st.st_mode) && st.st_rdev != makedev(1, 3))
		succeeded("%s: a device, open", args[0]);
	if (read(fd, &byte, 1) == 1)
		succeeded("%s: readable", args[0]);
	blocked("%s: nothing in it", args[0]);
}

static void link_to(char **args)
{
	verdict("link", link(args[0], args[1]));
}

static void rename_to(char **args)
{
	verdict("rename", rename(args[0], args[1]));
}

static void make_node(char **args)
{
	mode_t type = args[0][0] == 'b' ? S_IFBLK : S_IFCHR;
	/* 0:0 is no device but what overlayfs takes for "deleted": since Linux 5.8 everybody may make it. */
	dev_t device = strcmp(args[0], "whiteout") == 0 ? 0 : makedev(1, 3);

	verdict("mknod", mknod(args[1], type | 0600, device));
}

static void open_device(char **args)
{
	verdict(args[0], open(args[0], O_RDONLY | O_CLOEXEC));
}

/* A descriptor that is open for reading is a way to the file, past the mount that it would be seen by. */
static void reopen(char **args)
{
	int flags = strcmp(args[1], "write") == 0 ? O_WRONLY : O_RDONLY;
	char path[64];
	int fd;

	snprintf(path, sizeof path, "/proc/self/fd/%s", args[0]);
	fd = open(path, flags | O_CLOEXEC);
	if (fd < 0)
		verdict(path, fd);
	if (flags == O_WRONLY && write(fd, "changed\n", 8) != 8)
		verdict("write", -1);
	succeeded("%s: reopened to %s", path, args[1]);
}

/* A descriptor of a directory is a way out of any root. */
static void enter_directory(char **args)
{
	int fd = atoi(args[0]);

	if (fchdir(fd) < 0)
		verdict("fchdir", -1);
	verdict(args[1], access(args[1], R_OK));
}

/* Whether a question gets as far as the driver, of which none but a terminal's knows this one. */
static void ask_device(char **args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);
	struct termios termios;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode))
		untried("%s: no device that can be opened", args[0]);
	if (ioctl(fd, TCGETS, &termios) == 0 || errno == ENOTTY)
		succeeded("%s: its driver was asked", args[0]);
	blocked("%s: %s", args[0], errno_name(errno));
}

/* Who opens the file then waits for us, or for fs.lease-break-time. */
static void take_lease(char **args)
{
	int fd = open(args[0], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		untried("%s: %s", args[0], errno_name(errno));
	verdict("lease", fcntl(fd, F_SETLEASE, F_WRLCK));
}

static const struct attack attacks[] = {
	{"write", 1, write_to},
	{"create", 1, create_in},
	{"mkdir", 1, make_directory},
	{"read", 1, read_from},
	{"link", 2, link_to},
	{"rename", 2, rename_to},
	{"mknod", 2, make_node},
	{"device", 1, open_device},
	{"ioctl", 1, ask_device},
	{"reopen", 2, reopen},
	{"fchdir", 2, enter_directory},
	{"lease", 1, take_lease},
};

ATTACK_MAIN(attacks)
