#include "runner/github/pace.h"

#include "common/clock.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>

static struct pace own;
static struct pace *shared = &own;

int pace_share(struct error *err)
{
	void *memory = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return error_set(err, errno, "shared memory");
	shared = memory;
	return 0;
}

struct pace *pace_shared(void)
{
	return shared;
}

int64_t pace_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* A process that is killed in between leaves the old value or the new one. */
static void raise_to(_Atomic int64_t *value, int64_t to)
{
	int64_t old = atomic_load(value);

	while (old < to && !atomic_compare_exchange_weak(value, &old, to))
		;
}

int64_t pace_held_ns(const struct pace *pace, int64_t now_ns)
{
	const int64_t until = atomic_load(&pace->until_ns);

	return until > now_ns ? until - now_ns : 0;
}

int64_t pace_take(struct pace *pace, int64_t cost_ns, int64_t now_ns)
{
	const int64_t held = pace_held_ns(pace, now_ns);
	int64_t due = atomic_load(&pace->due_ns), begin;

	if (held > 0)
		return held;
	do {
		begin = due > now_ns ? due : now_ns;
		if (begin - now_ns > PACE_BURST_NS)
			return begin - PACE_BURST_NS - now_ns;
	} while (!atomic_compare_exchange_weak(&pace->due_ns, &due, begin + cost_ns));
	return 0;
}

void pace_hold(struct pace *pace, int64_t wait_ns, int64_t now_ns)
{
	int64_t until;

	/* What GitHub says may be any number. */
	if (__builtin_add_overflow(now_ns, wait_ns, &until) || until > INT64_MAX - 2 * PACE_BURST_NS)
		until = INT64_MAX - 2 * PACE_BURST_NS;
	raise_to(&pace->until_ns, until);
	raise_to(&pace->due_ns, until + PACE_BURST_NS);
}

unsigned pace_strike(struct pace *pace, int64_t sent_ns, int64_t now_ns)
{
	int64_t struck = atomic_load(&pace->struck_ns);

	if (sent_ns >= struck && atomic_compare_exchange_strong(&pace->struck_ns, &struck, now_ns))
		return atomic_fetch_add(&pace->strikes, 1);
	struck = atomic_load(&pace->strikes);
	return struck > 0 ? (unsigned)struck - 1 : 0;
}

void pace_well(struct pace *pace, int64_t sent_ns)
{
	if (sent_ns >= atomic_load(&pace->struck_ns))
		atomic_store(&pace->strikes, 0);
}
