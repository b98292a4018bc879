#include "sandbox/process/descriptor_kind.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef CONFIGFS_MAGIC
#define CONFIGFS_MAGIC 0x62656570
#endif
#ifndef FUSE_CTL_MAGIC
#define FUSE_CTL_MAGIC 0x65735543
#endif

/* Not in the headers of every system that this is built on. */
#define GUEST_MEMORY_MAGIC 0x474d454d
#define PIDFS_MAGIC 0x50494446

#define ABI_TCP 4   /* Landlock keeps TCP sockets from being connected and bound (Linux 6.7) */
#define ABI_SCOPE 6 /* … and abstract Unix sockets from leaving the domain (Linux 6.12) */

#define ANONYMOUS "anon_inode:"
#define HARMLESS "hand over a pipe, a socket, a file, an eventfd or a timerfd instead, or close it before"

/* Objects without an inode of their own, by the beginning of the name that /proc gives them. */
static const struct {
	const char *name, *why; /* NULL: passes */
} objects[] = {
	{"[eventfd]", NULL},
	{"[timerfd]", NULL},
	{"[io_uring]", "carries out calls with its maker's rights, root and descriptors"},
	{"[userfaultfd]", "fills its maker's memory"},
	{"seccomp notify", "decides over the system calls of processes outside"},
	{"[fscontext]", "makes file systems with its maker's rights"},
	{"bpf", "is a program or data of the kernel's"},
	{"btf", "is a program or data of the kernel's"},
	{"[perf_event]", "measures processes outside"},
	{"kvm", "is a virtual machine in its maker's memory"},
	{"[fanotify]", "opens the host's files as they are used"},
	{"inotify", "watches the host's files"},
	{"[eventpoll]", "holds its maker's other descriptors"},
	{"[signalfd]", "belongs to its maker's signals"},
	{"[pidfd]", "is a process outside"},
	{"[landlock-ruleset]", "holds the host's files"},
};

/* File systems that do something at a write, on behalf of who has opened the file. */
static const unsigned long made_up[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
	DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC, CONFIGFS_MAGIC, FUSE_CTL_MAGIC, BINFMTFS_MAGIC, EFIVARFS_MAGIC,
	SELINUX_MAGIC, SMACK_MAGIC, PSTOREFS_MAGIC, BPF_FS_MAGIC, RDTGROUP_SUPER_MAGIC};

/* File systems that nobody mounts. Their objects may say that they are regular files, with a name that begins as a path
 * does; of that kind, only memfds are a job's to have. */
static const unsigned long unmounted[] = {
	SECRETMEM_MAGIC, DMA_BUF_MAGIC, GUEST_MEMORY_MAGIC, ANON_INODE_FS_MAGIC, PIDFS_MAGIC, NSFS_MAGIC};

/* Documentation/admin-guide/devices.txt */
static const struct {
	unsigned major, minor;
	const char *why;
} devices[] = {
	{1, 1, "the machine's memory"},
	{1, 2, "the machine's memory"},
	{1, 4, "the machine's ports"},
	{10, 229, "a file system that processes outside use"},
	{10, 238, "works in its owner's memory, with its rights"},
	{10, 241, "works in its owner's memory, with its rights"},
};

static int refuse(int fd, const char *what, const char *why, struct error *err)
{
	error_set(err, 0, "file descriptor %d: %s: %s", fd, what, why);
	return error_hint(err, HARMLESS);
}

static int check_object(int fd, const char *name, struct error *err)
{
	for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++)
		if (strncmp(name, objects[i].name, strlen(objects[i].name)) == 0)
			return objects[i].why == NULL ? 0 : refuse(fd, name, objects[i].why, err);
	return refuse(fd, name, "not allowed for a job", err);
}

static int check_device(int fd, const struct stat *st, struct error *err)
{
	char what[48];

	for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
		if (st->st_rdev == makedev(devices[i].major, devices[i].minor)) {
			snprintf(what, sizeof what, "device %u:%u", devices[i].major, devices[i].minor);
			return refuse(fd, what, devices[i].why, err);
		}
	return 0;
}

static bool is_among(const unsigned long types[], size_t n, const struct statfs *fs)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned long)(unsigned)fs->f_type == types[i])
			return true;
	return false;
}

static int check_regular(int fd, const char *name, const struct stat *st, int flags, struct error *err)
{
	struct statfs fs;

	if (major(st->st_dev) != 0) /* on a block device */
		return 0;
	if (fstatfs(fd, &fs) < 0)
		return error_set(err, errno, "file descriptor %d: statfs", fd);
	if (is_among(unmounted, sizeof unmounted / sizeof unmounted[0], &fs))
		return refuse(fd, name, "not allowed for a job", err);
	if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY)
		return 0;
	if (is_among(made_up, sizeof made_up / sizeof made_up[0], &fs)) {
		error_set(err, 0,
			"file descriptor %d: a file of the kernel's, open for writing: what is written counts as its opener's",
			fd);
		return error_hint(err, "write to it outside, with what the job prints");
	}
	return 0;
}

/* Namespaces and, on some kernels, other objects say that they are regular files; /proc tells them by a name that
 * is not a path. A file out of reach is "(unreachable)/…". */
static int check_file(int fd, const struct stat *st, int flags, struct error *err)
{
	const bool is_file = S_ISREG(st->st_mode);
	char link[32], text[512]; /* of a path, as much as a message needs: how it begins decides */
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	n = readlink(link, text, sizeof text - 1);
	if (n < 0 && is_file && errno == ENAMETOOLONG) /* a path in any case */
		return check_regular(fd, "a path", st, flags, err);
	if (n <= 0) {
		error_set(err, errno, "file descriptor %d: what it is: %s", fd, link);
		return error_hint(err, "/proc is required");
	}
	text[n] = '\0';
	if (strncmp(text, ANONYMOUS, strlen(ANONYMOUS)) == 0)
		return check_object(fd, text + strlen(ANONYMOUS), err);
	if (is_file && (text[0] == '/' || text[0] == '('))
		return check_regular(fd, text, st, flags, err);
	return refuse(fd, text, is_file && strstr(text, ":[") != NULL ? "a namespace" : "not allowed for a job", err);
}

int descriptor_kind_check(int fd, const struct stat *st, int flags, struct error *err)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFIFO:
	case S_IFSOCK:
	case S_IFBLK:
	case S_IFDIR: /* refused in other words */
	case S_IFLNK: /* only as a path */
		return 0;
	case S_IFCHR:
		return check_device(fd, st, err);
	default:
		return check_file(fd, st, flags, err);
	}
}

static int get_option(int fd, int option, int *value)
{
	socklen_t size = sizeof *value;

	return getsockopt(fd, SOL_SOCKET, option, value, &size);
}

/* connect(2) leads a datagram socket elsewhere, and one that is not connected: to abstract names of the caller's
 * network namespace, too, where Landlock has no scope. */
static bool is_unix_held(int fd, int type, int abi)
{
	struct sockaddr_un peer;
	socklen_t size = sizeof peer;

	return abi >= ABI_SCOPE || (type != SOCK_DGRAM && getpeername(fd, (struct sockaddr *)&peer, &size) == 0);
}

int descriptor_kind_check_held(int fd, const struct stat *st, int abi, struct error *err)
{
	int domain = -1, type = -1, protocol = -1;

	if (!S_ISSOCK(st->st_mode))
		return 0;
	if (get_option(fd, SO_DOMAIN, &domain) < 0 || get_option(fd, SO_TYPE, &type) < 0 ||
		get_option(fd, SO_PROTOCOL, &protocol) < 0)
		return error_set(err, errno, "file descriptor %d: what socket it is", fd);
	if (domain == AF_UNIX && is_unix_held(fd, type, abi))
		return 0;
	if (abi >= ABI_TCP && (domain == AF_INET || domain == AF_INET6) && type == SOCK_STREAM &&
		protocol == IPPROTO_TCP)
		return 0;
	error_set(err, 0,
		"file descriptor %d: a socket (family %d, protocol %d) by which the job would be on the caller's network, "
		"where its policy lets it have none",
		fd, domain, protocol);
	return error_hint(err,
		"hand over a pipe or a connected Unix stream, from Linux 6.7 a TCP socket, from 6.12 any Unix socket; or use a policy that allows internet sockets");
}
