#include "sandbox/disk.h"

#include "common/cleanup.h"
#include "common/io.h"
#include "sandbox/disk_count.h"
#include "sandbox/kept.h"
#include "sandbox/standstill.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

bool disk_is_watched(const struct plan *plan)
{
	return plan->workspace != NULL && plan->limits.disk != 0;
}

static int open_workspace(const struct plan *plan, struct error *err)
{
	int fd = open(plan->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? error_set(err, errno, "disk limit: %s", plan->workspace) : fd;
}

static void note(struct outcome *outcome, const struct usage *usage)
{
	if (usage->bytes > outcome->disk_used)
		outcome->disk_used = usage->bytes;
	if (usage->files > outcome->disk_files)
		outcome->disk_files = usage->files;
	outcome->disk_uncounted |= usage->uncounted;
}

int disk_check(struct watch *watch, struct error *err)
{
	const struct plan *plan = watch->plan;
	const uint64_t files = plan_scratch_inodes(plan->limits.disk);
	_cleanup_(close_fd) int workspace = -1;
	struct usage usage = {0};

	if (!disk_is_watched(plan))
		return 0;
	if (watch->cgroup->dirfd < 0 && standstill_check(err) < 0) {
		error_context(err, "disk limit: %s", plan->workspace);
		return error_hint(err,
			"a job with a cgroup of its own is frozen for a count instead: `cofferdam doctor` says how to "
			"get one; or leave out --disk or --workspace");
	}
	workspace = open_workspace(plan, err);
	if (workspace < 0)
		return -1;
	if (usage_tree(workspace, plan->limits.disk, files, &usage) < 0)
		return error_set(err, errno, "disk limit: %s", plan->workspace);
	note(watch->outcome, &usage);
	watch->disk_room = usage_room(workspace);
	if (usage.uncounted) {
		error_set(err, 0, "disk limit: %s cannot be counted", plan->workspace);
		return error_hint(err,
			"it holds a directory that can be written but not read, more than %d levels of directories, "
			"or more than %d file systems",
			USAGE_DEPTH_MAX, USAGE_DEVICES_MAX);
	}
	if (!disk_is_over(plan, &usage))
		return 0;
	error_set(err, 0, "disk limit: %s holds more than %llu bytes, or %llu files, already", plan->workspace,
		(unsigned long long)plan->limits.disk, (unsigned long long)files);
	return error_hint(err, "what is there counts: raise --disk, or start with less");
}

/* In a process that can read what the job has made unreadable. */
static _Noreturn void count_once(const struct plan *plan, int workspace, int pipe)
{
	struct disk_message message = {.over = false};

	if (disk_count(plan, workspace, &message.usage) < 0)
		_exit(EXIT_FAILURE);
	message.over = disk_is_over(plan, &message.usage);
	_exit(write_all(pipe, &message, sizeof message) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

int disk_measure(const struct plan *plan, int userns, struct outcome *outcome, struct error *err)
{
	_cleanup_(close_fd) int workspace = open_workspace(plan, err);
	_cleanup_(close_fd) int ours = -1, theirs = -1;
	struct disk_message message;
	int pair[2];
	pid_t pid;
	ssize_t n;

	if (workspace < 0)
		return -1;
	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, errno, "disk limit: pipe");
	ours = pair[0];
	theirs = pair[1];
	pid = kept_fork(userns, err);
	if (pid == 0)
		count_once(plan, workspace, theirs);
	if (pid < 0)
		return -1;
	close_fd(&theirs);
	while ((n = read(ours, &message, sizeof message)) < 0 && errno == EINTR)
		;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof message)
		return error_set(err, 0, "disk limit: %s could not be counted in the end", plan->workspace);
	note(outcome, &message.usage);
	outcome->disk_over |= message.over;
	outcome->disk_full = message.usage.bytes >= plan->limits.disk ||
			     message.usage.files >= plan_scratch_inodes(plan->limits.disk);
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
	note(outcome, &message.usage);
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
	_cleanup_(close_fd) int workspace = open_workspace(watch->plan, err);
	_cleanup_(close_fd) int theirs = -1;
	int pair[2];

	if (workspace < 0)
		return -1;
	if (pipe2(pair, O_CLOEXEC) < 0)
		return error_set(err, errno, "disk limit: pipe");
	watch->disk_pipe = pair[0];
	theirs = pair[1];
	watch->disk_watcher = kept_fork(watch->kept[KEPT_USERNS], err);
	if (watch->disk_watcher == 0) {
		close(watch->disk_pipe); /* else it would not notice that nobody reads */
		disk_keep_counting(watch, workspace, theirs);
	}
	if (watch->disk_watcher < 0)
		return -1;
	return watch_add(watch, watch->disk_pipe, POLLIN, on_message, NULL, err);
}
