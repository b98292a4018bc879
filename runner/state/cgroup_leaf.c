#include "runner/state/cgroup_leaf.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "runner/common/stop.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/cgroup/parse.h"

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

char *cgroup_leaf_find(const char *id)
{
	_cleanup_(freep) char *parent = NULL;
	_cleanup_(freep) char *leaf = NULL;
	struct facts facts = {0};

	cgroup_detect(getenv("COFFERDAM_CGROUP"), &facts, &parent);
	if (parent != NULL)
		leaf = cgroup_leaf_path(parent, id);
	return leaf != NULL && access(leaf, F_OK) == 0 ? take_ptr(leaf) : NULL;
}

int cgroup_leaf_protect_at(const char *path, uint64_t bytes, struct error *err)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_(freep) char *text = format("%llu", (unsigned long long)bytes);
	_cleanup_(freep) char *is = NULL;
	size_t len;

	if (fd < 0)
		return error_set(err, errno, "cgroup %s", path);
	if (text == NULL)
		return error_set(err, ENOMEM, "cgroup %s", path);
	/* Without the controller there is no such file, and none is made: write_file_at() opens what is there. */
	if (faccessat(fd, "memory.min", W_OK, 0) < 0 || write_file_at(fd, "memory.min", text) < 0)
		return error_set(err, errno, "%s/memory.min", path);
	if (read_file_at(fd, "memory.min", 64, &is, &len, err) < 0)
		return -1;
	/* It is rounded down to whole pages. */
	if (cgroup_parse_number(is, "") < bytes / 2)
		return error_set(err, 0, "%s/memory.min: reads back as %.20s", path, is);
	return 0;
}

int cgroup_leaf_protect(const char *id, uint64_t bytes, struct error *err)
{
	_cleanup_(freep) char *parent = NULL;
	_cleanup_(freep) char *leaf = NULL;
	struct facts facts = {0};

	cgroup_detect(getenv("COFFERDAM_CGROUP"), &facts, &parent);
	if (parent == NULL) {
		error_set(err, 0, "no cgroup of its own: %s", facts.cgroup_reason);
	} else if ((leaf = cgroup_leaf_path(parent, id)) == NULL) {
		return error_set(err, ENOMEM, "cgroup");
	} else if (cgroup_leaf_protect_at(leaf, bytes, err) == 0) {
		return 0;
	}
	return error_hint(err, "delegate the controller memory: `cofferdam doctor --profile listener` says how");
}
