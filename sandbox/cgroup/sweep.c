/* A launcher that was killed leaves its leaf behind, empty: its processes died with it. The next one removes it. */
#include "sandbox/cgroup/cgroup.h"

#include "common/cleanup.h"
#include "common/io.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The lock is the launcher's for as long as it lives, whatever its number. A leaf with processes in it, which die a
 * moment after their launcher, cannot be removed at all. */
static void sweep_leaf(int parent, const char *name)
{
	_cleanup_(close_fd) int leaf = openat(parent, name, O_DIRECTORY | O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (leaf < 0 || fstat(leaf, &st) < 0 || st.st_uid != geteuid() || flock(leaf, LOCK_EX | LOCK_NB) < 0)
		return;
	unlinkat(parent, name, AT_REMOVEDIR);
}

void cgroup_sweep(const char *parent)
{
	_cleanup_(close_dir) DIR *dir = opendir(parent);
	const struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, CGROUP_LEAF_PREFIX, strlen(CGROUP_LEAF_PREFIX)) == 0)
			sweep_leaf(dirfd(dir), entry->d_name);
}
