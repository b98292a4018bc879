/* Taking the mounts of a sandbox apart: masks off, read-only to writable, something else on top, another root. */
#include "tests/escape/probe.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What one attack did to the mount points, one after the other. */
struct tally {
	int tried, done;
	int errnum;       /* of the last refusal */
	const char *last; /* where it worked */
};

/* The fifth field of each line of mountinfo (proc(5)); no name that occurs here is escaped. All are read before the
 * first is attacked, since attacks make mounts. */
static void each_mount(long (*attack)(const char *point), struct tally *tally)
{
	static char points[256][PATH_MAX];
	FILE *file = fopen("/proc/self/mountinfo", "re");
	int n = 0;

	while (file != NULL && n < 256 && fscanf(file, "%*s %*s %*s %*s %4095s%*[^\n]", points[n]) == 1)
		n++;
	if (file != NULL)
		fclose(file);
	for (int i = 0; i < n; i++) {
		/* Not the root: the run without a sandbox goes on below it. */
		if (strcmp(points[i], "/") == 0)
			continue;
		tally->tried++;
		if (attack(points[i]) >= 0) {
			tally->done++;
			tally->last = points[i];
		} else {
			tally->errnum = errno;
		}
	}
}

static long by_umount(const char *point)
{
	return umount2(point, UMOUNT_NOFOLLOW);
}

static long by_detach(const char *point)
{
	return umount2(point, MNT_DETACH);
}

static long by_expire(const char *point)
{
	return umount2(point, MNT_EXPIRE) < 0 && errno != EAGAIN ? -1 : 0;
}

static long by_remount(const char *point)
{
	return mount(NULL, point, NULL, MS_REMOUNT | MS_BIND, NULL);
}

static long by_setattr(const char *point)
{
	struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV};

	return syscall(SYS_mount_setattr, AT_FDCWD, point, 0, &attr, sizeof attr);
}

static long by_move(const char *point)
{
	return mount(point, "/tmp", NULL, MS_MOVE, NULL);
}

static long by_bind_over(const char *point)
{
	return mount("/tmp", point, NULL, MS_BIND | MS_REC, NULL);
}

/* A copy of the mount below without the one on top: what a mask hides. */
static long by_open_tree(const char *point)
{
	int fd = (int)syscall(SYS_open_tree, AT_FDCWD, point, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

	if (fd < 0)
		return -1;
	return syscall(SYS_move_mount, fd, "", AT_FDCWD, "/tmp", MOVE_MOUNT_F_EMPTY_PATH);
}

static const struct {
	const char *name;
	long (*attack)(const char *point);
} ways[] = {
	{"umount", by_umount},
	{"detach", by_detach},
	{"expire", by_expire},
	{"remount", by_remount},
	{"setattr", by_setattr},
	{"move", by_move},
	{"bind-over", by_bind_over},
	{"open_tree", by_open_tree},
};

static void take_apart(char **args)
{
	struct tally tally = {0};

	for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		if (strcmp(args[0], ways[i].name) != 0)
			continue;
		each_mount(ways[i].attack, &tally);
		if (tally.tried == 0)
			untried("%s: no mounts to try", args[0]);
		if (tally.done > 0)
			succeeded("%s: %d of %d mounts, such as %s", args[0], tally.done, tally.tried, tally.last);
		blocked("%s: none of %d mounts (%s)", args[0], tally.tried, errno_name(tally.errnum));
	}
	misused("%s: no such way", args[0]);
}

/* The old trick: a second chroot leaves the working directory outside of it. Needs a directory to be in. */
static void double_chroot(char **args)
{
	struct stat before, after;

	if (mkdir(args[0], 0755) < 0 && errno != EEXIST)
		untried("%s: %s", args[0], errno_name(errno));
	if (stat("/", &before) < 0 || chroot(args[0]) < 0)
		verdict("chroot", -1);
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			untried("chdir: %s", errno_name(errno));
	if (chroot(".") < 0 || stat("/", &after) < 0)
		verdict("chroot", -1);
	if (after.st_ino == before.st_ino && after.st_dev == before.st_dev)
		succeeded("chroot twice: out of %s again", args[0]);
	blocked("chroot twice: still inside");
}

static void second_pivot(char **args)
{
	if (mount(args[0], args[0], NULL, MS_BIND, NULL) < 0)
		verdict("mount", -1);
	if (chdir(args[0]) < 0)
		untried("chdir: %s", errno_name(errno));
	verdict("pivot_root", syscall(SYS_pivot_root, ".", "."));
}

/* Shocker: a file handle names an inode of a file system, whatever is mounted where. Without a capability in the first
 * user namespace it is only for directories of a file system or mount of one's own (Linux 6.11). */
static void open_handle(char **args)
{
	struct {
		struct file_handle head;
		unsigned char bytes[MAX_HANDLE_SZ];
	} handle = {.head = {.handle_bytes = MAX_HANDLE_SZ}};
	int mount_id, dir = open(args[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		untried("%s: %s", args[0], errno_name(errno));
	if (name_to_handle_at(dir, "", &handle.head, &mount_id, AT_EMPTY_PATH) < 0)
		verdict("name_to_handle_at", -1);
	verdict("open_by_handle_at", open_by_handle_at(dir, &handle.head, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static const struct attack attacks[] = {
	{"take-apart", 1, take_apart},
	{"double-chroot", 1, double_chroot},
	{"second-pivot", 1, second_pivot},
	{"open-handle", 1, open_handle},
};

ATTACK_MAIN(attacks)
