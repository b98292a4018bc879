#include "runner/common/prune.h"

#include "common/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct file {
	char name[256];
	struct timespec written;
	uint64_t size;
};

struct files {
	struct file *v;
	size_t n;
};

static void free_files(struct files *files)
{
	free(files->v);
}

static int newest_first(const void *a, const void *b)
{
	const struct timespec *x = &((const struct file *)a)->written;
	const struct timespec *y = &((const struct file *)b)->written;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec > y->tv_sec ? -1 : 1;
	return x->tv_nsec > y->tv_nsec ? -1 : x->tv_nsec < y->tv_nsec;
}

static void list(DIR *dir, struct files *files)
{
	const struct dirent *entry;

	while ((entry = readdir(dir)) != NULL) {
		struct file *grown;
		struct stat st;

		if (entry->d_name[0] == '.' || fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
			!S_ISREG(st.st_mode))
			continue;
		if ((files->n & (files->n - 1)) == 0) { /* grows at 0, 1, 2, 4, …: to twice the size */
			grown = reallocarray(files->v, files->n == 0 ? 1 : 2 * files->n, sizeof *grown);
			if (grown == NULL)
				return;
			files->v = grown;
		}
		snprintf(files->v[files->n].name, sizeof files->v[files->n].name, "%s", entry->d_name);
		files->v[files->n].written = st.st_mtim;
		files->v[files->n++].size = (uint64_t)st.st_size;
	}
}

void prune(int at, const char *path, size_t files, uint64_t bytes)
{
	_cleanup_(free_files) struct files all = {0};
	_cleanup_(close_fd) int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	_cleanup_(close_dir) DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	uint64_t sum = 0;

	if (dir == NULL)
		return;
	take_fd(&fd); /* the directory's now */
	list(dir, &all);
	if (all.n > 0)
		qsort(all.v, all.n, sizeof *all.v, newest_first);
	for (size_t i = 0; i < all.n; i++) {
		if (__builtin_add_overflow(sum, all.v[i].size, &sum))
			sum = UINT64_MAX;
		if (i > 0 && (i >= files || sum > bytes))
			unlinkat(dirfd(dir), all.v[i].name, 0);
	}
}
