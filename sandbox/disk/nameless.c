#include "sandbox/disk/nameless.h"

#include "common/cleanup.h"
#include "common/entries.h"
#include "common/io.h"
#include "common/mountinfo.h"
#include "sandbox/disk/freeze.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#ifndef PIDFD_THREAD
#define PIDFD_THREAD O_EXCL /* Linux 6.9 */
#endif

#define TEXT_MAX 4096
#define TURN_BACK_EVERY 256 /* items */
#define LAYERS_MAX 64
#define COMMAND_PID 2 /* PID 1 makes it first, and ends the job with it: nobody else gets this number */

/* Threads, one for each table of descriptors or address space, in the kernel's secret order. */
struct kin {
	pid_t *of;
	size_t n, room;
	pid_t last; /* threads of one process come one after the other */
};

struct scan {
	const struct nameless *how;
	struct usage *usage;
	struct seen seen;
	int proc;
	pid_t closed; /* the command, where it need not be looked into; 0: there is none */
	struct kin tables, memories;
	dev_t layers[LAYERS_MAX]; /* of the sandbox's overlays that have an upper layer */
	unsigned n_layers;
	ino_t mounts; /* the namespace that was inspected last */
	uint64_t items;
	bool turned_back;
};

static void free_scan(struct scan *scan)
{
	free(scan->tables.of);
	free(scan->memories.of);
	seen_free(&scan->seen);
	close_fd(&scan->proc);
}

/* Whether to go on. */
static bool next_item(struct scan *scan)
{
	const struct nameless *how = scan->how;

	if (++scan->items > how->items_max)
		usage_cannot(scan->usage, UNCOUNTED_ITEMS);
	else if (how->turn_back != NULL && scan->items % TURN_BACK_EVERY == 0 && how->turn_back(how->data))
		scan->turned_back = true;
	return scan->usage->uncounted == UNCOUNTED_NOTHING && !scan->turned_back;
}

/* 0: the same; 1, 2: before, after; -1: one is gone, or the kernel has no kcmp(2). */
static long compare(pid_t a, pid_t b, int type)
{
	return syscall(SYS_kcmp, a, b, type, 0UL, 0UL);
}

/* What cannot be compared is taken for another: it is read once more, and still counted once. */
static bool is_first(struct kin *kin, int type, pid_t thread)
{
	size_t low = 0, high = kin->n;

	if (kin->last != 0 && compare(thread, kin->last, type) == 0)
		return false;
	kin->last = thread;
	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const long order = compare(thread, kin->of[middle], type);

		if (order <= 0)
			return order < 0;
		if (order == 1)
			high = middle;
		else
			low = middle + 1;
	}
	if (kin->n == kin->room) {
		pid_t *grown = reallocarray(kin->of, kin->room + 256, sizeof *grown);

		if (grown == NULL)
			return true;
		kin->of = grown;
		kin->room += 256;
	}
	memmove(kin->of + low + 1, kin->of + low, (kin->n - low) * sizeof *kin->of);
	kin->of[low] = thread;
	kin->n++;
	return true;
}

/* Descriptors that wait in the queue of a Unix socket. Linux 5.6; of a listener's connections 6.3. */
static bool carries_descriptors(int dirfd, const char *path)
{
	_cleanup_(close_fd) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC);
	char text[TEXT_MAX];
	const char *at;
	ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;

	if (n < 0)
		return errno != ENOENT;
	text[n] = '\0';
	at = strstr(text, "scm_fds:");
	return at != NULL && strtoul(at + strlen("scm_fds:"), NULL, 10) != 0;
}

/* What keeps files beside those that are open: registered with a ring, or named by a rule. */
static bool keeps_files(int dirfd, const char *path)
{
	static const char *const kinds[] = {"anon_inode:[io_uring]", "anon_inode:[landlock-ruleset]"};
	char target[64];
	const ssize_t n = readlinkat(dirfd, path, target, sizeof target - 1);

	target[n > 0 ? n : 0] = '\0';
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(target, kinds[i]) == 0)
			return true;
	return false;
}

static bool is_of_layer(const struct scan *scan, dev_t device)
{
	for (unsigned i = 0; i < scan->n_layers; i++)
		if (scan->layers[i] == device)
			return true;
	return false;
}

/* A layer shows the files below it by the same device, and they lose their names too: those are stored by others.
 * Nobody can set st_ctim, and it is that of the file itself (ovl_getattr). */
static bool is_stored_in_layer(const struct scan *scan, const struct stat *st)
{
	const struct timespec *made = &scan->how->layer_made;

	return is_of_layer(scan, st->st_dev) &&
	       (st->st_ctim.tv_sec > made->tv_sec ||
		       (st->st_ctim.tv_sec == made->tv_sec && st->st_ctim.tv_nsec >= made->tv_nsec));
}

static void count_file(struct scan *scan, int dirfd, const char *path, const struct stat *st)
{
	if (st->st_nlink == 0 && (is_stored_in_layer(scan, st) || usage_is_there(scan->usage, dirfd, path, st)) &&
		seen_is_new(&scan->seen, st->st_dev, st->st_ino)) {
		scan->usage->bytes += (uint64_t)st->st_blocks * USAGE_BLOCK;
		scan->usage->files++;
	}
}

/* A descriptor: its link in a directory of /proc, and where below /proc it is described. */
static void inspect_descriptor(struct scan *scan, int dirfd, const char *link, const char *fdinfo)
{
	struct stat st;

	if (fstatat(dirfd, link, &st, 0) < 0)
		return;
	if (scan->how->held && S_ISSOCK(st.st_mode))
		scan->usage->hidden |= carries_descriptors(scan->proc, fdinfo);
	else if (scan->how->held && (st.st_mode & S_IFMT) == 0)
		scan->usage->hidden |= keeps_files(dirfd, link);
	count_file(scan, dirfd, link, &st);
}

/* The number in the innermost of its PID namespaces, and how many these are from ours on: proc_pid_status(5). 0: it has
 * ended. */
static unsigned find_number(const struct scan *scan, pid_t pid, pid_t *number)
{
	char path[32], text[TEXT_MAX], *at, *end;
	unsigned namespaces = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "%d/status", pid);
	fd = openat(scan->proc, path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
	close_fd(&fd);
	text[n > 0 ? n : 0] = '\0';
	at = strstr(text, "\nNSpid:");
	if (at == NULL)
		return 0;
	at += strlen("\nNSpid:");
	for (; *at != '\n'; at = end, namespaces++) {
		const long read_number = strtol(at, &end, 10);

		if (end == at)
			break;
		*number = (pid_t)read_number;
	}
	return namespaces;
}

/* Who joins a PID namespace below the sandbox's can have PID 1 for a parent and the command's number too, but one more.
 */
static pid_t find_command(const struct scan *scan, const struct freeze_process *list, size_t n)
{
	const pid_t init = scan->how->init;
	pid_t number;
	const unsigned namespaces = find_number(scan, init, &number);

	for (size_t i = 0; i < n && namespaces > 1; i++)
		if (list[i].parent == init && find_number(scan, list[i].pid, &number) == namespaces &&
			number == COMMAND_PID)
			return list[i].pid;
	return 0;
}

/* Of a thread whose directory of descriptors is closed to us: it is not dumpable, and its user namespace has no root.
 */
static bool fetch_files(struct scan *scan, pid_t pid, pid_t thread)
{
	_cleanup_(close_fd) int pidfd =
		thread == pid ? pidfd_open(pid, 0) : (int)syscall(SYS_pidfd_open, thread, PIDFD_THREAD);
	char path[64], link[64], text[TEXT_MAX];
	const char *at;
	unsigned long size;
	ssize_t n;
	int fd;

	if (pidfd < 0)
		return errno == ESRCH;
	snprintf(path, sizeof path, "%d/task/%d/status", pid, thread);
	fd = openat(scan->proc, path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
	close_fd(&fd);
	if (n < 0)
		return errno == ENOENT || errno == ESRCH;
	text[n] = '\0';
	at = strstr(text, "\nFDSize:");
	size = at != NULL ? strtoul(at + strlen("\nFDSize:"), NULL, 10) : 0;
	for (unsigned long number = 0; number < size && next_item(scan); number++) {
		_cleanup_(close_fd) int file = pidfd_getfd(pidfd, (int)number, 0);

		if (file < 0 && errno == ESRCH)
			return true;
		if (file < 0 && errno != EBADF)
			return false;
		if (file < 0)
			continue;
		snprintf(link, sizeof link, "self/fd/%d", file);
		snprintf(path, sizeof path, "self/fdinfo/%d", file);
		inspect_descriptor(scan, scan->proc, link, path);
	}
	return true;
}

static bool read_files(struct scan *scan, pid_t pid, pid_t thread)
{
	_cleanup_(close_dir) DIR *dir = NULL;
	const struct dirent *entry;
	char path[64], fdinfo[320];
	int fd, more;

	snprintf(path, sizeof path, "%d/task/%d/fd", pid, thread);
	fd = openat(scan->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ESRCH || (errno == EACCES && fetch_files(scan, pid, thread));
	dir = fdopendir(fd);
	if (dir == NULL) {
		close_fd(&fd);
		return false;
	}
	while ((more = next_entry(dir, &entry)) > 0 && next_item(scan)) {
		snprintf(fdinfo, sizeof fdinfo, "%d/task/%d/fdinfo/%s", pid, thread, entry->d_name);
		inspect_descriptor(scan, fd, entry->d_name, fdinfo);
	}
	return more >= 0;
}

/* A line of /proc/PID/maps: "from-to rwxp offset major:minor inode   path". Only the inode tells which file it is, and
 * nobody but the host's root may open it. */
static bool is_mapped_only(const struct scan *scan, const char *line)
{
	static const char deleted[] = " (deleted)\n";
	const size_t len = strlen(line);
	unsigned major_number, minor_number;
	unsigned long long inode;
	dev_t device;

	if (len < sizeof deleted || strcmp(line + len - (sizeof deleted - 1), deleted) != 0 ||
		sscanf(line, "%*s %*s %*s %x:%x %llu", &major_number, &minor_number, &inode) != 3)
		return false;
	device = makedev(major_number, minor_number);
	/* Files of a btrfs show the device of the whole there, and that of their subvolume to stat(2). */
	if (!usage_knows(scan->usage, device) && !is_of_layer(scan, device))
		return scan->usage->btrfs && major_number == 0 && strstr(line, "/memfd:") == NULL;
	return !seen_has(&scan->seen, device, (ino_t)inode);
}

static void read_maps(struct scan *scan, pid_t pid, pid_t thread)
{
	_cleanup_(freep) char *line = NULL;
	size_t room = 0;
	char path[64];
	FILE *maps;
	int fd;

	snprintf(path, sizeof path, "%d/task/%d/maps", pid, thread);
	fd = openat(scan->proc, path, O_RDONLY | O_CLOEXEC);
	maps = fd >= 0 ? fdopen(fd, "re") : NULL;
	if (maps == NULL) {
		scan->usage->hidden |= fd >= 0 || (errno != ENOENT && errno != ESRCH && pid != scan->closed);
		close_fd(&fd);
		return;
	}
	while (getline(&line, &room, maps) > 0 && next_item(scan))
		scan->usage->hidden |= is_mapped_only(scan, line);
	fclose(maps);
}

typedef void each_thread(struct scan *scan, pid_t pid, pid_t thread);

static bool is_of(const struct scan *scan, const struct mountinfo *line)
{
	unsigned major_number, minor_number;

	if (strcmp(line->type, "btrfs") == 0)
		return scan->usage->btrfs;
	return sscanf(line->device, "%u:%u", &major_number, &minor_number) == 2 &&
	       usage_knows(scan->usage, makedev(major_number, minor_number));
}

static bool is_deleted(const char *root)
{
	static const char mark[] = "//deleted";
	const size_t len = strlen(root);

	return len >= sizeof mark - 1 && strcmp(root + len - (sizeof mark - 1), mark) == 0;
}

/* A bind mount of a file keeps it when its name is gone, in a mount namespace that the job has made. */
static bool has_deleted_mount(const struct scan *scan, pid_t pid, pid_t thread)
{
	_cleanup_(freep) char *path = format("%d/task/%d/mountinfo", pid, thread);
	_cleanup_(freep) char *text = NULL;
	struct mountinfo line;
	struct error err;
	size_t len;
	char *rest;

	if (path == NULL)
		return true;
	if (read_file_at(scan->proc, path, MOUNTINFO_MAX, &text, &len, &err) < 0)
		return err.errnum != ENOENT && err.errnum != ESRCH && err.errnum != EINVAL; /* it has ended */
	rest = text;
	while (mountinfo_next(&rest, &line))
		if (is_of(scan, &line) && is_deleted(line.root))
			return true;
	return false;
}

/* Only who makes the sandbox mounts overlays in it. Where they cannot be seen they may hold anything. */
static void find_layers(struct scan *scan)
{
	_cleanup_(freep) char *path = format("%d/mountinfo", scan->how->init);
	_cleanup_(freep) char *text = NULL;
	struct mountinfo line;
	struct error ignored;
	size_t len;
	char *rest;

	if (scan->how->layer_made.tv_sec == 0)
		return;
	if (path == NULL || read_file_at(scan->proc, path, MOUNTINFO_MAX, &text, &len, &ignored) < 0) {
		scan->usage->hidden = true;
		return;
	}
	rest = text;
	while (mountinfo_next(&rest, &line)) {
		unsigned major_number, minor_number;

		if (strcmp(line.type, "overlay") != 0 || strstr(line.super, "upperdir=") == NULL ||
			sscanf(line.device, "%u:%u", &major_number, &minor_number) != 2)
			continue;
		if (scan->n_layers < LAYERS_MAX)
			scan->layers[scan->n_layers++] = makedev(major_number, minor_number);
		else
			scan->usage->hidden = true;
	}
}

static void inspect_mounts(struct scan *scan, pid_t pid, pid_t thread)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "%d/task/%d/ns/mnt", pid, thread);
	if (fstatat(scan->proc, path, &st, 0) < 0 || st.st_ino == scan->mounts)
		return;
	scan->mounts = st.st_ino;
	scan->usage->hidden |= has_deleted_mount(scan, pid, thread);
}

static void hold_by_thread(struct scan *scan, pid_t pid, pid_t thread)
{
	static const char *const links[] = {"exe", "cwd", "root"};

	if (is_first(&scan->tables, KCMP_FILES, thread) && !read_files(scan, pid, thread) && pid != scan->closed)
		scan->usage->hidden = true;
	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
		char path[64];
		struct stat st;

		snprintf(path, sizeof path, "%d/task/%d/%s", pid, thread, links[i]);
		if (fstatat(scan->proc, path, &st, 0) == 0)
			count_file(scan, scan->proc, path, &st);
	}
	if (scan->how->held)
		inspect_mounts(scan, pid, thread);
}

/* After all descriptors: what somebody has open is counted already, also where it is mapped. */
static void hold_by_mapping(struct scan *scan, pid_t pid, pid_t thread)
{
	if (is_first(&scan->memories, KCMP_VM, thread))
		read_maps(scan, pid, thread);
}

/* The first thread may have ended before the others: a process is where its threads are. */
static void for_each_thread(struct scan *scan, const struct freeze_process *list, size_t n, each_thread *each)
{
	for (size_t i = 0; i < n; i++) {
		_cleanup_(close_dir) DIR *dir = NULL;
		const struct dirent *entry;
		char path[32];
		int fd, more = 0;

		snprintf(path, sizeof path, "%d/task", list[i].pid);
		fd = openat(scan->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		dir = fd >= 0 ? fdopendir(fd) : NULL;
		if (dir == NULL && fd >= 0)
			close_fd(&fd);
		while (dir != NULL && (more = next_entry(dir, &entry)) > 0) {
			if (!next_item(scan))
				return;
			each(scan, list[i].pid, (pid_t)strtol(entry->d_name, NULL, 10));
		}
		if (more < 0)
			usage_cannot(scan->usage, UNCOUNTED_ITEMS);
	}
}

bool nameless_count(const struct nameless *how, struct usage *usage)
{
	_cleanup_(free_scan) struct scan scan = {.how = how, .usage = usage, .proc = -1};
	_cleanup_(freep) struct freeze_process *list = NULL;
	size_t n;

	scan.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (scan.proc < 0 || !freeze_list(how->init, &list, &n)) {
		usage_cannot(usage, UNCOUNTED_ITEMS);
		return true;
	}
	if (how->closed_command)
		scan.closed = find_command(&scan, list, n);
	find_layers(&scan);
	for_each_thread(&scan, list, n, hold_by_thread);
	if (how->held)
		for_each_thread(&scan, list, n, hold_by_mapping);
	return !scan.turned_back;
}
