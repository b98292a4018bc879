/* Slots added to a pool while jobs run, and ended when they have not been needed for a while. */
#include "common/clock.h"
#include "runner/common/log.h"
#include "runner/journal/journal.h"
#include "runner/scale.h"
#include "runner/slots.h"

#include <string.h>

/* One that is being drained by name stays one of the pool's: whoever drained it wants less, not another. */
unsigned slots_of_pool(const struct slots *slots, size_t pool)
{
	unsigned n = 0;

	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++)
		n += slots->process[i].is_used && !slots->process[i].leaves && slots->process[i].pool == pool;
	return n;
}

struct count {
	unsigned has; /* that may take a job, or have one */
	unsigned busy;
	unsigned out; /* drained by name, or ended for good */
};

static struct count count_pool(const struct slots *slots, size_t pool)
{
	struct count count = {0};

	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
		const struct slot_process *process = &slots->process[i];

		if (!process->is_used || process->leaves || process->pool != pool)
			continue;
		if (process->told > STOP_NONE || (slots_is_down(slots, i) && process->start_at_ns == 0)) {
			count.out++;
			continue;
		}
		count.has++;
		/* One that holds a failed job takes none either, and comes back. */
		count.busy += process->state == SLOT_BUSY || process->state == SLOT_HELD;
	}
	return count;
}

static bool has_number(const struct slots *slots)
{
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++)
		if (!slots->process[i].is_used)
			return true;
	return false;
}

static unsigned add(struct slots *slots, size_t pool, unsigned n)
{
	unsigned added = 0;

	for (; added < n && has_number(slots); added++)
		slots_add(slots, pool);
	return added;
}

/* Those that wait for a job, the last ones first. */
static unsigned end_spare(struct slots *slots, size_t pool, unsigned n)
{
	unsigned ended = 0;

	for (unsigned i = CONFIG_SLOTS_MAX; i-- > 0 && ended < n;) {
		const struct slot_process *process = &slots->process[i];

		if (!process->is_used || process->leaves || process->told > STOP_NONE || process->pool != pool ||
			process->state != SLOT_IDLE)
			continue;
		slots_drain(slots, i, -1, true);
		ended++;
	}
	return ended;
}

/* True: some were added, and are to be started. */
static bool scale_pool(struct slots *slots, size_t i, int64_t now_ns)
{
	const struct pool *pool = &slots->supervisor->config.pools.v[i];
	const struct count count = count_pool(slots, i);
	const int step = scale_step(pool, count.has, count.busy, count.out, &slots->spare[i], now_ns);
	const unsigned added = step > 0 ? add(slots, i, (unsigned)step) : 0;
	const unsigned ended = step < 0 ? end_spare(slots, i, (unsigned)-step) : 0;

	if (added > 0)
		log_line("pool %s: %u with a job: %u more, %u in all (at most %u)", pool->name, count.busy, added,
			count.has + added, pool->max);
	if (ended > 0)
		log_line("pool %s: %u not needed for %lld min: they end, %u stay", pool->name, ended,
			(long long)(SCALE_SPARE_NS / NS_PER_S / 60), count.has - ended);
	return added > 0;
}

void slots_note_pools(struct slots *slots)
{
	const struct pools *pools = &slots->supervisor->config.pools;
	struct journal_pool rows[CONFIG_SLOTS_MAX] = {0};

	for (size_t i = 0; i < pools->n; i++)
		rows[i] = (struct journal_pool){.name = pools->v[i].name,
			.min = pools->v[i].slots,
			.max = pools->v[i].max,
			.warm = pools->v[i].warm,
			.slots = slots_of_pool(slots, i)};
	if (pools->n == slots->n_noted && memcmp(rows, slots->noted, pools->n * sizeof *rows) == 0)
		return;
	memcpy(slots->noted, rows, pools->n * sizeof *rows);
	slots->n_noted = pools->n;
	journal_pools(&slots->supervisor->state, rows, pools->n);
}

int64_t slots_scale(struct slots *slots)
{
	const struct pools *pools = &slots->supervisor->config.pools;
	const int64_t now_ns = clock_monotonic_ns();
	int64_t next = -1;

	for (size_t i = 0; i < pools->n && slots->supervisor->stop.step == STOP_NONE; i++) {
		if (scale_pool(slots, i, now_ns))
			next = 0;
		if (slots->spare[i].since_ns > 0) {
			const int64_t left = slots->spare[i].since_ns + SCALE_SPARE_NS - now_ns;

			next = next < 0 || left < next ? left : next;
		}
	}
	slots_note_pools(slots);
	return next;
}
