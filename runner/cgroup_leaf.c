#include "runner/cgroup_leaf.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "runner/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PROC_TEXT_MAX ((size_t)16 << 20)
#define LIMIT_NS (INT64_C(5) * 1000000000)
#define LOOK_NS 20000000L

/* The line of `text` that has `mark` in it, cut out in place. */
static char *line_with(char *text, const char *mark)
{
	char *at = strstr(text, mark), *start = at;

	if (at == NULL)
		return NULL;
	while (start > text && start[-1] != '\n')
		start--;
	start[strcspn(start, "\n")] = '\0';
	return start;
}

/* The directory of our own cgroup, or NULL: there is no cgroup v2, or not where we can see it. */
static char *own_directory(void)
{
	_cleanup_(freep) char *cgroups = NULL;
	_cleanup_(freep) char *mounts = NULL;
	char *own, *mount, root[4097], point[4097];
	struct error ignored;
	size_t len;

	if (read_file_at(AT_FDCWD, "/proc/self/cgroup", PROC_TEXT_MAX, &cgroups, &len, &ignored) < 0 ||
		read_file_at(AT_FDCWD, "/proc/self/mountinfo", PROC_TEXT_MAX, &mounts, &len, &ignored) < 0)
		return NULL;
	own = line_with(cgroups, "0::/");
	mount = line_with(mounts, " - cgroup2 ");
	if (own == NULL || mount == NULL || sscanf(mount, "%*s %*s %*s %4096s %4096s", root, point) != 2)
		return NULL;
	own += strlen("0::");
	len = strcmp(root, "/") == 0 ? 0 : strlen(root);
	if (strncmp(own, root, len) != 0)
		return NULL;
	return format("%s%s", point, strcmp(own + len, "/") == 0 ? "" : own + len);
}

static void remove_leaf(const char *path, json_t *residue)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct timespec moment = {.tv_nsec = LOOK_NS};
	int64_t limit = monotonic_ns() + LIMIT_NS;

	if (fd < 0)
		return;
	write_file_at(fd, "cgroup.kill", "1"); /* if that fails, so does the removal, and that is told */
	while (rmdir(path) < 0 && errno != ENOENT) {
		if (errno != EBUSY || monotonic_ns() > limit) {
			json_array_append_new(residue, json_sprintf("cgroup %s: %s", path, strerror(errno)));
			return;
		}
		nanosleep(&moment, NULL);
	}
}

void cgroup_leaf_remove(const char *id, json_t *residue)
{
	_cleanup_(freep) char *own = own_directory();
	_cleanup_(freep) char *below = NULL;
	_cleanup_(freep) char *beside = NULL;
	char *slash;

	if (own == NULL)
		return;
	below = format("%s/cofferdam-%s", own, id);
	slash = strrchr(own, '/');
	if (slash != NULL)
		*slash = '\0';
	beside = format("%s/cofferdam-%s", own, id);
	if (below != NULL)
		remove_leaf(below, residue);
	if (beside != NULL)
		remove_leaf(beside, residue);
}
