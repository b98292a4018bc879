#include "runner/state/cgroup_leaf.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/stop.h"
#include "sandbox/cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LIMIT_NS (INT64_C(5) * 1000000000)
#define POLL_NS 20000000L

static void remove_leaf(const char *path, json_t *residue)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct timespec moment = {.tv_nsec = POLL_NS};
	int64_t limit = clock_monotonic_ns() + LIMIT_NS;

	if (fd < 0) {
		if (errno != ENOENT)
			json_array_append_new(residue, json_sprintf("cgroup %s: %s", path, strerror(errno)));
		return;
	}
	write_file_at(fd, "cgroup.kill", "1"); /* if that fails, so does the removal, and that is reported */
	while (rmdir(path) < 0 && errno != ENOENT) {
		if (errno != EBUSY || clock_monotonic_ns() > limit) {
			json_array_append_new(residue, json_sprintf("cgroup %s: %s", path, strerror(errno)));
			return;
		}
		nanosleep(&moment, NULL);
	}
}

static void remove_leaves(const char *parent, const char *id, json_t *residue)
{
	_cleanup_(freep) char *leaf = cgroup_leaf_path(parent, id);
	_cleanup_(freep) char *helpers = cgroup_helpers_path(parent, id);

	if (leaf != NULL)
		remove_leaf(leaf, residue);
	if (helpers != NULL)
		remove_leaf(helpers, residue);
}

void cgroup_leaf_remove(const char *id, json_t *residue)
{
	_cleanup_(freep) char *parent = NULL;
	struct facts facts = {0};

	cgroup_detect(getenv("COFFERDAM_CGROUP"), &facts, &parent);
	if (parent != NULL)
		remove_leaves(parent, id, residue);
}
