#include "sandbox/disk.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "sandbox/disk_count.h"
#include "sandbox/kept.h"
#include "sandbox/standstill.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHECK_LIMIT_NS (60 * NS_PER_S) /* a launch that takes longer has no limit worth the name */
#define END_LIMIT_NS (300 * NS_PER_S)

bool disk_is_watched(const struct plan *plan)
{
	return plan->limits.disk != 0 && disk_trees_any(plan);
}

static uint64_t beyond(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void note(struct outcome *outcome, const struct room *base, const struct usage *usage)
{
	const uint64_t bytes = beyond(usage->bytes, base->bytes), files = beyond(usage->files, base->files);

	if (bytes > outcome->disk_used)
		outcome->disk_used = bytes;
	if (files > outcome->disk_files)
		outcome->disk_files = files;
	if (outcome->disk_uncounted == UNCOUNTED_NOTHING)
		outcome->disk_uncounted = usage->uncounted;
}

static int uncounted(const char *what, enum uncounted why, struct error *err)
{
	error_set(err, 0, "disk limit: %s cannot be counted: %s", what, usage_uncounted_text(why));
	return error_hint(err,
		"what a job may write is counted, down to %d levels of directories on at most %d file systems: give it "
		"less, or leave out --disk",
		USAGE_DEPTH_MAX, USAGE_DEVICES_MAX);
}

/* What the workspace holds counts. */
static int check_workspace(const struct plan *plan, struct usage *usage, struct error *err)
{
	const uint64_t files = plan_scratch_inodes(plan->limits.disk);
	_cleanup_(close_fd) int fd = -1;

	if (plan->workspace == NULL)
		return 0;
	fd = open(plan->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || usage_tree(fd, plan->limits.disk, files, usage) < 0)
		return error_set(err, errno, "disk limit: %s", plan->workspace);
	if (usage->uncounted != UNCOUNTED_NOTHING)
		return uncounted(plan->workspace, usage->uncounted, err);
	if (usage->bytes <= plan->limits.disk && usage->files <= files)
		return 0;
	error_set(err, 0, "disk limit: %s holds more than %llu bytes, or %llu files, already", plan->workspace,
		(unsigned long long)plan->limits.disk, (unsigned long long)files);
	return error_hint(err, "what is there counts: raise --disk, or start with less");
}

int disk_check(
	const struct plan *plan, bool in_cgroup, struct disk_start *start, struct outcome *outcome, struct error *err)
{
	struct usage own = {.latest_ns = clock_monotonic_ns() + CHECK_LIMIT_NS}, all = own;

	if (!disk_is_watched(plan))
		return 0;
	if (!in_cgroup && standstill_check(err) < 0) {
		error_context(
			err, "disk limit: %s", plan->workspace != NULL ? plan->workspace : "what the job may write");
		return error_hint(err,
			"a job with a cgroup of its own is frozen for a count instead: `cofferdam doctor` says how to "
			"get one; or leave out --disk");
	}
	if (check_workspace(plan, &own, err) < 0 || disk_trees_open(plan, &start->trees, err) < 0)
		return -1;
	if (plan->workspace != NULL && start->trees.n == 1) {
		all = own; /* and nothing else */
	} else if (disk_trees_count(&start->trees, UINT64_MAX, UINT64_MAX, &all) < 0) {
		return error_set(err, errno, "disk limit: what the job may write");
	}
	if (all.uncounted != UNCOUNTED_NOTHING)
		return uncounted("what the job may write", all.uncounted, err);
	start->base.bytes = beyond(all.bytes, own.bytes);
	start->base.files = beyond(all.files, own.files);
	start->room = disk_trees_room(&start->trees);
	start->whole = (struct room){.bytes = all.room.bytes + all.bytes, .files = all.room.files + all.files};
	note(outcome, &start->base, &all);
	return 0;
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

int disk_measure(const struct watch *watch, struct error *err)
{
	const struct room limit = disk_limit(watch->plan, &watch->disk->base);
	_cleanup_(close_fd) int ours = -1, theirs = -1;
	struct disk_message message;
	int pair[2];
	pid_t pid;
	ssize_t n;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, errno, "disk limit: pipe");
	ours = pair[0];
	theirs = pair[1];
	pid = kept_fork(watch->kept[KEPT_USERNS], err);
	if (pid == 0)
		count_once(&watch->disk->trees, &limit, theirs);
	if (pid < 0)
		return -1;
	close_fd(&theirs);
	while ((n = read(ours, &message, sizeof message)) < 0 && errno == EINTR)
		;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof message)
		return error_set(err, 0, "disk limit: what the job has stored could not be counted in the end");
	note(watch->outcome, &watch->disk->base, &message.usage);
	watch->outcome->disk_over |= message.over;
	watch->outcome->disk_full |= message.usage.bytes >= limit.bytes || message.usage.files >= limit.files;
	return 0;
}

/* Frozen for a count, and no longer. */
static int hold(struct watch *watch, bool held, struct error *err)
{
	if (watch->held == held)
		return 0;
	watch->held = held;
	return cgroup_freeze(watch->cgroup, held, err);
}

/* A job whose disk use cannot be watched must not go on. */
static int on_message(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct outcome *outcome = watch->outcome;
	struct disk_message message;

	(void)revents;
	(void)data;
	if (read(fd, &message, sizeof message) != (ssize_t)sizeof message)
		return error_set(err, 0, "disk limit: the process that counts has ended");
	if (message.hold)
		return hold(watch, true, err);
	note(watch->outcome, &watch->disk->base, &message.usage);
	if (!message.over)
		return hold(watch, false, err);
	watch_remove(watch, fd);
	outcome->ended_by = ENDED_BY_DISK;
	outcome->disk_over = true; /* whatever is left of it in the end */
	watch->stopping = true;    /* what ended it is settled */
	watch_kill(watch);
	return 0;
}

int disk_watch(struct watch *watch, struct error *err)
{
	_cleanup_(close_fd) int theirs = -1;
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, errno, "disk limit: pipe");
	watch->disk_pipe = pair[0];
	theirs = pair[1];
	watch->disk_watcher = kept_fork(watch->kept[KEPT_USERNS], err);
	if (watch->disk_watcher == 0) {
		close(watch->disk_pipe); /* else it would not notice that nobody reads */
		disk_keep_counting(watch, theirs);
	}
	if (watch->disk_watcher < 0)
		return -1;
	return watch_add(watch, watch->disk_pipe, POLLIN, on_message, NULL, err);
}
