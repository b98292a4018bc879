#include "sandbox/disk.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/io.h"
#include "sandbox/kept.h"
#include "sandbox/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 100

/* One count, as the watcher tells it: a write of this size to a pipe is atomic. */
struct reading {
	struct usage usage;
	bool over;
};

bool disk_is_watched(const struct plan *plan)
{
	return plan->workspace != NULL && plan->limits.disk != 0;
}

static bool is_over(const struct plan *plan, const struct usage *usage)
{
	return usage->too_deep || usage->bytes > plan->limits.disk ||
	       usage->files > plan_scratch_inodes(plan->limits.disk);
}

static int open_workspace(const struct plan *plan, struct error *err)
{
	int fd = open(plan->workspace, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? error_set(err, errno, "disk limit: %s", plan->workspace) : fd;
}

int disk_check(const struct plan *plan, struct error *err)
{
	_cleanup_(close_fd) int workspace = -1;
	struct usage usage = {0};

	if (!disk_is_watched(plan))
		return 0;
	workspace = open_workspace(plan, err);
	if (workspace < 0)
		return -1;
	if (usage_tree(workspace, plan->limits.disk, plan_scratch_inodes(plan->limits.disk), &usage) < 0)
		return error_set(err, errno, "disk limit: %s", plan->workspace);
	if (!is_over(plan, &usage))
		return 0;
	error_set(err, 0, "disk limit: %s holds more than %llu bytes, or %llu files, already", plan->workspace,
		(unsigned long long)plan->limits.disk, (unsigned long long)plan_scratch_inodes(plan->limits.disk));
	return error_hint(err, "what is there counts: raise --disk, or start with less");
}

static void note(struct outcome *outcome, const struct usage *usage)
{
	if (usage->bytes > outcome->disk_used)
		outcome->disk_used = usage->bytes;
	if (usage->files > outcome->disk_files)
		outcome->disk_files = usage->files;
}

void disk_measure(const struct plan *plan, struct outcome *outcome)
{
	struct error ignored; /* the job may have made it unreadable; what was counted before stands */
	_cleanup_(close_fd) int workspace = open_workspace(plan, &ignored);
	const uint64_t files = plan_scratch_inodes(plan->limits.disk);
	struct usage usage = {0};

	if (workspace < 0 || usage_tree(workspace, plan->limits.disk, files, &usage) < 0)
		return;
	note(outcome, &usage);
	outcome->disk_full = usage.bytes >= plan->limits.disk || usage.files >= files;
}

/* Bytes; where it cannot be seen, the clock alone decides. */
static uint64_t free_space(int fd)
{
	struct statvfs fs;

	return fstatvfs(fd, &fs) < 0 ? 0 : (uint64_t)fs.f_bfree * fs.f_frsize;
}

/* Until the next count is due. The one before took `took`; then `left` bytes were allowed and `space` free. */
static void wait_for_turn(int workspace, int64_t took, uint64_t left, uint64_t space)
{
	const int64_t began = clock_monotonic_ns(), latest = took * 9 > NS_PER_S ? took * 9 : NS_PER_S;

	for (;;) {
		int64_t waited;
		uint64_t now;

		poll(NULL, 0, TICK_MS);
		waited = clock_monotonic_ns() - began;
		now = free_space(workspace);
		if (waited >= latest || (waited >= took && now < space && space - now >= left / 2))
			return;
	}
}

/* In the watcher. Never returns; the launcher kills it. */
static void keep_counting(const struct plan *plan, int workspace, int pipe)
{
	const uint64_t files = plan_scratch_inodes(plan->limits.disk);
	struct rlimit nofile;

	/* A descriptor for each level of a deep tree. */
	if (getrlimit(RLIMIT_NOFILE, &nofile) == 0) {
		nofile.rlim_cur = nofile.rlim_max;
		setrlimit(RLIMIT_NOFILE, &nofile);
	}
	for (;;) {
		const int64_t began = clock_monotonic_ns();
		const uint64_t space = free_space(workspace);
		struct reading reading = {.over = false};

		if (usage_tree(workspace, plan->limits.disk, files, &reading.usage) < 0)
			_exit(EXIT_FAILURE);
		if (!is_over(plan, &reading.usage))
			usage_nameless(workspace, &reading.usage);
		reading.over = is_over(plan, &reading.usage);
		if (write_all(pipe, &reading, sizeof reading) < 0 || reading.over)
			_exit(EXIT_SUCCESS);
		wait_for_turn(workspace, clock_monotonic_ns() - began, plan->limits.disk - reading.usage.bytes, space);
	}
}

/* A job whose disk use cannot be watched must not go on. */
static int on_reading(struct watch *watch, int fd, short revents, void *data, struct error *err)
{
	struct outcome *outcome = watch->outcome;
	struct reading reading;

	(void)revents;
	(void)data;
	if (read(fd, &reading, sizeof reading) != (ssize_t)sizeof reading)
		return error_set(err, 0, "disk limit: the process that counts has ended");
	note(outcome, &reading.usage);
	if (reading.over) {
		watch_remove(watch, fd);
		outcome->ended_by = ENDED_BY_DISK;
		watch->stopping = true; /* what ended it is settled */
		watch_kill(watch);
	}
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
	if (watch->disk_watcher == 0)
		keep_counting(watch->plan, workspace, theirs);
	if (watch->disk_watcher < 0)
		return -1;
	return watch_add(watch, watch->disk_pipe, POLLIN, on_reading, NULL, err);
}
