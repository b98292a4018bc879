#include "sandbox/root/mirror_store.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "common/path.h"
#include "sandbox/files/lookup.h"
#include "sandbox/files/remove_tree.h"
#include "sandbox/files/whereabouts.h"
#include "sandbox/process/file_limit.h"
#include "sandbox/root/mirror.h"
#include "sandbox/root/mirror_list.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define BEING_MADE ".new"
#define FAILED ".failed" /* behind the name of a row: an empty file of the time when it could not be made */
#define RETRY_SECONDS 600
#define FREE_FILES_LEAST 131072
#define FREE_BYTES_LEAST ((uint64_t)64 << 20)

/* "/var/lib/dpkg": "+var+lib+dpkg". The rows are a few constant paths (policy/resolve/root.c). */
static bool row_name(const struct plan_mount *mount, char name[NAME_MAX])
{
	const size_t len = strlen(mount->source);

	if (len + sizeof FAILED > NAME_MAX)
		return false;
	for (size_t i = 0; i <= len; i++)
		name[i] = mount->source[i] == '/' ? '+' : mount->source[i];
	return true;
}

/* Whether the directory and what a mount shows may contain each other: by name, which has no symbolic link at this
 * time. */
static bool is_apart(const struct plan_mount *mount, const char *dir)
{
	switch (mount->kind) {
	case PLAN_MOUNT_BIND:
		return !mount->writable || !path_is_within(mount->source, dir);
	case PLAN_MOUNT_LAYER:
		return !path_is_within(dir, mount->source);
	case PLAN_MOUNT_TMPFS:
	case PLAN_MOUNT_HIDE:
		break;
	}
	return true;
}

/* The user's alone, where no job of this root can write, and with room; else not used. */
static int open_own(const struct plan_root *root)
{
	_cleanup_(close_fd) int checked = -1, above = -1, fd = -1;
	_cleanup_(freep) char *parent = path_directory(root->mirrors);
	const char *name = strrchr(root->mirrors, '/') + 1;
	struct error ignored; /* then each layer has a mirror of its own */
	struct statvfs fs;
	struct stat st;

	for (size_t i = 0; i < root->n_mounts; i++)
		if (!is_apart(&root->mounts[i], root->mirrors))
			return -1;
	checked = whereabouts_open(root, "root", root->mirrors, &ignored);
	/* A link on the way may be one that an earlier job left. */
	above = checked >= 0 && parent != NULL
			? lookup_open(AT_FDCWD, parent, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS)
			: -1;
	if (above < 0 || (mkdirat(above, name, 0700) < 0 && errno != EEXIST))
		return -1;
	fd = openat(above, name, OPEN_DIRECTORY);
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return -1;
	/* The caller's session lives there too. */
	if (fstatvfs(fd, &fs) < 0 || (fs.f_files > 0 && fs.f_favail < FREE_FILES_LEAST) ||
		(uint64_t)fs.f_bavail * fs.f_frsize < FREE_BYTES_LEAST)
		return -1;
	return take_fd(&fd);
}

/* 0: none. */
static unsigned long newest(int store)
{
	int copy = openat(store, ".", OPEN_DIRECTORY);
	_cleanup_(close_dir) DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;
	unsigned long max = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		char *end;
		unsigned long n = strtoul(entry->d_name, &end, 10);

		if (*end == '\0' && n > max)
			max = n;
	}
	return max;
}

/* Opens a generation and holds it, unless it is being removed. */
static int hold(int store, unsigned long generation)
{
	_cleanup_(close_fd) int fd = -1;
	struct stat st;
	char name[32];

	snprintf(name, sizeof name, "%lu", generation);
	fd = openat(store, name, OPEN_DIRECTORY);
	if (fd < 0 || flock(fd, LOCK_SH | LOCK_NB) < 0 || fstat(fd, &st) < 0 || st.st_nlink == 0)
		return -1;
	return take_fd(&fd);
}

static int open_source(const struct plan_mount *mount)
{
	/* A link at the top is shown as a link: mounts.c. */
	return lookup_open(
		AT_FDCWD, mount->source, O_PATH | O_DIRECTORY | O_NOFOLLOW, mount->nofollow ? RESOLVE_NO_SYMLINKS : 0);
}

/* What a generation lacks of the layers of a root. */
struct survey {
	bool stale;   /* a row is not what the host has */
	bool missing; /* a row, which can be made */
	bool lacking; /* a row, whether it can be made or not */
};

static bool row_exists(int generation, const char *name)
{
	return faccessat(generation, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What cannot be made, for want of room or because of what the host's directory holds, would cost every launch a try.
 */
static bool has_failed(int generation, const char *name)
{
	char failed[NAME_MAX + sizeof FAILED];
	const time_t now = time(NULL);
	struct stat st;

	snprintf(failed, sizeof failed, "%s%s", name, FAILED);
	return fstatat(generation, failed, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime <= now &&
	       now - st.st_mtime < RETRY_SECONDS;
}

static void set_failed(int generation, const char *name)
{
	char failed[NAME_MAX + sizeof FAILED];
	_cleanup_(close_fd) int fd = -1;

	snprintf(failed, sizeof failed, "%s%s", name, FAILED);
	fd = openat(generation, failed, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)futimens(fd, NULL);
}

static void survey_row(int generation, const struct plan_mount *mount, struct survey *survey)
{
	_cleanup_(close_fd) int row = -1, source = open_source(mount);
	char name[NAME_MAX];
	bool named;

	named = row_name(mount, name);
	row = named ? openat(generation, name, OPEN_DIRECTORY) : -1;
	survey->lacking |= row < 0 && source >= 0;
	if (row < 0)
		survey->missing |= named && source >= 0 && !has_failed(generation, name);
	else
		survey->stale |= source < 0 || !mirror_list_holds(row, source);
}

static struct survey survey_all(int generation, const struct plan_root *root)
{
	struct survey survey = {0};

	for (size_t i = 0; i < root->n_mounts && !survey.stale; i++)
		if (root->mounts[i].kind == PLAN_MOUNT_LAYER)
			survey_row(generation, &root->mounts[i], &survey);
	return survey;
}

static int fill_row(int row, int source, const struct plan_mount *mount)
{
	_cleanup_(close_fd) int tree = -1;
	struct mirror_list list;
	struct stat st;
	struct error ignored; /* then the layer has a mirror of its own, which says what is wrong */
	int result;

	if (fstat(source, &st) < 0 || mkdirat(row, "tree", 0700) < 0)
		return -1;
	tree = openat(row, "tree", OPEN_DIRECTORY);
	if (tree < 0 || mirror_list_begin(&list, row, mount->copy, &ignored) < 0)
		return -1;
	list.observer.note(&list.observer, ".", &st);
	result = mirror_tree(source, tree, mount->source, mount->copy, &list.observer, &ignored);
	return mirror_list_end(&list) < 0 || fchmod(tree, MIRROR_MODE(st.st_mode)) < 0 ? -1 : result;
}

/* Under a name of its own until it is complete: whoever is killed meanwhile leaves no row. */
static void make_row(int generation, const struct plan_mount *mount)
{
	_cleanup_(close_fd) int source = open_source(mount), row = -1;
	char name[NAME_MAX], making[NAME_MAX + sizeof BEING_MADE];
	struct error ignored;

	if (source < 0 || !row_name(mount, name) || row_exists(generation, name))
		return;
	snprintf(making, sizeof making, "%s%s", name, BEING_MADE);
	if (remove_tree(generation, making, INT64_MAX, &ignored) < 0 || mkdirat(generation, making, 0700) < 0)
		return;
	row = openat(generation, making, OPEN_DIRECTORY);
	if (row >= 0 && fill_row(row, source, mount) == 0 && renameat(generation, making, generation, name) == 0)
		return;
	(void)remove_tree(generation, making, INT64_MAX, &ignored);
	set_failed(generation, name);
}

static void remove_unused(int store, unsigned long before)
{
	int copy = openat(store, ".", OPEN_DIRECTORY);
	_cleanup_(close_dir) DIR *dir = copy >= 0 ? fdopendir(copy) : NULL;
	const struct dirent *entry;
	struct error ignored; /* the next one tries again */

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		_cleanup_(close_fd) int fd = -1;
		char *end;
		unsigned long n = strtoul(entry->d_name, &end, 10);

		if (*end != '\0' || n == 0 || n >= before)
			continue;
		fd = openat(store, entry->d_name, OPEN_DIRECTORY);
		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			(void)remove_tree(store, entry->d_name, INT64_MAX, &ignored);
	}
}

/* Holds a new, empty generation; and only then are others removed, so that none that is half gone is ever the newest.
 */
static int begin(int store, unsigned long generation)
{
	_cleanup_(close_fd) int held = -1;
	char name[32];

	snprintf(name, sizeof name, "%lu", generation);
	held = mkdirat(store, name, 0700) == 0 ? hold(store, generation) : -1;
	if (held >= 0)
		remove_unused(store, generation);
	return take_fd(&held);
}

static void make_missing(int generation, const struct plan_root *root)
{
	for (size_t i = 0; i < root->n_mounts; i++)
		if (root->mounts[i].kind == PLAN_MOUNT_LAYER)
			make_row(generation, &root->mounts[i]);
}

static void find(const struct plan_root *root, struct mirror_store *store)
{
	_cleanup_(close_fd) int fd = -1, held = -1;
	struct survey survey = {.stale = true};
	unsigned long generation;

	fd = open_own(root);
	if (fd < 0)
		return;
	generation = newest(fd);
	held = generation > 0 ? hold(fd, generation) : -1;
	if (held >= 0)
		survey = survey_all(held, root);
	if ((survey.stale || survey.missing) && flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (survey.stale)
			return;
		survey.missing = false;
	}
	if (survey.stale) {
		close_fd(&held);
		generation = newest(fd) + 1;
		held = begin(fd, generation);
		if (held < 0)
			return;
	}
	if (survey.stale || survey.missing)
		make_missing(held, root);
	store->path = format("%s/%lu", root->mirrors, generation);
	store->complete = store->path != NULL && !survey.stale && !survey.lacking;
	if (store->path != NULL)
		store->lock = take_fd(&held);
}

/* The modes are meant: with an umask that takes our own rights nobody could use or remove what is made. */
void mirror_store_open(const struct plan_root *root, struct mirror_store *store)
{
	sigset_t before;
	mode_t mask;

	*store = MIRROR_STORE_NONE;
	if (!root->shares_mirrors)
		return;
	mask = umask(0);
	file_limit_begin(&before);
	find(root, store);
	file_limit_end(&before);
	umask(mask);
}

void mirror_store_close(struct mirror_store *store)
{
	close_fd(&store->lock);
	freep(&store->path);
}

int mirror_store_open_row(const char *path, const struct plan_mount *mount)
{
	_cleanup_(freep) char *tree = NULL;
	char name[NAME_MAX];

	if (path == NULL || !row_name(mount, name))
		return -1;
	tree = format("%s/%s/tree", path, name);
	return tree != NULL ? lookup_open(AT_FDCWD, tree, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS) : -1;
}
