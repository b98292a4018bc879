#include "sandbox/disk_count.h"

#include "common/clock.h"
#include "common/io.h"
#include "sandbox/standstill.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define TICK_MS 100
#define HOLD_LIMIT_NS (2 * NS_PER_S) /* to hold a job still */
#define HOLD_TRIES 5                 /* in a row, before it is taken to mean it */
#define HOLD_PACE_NS (30 * NS_PER_S) /* between two counts of a job that stands still, where that does it no harm */

/* A job can watch a count go by and move a directory out of its way, to where it has been. So what counts is what was
 * counted while it stood still: `held`. */
struct counter {
	const struct watch *watch;
	int workspace;
	int pipe;
	struct usage held;
	int64_t held_at, held_took;
	struct room most; /* since then */
	unsigned evaded;  /* how often in a row it could not be held still */
};

bool disk_is_over(const struct plan *plan, const struct usage *usage)
{
	return usage->uncounted || usage->bytes > plan->limits.disk ||
	       usage->files > plan_scratch_inodes(plan->limits.disk);
}

int disk_count(const struct plan *plan, int workspace, struct usage *usage)
{
	struct rlimit nofile;

	/* A descriptor for each level of a deep tree. */
	if (getrlimit(RLIMIT_NOFILE, &nofile) == 0) {
		nofile.rlim_cur = nofile.rlim_max;
		setrlimit(RLIMIT_NOFILE, &nofile);
	}
	return usage_tree(workspace, plan->limits.disk, plan_scratch_inodes(plan->limits.disk), usage);
}

/* Whether more than half of what the job had left is gone. */
static bool is_half_gone(uint64_t before, uint64_t now, uint64_t limit, uint64_t used)
{
	return now < before && used < limit && before - now > (limit - used) / 2;
}

static bool is_shrinking(const struct counter *counter, struct room before, struct room now, const struct usage *usage)
{
	const uint64_t bytes = counter->watch->plan->limits.disk;

	return is_half_gone(before.bytes, now.bytes, bytes, usage->bytes) ||
	       is_half_gone(before.files, now.files, plan_scratch_inodes(bytes), usage->files);
}

/* Others write to the disk as well: for at most a tenth of the time a job is held for what may be theirs. Without a
 * cgroup it can notice, so it is held only when there is reason to. */
static bool hold_is_due(const struct counter *counter, struct room now)
{
	const int64_t since = clock_monotonic_ns() - counter->held_at;
	const bool unnoticed = counter->watch->cgroup->dirfd >= 0, blind = now.bytes == 0 || now.files == 0;

	if (since < counter->held_took * 9)
		return false;
	if (is_shrinking(counter, counter->most, now, &counter->held))
		return true;
	return (unnoticed || blind) && since >= HOLD_PACE_NS && since >= counter->held_took * 49;
}

/* Until the next count is due: with at most half of one CPU, at least each second. The one before took `took`, and saw
 * `usage` when there was `before`. True when the job is to be held still for it. */
static bool wait_for_turn(struct counter *counter, int64_t took, const struct usage *usage, struct room before)
{
	const int64_t began = clock_monotonic_ns(), latest = took * 9 > NS_PER_S ? took * 9 : NS_PER_S;

	for (;;) {
		struct room now;
		int64_t waited;

		poll(NULL, 0, TICK_MS);
		waited = clock_monotonic_ns() - began;
		now = usage_room(counter->workspace);
		if (hold_is_due(counter, now))
			return true;
		if (now.bytes > counter->most.bytes)
			counter->most.bytes = now.bytes;
		if (now.files > counter->most.files)
			counter->most.files = now.files;
		if (waited >= latest || (waited >= took && is_shrinking(counter, before, now, usage)))
			return false;
	}
}

static void send_message(const struct counter *counter, const struct disk_message *message)
{
	if (write_all(counter->pipe, message, sizeof *message) < 0)
		_exit(EXIT_FAILURE);
}

static void count(struct counter *counter, struct usage *usage)
{
	if (disk_count(counter->watch->plan, counter->workspace, usage) < 0)
		_exit(EXIT_FAILURE);
	if (!disk_is_over(counter->watch->plan, usage))
		usage_nameless(usage);
}

/* The launcher freezes the cgroup: it alone knows whether Ctrl-Z has. What the kernel cannot stop in time waits for a
 * device. */
static bool hold(const struct counter *counter, struct standstill *still)
{
	if (counter->watch->cgroup->dirfd < 0)
		return standstill_begin(still, HOLD_LIMIT_NS);
	send_message(counter, &(struct disk_message){.hold = true});
	cgroup_await_frozen(counter->watch->cgroup, HOLD_LIMIT_NS);
	return true;
}

/* A job that is over its limit is not let go on: it is about to be killed. */
static void count_held(struct counter *counter, struct disk_message *message)
{
	struct standstill still = {.init = counter->watch->init};
	const struct room before = usage_room(counter->workspace);
	const int64_t began = clock_monotonic_ns();
	const bool held = hold(counter, &still);

	count(counter, &message->usage);
	counter->evaded = held ? 0 : counter->evaded + 1;
	message->usage.uncounted |= counter->evaded >= HOLD_TRIES;
	message->over = disk_is_over(counter->watch->plan, &message->usage);
	if (!message->over)
		standstill_end(&still);
	counter->held_at = clock_monotonic_ns();
	counter->held_took = counter->held_at - began;
	if (held) {
		counter->held = message->usage;
		counter->most = before;
	}
}

void disk_keep_counting(const struct watch *watch, int workspace, int pipe)
{
	/* What the launcher counted before there was a job. */
	struct counter counter = {.watch = watch,
		.workspace = workspace,
		.pipe = pipe,
		.held = {.bytes = watch->outcome->disk_used, .files = watch->outcome->disk_files},
		.held_at = clock_monotonic_ns(),
		.most = watch->disk_room};
	bool held = false;

	for (;;) {
		struct disk_message message = {.over = false};
		const struct room before = usage_room(workspace);
		const int64_t began = clock_monotonic_ns();

		if (held) {
			count_held(&counter, &message);
		} else {
			count(&counter, &message.usage);
			message.over = disk_is_over(watch->plan, &message.usage);
		}
		send_message(&counter, &message);
		if (message.over)
			_exit(EXIT_SUCCESS);
		held = wait_for_turn(&counter, clock_monotonic_ns() - began, &message.usage, before);
	}
}
