#include "sandbox/learn/arguments.h"

#include "common/cleanup.h"

#include <fcntl.h>
#include <linux/limits.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define CWD (-1)  /* no directory argument: the working directory */
#define NONE (-1) /* no flags argument */

/* Beside enum learn_access: of a call that does nothing where something is there already, or nothing is. */
#define NEW 0x100U
#define GONE 0x200U

/* How the calls name paths. `open`: what is done stands in flags; else in `access`. */
static const struct path_call {
	int number;
	int dirfd, path;
	int flags; /* of open(2) */
	unsigned access;
} path_calls[] = {
	{SYS_openat, 0, 1, 2, 0},
	{SYS_openat2, 0, 1, NONE, 0},
	{SYS_execveat, 0, 1, NONE, LEARN_READ},
	{SYS_execve, CWD, 0, NONE, LEARN_READ},
	{SYS_chdir, CWD, 0, NONE, LEARN_READ},
	{SYS_truncate, CWD, 0, NONE, LEARN_WRITE},
	{SYS_fchmodat, 0, 1, NONE, LEARN_WRITE},
	{SYS_fchownat, 0, 1, NONE, LEARN_WRITE},
	{SYS_utimensat, 0, 1, NONE, LEARN_WRITE},
	{SYS_mkdirat, 0, 1, NONE, LEARN_MAKE | NEW},
	{SYS_mknodat, 0, 1, NONE, LEARN_MAKE | NEW},
	{SYS_unlinkat, 0, 1, NONE, LEARN_MAKE | GONE},
	{SYS_symlinkat, 1, 2, NONE, LEARN_MAKE | NEW},
	{SYS_linkat, 0, 1, NONE, LEARN_READ},
	{SYS_linkat, 2, 3, NONE, LEARN_MAKE | NEW},
	{SYS_renameat2, 0, 1, NONE, LEARN_MAKE | GONE},
	{SYS_renameat2, 2, 3, NONE, LEARN_MAKE},
#ifdef SYS_renameat
	{SYS_renameat, 0, 1, NONE, LEARN_MAKE | GONE},
	{SYS_renameat, 2, 3, NONE, LEARN_MAKE},
#endif
#ifdef SYS_open
	{SYS_open, CWD, 0, 1, 0},
	{SYS_creat, CWD, 0, NONE, LEARN_WRITE},
	{SYS_chmod, CWD, 0, NONE, LEARN_WRITE},
	{SYS_chown, CWD, 0, NONE, LEARN_WRITE},
	{SYS_lchown, CWD, 0, NONE, LEARN_WRITE},
	{SYS_utimes, CWD, 0, NONE, LEARN_WRITE},
	{SYS_mkdir, CWD, 0, NONE, LEARN_MAKE | NEW},
	{SYS_mknod, CWD, 0, NONE, LEARN_MAKE | NEW},
	{SYS_unlink, CWD, 0, NONE, LEARN_MAKE | GONE},
	{SYS_rmdir, CWD, 0, NONE, LEARN_MAKE | GONE},
	{SYS_symlink, CWD, 1, NONE, LEARN_MAKE | NEW},
	{SYS_link, CWD, 0, NONE, LEARN_READ},
	{SYS_link, CWD, 1, NONE, LEARN_MAKE | NEW},
	{SYS_rename, CWD, 0, NONE, LEARN_MAKE | GONE},
	{SYS_rename, CWD, 1, NONE, LEARN_MAKE},
#endif
};

/* One call: the thread that makes it, and its memory, opened when it is first needed. */
struct call {
	struct learn *learn;
	const struct seccomp_notif *notif;
	int listener;
	int memory;
};

static bool still_waits(const struct call *call)
{
	return ioctl(call->listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call->notif->id) == 0;
}

/* Up to `size` bytes; how many there were. */
static size_t read_memory(struct call *call, uint64_t address, void *to, size_t size)
{
	char file[64];
	ssize_t n;

	if (call->memory < 0) {
		snprintf(file, sizeof file, "/proc/%u/mem", call->notif->pid);
		call->memory = open(file, O_RDONLY | O_CLOEXEC);
		if (call->memory < 0 || !still_waits(call))
			return 0;
	}
	n = address > 0 && address <= INT64_MAX ? pread(call->memory, to, size, (off_t)address) : 0;
	return n > 0 ? (size_t)n : 0;
}

/* Of a thread of ours these names would be another's. */
static bool stands_for_self(const char *text, const char **rest, const char **below)
{
	static const struct {
		const char *name, *below;
	} selves[] = {{"/proc/self", ""}, {"/proc/thread-self", ""}, {"/dev/fd", "/fd"}, {"/dev/stdin", "/fd/0"},
		{"/dev/stdout", "/fd/1"}, {"/dev/stderr", "/fd/2"}};

	for (size_t i = 0; i < sizeof selves / sizeof selves[0]; i++) {
		size_t len = strlen(selves[i].name);

		if (strncmp(text, selves[i].name, len) != 0 || (text[len] != '/' && text[len] != '\0'))
			continue;
		*rest = text + len;
		*below = selves[i].below;
		return true;
	}
	return false;
}

/* The name by which we reach what the thread means. */
static void reach(const struct call *call, int dirfd, const char *text, char *name, size_t size)
{
	const char *rest, *below;
	unsigned tid = call->notif->pid;

	if (stands_for_self(text, &rest, &below))
		snprintf(name, size, "/proc/%u%s%s", tid, below, rest);
	else if (text[0] == '/')
		snprintf(name, size, "%s", text);
	else if (dirfd == AT_FDCWD)
		snprintf(name, size, "/proc/%u/cwd/%s", tid, text);
	else
		snprintf(name, size, "/proc/%u/fd/%d/%s", tid, dirfd, text);
}

/* The path of what `name` leads to, all links followed. */
static bool follow(const char *name, int flags, char path[PATH_MAX])
{
	_cleanup_(close_fd) int fd = open(name, O_PATH | O_CLOEXEC | flags);
	char self[32];
	ssize_t n;

	if (fd < 0)
		return false;
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	n = readlink(self, path, PATH_MAX - 1);
	if (n <= 0 || path[0] != '/') /* a pipe, a socket */
		return false;
	path[n] = '\0';
	return true;
}

/* The path of a name in its directory, the last component as it is written. */
static bool follow_directory(const char *name, char path[PATH_MAX])
{
	char directory[PATH_MAX + 64], *slash;
	const char *last;
	size_t len = strlen(name), used;

	if (len == 0 || len >= sizeof directory)
		return false;
	memcpy(directory, name, len + 1);
	while (len > 1 && directory[len - 1] == '/')
		directory[--len] = '\0';
	slash = strrchr(directory, '/');
	if (slash == NULL)
		return false;
	last = name + (slash - directory) + 1;
	slash[slash == directory] = '\0';
	if (!follow(directory, O_DIRECTORY, path))
		return false;
	used = strlen(path);
	len = strcspn(last, "/");
	if (len == 0 || used + len + 2 > PATH_MAX || strncmp(last, "..", len) == 0)
		return false;
	path[used] = '/';
	memcpy(path + used + 1, last, len);
	path[used + 1 + len] = '\0';
	if (used == 1)
		memmove(path, path + 1, len + 2);
	return true;
}

static void note_path(struct call *call, int dirfd, const char *text, unsigned access)
{
	char name[PATH_MAX + 64], path[PATH_MAX];
	bool there;

	reach(call, dirfd, text, name, sizeof name);
	if ((access & LEARN_MAKE) != 0) {
		struct stat status;

		there = lstat(name, &status) == 0;
		if ((access & (there ? NEW : GONE)) != 0)
			return;
		if (follow_directory(name, path) && still_waits(call))
			learn_path(call->learn, path, LEARN_MAKE, !there);
		return;
	}
	there = follow(name, 0, path);
	if (!there && (access & LEARN_WRITE) != 0 && follow_directory(name, path)) {
		if (still_waits(call))
			learn_path(call->learn, path, LEARN_MAKE, true);
		return;
	}
	if (there && still_waits(call))
		learn_path(call->learn, path, access, false);
}

/* openat2(2) has its flags in memory. 0: nothing is read or written (O_PATH). */
static unsigned access_of(struct call *call, const struct path_call *row)
{
	const uint64_t *args = (const uint64_t *)call->notif->data.args;
	uint64_t flags = row->flags != NONE ? args[row->flags] : 0;

	if (row->access != 0)
		return row->access;
	if (row->number == SYS_openat2 && read_memory(call, args[2], &flags, sizeof flags) != sizeof flags)
		return LEARN_READ;
	if ((flags & O_PATH) != 0)
		return 0;
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return LEARN_READ | ((flags & (O_CREAT | O_TRUNC)) != 0 ? LEARN_WRITE : 0);
	case O_WRONLY:
		return LEARN_WRITE;
	default:
		return LEARN_READ | LEARN_WRITE;
	}
}

static void read_path(struct call *call, const struct path_call *row)
{
	const uint64_t *args = (const uint64_t *)call->notif->data.args;
	char text[PATH_MAX + 1];
	unsigned access = access_of(call, row);
	size_t n;

	if (access == 0 || args[row->path] == 0)
		return;
	n = read_memory(call, args[row->path], text, sizeof text - 1);
	text[n] = '\0';
	if (n == 0 || strlen(text) == PATH_MAX) {
		call->learn->paths_blind++;
		return;
	}
	if (text[0] != '\0')
		note_path(call, row->dirfd == CWD ? AT_FDCWD : (int)args[row->dirfd], text, access);
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	char room[sizeof(struct sockaddr_un) + 1];
};

static void read_address(struct call *call, uint64_t at, uint64_t length, bool listens)
{
	union address address = {.room = {0}};
	size_t n, size = length < sizeof address.un ? (size_t)length : sizeof address.un;

	if (at == 0 || size < sizeof(sa_family_t))
		return;
	n = read_memory(call, at, &address, size);
	if (n < size || !still_waits(call)) {
		call->learn->paths_blind++;
		return;
	}
	if (address.any.sa_family == AF_INET && size >= sizeof address.in)
		learn_destination(call->learn, AF_INET, &address.in.sin_addr, ntohs(address.in.sin_port), listens);
	else if (address.any.sa_family == AF_INET6 && size >= 24) /* RFC 2133's, without a scope */
		learn_destination(call->learn, AF_INET6, &address.in6.sin6_addr, ntohs(address.in6.sin6_port), listens);
	else if (address.any.sa_family == AF_UNIX && address.un.sun_path[0] != '\0')
		note_path(call, AT_FDCWD, address.un.sun_path, listens ? LEARN_MAKE | NEW : LEARN_READ);
}

static void read_message(struct call *call, uint64_t at)
{
	struct msghdr header;

	if (read_memory(call, at, &header, sizeof header) == sizeof header && header.msg_name != NULL)
		read_address(call, (uintptr_t)header.msg_name, header.msg_namelen, false);
}

void learn_read_arguments(struct learn *learn, int listener, const struct seccomp_notif *notif)
{
	struct call call = {.learn = learn, .notif = notif, .listener = listener, .memory = -1};
	const int number = notif->data.nr;
	const uint64_t *args = (const uint64_t *)notif->data.args;

	for (size_t i = 0; i < sizeof path_calls / sizeof path_calls[0]; i++)
		if (path_calls[i].number == number)
			read_path(&call, &path_calls[i]);
	if (number == SYS_connect || number == SYS_bind)
		read_address(&call, args[1], args[2], number == SYS_bind);
	else if (number == SYS_sendto)
		read_address(&call, args[4], args[5], false);
	else if (number == SYS_sendmsg || number == SYS_sendmmsg) /* struct mmsghdr begins with a struct msghdr */
		read_message(&call, args[1]);
	close_fd(&call.memory);
}
