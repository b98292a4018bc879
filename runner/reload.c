#include "runner/reload.h"

#include "common/cleanup.h"
#include "runner/check.h"
#include "runner/config/pool_file.h"

#include <errno.h>
#include <string.h>

/* What is in use, or is to be. */
struct set {
	struct pools pools;
	struct world *worlds;
};

static void set_free(struct set *set)
{
	worlds_free(set->worlds, set->pools.n);
	pools_free(&set->pools);
}

static struct set exchange(struct supervisor *supervisor, struct set set)
{
	const struct set before = {supervisor->config.pools, supervisor->worlds};

	supervisor->config.pools = set.pools;
	supervisor->worlds = set.worlds;
	supervisor->pool = NULL;
	supervisor->world = NULL;
	return before;
}

/* The pool with this name, or -1. */
static long find(const struct pools *pools, const char *name)
{
	for (size_t i = 0; i < pools->n; i++)
		if (strcmp(pools->v[i].name, name) == 0)
			return (long)i;
	return -1;
}

/* Slots that still drain keep their numbers. */
static int check_numbers(const struct slots *slots, const struct set *new, const struct pools *old, struct error *err)
{
	unsigned free = 0, needed = 0;

	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++)
		free += !slots->process[i].is_used;
	for (size_t i = 0; i < new->pools.n; i++) {
		const long before = find(old, new->pools.v[i].name);
		const unsigned has = before < 0 ? 0 : slots_of_pool(slots, (size_t)before);

		needed += new->pools.v[i].slots > has ? new->pools.v[i].slots - has : 0;
	}
	if (needed <= free)
		return 0;
	error_set(err, 0, "%u slots are to be added, and only %u numbers are free while others drain", needed, free);
	return error_hint(err, "reload again when some have ended");
}

/* Everything that a start checks, in the supervisor's place. */
static int check(struct slots *slots, const struct pools *old, struct set *new, struct error *err)
{
	struct supervisor *supervisor = slots->supervisor;
	const struct set before = exchange(supervisor, *new);
	int checked;

	supervisor->stop.bound = STOP_DRAIN;
	checked = check_profiles(supervisor, err);
	for (size_t i = 0; checked == 0 && i < supervisor->config.pools.n; i++)
		if (supervisor->worlds[i].home == NULL)
			checked = error_set(err, EINTR, "a stop came first");
	if (checked == 0)
		checked = check_pools(supervisor, err);
	*new = exchange(supervisor, before);
	return checked < 0 ? -1 : check_numbers(slots, new, old, err);
}

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Whether a slot of the one can stay as it is as one of the other. */
static bool is_same(const struct set *a, size_t i, const struct set *b, size_t k)
{
	const struct pool *p = &a->pools.v[i], *q = &b->pools.v[k];

	if (p->n_labels != q->n_labels || p->ephemeral != q->ephemeral || p->prepares != q->prepares ||
		p->hold_ns != q->hold_ns || p->rate != q->rate || strcmp(p->currency, q->currency) != 0 ||
		!same_text(p->group, q->group) || !same_text(p->profile, q->profile) || !same_text(p->root, q->root) ||
		!same_text(a->worlds[i].plan, b->worlds[k].plan))
		return false;
	for (size_t n = 0; n < p->n_labels; n++)
		if (strcmp(p->labels[n], q->labels[n]) != 0)
			return false;
	return true;
}

static void remove_slots(struct slots *slots, size_t pool, unsigned n)
{
	for (unsigned i = CONFIG_SLOTS_MAX; i-- > 0 && n > 0;) {
		struct slot_process *process = &slots->process[i];

		if (!process->is_used || process->leaves || process->pool != pool)
			continue;
		slots_drain(slots, i, -1, true);
		n--;
	}
}

/* What its slots still have to do with: those that drain finish as what they began as. */
static void renumber(struct slots *slots, const struct pools *old, const struct pools *new)
{
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
		struct slot_process *process = &slots->process[i];
		const long at = process->is_used ? find(new, old->v[process->pool].name) : -1;

		if (at >= 0)
			process->pool = (size_t)at;
		else if (process->is_used)
			process->pool = 0; /* it leaves, and is no slot of any pool's */
	}
}

static void roll_slots(struct slots *slots, size_t pool)
{
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
		struct slot_process *process = &slots->process[i];

		if (process->is_used && !process->leaves && process->pool == pool && process->pid > 0)
			process->is_old = true;
	}
	slots->roll_at_ns = 0;
}

/* Drained ones, and those that had ended for good: what kept them from running may be mended. */
static void start_again(struct slots *slots, struct problems *said)
{
	for (unsigned i = 0; i < CONFIG_SLOTS_MAX; i++) {
		struct slot_process *process = &slots->process[i];

		if (!process->is_used || process->leaves)
			continue;
		if (process->told != STOP_NONE && !process->returns)
			problem(said, NULL, "slot %u: drained: it starts again", i + 1);
		slots_return(slots, i);
		if (process->told == STOP_NONE && slots_is_down(slots, i) && process->start_at_ns == 0 &&
			!process->is_outdated) {
			process->restarts = 0;
			process->start_at_ns = 1;
			problem(said, NULL, "slot %u: it had ended: it starts again", i + 1);
		}
	}
}

static void remove_pools(struct slots *slots, const struct pools *old, const struct pools *new, struct problems *said)
{
	for (size_t i = 0; i < old->n; i++) {
		if (find(new, old->v[i].name) >= 0)
			continue;
		problem(said, NULL, "pool %s: removed: its slots end, each after its job", old->v[i].name);
		remove_slots(slots, i, CONFIG_SLOTS_MAX);
	}
}

static const char *plural(unsigned n)
{
	return n == 1 ? "" : "s";
}

static void adapt_pool(struct slots *slots, const struct set *old, size_t before, size_t pool, struct problems *said)
{
	const struct set new = {slots->supervisor->config.pools, slots->supervisor->worlds};
	const struct pool *now = &new.pools.v[pool];
	const unsigned has = slots_of_pool(slots, pool);

	if (has > now->max) {
		problem(said, NULL, "pool %s: %u slot%s less: %s", now->name, has - now->max, plural(has - now->max),
			has - now->max == 1 ? "it ends after its job" : "they end, each after its job");
		remove_slots(slots, pool, has - now->max);
	}
	if (!is_same(old, before, &new, pool)) {
		problem(said, NULL, "pool %s: changed: its slots take that one after another, between two jobs",
			now->name);
		roll_slots(slots, pool);
	}
	if (has < now->slots)
		problem(said, NULL, "pool %s: %u slot%s more", now->name, now->slots - has, plural(now->slots - has));
	for (unsigned i = has; i < now->slots; i++)
		slots_add(slots, pool);
}

static void adopt(struct slots *slots, struct set *new, struct problems *said)
{
	_cleanup_(set_free) struct set old = {slots->supervisor->config.pools, slots->supervisor->worlds};
	const struct pools *pools = &new->pools;

	remove_pools(slots, &old.pools, pools, said);
	renumber(slots, &old.pools, pools);
	exchange(slots->supervisor, *new);
	*new = (struct set){.worlds = NULL};
	pools = &slots->supervisor->config.pools;
	for (size_t i = 0; i < pools->n; i++) {
		const long before = find(&old.pools, pools->v[i].name);

		if (before >= 0) {
			adapt_pool(slots, &old, (size_t)before, i, said);
			continue;
		}
		problem(said, NULL, "pool %s: added, with %u slot%s", pools->v[i].name, pools->v[i].slots,
			plural(pools->v[i].slots));
		for (unsigned k = 0; k < pools->v[i].slots; k++)
			slots_add(slots, i);
	}
	start_again(slots, said);
	memset(slots->spare, 0, sizeof slots->spare);
	slots->n_noted = 0;
	slots_note_pools(slots);
}

int reload(struct slots *slots, struct problems *said, struct problems *wrong)
{
	struct supervisor *supervisor = slots->supervisor;
	const struct pool_file_facts facts = config_pool_facts(&supervisor->config);
	_cleanup_(set_free) struct set new = {.worlds = NULL};
	struct error err;

	if (supervisor->config.file == NULL) {
		start_again(slots, said);
		problem(said, NULL,
			"no file of pools: the environment was read at the start; drained slots start again");
		return 0;
	}
	if (pool_file_read(&new.pools, supervisor->config.file, &facts, wrong) < 0)
		return -1;
	if (check(slots, &supervisor->config.pools, &new, &err) < 0) {
		problem(wrong, err.hint[0] != '\0' ? err.hint : NULL, "%s", err.text);
		return -1;
	}
	adopt(slots, &new, said);
	if (said->n == 0)
		problem(said, NULL, "nothing has changed");
	return 0;
}
