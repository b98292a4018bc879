#include "sandbox/root/layer_dir.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "common/path.h"
#include "sandbox/files/lookup.h"
#include "sandbox/files/remove_tree.h"
#include "sandbox/files/whereabouts.h"
#include "sandbox/identity/fork.h"
#include "sandbox/identity/idmap_remove.h"
#include "sandbox/process/file_limit.h"
#include "sandbox/process/wait.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/vfs.h>
#include <unistd.h>

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define SWEEP_LIMIT_NS (5 * NS_PER_S)
#define REMOVE_LIMIT_NS (60 * NS_PER_S)
#define LATE_NS (5 * NS_PER_S) /* it keeps the time itself, unless a file system does not answer */
#define TRIES 100              /* whoever sweeps may take a directory that is not locked yet */
#define SUFFIX ".layer"
#define ELSEWHERE "set COFFERDAM_LAYERS to a directory on ext4, xfs or btrfs"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC 0x58465342
#endif

/* Those that a layer can lie on, and those that people try. */
static const struct {
	uint64_t magic;
	const char *name;
	bool fits;
} types[] = {
	{EXT4_SUPER_MAGIC, "ext4", true},
	{XFS_SUPER_MAGIC, "xfs", true},
	{BTRFS_SUPER_MAGIC, "btrfs", true},
	{TMPFS_MAGIC, "tmpfs", false},
	{RAMFS_MAGIC, "ramfs", false},
	{OVERLAYFS_SUPER_MAGIC, "overlay", false},
	{NFS_SUPER_MAGIC, "NFS", false},
	{FUSE_SUPER_MAGIC, "FUSE", false},
	{0x517b, "SMB", false},
	{SMB2_SUPER_MAGIC, "SMB", false},
	{CIFS_SUPER_MAGIC, "SMB", false},
	{V9FS_MAGIC, "9p", false},
	{CEPH_SUPER_MAGIC, "Ceph", false},
	{0x2fc12fc1, "ZFS", false},
	{F2FS_SUPER_MAGIC, "f2fs", false},
	{ECRYPTFS_SUPER_MAGIC, "eCryptfs", false},
	{MSDOS_SUPER_MAGIC, "FAT", false},
};

static int check_type(int fd, const char *path, struct error *err)
{
	struct statfs fs;
	char number[32];
	const char *name = number;

	if (fstatfs(fd, &fs) < 0)
		return error_set(err, errno, "layer disk: %s", path);
	snprintf(number, sizeof number, "file system 0x%llx", (unsigned long long)fs.f_type);
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
		if (types[i].magic != (uint64_t)fs.f_type)
			continue;
		if (types[i].fits)
			return 0;
		name = types[i].name;
	}
	error_set(err, 0, "layer disk: %s: lies on %s", path, name);
	return error_hint(err, ELSEWHERE ", or use --layer memory");
}

/* The directory of all layers, with those that lead there. No link on the way is followed: an earlier job may have left
 * it. */
static int make_base(const char *path, struct error *err)
{
	_cleanup_(close_fd) int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char name[NAME_MAX + 1];

	for (const char *rest = path + 1; at >= 0 && *rest != '\0'; rest += strspn(rest, "/")) {
		const size_t len = strcspn(rest, "/");
		const int how = rest[len] == '\0' ? OPEN_DIRECTORY : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
		int next = -1;

		errno = ENAMETOOLONG;
		if (len <= NAME_MAX) {
			memcpy(name, rest, len);
			name[len] = '\0';
			next = openat(at, name, how);
			if (next < 0 && errno == ENOENT && (mkdirat(at, name, 0700) == 0 || errno == EEXIST))
				next = openat(at, name, how);
		}
		close_fd(&at);
		at = next;
		rest += len;
	}
	if (at >= 0)
		return take_fd(&at);
	error_set(err, errno, "layer disk: %s", path);
	return err->errnum == ELOOP || err->errnum == ENOTDIR
		       ? error_hint(err,
				 "expected directories all the way, and no symbolic link: set COFFERDAM_LAYERS to another path")
		       : error_hint(err, ELSEWHERE);
}

/* By a name that shows it in one of the job's mounts it is covered there; by another name, as a bind mount of the
 * host's gives, it cannot be. */
static int check_whereabouts(const struct plan_root *root, struct error *err)
{
	_cleanup_(freep) struct plan_mount *others = calloc(root->n_mounts + 1, sizeof *others);
	_cleanup_(freep) char *inside = format("%s/layer", root->layers);
	_cleanup_(close_fd) int above = -1;
	struct plan_root rest = *root;

	if (others == NULL || inside == NULL)
		return error_set(err, ENOMEM, "layer disk");
	rest.mounts = others;
	rest.n_mounts = 0;
	for (size_t i = 0; i < root->n_mounts; i++)
		if (root->mounts[i].source == NULL || !path_is_within(root->layers, root->mounts[i].source))
			others[rest.n_mounts++] = root->mounts[i];
	above = whereabouts_open(&rest, "layer disk", inside, err);
	return above < 0 ? error_hint(err, "set COFFERDAM_LAYERS to a directory elsewhere") : 0;
}

static int open_base(const struct plan_root *root, struct error *err)
{
	_cleanup_(close_fd) int base = make_base(root->layers, err);
	struct stat st;

	if (base < 0)
		return -1;
	if (fstat(base, &st) < 0)
		return error_set(err, errno, "layer disk: %s", root->layers);
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0) {
		error_set(err, 0, "layer disk: %s: must be the caller's, with mode 0700", root->layers);
		return error_hint(err, "chmod 700, or set COFFERDAM_LAYERS to another directory");
	}
	if (check_type(base, root->layers, err) < 0 || check_whereabouts(root, err) < 0)
		return -1;
	return take_fd(&base);
}

/* Whether make_one() gives such names: what else lies there is somebody else's. */
static bool is_layer(const char *name)
{
	const size_t len = strlen(name), end = strlen(SUFFIX), random = 9; /* a '.' and the number */

	return len > random + end && strcmp(name + len - end, SUFFIX) == 0 && name[len - end - random] == '.' &&
	       strspn(name + len - end - random + 1, "0123456789abcdef") == random - 1;
}

/* What nobody holds. It takes what a launcher is about to lock: that one sees so, and makes another. */
static void sweep(int base)
{
	const int64_t deadline_ns = clock_monotonic_ns() + SWEEP_LIMIT_NS;
	int copy = openat(base, ".", OPEN_DIRECTORY);
	_cleanup_(close_dir) DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;
	struct error ignored; /* the next one tries again */

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		_cleanup_(close_fd) int fd = -1;

		if (!is_layer(entry->d_name))
			continue;
		fd = openat(base, entry->d_name, OPEN_DIRECTORY);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			(void)remove_tree_of_job(base, entry->d_name, deadline_ns, &ignored);
	}
}

/* 1: made and locked; 0: another has taken it. */
static int make_one(const char *id, struct layer_dir *layer, const char *where, struct error *err)
{
	_cleanup_(freep) char *path = NULL;
	unsigned random;
	struct stat st = {.st_nlink = 1};

	if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
		return error_set(err, errno, "getrandom");
	path = id != NULL ? format("%s/%s.%08x" SUFFIX, where, id, random)
			  : format("%s/run-%d.%08x" SUFFIX, where, getpid(), random);
	if (path == NULL)
		return error_set(err, ENOMEM, "layer disk");
	if (mkdirat(layer->base, strrchr(path, '/') + 1, 0700) < 0)
		return errno == EEXIST ? 0 : error_set(err, errno, "layer disk: %s", path);
	layer->fd = openat(layer->base, strrchr(path, '/') + 1, OPEN_DIRECTORY);
	if (layer->fd < 0 || flock(layer->fd, LOCK_EX | LOCK_NB) < 0 || fstat(layer->fd, &st) < 0 || st.st_nlink == 0) {
		const bool taken = layer->fd < 0 ? errno == ENOENT : errno == EWOULDBLOCK || st.st_nlink == 0;

		close_fd(&layer->fd);
		return taken ? 0 : error_set(err, errno, "layer disk: %s", path);
	}
	layer->dev = st.st_dev;
	layer->ino = st.st_ino;
	layer->made = st.st_ctim;
	layer->path = take_ptr(path);
	return 1;
}

static int make(const struct plan_root *root, const char *id, struct layer_dir *layer, struct error *err)
{
	int made = 0;

	layer->base = open_base(root, err);
	if (layer->base < 0)
		return -1;
	sweep(layer->base);
	for (unsigned try = 0; made == 0 && try < TRIES; try++)
		made = make_one(id, layer, root->layers, err);
	return made == 0 ? error_set(err, 0, "layer disk: %s: other launches take every new directory", root->layers)
			 : made;
}

/* The modes are meant. */
int layer_dir_make(const struct plan_root *root, const char *id, struct layer_dir *layer, struct error *err)
{
	const mode_t mask = umask(0);
	sigset_t before;
	int result;

	file_limit_begin(&before);
	result = make(root, id, layer, err);
	file_limit_end(&before);
	umask(mask);
	return result < 0 ? -1 : 0;
}

int layer_dir_check(const struct plan_root *root, struct error *err)
{
	_cleanup_(close_fd) int base = open_base(root, err);

	return base < 0 ? -1 : 0;
}

int layer_dir_open(const struct layer_dir *layer, struct error *err)
{
	_cleanup_(close_fd) int fd = lookup_open(AT_FDCWD, layer->path, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set(err, errno, "layer disk: %s", layer->path);
	if (st.st_dev != layer->dev || st.st_ino != layer->ino)
		return error_set(err, 0, "layer disk: %s: is another directory now", layer->path);
	return take_fd(&fd);
}

static const char *name_of(const struct layer_dir *layer)
{
	return strrchr(layer->path, '/') + 1;
}

/* What the process that removes says. */
struct verdict {
	bool left;
	struct error why;
};

static _Noreturn void remove_and_tell(const struct layer_dir *layer, int pipe)
{
	struct verdict verdict = {.left = false};

	verdict.left =
		remove_tree(layer->base, name_of(layer), clock_monotonic_ns() + REMOVE_LIMIT_NS, &verdict.why) < 0;
	_exit(write_all(pipe, &verdict, sizeof verdict) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

static int remove_in_userns(const struct layer_dir *layer, int userns, const struct cgroup *helpers, int64_t grace_ns,
	struct verdict *verdict, struct error *err)
{
	_cleanup_(close_fd) int ours = -1, theirs = -1;
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, errno, "pipe");
	ours = pair[0];
	theirs = pair[1];
	pid = fork_in_userns(userns, helpers, err);
	if (pid == 0)
		remove_and_tell(layer, theirs);
	if (pid < 0)
		return -1;
	close_fd(&theirs);
	return wait_for_word(pid, ours, verdict, sizeof *verdict, REMOVE_LIMIT_NS + LATE_NS, grace_ns, err);
}

void layer_dir_remove(
	struct layer_dir *layer, int userns, const struct cgroup *helpers, int64_t grace_ns, struct outcome *outcome)
{
	struct verdict verdict;
	struct error err;

	if (layer->fd < 0 || userns < 0)
		return;
	if (remove_in_userns(layer, userns, helpers, grace_ns, &verdict, &err) < 0)
		outcome_add_residue(outcome, format("layer %s: %s", layer->path, err.text));
	else if (verdict.left)
		outcome_add_residue(outcome, format("layer %s: %s", layer->path, verdict.why.text));
	close_fd(&layer->fd);
}

void layer_dir_close(struct layer_dir *layer)
{
	struct error ignored; /* a later launch removes it */

	if (layer->fd >= 0)
		(void)remove_tree_of_job(layer->base, name_of(layer), clock_monotonic_ns() + SWEEP_LIMIT_NS, &ignored);
	close_fd(&layer->fd);
	close_fd(&layer->base);
	freep(&layer->path);
}
