#include "sandbox/disk/count.h"

#include "common/clock.h"
#include "common/io.h"
#include "sandbox/cgroup/cgroup.h"
#include "sandbox/disk/freeze.h"
#include "sandbox/disk/nameless.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define TICK_MS 100
#define HOLD_LIMIT_NS (2 * NS_PER_S) /* to hold a job still */
#define HOLD_TRIES 5                 /* in a row, before it is taken to mean it */
#define LOST_TRIES 3 /* in a row: others write to the disk as well, and some free late what was removed */
#define HOLD_PACE_NS (30 * NS_PER_S) /* between two counts of a job that stands still, where that does it no harm */

/* A job can watch a count go by and move a directory out of its way, to where it has been; and an honest one moves its
 * directories to where a count will come by, which then sees them twice. So what counts is what was counted while the
 * job stood still: `held`. */
struct counter {
	const struct watch *watch;
	const struct disk_trees *trees;
	struct timespec layer_made;
	bool closed_command;
	struct room limit;
	int pipe;
	struct usage held;
	int64_t held_at, held_took;
	struct room most;      /* since then */
	struct room whole;     /* see disk_is_lost() */
	unsigned evaded, lost; /* how often in a row it could not be held still, or something was missing */
	/* Of the count that goes on. */
	struct usage last;
	struct room before;
	int64_t measured_ns;
};

static bool is_in_cgroup(const struct counter *counter)
{
	return counter->watch->cgroup->dirfd >= 0;
}

struct room disk_limit(uint64_t bytes, const struct room *base)
{
	return (struct room){.bytes = bytes + base->bytes, .files = plan_scratch_inodes(bytes) + base->files};
}

bool disk_is_over(const struct room *limit, const struct usage *usage)
{
	return usage->uncounted != UNCOUNTED_NOTHING || usage->bytes > limit->bytes || usage->files > limit->files;
}

int disk_count(const struct disk_trees *trees, const struct room *limit, struct usage *usage)
{
	struct rlimit nofile;

	/* A descriptor for each level of a deep tree. */
	if (getrlimit(RLIMIT_NOFILE, &nofile) == 0) {
		nofile.rlim_cur = nofile.rlim_max;
		setrlimit(RLIMIT_NOFILE, &nofile);
	}
	return disk_trees_count(trees, limit->bytes, limit->files, usage);
}

static bool is_missing(uint64_t whole, uint64_t limit, uint64_t used, uint64_t room)
{
	return room != 0 && used <= limit && whole > room + used && whole - room - used > limit - used;
}

bool disk_is_lost(const struct room *whole, const struct room *limit, const struct usage *usage)
{
	/* A file system that does not say what room it has cannot say what it has lost. */
	return usage->room.bytes == 0 || is_missing(whole->bytes, limit->bytes, usage->bytes, usage->room.bytes) ||
	       is_missing(whole->files, limit->files, usage->files, usage->room.files);
}

/* Whether more than half of what the job had left is gone. */
static bool is_half_gone(uint64_t before, uint64_t now, uint64_t limit, uint64_t used)
{
	return now < before && used < limit && before - now > (limit - used) / 2;
}

static bool is_shrinking(const struct counter *counter, struct room before, struct room now, const struct usage *usage)
{
	return is_half_gone(before.bytes, now.bytes, counter->limit.bytes, usage->bytes) ||
	       is_half_gone(before.files, now.files, counter->limit.files, usage->files);
}

/* Others write to the disk as well: for at most a tenth of the time a job is held for what may be theirs. Without a
 * cgroup it can notice, so it is held only when there is reason to. */
static bool hold_is_due(const struct counter *counter, struct room now)
{
	const int64_t since = clock_monotonic_ns() - counter->held_at;
	const bool unnoticed = is_in_cgroup(counter), blind = now.bytes == 0 || now.files == 0;

	if (since < counter->held_took * 9)
		return false;
	if (counter->lost > 0 || is_shrinking(counter, counter->most, now, &counter->held))
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
		now = disk_trees_room(counter->trees);
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

static void count_trees(const struct counter *counter, struct usage *usage)
{
	if (disk_count(counter->trees, &counter->limit, usage) < 0)
		_exit(EXIT_FAILURE);
}

/* Looking for nameless files takes its time where there are many descriptors: meanwhile others come and go. */
static bool is_urgent(void *data)
{
	struct counter *counter = data;
	const int64_t now = clock_monotonic_ns();

	if (now - counter->measured_ns < TICK_MS * (NS_PER_S / 1000))
		return false;
	counter->measured_ns = now;
	return is_shrinking(counter, counter->before, disk_trees_room(counter->trees), &counter->last);
}

/* False when it turned back. */
static bool count_nameless(struct counter *counter, bool held, struct usage *usage)
{
	const struct nameless how = {.init = counter->watch->init,
		.held = held,
		.items_max = NAMELESS_ITEMS_MAX,
		.layer_made = counter->layer_made,
		.closed_command = counter->closed_command,
		.turn_back = held ? NULL : is_urgent,
		.data = counter};

	counter->last = *usage;
	counter->measured_ns = clock_monotonic_ns();
	return nameless_count(&how, usage);
}

/* The launcher freezes the cgroup: it alone knows whether Ctrl-Z has. What the kernel cannot stop in time waits for a
 * device; but a launcher that is stopped itself, or still makes the sandbox, has frozen nothing. */
static bool hold(const struct counter *counter, struct freeze *still)
{
	if (!is_in_cgroup(counter))
		return freeze_begin(still, HOLD_LIMIT_NS);
	send_message(counter, &(struct disk_message){.hold = true});
	return cgroup_await_frozen(counter->watch->cgroup, HOLD_LIMIT_NS) ||
	       cgroup_is_to_freeze(counter->watch->cgroup);
}

/* What is held out of sight, and could be more than the job has left. */
static void find_lost(struct counter *counter, struct usage *usage)
{
	const struct room whole = {usage->room.bytes + usage->bytes, usage->room.files + usage->files};

	if (!usage->hidden || whole.bytes > counter->whole.bytes)
		counter->whole.bytes = whole.bytes;
	if (!usage->hidden || whole.files > counter->whole.files)
		counter->whole.files = whole.files;
	counter->lost = usage->hidden && disk_is_lost(&counter->whole, &counter->limit, usage) ? counter->lost + 1 : 0;
	if (counter->lost >= LOST_TRIES)
		usage_cannot(usage, UNCOUNTED_HIDDEN);
}

/* A job that is over its limit is not let go on: it is about to be killed. True when there is to be another such count
 * at once: what moves can be counted twice also where the job was not held still. */
static bool count_held(struct counter *counter, struct disk_message *message)
{
	struct freeze still = {.init = counter->watch->init};
	const struct room before = disk_trees_room(counter->trees);
	const int64_t began = clock_monotonic_ns();
	const bool held = hold(counter, &still);
	bool over;

	count_trees(counter, &message->usage);
	if (!disk_is_over(&counter->limit, &message->usage)) {
		count_nameless(counter, true, &message->usage);
		if (held || !is_in_cgroup(counter))
			find_lost(counter, &message->usage);
	}
	/* Nothing in a cgroup can keep itself from being frozen. */
	counter->evaded = held || is_in_cgroup(counter) ? 0 : counter->evaded + 1;
	if (counter->evaded >= HOLD_TRIES)
		usage_cannot(&message->usage, UNCOUNTED_EVADED);
	over = disk_is_over(&counter->limit, &message->usage);
	message->over = over && (held || counter->evaded >= HOLD_TRIES);
	if (!message->over)
		freeze_end(&still);
	counter->held_at = clock_monotonic_ns();
	counter->held_took = counter->held_at - began;
	if (held) {
		counter->held = message->usage;
		counter->most = before;
	}
	return over && !message->over;
}

/* What has a name is counted first; `took` is how long that took, or all of it where it got to the end. True when the
 * job is to be held still at once: what was counted is too much, or some of it was counted twice. */
static bool count_running(struct counter *counter, struct disk_message *message, int64_t *took)
{
	const int64_t began = clock_monotonic_ns();
	struct usage nameless;

	counter->before = disk_trees_room(counter->trees);
	count_trees(counter, &message->usage);
	*took = clock_monotonic_ns() - began;
	if (disk_is_over(&counter->limit, &message->usage))
		return true;
	send_message(counter, message);
	nameless = message->usage;
	if (!count_nameless(counter, false, &nameless))
		return false;
	message->usage = nameless;
	*took = clock_monotonic_ns() - began;
	return disk_is_over(&counter->limit, &nameless);
}

void disk_keep_counting(const struct disk_start *start, const struct watch *watch, int pipe)
{
	/* What the launcher counted before there was a job. */
	struct counter counter = {.watch = watch,
		.trees = &start->trees,
		.layer_made = start->layer_made,
		.closed_command = start->closed_command,
		.limit = start->limit,
		.pipe = pipe,
		.held = {.bytes = watch->outcome->disk_used + start->base.bytes,
			.files = watch->outcome->disk_files + start->base.files},
		.held_at = clock_monotonic_ns(),
		.most = start->room,
		.whole = start->whole};
	bool held = false;

	for (;;) {
		struct disk_message message = {.over = false};
		const struct room before = disk_trees_room(counter.trees);
		int64_t took;
		bool doubtful;

		if (held) {
			doubtful = count_held(&counter, &message);
			took = counter.held_took;
		} else {
			doubtful = count_running(&counter, &message, &took);
		}
		if (!doubtful)
			send_message(&counter, &message);
		if (message.over)
			_exit(EXIT_SUCCESS);
		held = doubtful || wait_for_turn(&counter, took, &message.usage, before);
	}
}
