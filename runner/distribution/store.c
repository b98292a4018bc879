#include "runner/distribution/store.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/log.h"
#include "runner/state/state.h"
#include "sandbox/files/remove_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEW ".new"
#define NEW_LINK ".link"
#define DOWNLOAD ".download-"
#define LOCK_POLL_NS (NS_PER_S / 10)
#define REMOVE_LIMIT_NS (120 * NS_PER_S)

int store_open(struct store *store, const char *dir, struct error *err)
{
	struct stat st;

	*store = (struct store){.dirfd = -1, .lockfd = -1};
	if (make_directories(AT_FDCWD, dir, err) < 0)
		return -1;
	store->dir = realpath(dir, NULL);
	store->dirfd = store->dir != NULL ? open(store->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (store->dirfd < 0 || fstat(store->dirfd, &st) < 0)
		return error_set(err, errno, "%s", dir);
	if (st.st_uid != geteuid())
		return error_set(err, 0, "%s: owned by another user", store->dir);
	if ((st.st_mode & 022) == 0)
		return 0;
	error_set(err, 0, "%s: writable by other users", store->dir);
	return error_hint(err, "chmod go-w %s", store->dir);
}

void store_close(struct store *store)
{
	close_fd(&store->lockfd);
	close_fd(&store->dirfd);
	free(store->dir);
	store->dir = NULL;
}

int store_lock(struct store *store, struct stop *stop, int64_t limit_ns, struct error *err)
{
	const int64_t end = clock_monotonic_ns() + limit_ns;
	_cleanup_(close_fd) int fd = openat(store->dirfd, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	bool said = false;

	if (fd < 0)
		return error_set(err, errno, "%s/lock", store->dir);
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return error_set(err, errno, "%s/lock", store->dir);
		if (!said)
			log_line("%s: waiting for another fetch", store->dir);
		said = true;
		if (stop_sleep(stop, LOCK_POLL_NS))
			return error_set(err, EINTR, "%s/lock", store->dir);
		if (clock_monotonic_ns() > end)
			return error_late(err, "%s/lock: held by another fetch for too long", store->dir);
	}
	store->lockfd = take_fd(&fd);
	return 0;
}

bool store_has(const struct store *store, const char *version)
{
	struct stat st;

	return fstatat(store->dirfd, version, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

bool store_link(const struct store *store, const char *name, char version[VERSION_SIZE])
{
	const ssize_t n = readlinkat(store->dirfd, name, version, VERSION_SIZE);

	if (n < 0 || n >= VERSION_SIZE)
		return false;
	version[n] = '\0';
	return version_is_valid(version) && store_has(store, version);
}

static void remove_logged(const struct store *store, const char *name)
{
	struct error err;

	if (remove_tree(store->dirfd, name, clock_monotonic_ns() + REMOVE_LIMIT_NS, &err) < 0) {
		error_context(&err, "%s", store->dir);
		log_error(&err);
	}
}

/* Calls `each` for every name in the directory that is to go. */
static void for_each(const struct store *store,
	void (*each)(const struct store *store, const char *name, const char *arg), const char *arg)
{
	const int fd = openat(store->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (dir == NULL && fd >= 0)
		close(fd);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		each(store, entry->d_name, arg);
}

static void clean_one(const struct store *store, const char *name, const char *sha256)
{
	const size_t len = strlen(DOWNLOAD);
	const bool is_download = strncmp(name, DOWNLOAD, len) == 0;

	if (strcmp(name, NEW) == 0 || strcmp(name, NEW_LINK) == 0 ||
		(is_download && (sha256 == NULL || strcmp(name + len, sha256) != 0)))
		remove_logged(store, name);
}

void store_clean(const struct store *store, const char *sha256)
{
	for_each(store, clean_one, sha256);
}

int store_open_download(const struct store *store, const char *sha256, struct error *err)
{
	_cleanup_(freep) char *name = format(DOWNLOAD "%s", sha256);
	const int fd = name != NULL ? openat(store->dirfd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;

	return fd >= 0 ? fd : error_set(err, errno, "%s/" DOWNLOAD "%s", store->dir, sha256);
}

void store_remove_download(const struct store *store, const char *sha256)
{
	_cleanup_(freep) char *name = format(DOWNLOAD "%s", sha256);

	if (name != NULL)
		unlinkat(store->dirfd, name, 0);
}

int store_begin(const struct store *store, struct error *err)
{
	int fd;

	if (remove_tree(store->dirfd, NEW, clock_monotonic_ns() + REMOVE_LIMIT_NS, err) < 0)
		return error_context(err, "%s", store->dir);
	if (mkdirat(store->dirfd, NEW, 0755) < 0 || fchmodat(store->dirfd, NEW, 0755, 0) < 0)
		return error_set(err, errno, "%s/" NEW, store->dir);
	fd = openat(store->dirfd, NEW, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : error_set(err, errno, "%s/" NEW, store->dir);
}

static int check_program(const struct store *store, const char *program, struct error *err)
{
	struct stat st;

	if (fstatat(store->dirfd, program, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
		(st.st_mode & 0111) != 0)
		return 0;
	return error_set(err, 0, "not a distribution of the official runner: no program %s", program + strlen(NEW "/"));
}

int store_commit(const struct store *store, const char *version, struct error *err)
{
	if (check_program(store, NEW "/bin/Runner.Listener", err) < 0 ||
		check_program(store, NEW "/bin/Runner.Worker", err) < 0)
		return -1;
	/* All of it before its name: a power cut leaves the whole version or none. */
	if (syncfs(store->dirfd) < 0)
		return error_set(err, errno, "%s: sync", store->dir);
	/* Replaces nothing but an empty directory. NFS and others have no RENAME_NOREPLACE. */
	if (renameat(store->dirfd, NEW, store->dirfd, version) < 0 || fsync(store->dirfd) < 0)
		return error_set(err, errno, "%s/%s", store->dir, version);
	return 0;
}

static int set_link(const struct store *store, const char *name, const char *version, struct error *err)
{
	unlinkat(store->dirfd, NEW_LINK, 0);
	if (symlinkat(version, store->dirfd, NEW_LINK) < 0 ||
		renameat(store->dirfd, NEW_LINK, store->dirfd, name) < 0 || fsync(store->dirfd) < 0)
		return error_set(err, errno, "%s/%s", store->dir, name);
	return 0;
}

int store_switch(const struct store *store, const char *version, struct error *err)
{
	char now[VERSION_SIZE];

	if (store_link(store, "current", now)) {
		if (strcmp(now, version) == 0)
			return 0;
		if (set_link(store, "previous", now, err) < 0)
			return -1;
	}
	return set_link(store, "current", version, err);
}

/* A descriptor that keeps others from using it, or -1: a supervisor that uses it has a shared lock. */
static int lock_unused(const struct store *store, const char *version)
{
	_cleanup_(close_fd) int fd = openat(store->dirfd, version, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 ? take_fd(&fd) : -1;
}

static void prune_one(const struct store *store, const char *name, const char *arg)
{
	_cleanup_(close_fd) int unused = -1; /* until it has lost its name */
	char kept[VERSION_SIZE];

	(void)arg;
	if (!version_is_valid(name) || (store_link(store, "current", kept) && strcmp(kept, name) == 0) ||
		(store_link(store, "previous", kept) && strcmp(kept, name) == 0))
		return;
	unused = lock_unused(store, name);
	/* By another name first: what is half removed is no version. */
	if (unused < 0 || renameat(store->dirfd, name, store->dirfd, NEW) < 0)
		return;
	close_fd(&unused);
	remove_logged(store, NEW);
	log_line("distribution %s: removed: no longer used", name);
}

void store_prune(const struct store *store)
{
	for_each(store, prune_one, NULL);
}

void store_note_check(const struct store *store)
{
	_cleanup_(close_fd) int fd =
		openat(store->dirfd, "checked", O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd >= 0)
		futimens(fd, NULL);
}

time_t store_checked(const struct store *store)
{
	struct stat st;

	return fstatat(store->dirfd, "checked", &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_mtim.tv_sec : 0;
}
