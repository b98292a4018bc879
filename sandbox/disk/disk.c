#include "sandbox/disk/disk.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "sandbox/cgroup/helpers.h"
#include "sandbox/disk/count.h"
#include "sandbox/disk/freeze.h"
#include "sandbox/identity/fork.h"
#include "sandbox/process/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK_LIMIT_NS (60 * NS_PER_S) /* a launch that takes longer has no limit worth the name */
#define END_LIMIT_NS (300 * NS_PER_S)
#define END_LATE_NS (10 * NS_PER_S) /* it looks at the limit itself, unless a file system does not answer */

bool disk_is_watched(const struct plan_root *root, uint64_t bytes)
{
	return bytes != 0 && disk_trees_any(root);
}

static uint64_t beyond(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void note(struct outcome *outcome, const struct room *base, const struct usage *usage)
{
	const uint64_t bytes = beyond(usage->bytes, base->bytes), files = beyond(usage->files, base->files);

	outcome->disk_known = true;
	if (bytes > outcome->disk_used)
		outcome->disk_used = bytes;
	if (files > outcome->disk_files)
		outcome->disk_files = files;
	if (outcome->disk_uncounted == UNCOUNTED_NOTHING)
		outcome->disk_uncounted = usage->uncounted;
}

/* `top`: the tree that it is in. */
static int uncounted(const char *top, const struct usage *usage, struct error *err)
{
	const char *within = usage->within[0] != '\0' ? usage->within : NULL;

	error_set(err, 0, "disk limit: %s%s%s cannot be counted: %s", top, within != NULL ? "/" : "",
		within != NULL ? within : "", usage_uncounted_text(usage->uncounted));
	if (within != NULL && (usage->uncounted == UNCOUNTED_DEPTH || usage->uncounted == UNCOUNTED_BLIND))
		return error_hint(err,
			"an earlier job may have left it, and directories are counted down to %d levels: remove it (rm -rf; chmod -R u+rwx before, where it cannot be read), or leave out --disk",
			USAGE_DEPTH_MAX);
	return error_hint(err,
		"what a job may write is counted, down to %d levels of directories on at most %d file systems: give it less, or leave out --disk",
		USAGE_DEPTH_MAX, USAGE_DEVICES_MAX);
}

/* By the name that the tree has now. */
static int uncounted_tree(const struct disk_trees *trees, const struct usage *usage, struct error *err)
{
	char link[32], top[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof link, "/proc/self/fd/%d", trees->n > 0 ? trees->fds[usage->tree] : -1);
	n = readlink(link, top, sizeof top - 1);
	if (n < 0)
		return uncounted("what the job may write", usage, err);
	top[n] = '\0';
	return uncounted(top, usage, err);
}

/* What the workspace holds counts. */
static int check_workspace(const char *workspace, uint64_t bytes, struct usage *usage, struct error *err)
{
	const uint64_t files = plan_scratch_inodes(bytes);
	_cleanup_(close_fd) int fd = -1;

	if (workspace == NULL)
		return 0;
	fd = open(workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || usage_tree(fd, bytes, files, usage) < 0)
		return error_set(err, errno, "disk limit: %s", workspace);
	if (usage->uncounted != UNCOUNTED_NOTHING)
		return uncounted(workspace, usage, err);
	if (usage->bytes <= bytes && usage->files <= files)
		return 0;
	error_set(err, 0, "disk limit: %s holds more than %llu bytes, or %llu files, already", workspace,
		(unsigned long long)bytes, (unsigned long long)files);
	return error_hint(err, "existing content counts: raise --disk, or start with less");
}

/* Apart, with the room that it takes on the stack: most launches have nothing to count. */
__attribute__((noinline)) static int check_watched(const struct plan_root *root, const char *workspace, uint64_t bytes,
	bool in_cgroup, int layer, struct disk_start *start, struct outcome *outcome, struct error *err)
{
	char within[USAGE_WITHIN_SIZE] = "";
	struct usage own = {.latest_ns = clock_monotonic_ns() + CHECK_LIMIT_NS, .within = within}, all = own;

	if (!in_cgroup && freeze_check(err) < 0) {
		error_context(err, "disk limit: %s", workspace != NULL ? workspace : "what the job may write");
		return error_hint(err,
			"a job with a cgroup of its own is frozen for a count instead: `cofferdam doctor` says how to get one; or leave out --disk");
	}
	if (check_workspace(workspace, bytes, &own, err) < 0 || disk_trees_open(root, &start->trees, err) < 0 ||
		(layer >= 0 && disk_trees_add_layer(&start->trees, layer, err) < 0))
		return -1;
	if (workspace != NULL && start->trees.n == 1) {
		all = own; /* and nothing else */
	} else if (disk_trees_count(&start->trees, UINT64_MAX, UINT64_MAX, &all) < 0) {
		return error_set(err, errno, "disk limit: what the job may write");
	}
	if (all.uncounted != UNCOUNTED_NOTHING)
		return uncounted_tree(&start->trees, &all, err);
	start->base.bytes = beyond(all.bytes, own.bytes);
	start->base.files = beyond(all.files, own.files);
	start->limit = disk_limit(bytes, &start->base);
	start->room = disk_trees_room(&start->trees);
	start->whole = (struct room){.bytes = all.room.bytes + all.bytes, .files = all.room.files + all.files};
	note(outcome, &start->base, &all);
	return 0;
}

/* Without a limit only the layer is counted, once, at the end. */
static int open_layer(int layer, struct disk_start *start, struct error *err)
{
	static const struct plan_root nothing = {.n_mounts = 0};

	start->limit = (struct room){UINT64_MAX, UINT64_MAX};
	return disk_trees_open(&nothing, &start->trees, err) < 0 ? -1 : disk_trees_add_layer(&start->trees, layer, err);
}

int disk_check(const struct plan_root *root, const char *workspace, uint64_t bytes, bool in_cgroup, int layer,
	const struct timespec *made, struct disk_start *start, struct outcome *outcome, struct error *err)
{
	if (layer >= 0)
		start->layer_made = *made;
	if (disk_is_watched(root, bytes))
		return check_watched(root, workspace, bytes, in_cgroup, layer, start, outcome, err);
	return layer >= 0 ? open_layer(layer, start, err) : 0;
}

void disk_start_close(struct disk_start *start)
{
	disk_trees_close(&start->trees);
}

/* In a process that can read what the job has made unreadable. */
static _Noreturn void count_once(const struct disk_trees *trees, const struct room *limit, int pipe)
{
	struct disk_message message = {.usage.latest_ns = clock_monotonic_ns() + END_LIMIT_NS};

	if (disk_count(trees, limit, &message.usage) < 0)
		_exit(EXIT_FAILURE);
	message.over = disk_is_over(limit, &message.usage);
	_exit(write_all(pipe, &message, sizeof message) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* Adds the reason that can be known. */
static int counter_lost(const struct watch *watch, struct error *err)
{
	if (helpers_ran_out_of_memory(watch->helpers))
		error_hint(err, "the job's helpers reached their memory limit, which equals the job's: raise --memory");
	return -1;
}

int disk_measure(const struct disk_start *start, const struct watch *watch, int64_t grace_ns, struct error *err)
{
	_cleanup_(close_fd) int ours = -1, theirs = -1;
	struct disk_message message;
	int pair[2];
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, errno, "disk limit: pipe");
	ours = pair[0];
	theirs = pair[1];
	pid = fork_in_userns(watch->pinned[PINNED_USERNS], watch->helpers, err);
	if (pid == 0)
		count_once(&start->trees, &start->limit, theirs);
	if (pid < 0)
		return -1;
	close_fd(&theirs);
	if (wait_for_word(pid, ours, &message, sizeof message, END_LIMIT_NS + END_LATE_NS, grace_ns, err) < 0) {
		error_context(err, "disk limit: the job's storage could not be counted at the end");
		return counter_lost(watch, err);
	}
	if (start->limit.bytes == UINT64_MAX && message.usage.uncounted != UNCOUNTED_NOTHING)
		return 0; /* nothing depends on it */
	note(watch->outcome, &start->base, &message.usage);
	watch->outcome->disk_over |= message.over;
	watch->outcome->disk_full |=
		message.usage.bytes >= start->limit.bytes || message.usage.files >= start->limit.files;
	return 0;
}

/* Frozen for a count, and no longer. */
static int hold(struct disk_watch *disk, const struct watch *watch, bool held, struct error *err)
{
	if (disk->held == held)
		return 0;
	disk->held = held;
	return cgroup_freeze(watch->cgroup, held, err);
}

/* A job whose disk use cannot be watched must not go on. */
static int on_message(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct outcome *outcome = watch->outcome;
	struct disk_watch *disk = data;
	struct disk_message message;

	(void)revents;
	if (read(fd, &message, sizeof message) != (ssize_t)sizeof message) {
		error_set(err, 0, "disk limit: the counting process has exited");
		return counter_lost(watch, err);
	}
	/* Who makes the sandbox does not die with the launcher yet: frozen, it could outlive it for ever. It stores
	 * nothing of the job's; the count goes on without. */
	if (message.hold)
		return watch->received->starting ? hold(disk, watch, true, err) : 0;
	note(watch->outcome, &disk->start->base, &message.usage);
	if (!message.over)
		return hold(disk, watch, false, err);
	watch_remove(watch, fd);
	outcome->ended_by = ENDED_BY_DISK;
	outcome->disk_over = true; /* whatever is left of it in the end */
	watch->stopping = true;    /* what ended it is settled */
	watch_kill(watch);
	return 0;
}

int disk_watch(struct disk_watch *disk, struct watch *watch, struct error *err)
{
	_cleanup_(close_fd) int theirs = -1;
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, errno, "disk limit: pipe");
	disk->pipe = pair[0];
	theirs = pair[1];
	disk->counter = fork_in_userns(watch->pinned[PINNED_USERNS], watch->helpers, err);
	if (disk->counter == 0) {
		close(disk->pipe); /* else it would not notice that nobody reads */
		disk_keep_counting(disk->start, watch, theirs);
	}
	if (disk->counter < 0)
		return -1;
	return watch_add(watch, disk->pipe, POLLIN, on_message, disk, err);
}

void disk_watch_end(struct disk_watch *disk)
{
	close_fd(&disk->pipe);
	if (disk->counter > 0)
		wait_killed(disk->counter);
	disk->counter = 0;
}
